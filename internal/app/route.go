package app

import (
	"context"
	"fmt"
)

// routeOutput is what the gateway serves under each scenario's name. The
// stage's journal entry is the published route table.
type routeOutput struct {
	Routes []routeEntry `json:"routes"`
}

type routeEntry struct {
	Scenario string `json:"scenario"`
	Decision string `json:"decision"`
}

// route publishes the decided configuration of every scenario that has one.
func (r *run) route(ctx context.Context) error {
	var out routeOutput
	inputs := []string{"route/1"}
	for _, s := range r.Project.Scenarios {
		d, ok, err := r.decision(ctx, s.Name)
		if err != nil {
			return r.skip(verbRoute, err)
		}
		if !ok || !routed(d) {
			continue
		}
		out.Routes = append(out.Routes, routeEntry{Scenario: s.Name, Decision: d.ID})
		inputs = append(inputs, s.Name, d.ID)
	}
	want := out
	return r.stage(ctx, verbRoute, inputs, &out, func(context.Context) error {
		out = want
		return nil
	})
}

// routes is the published route table.
func (a *App) routes(ctx context.Context) ([]routeEntry, error) {
	var out routeOutput
	if _, err := a.output(ctx, verbRoute, &out); err != nil {
		return nil, fmt.Errorf("reading the published routes: %w", err)
	}
	return out.Routes, nil
}
