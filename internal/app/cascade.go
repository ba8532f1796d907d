package app

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"slices"

	"github.com/luodi/luodi/internal/errs"
	"github.com/luodi/luodi/internal/lineage"
	"github.com/luodi/luodi/internal/money"
	"github.com/luodi/luodi/internal/project"
	"github.com/luodi/luodi/internal/report"
	"github.com/luodi/luodi/internal/sizing"
	"github.com/luodi/luodi/internal/sizing/cascade"
	"github.com/luodi/luodi/internal/small"
)

// cascadeVersion changes when the same outcomes would give another record.
const cascadeVersion = "cascade/2"

// cascadePart of a study's alpha goes to its cascade, where one is wanted; it
// is fixed before data, as are the study's other parts.
const cascadePart = .4

// cascadePartOf is the part of a scenario's alpha for its cascade.
func cascadePartOf(s project.Scenario) float64 {
	if s.Cascade.Wanted {
		return cascadePart
	}
	return 0
}

// verbCascade names the stages that search cascades; they run with size.
const verbCascade = "cascade"

// cascadeOutput is what a cascade stage found.
type cascadeOutput struct {
	Decision string `json:"decision"` // the record's id
	Status   string `json:"status"`
	Blob     string `json:"blob"`  // the record
	Small    string `json:"small"` // blob of its gate's model; "" without one
	// Basis is the address of all it depends on but prices, and Studied the
	// blob of the record that was measured, where Blob is that one repriced.
	Basis   string `json:"basis,omitempty"`
	Studied string `json:"studied,omitempty"`
	// Again is the number of tries that an endpoint's faults have cut short.
	Again int `json:"again,omitempty"`
	// Opened is the study that has looked at split B, after which another
	// basis certifies nothing; nil for that study itself.
	Opened *openedStudy `json:"opened,omitempty"`
}

// openedStudy is a cascade study by its basis and its record's blob.
type openedStudy struct {
	Basis   string `json:"basis"`
	Studied string `json:"studied"`
}

// cascade searches and certifies the scenario's cascade, where it wants one.
func (r *run) cascade(ctx context.Context, s project.Scenario) error {
	if !s.Cascade.Wanted {
		return nil
	}
	name := join(verbCascade, s.Name)
	in, err := r.ready(s)
	if err != nil {
		return r.skip(name, err)
	}
	cfg, err := r.cascadeConfig(ctx, s, in)
	if err != nil {
		return r.skip(name, err)
	}
	basis, inputs, err := cascadeInputs(in, cfg)
	if err != nil {
		return r.skip(name, err)
	}
	var out, last cascadeOutput
	if _, err := r.output(ctx, name, &last); err != nil {
		return r.skip(name, err)
	}
	if o := last.Opened; o != nil && o.Basis == basis { // a change was taken back
		last = cascadeOutput{Basis: o.Basis, Studied: o.Studied, Small: in.small.Blob}
	}
	if r.asked.Reprice && last.Status == cascade.StatusPlan {
		return nil
	}
	if r.asked.Reprice && !last.follows(basis) {
		return r.skip(name, changed(s))
	}
	if last.Again > 0 {
		inputs = append(inputs, fmt.Sprint("again ", last.Again))
	}
	return r.stage(ctx, name, inputs, &out, func(ctx context.Context) error {
		if last.follows(basis) {
			out, err = r.repriceCascade(ctx, s, last, cfg)
			return err
		}
		m, err := r.openMeter(ctx, true)
		if err != nil {
			return err
		}
		defer m.Close(context.WithoutCancel(ctx))
		run := r.runner(s, in)
		run.meter = m
		cfg.Runner = r.limited(run, cfg.Arms)
		cfg.Progress = func(candidate string, done, total int) {
			r.tell(Event{Stage: name, Note: candidate, Done: done, Total: total})
		}
		opened, err := r.openedBy(ctx, last)
		if err != nil {
			return err
		}
		cfg.Opened = opened != nil
		if cfg.Before, err = sizing.SeenBefore(ctx, cfg.Store, s.Name, cfg.Items); err != nil {
			return err
		}
		rec, err := cascade.Study(ctx, cfg)
		if err != nil {
			return err
		}
		out = cascadeOutput{Decision: rec.ID, Status: rec.Status, Small: in.small.Blob, Basis: basis, Opened: opened}
		if rec.Status == cascade.StatusStopped {
			out.Again = last.Again + 1
			r.warn("scenario %s: its cascade: %s", s.Name, rec.Reason.En)
		}
		if out.Blob, err = r.keepRecord(ctx, rec); err != nil {
			return err
		}
		out.Studied = out.Blob
		edges := []lineage.Edge{{From: in.items.Set, To: rec.ID, Step: "measure"}}
		for _, m := range rec.Members {
			edges = append(edges, lineage.Edge{From: m.ID, To: rec.ID, Step: "candidate"})
		}
		return r.db.Lineage().Link(ctx, edges)
	})
}

