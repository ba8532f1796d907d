package app

import (
	"context"
	"encoding/csv"
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"

	"github.com/luodi/luodi/internal/meter"
)

// CostResult is what `luodi cost --json` prints. A row holds the columns it
// is grouped by, and requests, input_tokens, output_tokens, covered_tokens (of
// both, those that packages paid for), cost (of the others), currency and
// estimated (how many of the requests were counted here, not by the vendor).
type CostResult struct {
	Rows     []map[string]any `json:"rows"`
	Budgets  []BudgetState    `json:"budgets"`
	Packages []PackageState   `json:"packages"`

	costs []meter.Cost
}

// CSV is the rows with a header, amounts as exact decimals.
func (r CostResult) CSV(w io.Writer, by []string) error {
	out := csv.NewWriter(w)
	_ = out.Write(append(slices.Clone(by), "requests", "input_tokens", "output_tokens", "cost", "currency", "estimated", "covered_tokens"))
	for _, c := range r.costs {
		var line []string
		for _, name := range by {
			line = append(line, spreadsheet(c.Dimension(name)))
		}
		_ = out.Write(append(line, strconv.FormatInt(c.Requests, 10), strconv.FormatInt(c.Input, 10), strconv.FormatInt(c.Output, 10),
			c.Cost.String(), string(c.Currency), strconv.FormatInt(c.Estimated, 10), strconv.FormatInt(c.Covered, 10)))
	}
	out.Flush()
	return out.Error()
}

// spreadsheet keeps a name from being taken for a formula.
func spreadsheet(s string) string {
	if s != "" && strings.ContainsRune("=+-@\t\r", rune(s[0])) {
		return "'" + s
	}
	return s
}

// Cost adds up the ledger.
func (a *App) Cost(ctx context.Context, by []string) (CostResult, error) {
	for _, c := range by {
		if !slices.Contains(meter.Dimensions, c) {
			return CostResult{}, misuse("--by %q: the columns are %s", c, strings.Join(meter.Dimensions, ", "))
		}
	}
	if err := a.fillLedger(ctx); err != nil {
		return CostResult{}, err
	}
	rows, err := meter.Costs(ctx, a.db.Meter(), meter.Query{By: by}, a.zone())
	if err != nil {
		return CostResult{}, fmt.Errorf("adding up the ledger: %w", err)
	}
	out := CostResult{Rows: []map[string]any{}, costs: rows}
	for _, r := range rows {
		row := map[string]any{
			"requests": r.Requests, "input_tokens": r.Input, "output_tokens": r.Output, "covered_tokens": r.Covered,
			"cost": r.Cost.Float(), "currency": r.Currency, "estimated": r.Estimated,
		}
		for _, c := range by {
			row[c] = r.Dimension(c)
		}
		out.Rows = append(out.Rows, row)
	}
	if out.Budgets, err = a.budgetStates(ctx); err != nil {
		return out, err
	}
	out.Packages, err = a.packageStates(ctx)
	return out, err
}

// Plain is a number as people write it, never with an exponent.
func Plain(v any) string {
	if f, ok := v.(float64); ok {
		return strconv.FormatFloat(f, 'f', -1, 64)
	}
	return fmt.Sprint(v)
}
