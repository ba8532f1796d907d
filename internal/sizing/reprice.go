package sizing

import (
	"context"
	"fmt"
	"math"

	"github.com/luodi/luodi/internal/errs"
	"github.com/luodi/luodi/internal/money"
	"github.com/luodi/luodi/internal/sizing/ladder"
)

// Reprice re-ranks a result under other prices without any call: each
// candidate's cost per 1,000 requests is computed anew from the tokens of its
// kept outcomes, and the choice is the cheapest of those already certified
// (quality is not touched, so certificates stand). prices are by configuration
// id; candidates that are not in it keep their price. rates are units of the
// result's currency per unit of another. Enrolment, shares and study order stay as
// they were fixed before data.
func Reprice(ctx context.Context, r Result, items []Item, prices map[string]Price, rates map[money.Currency]float64, store Store) (Result, error) {
	cfg := StudyConfig{Scenario: r.Scenario, Currency: money.Currency(r.Currency), Rates: rates}
	order, err := r.laid(ctx, items, store)
	if err != nil {
		return Result{}, fmt.Errorf("repricing scenario %s: %w", r.Scenario, err)
	}
	r.Arms = append([]ArmResult(nil), r.Arms...)
	for i := range r.Arms {
		a := &r.Arms[i]
		p, ok := prices[a.ID]
		if !ok {
			continue
		}
		a.Price = p
		arm := Arm{Config: a.Configuration, Price: p}
		a.Expected = nil
		if cost, err := cfg.expectedCost(arm, order.items); err == nil && !math.IsInf(cost, 1) {
			a.Expected = pointer(round(cost * 1000))
		}
		if a.Items == 0 || p.Unknown {
			a.CostPer1000 = nil
			continue
		}
		kept := map[string]Output{}
		if err := store.EachOutcome(ctx, a.ID, func(o Outcome) error { kept[o.Item] = o.Output; return nil }); err != nil {
			return Result{}, fmt.Errorf("repricing scenario %s: %w", r.Scenario, err)
		}
		total := 0.0
		seen, err := order.seen(*a)
		if err != nil {
			return Result{}, fmt.Errorf("repricing scenario %s: %w", r.Scenario, err)
		}
		for _, it := range seen {
			o, ok := kept[it.ID]
			if !ok {
				return Result{}, errs.NotFound("repricing scenario %s: no outcome of candidate %s for item %s is kept", r.Scenario, a.Name, it.ID)
			}
			c, err := p.Cost(o.Usage)
			if err == nil {
				c, err = cfg.convert(c, p.Currency)
			}
			if err != nil {
				return Result{}, fmt.Errorf("repricing candidate %s: %w", a.Name, err)
			}
			total += c.Float()
		}
		a.CostPer1000 = pointer(round(total / float64(a.Items) * 1000))
	}
	for i := range r.Arms {
		r.Arms[i].OnFrontier = false
	}
	markFrontier(r.Arms)
	if r.Status == StatusCertified {
		r.Choice = cheapestCertified(r.Arms)
	} else if r.Status == StatusBestGuess {
		r.Choice = cheapestGuess(r)
	}
	r.Plan = repricedPlan(&r)
	r.Certificate = certificate(&r)
	return r, nil
}

// repricedPlan is the plan at the present prices, less what is not cheaper
// than a certified choice any more.
func repricedPlan(r *Result) []PlanRow {
	out := []PlanRow{}
	choice, chosen := r.Arm(r.Choice)
	for _, row := range r.Plan {
		a, ok := r.Arm(row.ID)
		if !ok || r.Status == StatusCertified && chosen && !isCheaper(a, choice, r.Arms) {
			continue
		}
		row.Money, row.MoneyMax = nil, nil
		if a.Expected != nil {
			row.Money, row.MoneyMax = pointer(round(*a.Expected/1000*float64(row.Calls))), pointer(round(*a.Expected/1000*float64(row.CallsMax)))
		}
		out = append(out, row)
	}
	return out
}

// cheapestGuess keeps the rule of the ladder under new prices: the cheapest
// undecided candidate that saw every item and looks adequate, else the choice
// as it was.
func cheapestGuess(r Result) string {
	best := r.Choice
	old, _ := r.Arm(r.Choice)
	if old.CostPer1000 == nil || !old.looksAdequate(&r) {
		return best
	}
	cost := *old.CostPer1000
	for _, a := range r.Arms {
		if a.Status == string(ladder.Undecided) && a.CostPer1000 != nil && a.looksAdequate(&r) && a.Items >= r.Items && *a.CostPer1000 < cost {
			best, cost = a.ID, *a.CostPer1000
		}
	}
	return best
}

// looksAdequate tells whether the mean, or the difference to the reference,
// is at least halfway between floor and bar.
func (a ArmResult) looksAdequate(r *Result) bool {
	x := a.Quality
	if r.Reference != "" {
		x = a.Difference
	}
	return x != nil && *x >= r.Bar-r.Slack/2
}
