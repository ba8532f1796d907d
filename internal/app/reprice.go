package app

import (
	"context"
	"errors"
	"fmt"

	"github.com/luodi/luodi/internal/errs"
	"github.com/luodi/luodi/internal/lineage"
	"github.com/luodi/luodi/internal/project"
	"github.com/luodi/luodi/internal/sizing"
)

// Repriced is a decision that follows another because a price changed.
type Repriced struct {
	Scenario string            `json:"scenario"`
	Decision string            `json:"decision"`
	Flipped  bool              `json:"flipped"` // the choice is another one
	Why      *sizing.Repricing `json:"why"`
}

// repriceAll applies changed prices to every decision there is and publishes
// the routes. It runs no stage before, makes no call, and changes nothing
// where something else than prices has changed.
func (r *run) repriceAll(ctx context.Context) error {
	r.asked.Reprice = true
	if err := r.recall(ctx); err != nil {
		return err
	}
	var failed []error
	for _, s := range r.Project.Scenarios {
		if r.only != "" && s.Name != r.only {
			continue
		}
		_, ok, err := r.decision(ctx, s.Name)
		switch {
		case err != nil:
			failed = append(failed, err)
		case !ok:
			r.warn("scenario %s is not sized yet; run luodi up", s.Name)
		default:
			failed = append(failed, r.size(ctx, s), r.cascade(ctx, s))
		}
	}
	if err := r.route(ctx); err != nil && (errors.Join(failed...) == nil || !errors.Is(err, ErrGate)) {
		failed = append(failed, err)
	}
	return errors.Join(failed...)
}

// recall takes over what the stages before sizing made when they last ran.
func (r *run) recall(ctx context.Context) error {
	entries, err := r.db.Job().Entries(ctx)
	if err != nil {
		return fmt.Errorf("reading the journal: %w", err)
	}
	for _, e := range entries {
		if e.Output != "" {
			r.done[e.Name] = e.Output
		}
	}
	return nil
}

// follows reports whether nothing but prices may have changed since a
// decision that was not cut short.
func (o sizeOutput) follows(basis string) bool {
	return o.Decision != "" && o.Basis == basis && o.Again == 0
}

// reprice is the decision that follows the last one at the present prices:
// without a call, from its kept outcomes. What was fixed before data (order,
// shares, enrolment) stays as it is.
func (r *run) reprice(ctx context.Context, s project.Scenario, in stock, last sizeOutput, arms []sizing.Arm, items []sizing.Item) (sizeOutput, error) {
	old, err := r.db.Sizing().Decision(ctx, last.Decision)
	if err != nil {
		return last, err
	}
	scorer, _, err := r.judged(ctx, s, in, arms)
	if err != nil {
		return last, err
	}
	prices := map[string]sizing.Price{}
	for _, a := range arms {
		prices[a.Config.ID()] = a.Price
	}
	d, err := old.Reprice(ctx, prices, items, scorer, r.prices())
	if err != nil || d.ID == old.ID {
		return last, err
	}
	if err := r.db.Sizing().PutDecision(ctx, d); err != nil {
		return last, err
	}
	r.repriced = append(r.repriced, Repriced{Scenario: s.Name, Decision: d.ID, Flipped: d.Repriced.From != d.Repriced.To, Why: d.Repriced})
	last.Decision, last.Status, last.Open = d.ID, d.Result.Status, len(d.Reopened(old)) > 0
	return last, r.db.Lineage().Link(ctx, []lineage.Edge{{From: old.ID, To: d.ID, Step: "reprice"}})
}

// changed says that --reprice cannot decide a scenario anew.
func changed(s project.Scenario) error {
	return errs.Conflict("repricing scenario %s: more than prices of measured candidates has changed since its decision (items, candidates, bar, or a price that was not known); run luodi size", s.Name)
}

// prices is the sizing store with the price book's tiers, which a decision's
// record names by row only.
func (a *App) prices() pricedDecisions { return pricedDecisions{a.db.Sizing(), a} }

type pricedDecisions struct {
	sizing.Store
	app *App
}

// Decision returns errs.NotFound too where a row with tiers is no longer in
// the price book.
func (p pricedDecisions) Decision(ctx context.Context, id string) (sizing.Decision, error) {
	d, err := p.Store.Decision(ctx, id)
	if err != nil {
		return d, err
	}
	for i := range d.Result.Arms {
		price := &d.Result.Arms[i].Price
		if !price.Tiered {
			continue
		}
		row, ok := p.app.catalog.Book.Row(price.Row)
		if !ok {
			return d, errs.NotFound("decision %s: price row %s, which has tiers, is no longer in the price book", id, price.Row)
		}
		*price = sizingPrice(row, price.Rate)
	}
	return d, nil
}
