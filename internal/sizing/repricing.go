package sizing

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"

	"github.com/luodi/luodi/internal/errs"
	"github.com/luodi/luodi/internal/money"
)

// Rate is the exchange rate by which a price was brought to a study's
// currency.
type Rate struct {
	ID     string  `json:"id"` // such as USD/CNY@2026-03-31=7
	Value  float64 `json:"value"`
	Date   string  `json:"date"`
	Source string  `json:"source"`
}

// Repricing says why a decision follows another one: price rows changed, and
// nothing was called.
type Repricing struct {
	Previous string   `json:"previous"` // the decision it follows
	Changes  []Change `json:"changes"`
	From     string   `json:"from"` // configurations, or routes of a cascade, chosen before and now
	To       string   `json:"to"`
	Why      Text     `json:"why"`
}

// Change is a candidate's price in place of another.
type Change struct {
	Configuration string   `json:"configuration"`
	Name          string   `json:"name"`
	Old           Price    `json:"old"`
	New           Price    `json:"new"`
	OldCost       *float64 `json:"old_cost_per_1000"` // null where it was not measured
	NewCost       *float64 `json:"new_cost_per_1000"`
}

// Input is something a decision was computed from, by its content address.
type Input struct {
	Name string `json:"name"`
	ID   string `json:"id"`
}

// Reprice is the decision under other prices, by configuration id, without
// any call; d itself when no number of them differs. Candidates that prices
// does not name keep theirs. A bar of cost is tested again, by the scorer that
// d names; without one see the function Reprice.
func (d Decision) Reprice(ctx context.Context, prices map[string]Price, items []Item, scorer Scorer, store Store) (Decision, error) {
	changed, rates := map[string]Price{}, map[money.Currency]float64{}
	for _, a := range d.Result.Arms {
		p, ok := prices[a.ID]
		if !ok {
			p = a.Price
		}
		if p.Rate != nil {
			rates[p.Currency] = p.Rate.Value
		}
		if ok && !a.Price.Same(p) {
			changed[a.ID] = p
		}
	}
	if len(changed) == 0 {
		return d, nil
	}
	var r Result
	var err error
	if d.Result.CostBar > 0 {
		r, err = d.retested(ctx, changed, rates, items, scorer, store)
	} else {
		r, err = Reprice(ctx, d.Result, items, changed, rates, store)
	}
	if err != nil {
		return Decision{}, err
	}
	why := &Repricing{Previous: d.ID, From: d.Result.Choice, To: r.Choice}
	for i, a := range d.Result.Arms {
		if p, ok := changed[a.ID]; ok {
			why.Changes = append(why.Changes, Change{Configuration: a.ID, Name: a.Name, Old: a.Price, New: p, OldCost: a.CostPer1000, NewCost: r.Arms[i].CostPer1000})
		}
	}
	out := Decision{Result: r, Repriced: why, Inputs: d.Inputs}
	why.Why = why.text(&r, out.Reopened(d))
	return out.seal(ctx, items, store)
}

// Same compares what a price says; where and when it was read does not count.
func (p Price) Same(other Price) bool {
	numbers := func(p Price) string {
		p.Source, p.Date = "", ""
		b, err := json.Marshal(p)
		if err != nil {
			panic("sizing: a price of plain fields always marshals: " + err.Error())
		}
		return string(b)
	}
	return numbers(p) == numbers(other)
}

// rates are those that a result's prices were converted by.
func (r *Result) rates() map[money.Currency]float64 {
	out := map[money.Currency]float64{}
	for _, a := range r.Arms {
		if a.Price.Rate != nil {
			out[a.Price.Currency] = a.Price.Rate.Value
		}
	}
	return out
}

// verifyRepriced verifies the decision that d follows, and that d is what the
// change of prices makes of it.
func verifyRepriced(ctx context.Context, d Decision, items []Item, scorer Scorer, store Store) (Verification, error) {
	v := Verification{Decision: d.ID, Differences: []string{}}
	differ := func(format string, args ...any) { v.Differences = append(v.Differences, fmt.Sprintf(format, args...)) }
	old, err := store.Decision(ctx, d.Repriced.Previous)
	if errs.Is(err, errs.CodeNotFound) {
		differ("the decision it follows, %s, is not kept", d.Repriced.Previous)
		return v, nil
	} else if err != nil {
		return v, err
	}
	before, err := Verify(ctx, old, items, scorer, store)
	if err != nil {
		return v, err
	}
	for _, s := range before.Differences {
		differ("the decision it follows, %s: %s", old.ID, s)
	}
	prices := map[string]Price{}
	for _, a := range d.Result.Arms {
		prices[a.ID] = a.Price
	}
	now, err := old.Reprice(ctx, prices, items, scorer, store)
	switch {
	case err != nil && (errs.Is(err, errs.CodeNotFound) || errs.Is(err, errs.CodeConflict)):
		if len(v.Differences) == 0 {
			differ("%v", err)
		}
		return v, nil
	case err != nil:
		return v, err
	case now.ID != d.ID:
		differ("the prices make another decision of it: %s, was %s", now.ID, d.ID)
	}
	switch same, err := d.seal(ctx, items, store); {
	case err != nil:
		return v, err
	case same.ID != d.ID:
		differ("the record has changed: its address is %s, was %s", same.ID, d.ID)
	}
	compare(d.Result, now.Result, differ)
	for _, a := range d.Result.Arms {
		if b, ok := now.Result.Arm(a.ID); ok && !slices.Equal(costs(a), costs(b)) {
			differ("candidate %s has another cost", a.Name)
		}
	}
	v.OK = len(v.Differences) == 0
	return v, nil
}

func costs(a ArmResult) (out []float64) {
	for _, c := range []*float64{a.CostPer1000, a.Expected} {
		if c != nil {
			out = append(out, *c)
		}
	}
	return out
}
