package app

import (
	"context"
	"fmt"
	"log/slog"
	"sync/atomic"
	"time"

	"github.com/luodi/luodi/internal/errs"
	"github.com/luodi/luodi/internal/gateway"
	"github.com/luodi/luodi/internal/project"
	"github.com/luodi/luodi/internal/report"
	"github.com/luodi/luodi/internal/sizing"
	"github.com/luodi/luodi/internal/sizing/cascade"
	"github.com/luodi/luodi/internal/sizing/drift"
)

const (
	sampleKeep  = 30 * 24 * time.Hour // that a sample waits for its label with its texts
	sampleQueue = 256                 // samples on their way into the store; more are lost, and counted
)

// sampler writes drawn calls into the store, beside the calls.
type sampler struct {
	store drift.Store
	queue chan drift.Sample
	ended chan struct{}
	lost  atomic.Int64
}

// startSampler forgets what has waited too long, and takes samples until stop
// is called, which writes those on their way.
func (a *App) startSampler(ctx context.Context) (stop func()) {
	s := &sampler{store: a.db.Drift(), queue: make(chan drift.Sample, sampleQueue), ended: make(chan struct{})}
	if _, err := s.store.Forget(ctx, a.now().Add(-sampleKeep)); err != nil {
		slog.Error("forgetting samples without a label", "error", err)
	}
	a.sampler = s
	ctx = context.WithoutCancel(ctx)
	go func() {
		defer close(s.ended)
		for x := range s.queue {
			if err := s.store.PutSample(ctx, x); err != nil {
				slog.Error("a sample for labels is lost", "error", err)
			}
		}
	}()
	return func() {
		close(s.queue)
		<-s.ended
		if n := s.lost.Load(); n > 0 {
			slog.Warn("samples for labels were lost: the store did not keep up", "samples", n)
		}
	}
}

// drawn draws calls of a scenario's certified route, where luodi.yaml asks for
// it. A sample that finds the queue full is lost: that depends on the load, and
// not on what the call says.
func (a *App) drawn(s project.Scenario, decision string) *gateway.Sampler {
	to := a.sampler
	if s.Drift.Sample == 0 || to == nil {
		return nil
	}
	return &gateway.Sampler{Share: s.Drift.Sample, Take: func(id string, at time.Time, ms []gateway.Message, output string) {
		select {
		case to.queue <- drift.Sample{ID: id, Scenario: s.Name, Decision: decision, Time: at, Input: input(ms), Output: output}:
		default:
			to.lost.Add(1)
		}
	}}
}

// floorOf is the mean that a decision's choice is watched against: its
// certified floor, or with a relative bar, which has none of its own, the
// lower end of its measured interval. 0 where nothing certified is watched.
func floorOf(d sizing.Decision) float64 {
	arm, ok := d.Result.Arm(d.Result.Choice)
	switch {
	case !ok || d.Result.Status != sizing.StatusCertified || d.Result.Metric == "macro_f1":
		return 0
	case d.Result.Reference == "":
		return d.Result.Floor
	}
	return arm.Interval[0]
}

func floorOfCascade(r *cascade.Record) float64 {
	p, ok := r.Wanted()
	switch {
	case !ok:
		return 0
	case r.Floor > 0:
		return r.Floor
	}
	return p.Interval[0]
}

// watch is what labelled traffic says of a decision; nil where it has no floor
// to be watched against, or nothing was drawn yet.
func (a *App) watch(ctx context.Context, decision string, floor float64) (*drift.Watch, error) {
	if floor <= 0 || floor >= 1 {
		return nil, nil
	}
	samples, err := a.db.Drift().Samples(ctx, decision)
	if err != nil || len(samples) == 0 {
		return nil, err
	}
	w, err := drift.Follow(drift.Config{Floor: floor}, samples)
	return &w, err
}

// revoked is the alarm that has revoked a decision's certificate, or nil.
func (a *App) revoked(ctx context.Context, decision string, floor float64) (*drift.Alarm, error) {
	w, err := a.watch(ctx, decision, floor)
	if err != nil || w == nil {
		return nil, err
	}
	return w.Alarm, nil
}

// revoke takes the certificate from a summary whose decision has lost it.
func (a *App) revoke(ctx context.Context, sum *ScenarioSummary, decision string, floor float64) (err error) {
	if sum.Revoked, err = a.revoked(ctx, decision, floor); sum.Revoked != nil {
		sum.Status = sizing.StatusBestGuess
	}
	return err
}

// statusNow is a decision's status, less a certificate that was revoked.
func (a *App) statusNow(ctx context.Context, d sizing.Decision) (string, error) {
	alarm, err := a.revoked(ctx, d.ID, floorOf(d))
	if alarm != nil {
		return sizing.StatusBestGuess, err
	}
	return d.Result.Status, err
}

