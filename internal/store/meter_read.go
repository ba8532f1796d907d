package store

import (
	"context"
	"fmt"
	"strings"
	"time"

	"github.com/uptrace/bun"

	"github.com/luodi/luodi/internal/errs"
	"github.com/luodi/luodi/internal/meter"
	"github.com/luodi/luodi/internal/money"
)

func between(q *bun.SelectQuery, from, to time.Time) *bun.SelectQuery {
	if !from.IsZero() {
		q = q.Where("l.at >= ?", from.UnixMicro())
	}
	if !to.IsZero() {
		q = q.Where("l.at < ?", to.UnixMicro())
	}
	return q
}

func (s meterStore) Rows(ctx context.Context, from, to time.Time, fn func(meter.Row) error) error {
	q := s.db.read().NewSelect().TableExpr(joined).Join("JOIN meter_segment AS s ON s.id = l.segment").
		ColumnExpr("l.*, k.key_id, k.department, k.scenario, k.configuration, k.model, k.vendor, k.price_row, k.currency, k.rate, k.outcome, k.estimated, k.mark, k.package").
		ColumnExpr("s.name AS name").OrderExpr("l.at, s.name, l.pos")
	rows, err := between(q, from, to).Rows(ctx)
	if err != nil {
		return fmt.Errorf("reading the ledger: %w", s.db.explain(err))
	}
	defer rows.Close()
	for rows.Next() {
		var r wholeRow
		if err := s.db.read().ScanRow(ctx, rows, &r); err != nil {
			return fmt.Errorf("reading the ledger: %w", s.db.explain(err))
		}
		if err := fn(r.row()); err != nil {
			return err
		}
	}
	if err := rows.Err(); err != nil {
		return fmt.Errorf("reading the ledger: %w", s.db.explain(err))
	}
	return nil
}

// joined is the ledger with what its rows have in common.
const joined = "meter_ledger AS l JOIN meter_kind AS k ON k.id = l.kind"

// wholeRow is a row of joined.
type wholeRow struct {
	Segment, Pos, At, Kind                           int64
	ID, Name                                         string
	Input, Cached, CacheWrite, Output, Reasoning     int64
	Cost, OverHold, Latency, FirstToken, Covered     int64
	KeyID, Department, Scenario, Configuration       string
	Model, Vendor, PriceRow, Currency, Rate, Outcome string
	Estimated                                        int64
	Mark, Package                                    string
}

func (r *wholeRow) row() meter.Row {
	return meter.Row{
		Segment: r.Name, Offset: r.Pos, ID: r.ID, Time: fromMicros(r.At), Key: r.KeyID, Department: r.Department,
		Scenario: r.Scenario, Configuration: r.Configuration, Model: r.Model, Vendor: r.Vendor,
		Usage:     meter.Usage{Input: r.Input, CachedInput: r.Cached, CacheWrite: r.CacheWrite, Output: r.Output, Reasoning: r.Reasoning},
		Estimated: r.Estimated != 0, PriceRow: r.PriceRow, Currency: money.Currency(r.Currency),
		Cost: money.Amount(r.Cost), Over: money.Amount(r.OverHold), Rate: r.Rate,
		Latency: time.Duration(r.Latency) * time.Microsecond, FirstToken: time.Duration(r.FirstToken) * time.Microsecond,
		Outcome: meter.Outcome(r.Outcome), Mark: r.Mark, Covered: r.Covered, Package: r.Package,
	}
}

// quarter is a call's quarter of an hour since 1970: days depend on the zone.
const quarter = "l.at / 900000000"

var sumColumns = map[string]string{
	"day": quarter, "department": "k.department", "scenario": "k.scenario",
	"key": "k.key_id", "configuration": "k.configuration", "model": "k.model",
	"outcome": "k.outcome", "mark": "k.mark", "package": "k.package",
}

func (s meterStore) Sum(ctx context.Context, q meter.Query) ([]meter.Sum, error) {
	type sumRow struct {
		Day                                              int64
		Department, Scenario, Key, Configuration, Model  string
		Outcome, Mark, Package                           string
		Currency                                         string
		Requests, InputTokens, OutputTokens, Cost, Guess int64
		Covered                                          int64
	}
	sel := s.db.read().NewSelect().TableExpr(joined)
	groups := []string{"k.currency"}
	for _, name := range q.By {
		column, known := sumColumns[name]
		if !known {
			return nil, errs.Invalid("the ledger cannot be grouped by %q", name)
		}
		sel = sel.ColumnExpr(column + " AS " + name)
		groups = append(groups, column)
	}
	order := strings.Join(groups, ", ")
	var rows []sumRow
	err := between(sel, q.From, q.To).ColumnExpr("k.currency, COUNT(*) AS requests, SUM(l.input) AS input_tokens").
		ColumnExpr("SUM(l.output) AS output_tokens, SUM(l.cost) AS cost, SUM(k.estimated) AS guess, SUM(l.covered) AS covered").
		GroupExpr(order).OrderExpr(order).Scan(ctx, &rows)
	if err != nil {
		return nil, fmt.Errorf("adding up the ledger: %w", s.db.explain(err))
	}
	out := make([]meter.Sum, len(rows))
	for i, r := range rows {
		out[i] = meter.Sum{
			Quarter: r.Day, Department: r.Department, Scenario: r.Scenario, Key: r.Key, Configuration: r.Configuration, Model: r.Model, Outcome: r.Outcome, Mark: r.Mark,
			Currency: money.Currency(r.Currency), Requests: r.Requests, Input: r.InputTokens, Output: r.OutputTokens,
			Cost: money.Amount(r.Cost), Estimated: r.Guess, Package: r.Package, Covered: r.Covered,
		}
	}
	return out, nil
}
