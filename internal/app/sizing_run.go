package app

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"

	"github.com/luodi/luodi/internal/errs"
	"github.com/luodi/luodi/internal/lineage"
	"github.com/luodi/luodi/internal/money"
	"github.com/luodi/luodi/internal/project"
	"github.com/luodi/luodi/internal/sizing"
)

// projectAlpha is what `--project-alpha` splits over the scenarios.
const projectAlpha = .05

// SizeRequest is what `luodi size` asks for.
type SizeRequest struct {
	Scenario string // "" is all
	// Frontier and ProjectAlpha are kept for the scenario once they are given;
	// nil leaves them as they were.
	Frontier, ProjectAlpha *bool
	Budget                 string // "50 CNY": the most that this run may spend; "" is no limit
	Reprice                bool   // decide anew from kept outcomes, without a call
}

// Size sizes the scenarios; with Reprice it only applies changed prices.
func (a *App) Size(ctx context.Context, q SizeRequest) (UpResult, error) {
	if _, ok := a.Project.Scenario(q.Scenario); q.Scenario != "" && !ok {
		return UpResult{}, errs.NotFound("luodi.yaml has no scenario %q", q.Scenario)
	}
	r := &run{App: a, until: verbSize, only: q.Scenario, asked: q, done: map[string]string{}}
	if q.Budget != "" {
		var limit project.Limit
		if err := limit.UnmarshalText([]byte(q.Budget)); err != nil {
			return UpResult{}, misuse("--budget %q: %v", q.Budget, err)
		}
		r.purse = &purse{limit: limit, convert: a.convert, now: a.now}
	}
	if q.Reprice {
		return r.finish(ctx, r.repriceAll(ctx))
	}
	return r.finish(ctx, r.pipeline(ctx))
}

// sizeOptions are what a scenario is sized with beside luodi.yaml.
type sizeOptions struct {
	Frontier bool `json:"frontier,omitempty"`
	Split    bool `json:"split_alpha,omitempty"` // the project's alpha is split over its scenarios
}

// options are those asked for now, else those of the last time.
func (r *run) options(ctx context.Context, s project.Scenario, last sizeOutput) (sizeOptions, error) {
	out := last.sizeOptions
	if last.Decision == "" { // an interrupted run has left no output: the last decision tells
		all, err := r.db.Sizing().Decisions(ctx, s.Name)
		if err != nil {
			return out, err
		}
		if len(all) > 0 {
			d := all[len(all)-1].Result
			out = sizeOptions{Frontier: d.Frontier, Split: d.Alpha < projectAlpha*(1-1e-9)}
		}
	}
	if r.asked.Frontier != nil {
		out.Frontier = *r.asked.Frontier
	}
	if r.asked.ProjectAlpha != nil {
		out.Split = *r.asked.ProjectAlpha
	}
	return out, nil
}

// alpha of one study, all of its parts together.
func (a *App) alpha(o sizeOptions) float64 {
	if o.Split {
		return projectAlpha / float64(len(a.Project.Scenarios))
	}
	return projectAlpha
}

// sizeInputs is what a decision depends on. basis is all but prices: while it
// is the same, a study's outcomes and verdicts stand.
func (r *run) sizeInputs(s project.Scenario, in stock, arms []sizing.Arm, o sizeOptions, more ...string) (basis string, inputs []string, err error) {
	fixed := []string{sizeVersion, in.items.Blob, fmt.Sprintf("%+v %+v %+v %v", s.Bar, s.Latency, s.Traffic, s.Items.Labels.Least), fmt.Sprint(o.Frontier, r.alpha(o), cascadePartOf(s))}
	fixed = append(fixed, more...)
	var prices []string
	for _, a := range arms {
		known := !a.Price.Unknown && (a.Price.Currency == money.CNY || a.Price.Rate != nil)
		b, err := json.Marshal([]any{a.Config, a.Missing, known, a.Concurrency, a.Mean, a.SD})
		if err != nil {
			return "", nil, err
		}
		p, err := json.Marshal(a.Price)
		if err != nil {
			return "", nil, err
		}
		fixed, prices = append(fixed, string(b)), append(prices, string(p))
	}
	return lineage.NewID("basis", fixed...), append(fixed, prices...), nil
}

// decisionInputs are the addresses that a decision names.
func (r *run) decisionInputs(s project.Scenario, in stock) []sizing.Input {
	out := []sizing.Input{{Name: join(verbItems, s.Name), ID: in.items.Blob}, {Name: "eval set", ID: in.items.Set}}
	add := func(name, id string) {
		if id != "" {
			out = append(out, sizing.Input{Name: name, ID: id})
		}
	}
	for _, src := range s.Items.Sources() {
		var c cleanOutput
		if err := r.need(join(verbClean, src), &c); err == nil {
			add(join(verbClean, src), c.Digest)
		}
	}
	if s.Knowledge != "" {
		add(join(verbIndex, s.Knowledge), in.digest)
	}
	add(join(verbSmall, s.Name), in.small.Model)
	add("training set", in.small.TrainingSet)
	return out
}

// limited puts the run's own limit of money around a runner.
func (r *run) limited(next sizing.Runner, arms []sizing.Arm) sizing.Runner {
	if r.purse == nil {
		return next
	}
	prices := map[string]sizing.Price{}
	for _, a := range arms {
		prices[a.Config.Name] = a.Price // a judge offers its verdicts in several orders
	}
	return sizing.RunnerFunc(func(ctx context.Context, c sizing.Configuration, it sizing.Item) (sizing.Output, error) {
		if c.Kind.InProcess() {
			return next.Run(ctx, c, it)
		}
		p := prices[c.Name]
		most, err := p.Cost(c.Longest(it.Input))
		if err != nil {
			return sizing.Output{}, err
		}
		held, err := r.purse.hold(most, p.Currency)
		if err != nil {
			return sizing.Output{}, err
		}
		out, err := next.Run(ctx, c, it)
		if err != nil {
			return out, errors.Join(err, r.purse.settle(held, 0, ""))
		}
		return out, r.purse.settle(held, out.Cost, money.Currency(out.Currency))
	})
}
