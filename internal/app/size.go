package app

import (
	"context"
	"fmt"
	"slices"

	"github.com/luodi/luodi/internal/errs"
	"github.com/luodi/luodi/internal/lineage"
	"github.com/luodi/luodi/internal/project"
	"github.com/luodi/luodi/internal/sizing"
)

// sizeVersion changes when the same outcomes would give another decision.
const sizeVersion = "size/2"

// sizeOutput is what sizing a scenario decided.
type sizeOutput struct {
	Decision string `json:"decision"`
	Status   string `json:"status"`
	// Basis is the address of all it depends on but prices.
	Basis string `json:"basis,omitempty"`
	sizeOptions
	// Again is the number of tries that an endpoint's faults have cut short:
	// while it rises, the stage is run again by the next up.
	Again int `json:"again,omitempty"`
	// Open says that changed prices have left a bar of cost without a proof:
	// the next up goes on with the study.
	Open bool `json:"open,omitempty"`
}

// size runs the cost ladder over the scenario's candidates and keeps the
// decision. Where only prices changed, the last decision is priced anew
// instead, without a call.
func (r *run) size(ctx context.Context, s project.Scenario) error {
	name := join(verbSize, s.Name)
	in, err := r.ready(s)
	if err != nil {
		return r.skip(name, err)
	}
	arms, err := r.arms(ctx, s, in)
	if err != nil {
		return r.skip(name, err)
	}
	var last sizeOutput
	if _, err := r.output(ctx, name, &last); err != nil {
		return r.skip(name, err)
	}
	opts, err := r.options(ctx, s, last)
	if err != nil {
		return r.skip(name, err)
	}
	said, err := r.judgeInputs(ctx, s)
	if err != nil {
		return r.skip(name, err)
	}
	basis, inputs, err := r.sizeInputs(s, in, arms, opts, said...)
	if err != nil {
		return r.skip(name, err)
	}
	if r.asked.Reprice && !last.follows(basis) {
		return r.skip(name, changed(s))
	}
	if last.Again > 0 {
		inputs = append(inputs, fmt.Sprint("again ", last.Again))
	}
	if last.Open && !r.asked.Reprice {
		inputs = append(inputs, "open")
	}
	var out sizeOutput
	return r.stage(ctx, name, inputs, &out, func(ctx context.Context) error {
		d, err := r.dataset(ctx, in.items)
		if err != nil {
			return err
		}
		if last.follows(basis) && (r.asked.Reprice || !last.Open) {
			if out, err = r.reprice(ctx, s, in, last, arms, d.Items); err != nil || r.asked.Reprice || !out.Open {
				return err
			}
		}
		result, err := r.study(ctx, s, in, d.Items, arms, opts)
		if err != nil {
			return err
		}
		decision, err := sizing.Decide(ctx, result, d.Items, r.db.Sizing(), r.decisionInputs(s, in)...)
		if err != nil {
			return err
		}
		if err := r.db.Sizing().PutDecision(ctx, decision); err != nil {
			return err
		}
		out = sizeOutput{Decision: decision.ID, Status: result.Status, Basis: basis, sizeOptions: opts}
		if a := result.CutShort(); a != nil {
			out.Again = last.Again + 1
			r.warn("scenario %s: %s: %s", s.Name, a.Name, a.Reason)
		}
		return r.linkDecision(ctx, s, in, result, decision.ID)
	})
}

// ready is what the earlier stages made, or errSkipped.
func (r *run) ready(s project.Scenario) (in stock, err error) {
	if err = r.need(join(verbItems, s.Name), &in.items); err != nil {
		return in, err
	}
	if s.Wants(project.CandidateSmall) {
		if err = r.need(join(verbSmall, s.Name), &in.small); err != nil {
			return in, err
		}
	}
	if s.Knowledge != "" {
		var k indexOutput
		if err = r.need(join(verbIndex, s.Knowledge), &k); err != nil {
			return in, err
		}
		in.digest = k.Digest
	}
	return in, nil
}

