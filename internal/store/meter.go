package store

import (
	"context"
	"crypto/sha256"
	"database/sql"
	"encoding/binary"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/uptrace/bun"

	"github.com/luodi/luodi/internal/errs"
	"github.com/luodi/luodi/internal/meter"
	"github.com/luodi/luodi/internal/money"
)

// Meter is the ledger and the state of budgets.
func (db *DB) Meter() meter.Store { return meterStore{db, &sync.Map{}} }

type meterStore struct {
	db    *DB
	kinds *sync.Map // ids of meter_kind that are there
}

// kindRow is what many calls have in common.
type kindRow struct {
	bun.BaseModel `bun:"table:meter_kind"`

	ID            int64 `bun:",pk"`
	KeyID         string
	Department    string
	Scenario      string
	Configuration string
	Model         string
	Vendor        string
	PriceRow      string
	Currency      string
	Rate          string
	Outcome       string
	Estimated     int64
	Mark          string
	Package       string
}

func kindOf(r *meter.Row) kindRow {
	k := kindRow{
		KeyID: r.Key, Department: r.Department, Scenario: r.Scenario, Configuration: r.Configuration, Model: r.Model, Vendor: r.Vendor,
		PriceRow: r.PriceRow, Currency: string(r.Currency), Rate: r.Rate, Outcome: string(r.Outcome), Mark: r.Mark,
		Package: r.Package,
	}
	if r.Estimated {
		k.Estimated = 1
	}
	return k
}

// hash63 is the first 63 bits of a SHA-256 over the parts: an id that every
// process computes alike, for far fewer things than would collide.
func hash63(parts ...string) int64 {
	h := sha256.New()
	var n [8]byte
	for _, p := range parts {
		binary.BigEndian.PutUint64(n[:], uint64(len(p)))
		h.Write(n[:])
		h.Write([]byte(p))
	}
	return int64(binary.BigEndian.Uint64(h.Sum(nil)) >> 1)
}

func (k *kindRow) hash() int64 {
	parts := []string{k.KeyID, k.Department, k.Scenario, k.Configuration, k.Model, k.Vendor, k.PriceRow, k.Currency, k.Rate, k.Outcome, strconv.FormatInt(k.Estimated, 10), k.Mark}
	if k.Package != "" { // rows of before have none
		parts = append(parts, k.Package)
	}
	return hash63(parts...)
}

type ledgerRow struct {
	bun.BaseModel `bun:"table:meter_ledger"`

	Segment    int64
	Pos        int64
	ID         string
	At         int64
	Kind       int64
	Input      int64
	Cached     int64
	CacheWrite int64
	Output     int64
	Reasoning  int64
	Cost       int64
	OverHold   int64
	Latency    int64 // microseconds
	FirstToken int64
	Covered    int64
}