// openedBy is the study of the scenario that has looked at split B, nil while
// it is sealed.
func (a *App) openedBy(ctx context.Context, last cascadeOutput) (*openedStudy, error) {
	if last.Opened != nil || last.Studied == "" {
		return last.Opened, nil
	}
	rec, err := a.readRecord(ctx, last.Studied)
	if err != nil || len(rec.Points) == 0 {
		return nil, err
	}
	return &openedStudy{last.Basis, last.Studied}, nil
}

// cascadeConfig is the study of a scenario's cascade, without what runs it.
func (a *App) cascadeConfig(ctx context.Context, s project.Scenario, in stock) (cascade.Config, error) {
	d, err := a.dataset(ctx, in.items)
	if err != nil {
		return cascade.Config{}, err
	}
	arms, err := a.arms(ctx, s, in)
	if err != nil {
		return cascade.Config{}, err
	}
	scorer, err := scorerOf(s, in.items)
	if err != nil {
		return cascade.Config{}, err
	}
	var size sizeOutput
	if _, err := a.output(ctx, join(verbSize, s.Name), &size); err != nil {
		return cascade.Config{}, err
	}
	alpha := (&run{App: a}).alpha(size.sizeOptions) * cascadePart
	cfg := cascade.Config{
		Scenario: s.Name, Items: d.Items, Arms: arms, Loss: s.Cascade.Loss, P95: s.Latency.P95, Cost: float64(s.Bar.Cost), Alpha: alpha, Seed: 1,
		Scorer: scorer, Store: a.db.Sizing(), Currency: money.CNY, Rates: a.rates(),
	}
	if s.Bar.Of == "" {
		cfg.Floor = s.Bar.Floor()
	}
	i := slices.IndexFunc(arms, func(x sizing.Arm) bool { return x.Config.Name == s.Cascade.Of })
	if i < 0 {
		return cfg, errs.Invalid("the cascade of scenario %s is compared with %s, which is not among its candidates", s.Name, s.Cascade.Of)
	}
	cfg.Reference = arms[i].Config.ID()
	if j := slices.IndexFunc(arms, func(x sizing.Arm) bool { return x.Config.Kind == sizing.Small }); j >= 0 {
		cfg.Small = a.gate(s, in, arms[j].Config)
	}
	return cfg, nil
}

// gateLosses are what the gate may lose at the thresholds that are tried.
var gateLosses = []float64{.0025, .005, .01, .02, .03}

// gate is the scenario's small model as the first stage of a cascade.
func (a *App) gate(s project.Scenario, in stock, c sizing.Configuration) *cascade.Small {
	run := a.runner(s, in)
	return &cascade.Small{
		Config: c,
		Predict: func(ctx context.Context, text string) (string, float64, error) {
			p, err := run.predict(ctx, c, text)
			return p.Label, p.Margin, err
		},
		// The threshold that the model serves with alone was chosen on all
		// items; these see split A and training rows only.
		Thresholds: func(items []sizing.Item) ([]float64, error) {
			if _, err := run.predict(context.Background(), c, ""); err != nil {
				return nil, err
			}
			m := run.model[c.Revision]
			examples := make([]small.Example, len(items))
			for i, it := range items {
				examples[i] = small.Example{Text: it.Input, Label: it.Label}
			}
			var out []float64
			for _, loss := range gateLosses {
				goal := small.Goal{Loss: loss, Unseen: true}
				onA, err := small.Calibrate(m, examples, goal)
				if err != nil {
					return nil, err
				}
				onTraining, err := small.CalibrateOutOfFold(m, goal)
				if err != nil {
					return nil, err
				}
				for _, c := range []small.Calibration{onA, onTraining} {
					if c.Answers && !slices.Contains(out, c.Threshold) {
						out = append(out, c.Threshold)
					}
				}
			}
			slices.SortFunc(out, func(a, b float64) int { return cmp.Compare(b, a) })
			return out, nil
		},
	}
}

