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
