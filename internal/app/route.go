package app

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"github.com/luodi/luodi/internal/errs"
	"github.com/luodi/luodi/internal/project"
	"github.com/luodi/luodi/internal/sizing"
)

// routeOutput is what the gateway serves under each scenario's name. The
// stage's journal entry is the published route table.
type routeOutput struct {
	Routes []routeEntry `json:"routes"`
}

type routeEntry struct {
	Scenario string `json:"scenario"`
	Decision string `json:"decision"`
	// Model and Blob are the small model that the decision chose: a route that
	// is kept outlives the training of another one.
	Model string `json:"model,omitempty"`
	Blob  string `json:"blob,omitempty"`
	// Cascade is the record of the cascade that is served, and Blob then its
	// small model.
	Cascade string `json:"cascade,omitempty"`
	// Revoked says that labels of served calls have revoked its certificate.
	Revoked bool `json:"revoked,omitempty"`
	// Refused is the later decision that the regression gate kept out.
	Refused string `json:"refused,omitempty"`
}

// route publishes the decided configuration of every scenario that has one.
// Where a certified configuration is published, one that is not certified does
// not take its place: the route stays, and route returns ErrGate once all
// others are published.
func (r *run) route(ctx context.Context) error {
	var before, want routeOutput
	if _, err := r.output(ctx, verbRoute, &before); err != nil {
		return r.skip(verbRoute, err)
	}
	inputs := []string{"route/2"}
	var refused []error
	for _, s := range r.Project.Scenarios {
		e, ok, err := r.entry(ctx, s, before)
		if err != nil {
			return r.skip(verbRoute, err)
		}
		if e.Refused != "" {
			refused = append(refused, fmt.Errorf("scenario %s: decision %s is not certified for its bar and was not published; the route stays %s: %w", s.Name, e.Refused, e.Decision, ErrGate))
			r.warn("scenario %s: decision %s is not certified for its bar; the certified route of %s stays", s.Name, e.Refused, e.Decision)
		}
		if ok {
			if e.Revoked, err = r.lost(ctx, e); err != nil {
				return r.skip(verbRoute, err)
			}
			want.Routes = append(want.Routes, e)
			inputs = append(inputs, e.Scenario, e.Decision, e.Model, e.Cascade, e.Refused)
			if e.Revoked {
				inputs = append(inputs, "revoked")
				r.warn("scenario %s: labels of served calls have revoked the certificate of %s; it is served as a best guess", s.Name, e.Decision)
			}
		}
	}
	var out routeOutput
	err := r.stage(ctx, verbRoute, inputs, &out, func(context.Context) error {
		out = want
		return nil
	})
	if err != nil {
		return err
	}
	return errors.Join(refused...)
}

// entry is what to publish for a scenario; false for nothing.
func (r *run) entry(ctx context.Context, s project.Scenario, before routeOutput) (routeEntry, bool, error) {
	d, ok, err := r.decision(ctx, s.Name)
	if err != nil {
		return routeEntry{}, false, err
	}
	if e, ok, err := r.cascadeEntry(ctx, s, d); err != nil || ok {
		return e, ok, err
	}
	out := routeEntry{Scenario: s.Name, Decision: d.ID}
	if c, has := choice(d); ok && has && c.Kind == sizing.Small {
		in, _, err := r.stock(ctx, s)
		if err != nil {
			return out, false, err
		}
		out.Model, out.Blob = in.small.Model, in.small.Blob
	}
	publish := ok && routed(d)
	i := slices.IndexFunc(before.Routes, func(e routeEntry) bool { return e.Scenario == s.Name })
	if i < 0 || ok && (d.Result.Status == sizing.StatusCertified || d.ID == before.Routes[i].Decision) {
		return out, publish, nil
	}
	kept := before.Routes[i]
	kept.Refused = ""
	if kept.Cascade != "" {
		return r.keepCascade(ctx, s, kept, out, ok, publish)
	}
	old, err := r.db.Sizing().Decision(ctx, kept.Decision)
	switch {
	case errs.Is(err, errs.CodeNotFound):
		return out, publish, nil
	case err != nil:
		return out, false, err
	}
	status, err := r.statusNow(ctx, old)
	if err != nil {
		return out, false, err
	}
	if ok && status != sizing.StatusCertified {
		return out, publish, nil
	}
	if reason := r.unservable(s, old); reason != "" {
		r.warn("scenario %s: the route of %s cannot be served any more: %s", s.Name, old.ID, reason)
		return out, publish, nil
	}
	if ok {
		kept.Refused = d.ID
	} // else its sizing failed or is under way: nothing is refused, nothing changes
	return kept, true, nil
}

// choice is the configuration that a decision chose.
func choice(d sizing.Decision) (sizing.Configuration, bool) {
	arm, ok := d.Result.Arm(d.Result.Choice)
	return arm.Configuration, ok
}

// unservable says why a decision's choice cannot be served now; "" where it
// can.
func (r *run) unservable(s project.Scenario, d sizing.Decision) string {
	c, ok := choice(d)
	switch {
	case !ok:
		return "it chose nothing"
	case c.Kind == sizing.Extractive && s.Knowledge != c.Retrieval.Base:
		return "its knowledge base is another one now"
	case c.Kind.InProcess():
		return ""
	}
	ep, err := r.runner(s, stock{}).endpoint(c)
	switch {
	case err != nil:
		return err.Error()
	case !ep.Configured:
		return "model " + ep.Name + ": " + ep.Reason
	}
	return ""
}

// routes is the published route table.
func (a *App) routes(ctx context.Context) ([]routeEntry, error) {
	var out routeOutput
	if _, err := a.output(ctx, verbRoute, &out); err != nil {
		return nil, fmt.Errorf("reading the published routes: %w", err)
	}
	return out.Routes, nil
}
