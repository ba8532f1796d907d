package meter_test

import (
	"errors"
	"fmt"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/luodi/luodi/internal/errs"
	"github.com/luodi/luodi/internal/meter"
	"github.com/luodi/luodi/internal/meter/metertest"
	"github.com/luodi/luodi/internal/money"
)

// What a vendor has billed already is charged once, room or not, and the next
// call finds none.
func TestChargeOnce(t *testing.T) {
	s := &metertest.Store{}
	m := opened(t, meter.Config{Dir: t.TempDir(), Store: s, Budgets: []meter.Budget{budget(meter.Department, "retail", 3*thousand)}})
	c := call("batch-1", 0)
	c.Mark = meter.MarkBatch
	row, done, err := m.ChargeOnce(t.Context(), "file-1", c, final(5000))
	if err != nil || !done || row.Cost != 5*thousand || row.Over != 5*thousand || row.Mark != meter.MarkBatch || row.Charges[0].Amount != 5*thousand {
		t.Errorf("%+v %v %v", row, done, err)
	}
	if _, done, err := m.ChargeOnce(t.Context(), "file-1", c, final(5000)); done || err != nil {
		t.Errorf("again: %v %v", done, err)
	}
	if _, err := spend(t, m, call("a", 0), 1); !errs.Is(err, errs.CodeExhausted) {
		t.Errorf("beyond the limit: %v", err)
	}
	unpriced := c
	unpriced.Price = meter.Price{}
	if _, _, err := m.ChargeOnce(t.Context(), "file-2", unpriced, final(1)); !errs.Is(err, errs.CodeInvalid) {
		t.Errorf("without a price: %v", err)
	}
	s.SetFail(errors.New("gone"))
	if _, done, err := m.ChargeOnce(t.Context(), "file-3", c, final(1)); done || err == nil {
		t.Errorf("without a store: %v %v", done, err)
	}
	s.SetFail(nil)
	if _, done, err := m.ChargeOnce(t.Context(), "file-3", c, final(1000)); !done || err != nil {
		t.Errorf("once it is back: %v %v", done, err)
	}
	closed(t, m)
	if spent, leased, _ := s.State(t.Context(), "department:retail/2026-03/CNY"); spent != 6*thousand || leased != 0 || len(s.Ledger()) != 2 {
		t.Errorf("spent %d, leased %d in %d rows", spent, leased, len(s.Ledger()))
	}
}

// A hold is the bound of a price, not its cost at the moment; what it does not
// use is free again.
func TestTheBoundIsHeld(t *testing.T) {
	m := opened(t, meter.Config{Dir: t.TempDir(), Store: &metertest.Store{}, Budgets: []meter.Budget{budget(meter.Department, "retail", 3*thousand)}})
	defer closed(t, m)
	c := call("a", 1000)
	c.Price.Most = func(u meter.Usage) (money.Amount, error) { a, err := price.Cost(u); return 3 * a, err }
	h, err := m.Reserve(t.Context(), c)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := m.Reserve(t.Context(), call("b", 1)); !errs.Is(err, errs.CodeExhausted) {
		t.Errorf("beside the bound: %v", err)
	}
	if row, _ := h.Settle(final(1000)); row.Cost != thousand || row.Over != 0 {
		t.Errorf("%+v", row)
	}
	if _, err := spend(t, m, call("c", 0), 2000); err != nil {
		t.Errorf("what was not used: %v", err)
	}
}

// Whatever is reserved, settled, released and changed, by two processes on one
// store: no admission finds settled + held above the limits of the tree that
// hold then, the store never has more spent and leased than the highest limit,
// and in the end it knows exactly what was settled.
func TestTheTreeHolds(t *testing.T) {
	at := call("", 0).Time
	tree := func(org, dept, key int64) []meter.Budget {
		return []meter.Budget{
			budget(meter.Organisation, "", money.Amount(org)*thousand), budget(meter.Department, "retail", money.Amount(dept)*thousand),
			budget(meter.Scenario, "intent", money.Amount(key)*thousand),
		}
	}
	rapid.Check(t, func(rt *rapid.T) {
		s := &metertest.Store{}
		dir := t.TempDir()
		limits := [3]int64{60, 40, 20}
		highest := limits
		var meters []*meter.Meter
		for range 2 {
			m, err := meter.Open(t.Context(), meter.Config{Dir: dir, Store: s, Budgets: tree(60, 40, 20), Fill: time.Hour})
			if err != nil {
				rt.Fatal(err)
			}
			meters = append(meters, m)
		}
		type held struct {
			*meter.Hold
			tokens int64
		}
		var open []held
		var settled, holding int64
		for i := range rapid.IntRange(1, 40).Draw(rt, "steps") {
			switch rapid.IntRange(0, 4).Draw(rt, "step") {
			case 0, 1:
				n := int64(rapid.IntRange(1, 15_000).Draw(rt, "tokens"))
				h, err := meters[rapid.IntRange(0, 1).Draw(rt, "process")].Reserve(t.Context(), call(fmt.Sprint(i), n))
				if errs.Is(err, errs.CodeExhausted) {
					continue
				} else if err != nil {
					rt.Fatal(err)
				}
				open, holding = append(open, held{h, n}), holding+n
				for _, limit := range limits {
					if settled+holding > limit*1000 {
						rt.Fatalf("admitted %d tokens: %d settled, %d held under limits of %v thousand", n, settled, holding, limits)
					}
				}
			case 2, 3:
				if len(open) == 0 {
					continue
				}
				h := open[0]
				open, holding = open[1:], holding-h.tokens
				if rapid.Bool().Draw(rt, "released") {
					h.Release()
					continue
				}
				used := int64(rapid.IntRange(0, int(h.tokens)).Draw(rt, "used"))
				h.Settle(final(used))
				settled += used
			case 4:
				for k := range limits {
					limits[k] = int64(rapid.IntRange(1, 60).Draw(rt, "limit"))
					highest[k] = max(highest[k], limits[k])
				}
				for _, m := range meters {
					if err := m.SetBudgets(t.Context(), tree(limits[0], limits[1], limits[2])); err != nil {
						rt.Fatal(err)
					}
				}
			}
			for k, b := range tree(highest[0], highest[1], highest[2]) {
				if spent, leased, _ := s.State(t.Context(), b.Window(at, time.UTC).ID); spent+leased > b.Limit {
					rt.Fatalf("budget %d: spent %d and leased %d of %d", k, spent, leased, b.Limit)
				}
			}
		}
		for _, h := range open {
			h.Release()
		}
		for _, m := range meters {
			if err := m.Close(t.Context()); err != nil {
				rt.Fatal(err)
			}
		}
		for _, b := range tree(1, 1, 1) {
			spent, leased, _ := s.State(t.Context(), b.Window(at, time.UTC).ID)
			if used := money.Amount(settled * 1000); spent != used && !(used == 0 && spent == 0) && spent != 0 || leased != 0 {
				rt.Fatalf("%s: spent %d, leased %d; settled %d", b.Scope, spent, leased, used)
			}
		}
	})
}
