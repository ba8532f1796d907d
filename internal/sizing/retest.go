package sizing

import (
	"context"
	"fmt"

	"github.com/luodi/luodi/internal/money"
	"github.com/luodi/luodi/internal/sizing/ladder"
)

// retested is a decision's study at other prices, tested again on the outcomes
// that it rests on, without a call. A bar of cost is about a price: a verdict
// that it was part of does not stand when that changes. It starts from the
// decision that was measured, so that a price that comes back brings its
// verdicts back. Nobody chose the new price because of the outcomes, so the
// tests hold at it as they did at the old one.
func (d Decision) retested(ctx context.Context, prices map[string]Price, rates map[money.Currency]float64, items []Item, scorer Scorer, store Store) (Result, error) {
	measured := d
	for measured.Repriced != nil {
		var err error
		if measured, err = store.Decision(ctx, measured.Repriced.Previous); err != nil {
			return Result{}, err
		}
	}
	old := measured.Result
	cfg := replayConfig(old, items, scorer, store)
	cfg.Rates = rates
	for i, a := range old.Arms {
		if now, _ := d.Result.Arm(a.ID); now.ID != "" {
			cfg.Arms[i].Price = now.Price
		}
		if p, ok := prices[a.ID]; ok {
			cfg.Arms[i].Price = p
		}
		if !cfg.Arms[i].Price.Same(a.Price) {
			cfg.Arms[i].recorded = nil // what it costs is estimated anew
		}
	}
	out, err := study(ctx, cfg, old.seen())
	if err != nil {
		return Result{}, fmt.Errorf("testing the cost of scenario %s again: %w", old.Scenario, err)
	}
	return out, nil
}

// seen are the units of each candidate that a result rests on.
func (r *Result) seen() map[string]int {
	out := map[string]int{}
	for _, a := range r.Arms {
		if out[a.ID] = a.Items; r.Clusters > 0 {
			out[a.ID] = a.Clusters
		}
	}
	return out
}

// Reopened are the candidates that were decided and, after a change of prices,
// are not: only further calls can tell.
func (d Decision) Reopened(old Decision) (names []string) {
	decided := func(s string) bool { return s == string(ladder.Certified) || s == string(ladder.Refuted) }
	for _, a := range d.Result.Arms {
		if b, ok := old.Result.Arm(a.ID); ok && decided(b.Status) && a.Status == string(ladder.Undecided) {
			names = append(names, a.Name)
		}
	}
	return names
}
