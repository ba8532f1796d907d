package storetest

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/luodi/luodi/internal/errs"
	"github.com/luodi/luodi/internal/meter"
	"github.com/luodi/luodi/internal/money"
)

// Meter is what a meter.Store must do.
func Meter(t *testing.T, open func(t *testing.T) meter.Store) {
	ctx := context.Background()
	at := time.Date(2026, 3, 31, 23, 50, 0, 0, time.UTC)
	row := func(offset int64, department string, cost money.Amount, more func(r *meter.Row)) meter.Row {
		r := meter.Row{
			Offset: offset, ID: fmt.Sprintf("req-%d", offset), Time: at, Key: "key_1", Department: department,
			Model: "m", Vendor: "v", Usage: meter.Usage{Input: 10, CachedInput: 4, CacheWrite: 2, Output: 5, Reasoning: 1},
			PriceRow: "v/m/2026", Currency: money.CNY, Cost: cost, Latency: 120 * time.Millisecond, FirstToken: 30 * time.Millisecond, Outcome: meter.OK,
		}
		if more != nil {
			more(&r)
		}
		return r
	}
	budget := meter.Budget{Scope: meter.Scope{Kind: meter.Department, Name: "retail"}, Per: "month", Limit: 1000, Currency: money.CNY}
	window := budget.Window(at, time.UTC)
	state := func(t *testing.T, s meter.Store, spent, leased money.Amount) {
		t.Helper()
		a, b, err := s.State(ctx, window.ID)
		ok(t, err)
		if a != spent || b != leased {
			t.Errorf("spent %d, leased %d; want %d and %d", a, b, spent, leased)
		}
	}

	t.Run("an id is billed once, however many ask", func(t *testing.T) {
		s := open(t)
		var first atomic.Int32
		var wg sync.WaitGroup
		for range 8 {
			wg.Go(func() {
				if yes, err := s.Once(ctx, "batch file-1", at); err != nil {
					t.Error(err)
				} else if yes {
					first.Add(1)
				}
			})
		}
		wg.Wait()
		other, err := s.Once(ctx, "batch file-2", at)
		ok(t, err)
		if first.Load() != 1 || !other {
			t.Errorf("%d were told to bill; another id: %v", first.Load(), other)
		}
	})

	t.Run("the first who is noted for a batch began it", func(t *testing.T) {
		s := open(t)
		alice := meter.Starter{Key: "key_a", Department: "retail/cards", Scenario: "intent"}
		ok(t, s.Begin(ctx, "http://v/v1 batch_1", alice, at))
		ok(t, s.Begin(ctx, "http://v/v1 batch_1", meter.Starter{Key: "key_b"}, at))
		if by, known, err := s.Began(ctx, "http://v/v1 batch_1"); err != nil || !known || by != alice {
			t.Errorf("%+v %v %v", by, known, err)
		}
		if by, known, err := s.Began(ctx, "http://v/v1 batch_2"); err != nil || known || by != (meter.Starter{}) {
			t.Errorf("nobody: %+v %v %v", by, known, err)
		}
	})

	t.Run("a package's tokens are leased, spent and added up", func(t *testing.T) {
		s := open(t)
		p := meter.Package{Name: "pack", Tokens: 1000, Per: "month"}
		w, _ := p.Window(at)
		// A call of before the first lease paid for itself.
		ok(t, s.Fill(ctx, meter.Batch{Node: "n", Segment: "n/0", From: 0, To: 9, Rows: []meter.Row{row(0, "risk", 7, nil)}}))
		got, err := s.Lease(ctx, "n", *w, 600, 600)
		ok(t, err)
		_, err = s.Lease(ctx, "other", *w, 500, 500)
		code(t, err, errs.CodeExhausted)
		if got != 600 {
			t.Errorf("leased %d", got)
		}
		ok(t, s.Fill(ctx, meter.Batch{Node: "n", Segment: "n/1", From: 0, To: 9, Rows: []meter.Row{row(0, "risk", 0, func(r *meter.Row) {
			r.Charges, r.Covered, r.Package = []meter.Charge{{Budget: w.ID, Amount: 15}}, 15, "pack"
		})}}))
		ok(t, s.Reclaim(ctx, "n"))
		spent, leased, err := s.State(ctx, w.ID)
		ok(t, err)
		if spent != 15 || leased != 0 {
			t.Errorf("spent %d, leased %d", spent, leased)
		}
		sums, err := s.Sum(ctx, meter.Query{By: []string{"package"}})
		ok(t, err)
		if len(sums) != 2 || sums[0].Package != "" || sums[0].Cost != 7 || sums[0].Covered != 0 || sums[1].Package != "pack" || sums[1].Covered != 15 {
			t.Errorf("%+v", sums)
		}
		var last meter.Row
		ok(t, s.Rows(ctx, time.Time{}, time.Time{}, func(r meter.Row) error { last = r; return nil }))
		if last.Covered != 15 || last.Package != "pack" {
			t.Errorf("%+v", last)
		}
	})

	t.Run("rows come back as they were filled in, in order of time", func(t *testing.T) {
		s := open(t)
		want := []meter.Row{
			row(0, "服务\t'x'", 7, func(r *meter.Row) {
				r.Scenario, r.Configuration, r.Estimated, r.Over, r.Rate = "intent", "cfg_1", true, 3, "USD/CNY 7.1"
				r.Mark = meter.MarkAlert
				r.Charges = []meter.Charge{{Budget: "organisation/ever/CNY", Amount: 7}}
			}),
			row(100, "risk", 8, func(r *meter.Row) { r.Time = at.Add(time.Microsecond) }),
		}
		ok(t, s.Fill(ctx, meter.Batch{Node: "n", Segment: "n/1", From: 0, To: 200, Rows: []meter.Row{want[1]}}))
		ok(t, s.Fill(ctx, meter.Batch{Node: "n", Segment: "n/0", From: 0, To: 90, Rows: []meter.Row{want[0]}}))
		var got []meter.Row
		ok(t, s.Rows(ctx, time.Time{}, time.Time{}, func(r meter.Row) error { got = append(got, r); return nil }))
		want[0].Segment, want[1].Segment = "n/0", "n/1"
		want[0].Charges = nil // they are kept with the budgets
		if d := cmp.Diff(want, got); d != "" {
			t.Errorf("(-want +got):\n%s", d)
		}
		stop := errors.New("enough")
		if err := s.Rows(ctx, at, at.Add(time.Microsecond), func(meter.Row) error { return stop }); !errors.Is(err, stop) {
			t.Errorf("the reader's error came back as %v", err)
		}
	})

	t.Run("a part of a segment is filled in once", func(t *testing.T) {
		s := open(t)
		b := meter.Batch{Node: "n", Segment: "n/1", From: 0, To: 100, Rows: []meter.Row{row(0, "risk", 5, nil)}}
		ok(t, s.Fill(ctx, b))
		code(t, s.Fill(ctx, b), errs.CodeConflict)
		code(t, s.Fill(ctx, meter.Batch{Node: "n", Segment: "n/1", From: 150, To: 200}), errs.CodeConflict)
		ok(t, s.Fill(ctx, meter.Batch{Node: "n", Segment: "n/1", From: 100, To: 200, Rows: []meter.Row{row(100, "risk", 6, nil)}}))
		n, err := s.Filled(ctx, "n/1")
		ok(t, err)
		sums, err := s.Sum(ctx, meter.Query{})
		ok(t, err)
		if n != 200 || len(sums) != 1 || sums[0].Requests != 2 || sums[0].Cost != 11 {
			t.Errorf("filled to %d: %+v", n, sums)
		}
		if n, err := s.Filled(ctx, "other"); n != 0 || err != nil {
			t.Errorf("an unknown segment is filled to %d, %v", n, err)
		}
	})

	t.Run("a scenario's budget in a department counts what was spent before it", func(t *testing.T) {
		s := open(t)
		intent := func(r *meter.Row) { r.Scenario = "intent" }
		ok(t, s.Fill(ctx, meter.Batch{Node: "n", Segment: "n/1", From: 0, To: 500, Rows: []meter.Row{
			row(0, "retail", 100, intent), row(1, "retail/cards", 20, intent), row(2, "retailer", 3, intent), row(3, "retail", 5, nil),
		}}))
		for scope, want := range map[meter.Scope]money.Amount{
			{Kind: meter.Scenario, Name: "intent", Department: "retail"}: 120,
			{Kind: meter.Scenario, Name: "intent"}:                       123,
			{Kind: meter.Department, Name: "retail"}:                     125,
		} {
			b := budget
			b.Scope = scope
			w := b.Window(at, time.UTC)
			_, err := s.Lease(ctx, "n", w, 1, 1)
			ok(t, err)
			if spent, _, err := s.State(ctx, w.ID); err != nil || spent != want {
				t.Errorf("%s: spent %d, %v; want %d", scope, spent, err, want)
			}
		}
	})

	t.Run("a budget is leased, spent, returned and reclaimed", func(t *testing.T) {
		s := open(t)
		got, err := s.Lease(ctx, "a", window, 10, 300)
		ok(t, err)
		if got != 300 {
			t.Errorf("leased %d, want the block of 300", got)
		}
		state(t, s, 0, 300)
		charged := row(0, "retail", 120, func(r *meter.Row) { r.Charges = []meter.Charge{{Budget: window.ID, Amount: 120}} })
		ok(t, s.Fill(ctx, meter.Batch{Node: "a", Segment: "a/1", From: 0, To: 10, Rows: []meter.Row{charged}}))
		state(t, s, 120, 180)
		ok(t, s.Return(ctx, "a", window.ID, 100))
		state(t, s, 120, 80)
		over := row(10, "retail", 500, func(r *meter.Row) { r.Charges = []meter.Charge{{Budget: window.ID, Amount: 500}} })
		ok(t, s.Fill(ctx, meter.Batch{Node: "a", Segment: "a/1", From: 10, To: 20, Rows: []meter.Row{over}}))
		state(t, s, 620, 0)
		if got, err = s.Lease(ctx, "b", window, 300, 300); err != nil || got != 300 {
			t.Errorf("%d, %v", got, err)
		}
		_, err = s.Lease(ctx, "a", window, 81, 81)
		code(t, err, errs.CodeExhausted)
		ok(t, s.Reclaim(ctx, "b"))
		ok(t, s.Reclaim(ctx, "b"))
		state(t, s, 620, 0)
	})

	t.Run("near the limit blocks shrink, and what is needed is given to the last", func(t *testing.T) {
		s := open(t)
		for _, step := range []struct{ need, want, got money.Amount }{{1, 900, 500}, {1, 900, 250}, {250, 900, 250}} {
			got, err := s.Lease(ctx, "a", window, step.need, step.want)
			if err != nil || got != step.got {
				t.Errorf("Lease(%d, %d) = %d, %v; want %d", step.need, step.want, got, err, step.got)
			}
		}
		_, err := s.Lease(ctx, "a", window, 1, 1)
		code(t, err, errs.CodeExhausted)
		state(t, s, 0, 1000)
	})

	t.Run("a new budget counts what the ledger holds already", func(t *testing.T) {
		s := open(t)
		ok(t, s.Fill(ctx, meter.Batch{Node: "n", Segment: "n/1", From: 0, To: 10, Rows: []meter.Row{
			row(0, "retail", 100, nil), row(1, "retail/cards", 200, nil), row(2, "retailer", 1, nil),
			row(3, "retail", 2, func(r *meter.Row) { r.Time = at.AddDate(0, 1, 0) }),
			row(4, "retail", 4, func(r *meter.Row) { r.Currency = money.USD }),
		}}))
		_, err := s.Lease(ctx, "a", window, 701, 701)
		code(t, err, errs.CodeExhausted)
		_, err = s.Lease(ctx, "a", window, 700, 700)
		ok(t, err)
		state(t, s, 300, 700)
	})

	t.Run("of many that lease at once none passes the limit", func(t *testing.T) {
		s := open(t)
		got := make([]money.Amount, 24)
		together(len(got), func(i int) error {
			var err error
			if got[i], err = s.Lease(ctx, fmt.Sprint("node", i), window, 100, 100); err != nil && !errs.Is(err, errs.CodeExhausted) {
				t.Error(err)
			}
			return nil
		})
		var sum money.Amount
		for _, g := range got {
			sum += g
		}
		if sum != 1000 {
			t.Errorf("leased %d of 1000", sum)
		}
		state(t, s, 0, 1000)
	})

	t.Run("sums", func(t *testing.T) {
		s := open(t)
		ok(t, s.Fill(ctx, meter.Batch{Node: "n", Segment: "n/1", From: 0, To: 10, Rows: []meter.Row{
			row(0, "retail", 100, nil),
			row(1, "retail", 200, func(r *meter.Row) { r.Time, r.Estimated = at.Add(20*time.Minute), true }),
			row(2, "risk", 5, func(r *meter.Row) { r.Currency, r.Scenario = money.USD, "intent" }),
		}}))
		tests := []struct {
			by   []string
			zone *time.Location
			want string
		}{
			{nil, nil, "3 requests: CNY 300, USD 5"},
			{[]string{"day"}, nil, "2026-03-31: CNY 100, 2026-03-31: USD 5, 2026-04-01: CNY 200"},
			{[]string{"day"}, time.FixedZone("CST", 8*3600), "2026-04-01: CNY 300, 2026-04-01: USD 5"},
			{[]string{"department", "scenario"}, nil, "retail: CNY 300, risk intent: USD 5"},
		}
		for _, tt := range tests {
			costs, err := meter.Costs(ctx, s, meter.Query{By: tt.by}, tt.zone)
			ok(t, err)
			got, n := "", int64(0)
			for i, c := range costs {
				if i > 0 {
					got += ", "
				}
				name := ""
				for _, by := range tt.by {
					if v := c.Dimension(by); v != "" && name != "" {
						name += " " + v
					} else {
						name += v
					}
				}
				if name != "" {
					got += name + ": "
				}
				got += fmt.Sprintf("%s %d", c.Currency, c.Cost)
				n += c.Requests
			}
			if tt.by == nil {
				got = fmt.Sprintf("%d requests: %s", n, got)
			}
			if got != tt.want {
				t.Errorf("by %v: %s\nwant %s", tt.by, got, tt.want)
			}
		}
		in, err := s.Sum(ctx, meter.Query{From: at, To: at.Add(time.Second)})
		ok(t, err)
		if len(in) != 2 || in[0].Requests != 1 || in[0].Input != 10 || in[0].Output != 5 || in[0].Estimated != 0 {
			t.Errorf("%+v", in)
		}
		_, err = meter.Costs(ctx, s, meter.Query{By: []string{"moon"}}, nil)
		code(t, err, errs.CodeInvalid)
	})
}
