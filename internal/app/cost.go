package app

import (
	"context"
	"fmt"
	"slices"

	"github.com/luodi/luodi/internal/meter"
)

// CostResult is what `luodi cost --json` prints. A row holds the columns it
// is grouped by, and requests, input_tokens, output_tokens, cost, currency and
// estimated (how many of the requests were counted here, not by the vendor).
type CostResult struct {
	Rows []map[string]any `json:"rows"`
}

var costColumns = []string{"day", "department", "scenario", "key", "configuration"}

// Cost adds up the ledger.
func (a *App) Cost(ctx context.Context, by []string) (CostResult, error) {
	for _, c := range by {
		if !slices.Contains(costColumns, c) {
			return CostResult{}, misuse("--by %q: the columns are day, department, scenario, key, configuration", c)
		}
	}
	if err := a.fillLedger(ctx); err != nil {
		return CostResult{}, err
	}
	rows, err := meter.Costs(ctx, a.db.Meter(), meter.Query{By: by}, a.zone())
	if err != nil {
		return CostResult{}, fmt.Errorf("adding up the ledger: %w", err)
	}
	out := CostResult{Rows: []map[string]any{}}
	for _, r := range rows {
		all := map[string]any{"day": r.Day, "department": r.Department, "scenario": r.Scenario, "key": r.Key, "configuration": r.Configuration}
		row := map[string]any{
			"requests": r.Requests, "input_tokens": r.Input, "output_tokens": r.Output,
			"cost": r.Cost.Float(), "currency": r.Currency, "estimated": r.Estimated,
		}
		for _, c := range by {
			row[c] = all[c]
		}
		out.Rows = append(out.Rows, row)
	}
	return out, nil
}