// cascadeStatus is that of a certified cascade.
func (a *App) cascadeStatus(ctx context.Context, rec *cascade.Record) (string, error) {
	alarm, err := a.revoked(ctx, rec.ID, floorOfCascade(rec))
	if alarm != nil {
		return sizing.StatusBestGuess, err
	}
	return cascade.StatusCertified, err
}

// lost reports whether a route's certificate was revoked.
func (a *App) lost(ctx context.Context, e routeEntry) (bool, error) {
	floor, err := a.floorServed(ctx, e)
	if err != nil {
		return false, err
	}
	alarm, err := a.revoked(ctx, e.Decision, floor)
	return alarm != nil, err
}

// floorServed is the floor of what a route serves; 0 where there is none.
func (a *App) floorServed(ctx context.Context, e routeEntry) (float64, error) {
	if e.Cascade != "" {
		rec, err := a.readRecord(ctx, e.Cascade)
		if err != nil {
			return 0, err
		}
		return floorOfCascade(rec), nil
	}
	d, err := a.db.Sizing().Decision(ctx, e.Decision)
	return floorOf(d), err
}

// reportDrift adds what labelled traffic says of what is served.
func (a *App) reportDrift(ctx context.Context, s project.Scenario, out *report.Scenario) error {
	routes, err := a.routes(ctx)
	if err != nil {
		return err
	}
	for _, e := range routes {
		if e.Scenario != s.Name {
			continue
		}
		floor, err := a.floorServed(ctx, e)
		if err != nil {
			return err
		}
		if out.Drift, err = a.watch(ctx, e.Decision, floor); err != nil {
			return err
		}
		current := e.Decision == out.Decision || out.CascadeChosen && e.Decision == out.Cascade.ID
		if out.Drift != nil && out.Drift.Alarm != nil && current {
			out.Status = sizing.StatusBestGuess
		}
	}
	return nil
}

// Watched is a scenario whose certificate is watched.
type Watched struct {
	Scenario string  `json:"scenario"`
	Decision string  `json:"decision"`
	Sample   float64 `json:"sample"` // share of the calls that is drawn
	drift.Watch
}

// Drift is what labelled traffic says of the published routes, or of one
// scenario's. One that is not watched is left out, with the reason in notes.
func (a *App) Drift(ctx context.Context, scenario string) (out []Watched, notes []string, err error) {
	out, notes = []Watched{}, []string{}
	if _, ok := a.Project.Scenario(scenario); !ok && scenario != "" {
		return nil, nil, errs.NotFound("luodi.yaml has no scenario %q", scenario)
	}
	for _, s := range a.Project.Scenarios {
		if scenario != "" && s.Name != scenario {
			continue
		}
		decision, floor, why, err := a.published(ctx, s)
		if err != nil {
			return nil, nil, err
		}
		if why != "" {
			notes = append(notes, "scenario "+s.Name+": "+why)
			continue
		}
		w, err := a.watch(ctx, decision, floor)
		if err != nil {
			return nil, nil, err
		}
		if w == nil {
			w = &drift.Watch{Floor: floor}
		}
		out = append(out, Watched{Scenario: s.Name, Decision: decision, Sample: s.Drift.Sample, Watch: *w})
	}
	return out, notes, nil
}

// published is the decision that is served of a scenario and its floor; why
// says what keeps it from being watched.
func (a *App) published(ctx context.Context, s project.Scenario) (decision string, floor float64, why string, err error) {
	if s.Drift.Sample == 0 {
		return "", 0, "no calls are drawn; add drift: {sample: 0.02} to it in luodi.yaml", nil
	}
	routes, err := a.routes(ctx)
	if err != nil {
		return "", 0, "", err
	}
	for _, e := range routes {
		if e.Scenario != s.Name {
			continue
		}
		if floor, err = a.floorServed(ctx, e); floor == 0 {
			why = "what is served is not certified for a mean score, so there is no floor to watch"
		}
		return e.Decision, floor, why, err
	}
	return "", 0, "nothing is published; run luodi up", nil
}

// watchedScenario is one scenario's published decision, or why it has none.
func (a *App) watchedScenario(ctx context.Context, name string) (project.Scenario, string, float64, error) {
	s, ok := a.Project.Scenario(name)
	if !ok {
		return s, "", 0, errs.NotFound("luodi.yaml has no scenario %q", name)
	}
	decision, floor, why, err := a.published(ctx, s)
	if err == nil && why != "" {
		err = errs.Conflict("scenario %s is not watched: %s", name, why)
	}
	if err != nil {
		return s, "", 0, fmt.Errorf("labels of served calls: %w", err)
	}
	return s, decision, floor, nil
}