// study is the scenario's study over its items.
func (r *run) study(ctx context.Context, s project.Scenario, in stock, items []sizing.Item, arms []sizing.Arm, opts sizeOptions) (sizing.Result, error) {
	scorer, bench, err := r.judged(ctx, s, in, arms)
	if err != nil {
		return sizing.Result{}, err
	}
	run := r.runner(s, in)
	if slices.ContainsFunc(arms, func(a sizing.Arm) bool { return a.Config.Kind == sizing.Chat && a.Missing == "" }) {
		m, err := r.openMeter(ctx, true)
		if err != nil {
			return sizing.Result{}, err
		}
		defer m.Close(context.WithoutCancel(ctx))
		run.meter = m
	}
	cfg := sizing.StudyConfig{
		Scenario: s.Name, Metric: s.Bar.Metric, Items: items, Arms: arms, Scorer: scorer, Runner: r.limited(run, append(slices.Clip(arms), bench...)), Store: r.db.Sizing(),
		Bar: s.Bar.AtLeast, Slack: s.Bar.Slack, P95: s.Latency.P95, Recall: s.Bar.Recall, Cost: float64(s.Bar.Cost), Alpha: r.alpha(opts), Cascade: r.alpha(opts) * cascadePartOf(s), Frontier: opts.Frontier, Seed: 1, Rates: r.rates(), Requests: float64(s.Traffic.RequestsPerMonth),
		Calibrated: s.Task == project.TaskClassify && s.Wants(project.CandidateSmall),
		Closed:     s.Items.Population == project.PopulationClosed, Grows: s.Items.Population != project.PopulationClosed && s.Items.Strata.Column == "", LabelLeast: s.Items.Labels.Least,
		Progress: func(p sizing.Progress) {
			r.tell(Event{Stage: join(verbSize, s.Name), Note: p.Candidate, Done: p.Items, Total: p.Total})
		},
	}
	if len(bench) > 0 {
		cfg.Judge = &bench[0]
	}
	if s.Bar.Of != "" {
		i := slices.IndexFunc(arms, func(a sizing.Arm) bool { return a.Config.Name == s.Bar.Of })
		if i < 0 {
			return sizing.Result{}, errs.Invalid("scenario %s: its bar is relative to %s, which is not among its candidates", s.Name, s.Bar.Of)
		}
		cfg.Reference, cfg.Within = arms[i].Config.ID(), s.Bar.Within
	}
	var others []string
	for _, o := range r.Project.Scenarios {
		if o.Name != s.Name {
			others = append(others, o.Name)
		}
	}
	if err := sizing.Believe(ctx, &cfg, others, r.publicScores(arms)...); err != nil {
		return sizing.Result{}, err
	}
	return sizing.Study(ctx, cfg)
}

func (r *run) linkDecision(ctx context.Context, s project.Scenario, in stock, res sizing.Result, decision string) error {
	edges, err := r.shownEdges(ctx, s, in)
	if err != nil {
		return err
	}
	edges = append(edges, []lineage.Edge{
		{From: in.items.Set, To: res.Study, Step: "measure"},
		{From: res.Study, To: decision, Step: "decide"},
	}...)
	for _, a := range res.Arms {
		if a.Items == 0 {
			continue
		}
		edges = append(edges, lineage.Edge{From: a.ID, To: res.Study, Step: "candidate"})
		if a.Configuration.Kind == sizing.Small {
			edges = append(edges, lineage.Edge{From: a.Configuration.Revision, To: a.ID, Step: "configure"})
		}
	}
	return r.db.Lineage().Link(ctx, edges)
}

// decision is the latest decision of a scenario; false when there is none.
func (a *App) decision(ctx context.Context, scenario string) (sizing.Decision, bool, error) {
	var out sizeOutput
	ok, err := a.output(ctx, join(verbSize, scenario), &out)
	if !ok || err != nil {
		return sizing.Decision{}, false, err
	}
	d, err := a.db.Sizing().Decision(ctx, out.Decision)
	return d, err == nil, err
}

// Summaries are the scenarios' decisions, short, in the project's order. A
// scenario that was never sized is a plan.
func (a *App) Summaries(ctx context.Context) ([]ScenarioSummary, error) {
	out := []ScenarioSummary{}
	for _, s := range a.Project.Scenarios {
		sum := ScenarioSummary{Name: s.Name, Status: sizing.StatusPlan}
		d, ok, err := a.decision(ctx, s.Name)
		if err != nil {
			return nil, fmt.Errorf("reading the decision of scenario %s: %w", s.Name, err)
		}
		if ok {
			sum.Status, sum.Decision = d.Result.Status, &d.ID
			if err := a.revoke(ctx, &sum, d.ID, floorOf(d)); err != nil {
				return nil, err
			}
			if done, err := a.summariseCascade(ctx, s, d, &sum); err != nil {
				return nil, err
			} else if done {
				out = append(out, sum)
				continue
			}
			if arm, ok := d.Result.Arm(d.Result.Choice); ok {
				currency := d.Result.Currency
				sum.Configuration, sum.Quality, sum.Interval = &arm.Name, arm.Quality, arm.Interval
				sum.CostPer1000, sum.Currency = arm.CostPer1000, &currency
			}
		}
		out = append(out, sum)
	}
	return out, nil
}

// routed reports whether a scenario's choice can be served.
func routed(d sizing.Decision) bool {
	return d.Result.Choice != "" && slices.ContainsFunc(d.Result.Arms, func(a sizing.ArmResult) bool { return a.ID == d.Result.Choice })
}