func (s meterStore) Fill(ctx context.Context, b meter.Batch) error {
	f := filling{segment: hash63(b.Segment), rows: make([]ledgerRow, len(b.Rows)), sums: map[string]money.Amount{}}
	ids := map[kindRow]int64{}
	for i := range b.Rows {
		f.add(i, &b.Rows[i], ids, s.kinds)
	}
	budgets := slices.Sorted(maps.Keys(f.sums)) // in one order, so that nodes cannot wait for each other
	err := s.db.write(ctx, func(ctx context.Context, tx bun.Tx) error {
		if err := moveCursor(ctx, tx, f.segment, b); err != nil {
			return err
		}
		if len(f.kinds) > 0 {
			if _, err := tx.NewInsert().Model(&f.kinds).On("CONFLICT DO NOTHING").Exec(ctx); err != nil {
				return err
			}
		}
		if err := s.insert(ctx, tx, f.rows); err != nil {
			return err
		}
		for _, id := range budgets {
			if err := spend(ctx, tx, b.Node, id, int64(f.sums[id])); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		return fmt.Errorf("filling in ledger segment %s: %w", b.Segment, err)
	}
	for _, k := range f.kinds {
		s.kinds.Store(k.ID, true)
	}
	return nil
}

// insert adds rows to the ledger. SQLite parses each statement anew, which for
// rows of literals is a third of filling in: whole eights go through one that
// is parsed once. More rows a statement gain nothing.
func (s meterStore) insert(ctx context.Context, tx bun.Tx, rows []ledgerRow) error {
	if s.db.sqlite && len(rows) >= ledgerRows {
		whole := len(rows) / ledgerRows * ledgerRows
		st, err := tx.Tx.PrepareContext(ctx, insertLedger)
		if err != nil {
			return err
		}
		defer st.Close()
		args := make([]any, 0, ledgerRows*ledgerColumns)
		for part := range slices.Chunk(rows[:whole], ledgerRows) {
			args = args[:0]
			for i := range part {
				r := &part[i]
				args = append(args, r.Segment, r.Pos, r.ID, r.At, r.Kind, r.Input, r.Cached, r.CacheWrite, r.Output, r.Reasoning,
					r.Cost, r.OverHold, r.Latency, r.FirstToken, r.Covered)
			}
			if _, err := st.ExecContext(ctx, args...); err != nil {
				return err
			}
		}
		rows = rows[whole:]
	}
	for part := range slices.Chunk(rows, batch) {
		if _, err := tx.NewInsert().Model(&part).Exec(ctx); err != nil {
			return err
		}
	}
	return nil
}

const ledgerRows, ledgerColumns = 8, 15 // of a statement, of a row

var insertLedger = "INSERT INTO meter_ledger (segment, pos, id, at, kind, input, cached, cache_write, output, reasoning, " +
	"cost, over_hold, latency, first_token, covered) VALUES " +
	strings.Repeat("(?"+strings.Repeat(", ?", ledgerColumns-1)+"), ", ledgerRows)[:ledgerRows*(3*ledgerColumns+2)-2]

// filling is a batch as it is written.
type filling struct {
	segment int64
	rows    []ledgerRow
	kinds   []kindRow // that may be new
	sums    map[string]money.Amount
}

func (f *filling) add(i int, r *meter.Row, ids map[kindRow]int64, known *sync.Map) {
	kind := kindOf(r)
	id, seen := ids[kind]
	if !seen {
		id = kind.hash()
		ids[kind] = id
		if _, there := known.Load(id); !there {
			kind.ID = id
			f.kinds = append(f.kinds, kind)
		}
	}
	f.rows[i] = ledgerRow{
		Segment: f.segment, Pos: r.Offset, ID: r.ID, At: micros(r.Time), Kind: id,
		Input: r.Usage.Input, Cached: r.Usage.CachedInput, CacheWrite: r.Usage.CacheWrite, Output: r.Usage.Output, Reasoning: r.Usage.Reasoning,
		Cost: int64(r.Cost), OverHold: int64(r.Over), Latency: r.Latency.Microseconds(), FirstToken: r.FirstToken.Microseconds(),
		Covered: r.Covered,
	}
	for _, c := range r.Charges {
		f.sums[c.Budget] += c.Amount
	}
}

func moveCursor(ctx context.Context, tx bun.Tx, id int64, b meter.Batch) error {
	res, err := tx.ExecContext(ctx, "UPDATE meter_segment SET filled = ? WHERE id = ? AND filled = ?", b.To, id, b.From)
	if n, e := affected(res, err); e != nil || n == 1 {
		return e
	}
	if b.From == 0 {
		res, err = tx.ExecContext(ctx, "INSERT INTO meter_segment (id, name, filled) VALUES (?, ?, ?) ON CONFLICT DO NOTHING", id, b.Segment, b.To)
		if n, e := affected(res, err); e != nil || n == 1 {
			return e
		}
	}
	return errs.Conflict("segment %s is not filled up to %d", b.Segment, b.From)
}

func affected(res sql.Result, err error) (int64, error) {
	if err != nil {
		return 0, err
	}
	return res.RowsAffected()
}

// spend turns a part of the node's lease into what is spent.
func spend(ctx context.Context, tx bun.Tx, node, budget string, amount int64) error {
	var leased int64
	err := tx.NewRaw("SELECT amount FROM meter_lease WHERE node = ? AND budget = ?", node, budget).Scan(ctx, &leased)
	if err != nil && !errors.Is(err, sql.ErrNoRows) {
		return err
	}
	part := min(leased, amount)
	if _, err := tx.ExecContext(ctx, "UPDATE meter_budget SET spent = spent + ?, leased = leased - ? WHERE id = ?", amount, part, budget); err != nil {
		return err
	}
	_, err = tx.ExecContext(ctx, "UPDATE meter_lease SET amount = amount - ? WHERE node = ? AND budget = ?", part, node, budget)
	return err
}

func (s meterStore) Filled(ctx context.Context, segment string) (int64, error) {
	var n int64
	err := s.db.read().NewRaw("SELECT filled FROM meter_segment WHERE id = ?", hash63(segment)).Scan(ctx, &n)
	if err != nil && !errors.Is(err, sql.ErrNoRows) {
		return 0, fmt.Errorf("reading how far ledger segment %s is filled in: %w", segment, s.db.explain(err))
	}
	return n, nil
}

func (s meterStore) Lease(ctx context.Context, node string, w meter.Window, need, want money.Amount) (got money.Amount, err error) {
	err = s.db.write(ctx, func(ctx context.Context, tx bun.Tx) error {
		got = 0
		res, err := tx.ExecContext(ctx, "INSERT INTO meter_budget (id, spent, leased) VALUES (?, 0, 0) ON CONFLICT DO NOTHING", w.ID)
		n, err := affected(res, err)
		if err != nil {
			return err
		}
		var before int64 // spent before the window's first lease
		if n == 1 {
			if before, err = ledgerCost(ctx, tx, w); err != nil {
				return err
			}
		}
		var spent, leased int64 // read by an update, which keeps other nodes from the row
		err = tx.NewRaw("UPDATE meter_budget SET spent = spent + ? WHERE id = ? RETURNING spent, leased", before, w.ID).Scan(ctx, &spent, &leased)
		if err != nil {
			return err
		}
		room := w.Budget.Limit - money.Amount(spent) - money.Amount(leased)
		if room < need {
			return nil // kept: what was spent before is counted once
		}
		got = max(need, min(want, room/2))
		if _, err := tx.ExecContext(ctx, "UPDATE meter_budget SET leased = leased + ? WHERE id = ?", int64(got), w.ID); err != nil {
			return err
		}
		_, err = tx.ExecContext(ctx, "INSERT INTO meter_lease (node, budget, amount) VALUES (?, ?, ?) "+
			"ON CONFLICT (node, budget) DO UPDATE SET amount = meter_lease.amount + EXCLUDED.amount", node, w.ID, int64(got))
		return err
	})
	if err != nil {
		return 0, fmt.Errorf("leasing a part of budget %s: %w", w.ID, err)
	}
	if got == 0 && need > 0 {
		return 0, errs.Exhausted("budget %s has less than %s %s left", w.ID, need, w.Budget.Currency)
	}
	return got, nil
}

// ledgerCost is what the calls of a window's scope have cost so far.
func ledgerCost(ctx context.Context, tx bun.Tx, w meter.Window) (int64, error) {
	q := tx.NewSelect().TableExpr(joined).ColumnExpr("COALESCE(SUM(l.cost), 0)").Where("k.currency = ?", string(w.Budget.Currency))
	q = between(q, w.From, w.To)
	scope := w.Budget.Scope
	department := scope.Department
	switch scope.Kind {
	case meter.Department:
		department = scope.Name
	case meter.Key:
		q = q.Where("k.key_id = ?", scope.Name)
	case meter.Scenario:
		q = q.Where("k.scenario = ?", scope.Name)
	}
	if department != "" {
		q = q.Where("(k.department = ? OR substr(k.department, 1, ?) = ?)", department, len([]rune(department))+1, department+"/")
	}
	var sum int64
	err := q.Scan(ctx, &sum)
	return sum, err
}

func between(q *bun.SelectQuery, from, to time.Time) *bun.SelectQuery {
	if !from.IsZero() {
		q = q.Where("l.at >= ?", from.UnixMicro())
	}
	if !to.IsZero() {
		q = q.Where("l.at < ?", to.UnixMicro())
	}
	return q
}

func (s meterStore) Return(ctx context.Context, node, window string, amount money.Amount) error {
	err := s.db.write(ctx, func(ctx context.Context, tx bun.Tx) error {
		return giveBack(ctx, tx, node, window, int64(amount))
	})
	if err != nil {
		return fmt.Errorf("returning a part of budget %s: %w", window, err)
	}
	return nil
}

func giveBack(ctx context.Context, tx bun.Tx, node, window string, amount int64) error {
	var leased int64
	err := tx.NewRaw("SELECT amount FROM meter_lease WHERE node = ? AND budget = ?", node, window).Scan(ctx, &leased)
	if errors.Is(err, sql.ErrNoRows) {
		return nil
	}
	if err != nil {
		return err
	}
	part := min(leased, amount)
	if _, err := tx.ExecContext(ctx, "UPDATE meter_budget SET leased = leased - ? WHERE id = ?", part, window); err != nil {
		return err
	}
	_, err = tx.ExecContext(ctx, "UPDATE meter_lease SET amount = amount - ? WHERE node = ? AND budget = ?", part, node, window)
	return err
}

func (s meterStore) Reclaim(ctx context.Context, node string) error {
	err := s.db.write(ctx, func(ctx context.Context, tx bun.Tx) error {
		var leases []struct {
			Budget string
			Amount int64
		}
		if err := tx.NewRaw("SELECT budget, amount FROM meter_lease WHERE node = ? ORDER BY budget", node).Scan(ctx, &leases); err != nil {
			return err
		}
		for _, l := range leases {
			if err := giveBack(ctx, tx, node, l.Budget, l.Amount); err != nil {
				return err
			}
		}
		_, err := tx.ExecContext(ctx, "DELETE FROM meter_lease WHERE node = ?", node)
		return err
	})
	if err != nil {
		return fmt.Errorf("giving back what %s has leased: %w", node, err)
	}
	return nil
}

func (s meterStore) Once(ctx context.Context, id string, at time.Time) (first bool, err error) {
	err = s.db.write(ctx, func(ctx context.Context, tx bun.Tx) error {
		res, err := tx.ExecContext(ctx, "INSERT INTO meter_once (id, at) VALUES (?, ?) ON CONFLICT DO NOTHING", id, micros(at))
		n, err := affected(res, err)
		first = n == 1
		return err
	})
	if err != nil {
		return false, fmt.Errorf("noting that %s is billed: %w", id, err)
	}
	return first, nil
}

func (s meterStore) State(ctx context.Context, window string) (spent, leased money.Amount, err error) {
	var a, b int64
	err = s.db.read().NewRaw("SELECT spent, leased FROM meter_budget WHERE id = ?", window).Scan(ctx, &a, &b)
	if err != nil && !errors.Is(err, sql.ErrNoRows) {
		return 0, 0, fmt.Errorf("reading budget %s: %w", window, s.db.explain(err))
	}
	return money.Amount(a), money.Amount(b), nil
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