// cascadeRecord is what a scenario's cascade stage last found; nil where there
// is none, or none is wanted any more.
func (a *App) cascadeRecord(ctx context.Context, s project.Scenario) (*cascade.Record, cascadeOutput, error) {
	var out cascadeOutput
	if !s.Cascade.Wanted {
		return nil, out, nil
	}
	if ok, err := a.output(ctx, join(verbCascade, s.Name), &out); err != nil || !ok {
		return nil, out, err
	}
	rec, err := a.readRecord(ctx, out.Blob)
	return rec, out, err
}

func (a *App) keepRecord(ctx context.Context, rec cascade.Record) (blob string, err error) {
	b, err := json.Marshal(rec)
	if err != nil {
		return "", err
	}
	return a.blobs.Put(ctx, b)
}

func (a *App) readRecord(ctx context.Context, blob string) (*cascade.Record, error) {
	b, err := a.blobs.Get(ctx, blob)
	if err != nil {
		return nil, err
	}
	var rec cascade.Record
	return &rec, json.Unmarshal(b, &rec)
}

// chosenCascade is the scenario's cascade where it is the route: it meets the
// bar, and no certified configuration is cheaper. nil where it is not.
func (a *App) chosenCascade(ctx context.Context, s project.Scenario, d sizing.Decision) (*cascade.Record, cascadeOutput, error) {
	rec, out, err := a.cascadeRecord(ctx, s)
	if err != nil || rec == nil {
		return nil, out, err
	}
	p, ok := rec.Wanted()
	switch {
	case !ok:
		return nil, out, nil
	case s.Bar.Of != "" && (s.Bar.Of != s.Cascade.Of || rec.Loss > s.Bar.Within+1e-9):
		return nil, out, nil // certified, but not for the bar
	}
	if d.Result.Status == sizing.StatusCertified {
		arm, ok := d.Result.Arm(d.Result.Choice)
		if ok && (arm.CostPer1000 == nil || *arm.CostPer1000 <= p.CostPer1000) {
			return nil, out, nil
		}
	}
	return rec, out, nil
}

// summariseCascade fills a summary in where the cascade is the decision.
func (a *App) summariseCascade(ctx context.Context, s project.Scenario, d sizing.Decision, sum *ScenarioSummary) (bool, error) {
	rec, _, err := a.chosenCascade(ctx, s, d)
	if err != nil || rec == nil {
		return false, err
	}
	p, _ := rec.Wanted()
	name, _ := rec.Words(p.Served)
	sum.Status, sum.Decision, sum.Configuration = sizing.StatusCertified, &rec.ID, &name
	sum.Quality, sum.Interval, sum.CostPer1000, sum.Currency = &p.Quality, p.Interval, &p.CostPer1000, &rec.Currency
	return true, a.revoke(ctx, sum, rec.ID, floorOfCascade(rec))
}

// reportCascade fills the cascade into a scenario's report.
func (a *App) reportCascade(ctx context.Context, s project.Scenario, d sizing.Decision, out *report.Scenario) error {
	rec, _, err := a.cascadeRecord(ctx, s)
	if err != nil || rec == nil {
		return err
	}
	out.Cascade = rec
	chosen, _, err := a.chosenCascade(ctx, s, d)
	if err != nil || chosen == nil {
		return err
	}
	p, _ := rec.Wanted()
	cost := p.CostPer1000 / 1000 * out.Requests
	out.CascadeChosen, out.Status, out.CostPerMonth = true, sizing.StatusCertified, &cost
	return nil
}

// cascadeOf finds the scenario whose cascade bears an id.
func (a *App) cascadeOf(ctx context.Context, id string) (project.Scenario, *cascade.Record, error) {
	for _, s := range a.Project.Scenarios {
		rec, _, err := a.cascadeRecord(ctx, s)
		if err != nil {
			return s, nil, err
		}
		if rec != nil && rec.ID == id {
			return s, rec, nil
		}
	}
	return project.Scenario{}, nil, nil
}
