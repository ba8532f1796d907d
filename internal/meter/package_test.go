package meter_test

import (
	"errors"
	"fmt"
	"sync"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/luodi/luodi/internal/errs"
	"github.com/luodi/luodi/internal/meter"
	"github.com/luodi/luodi/internal/meter/metertest"
	"github.com/luodi/luodi/internal/money"
)

// packaged is a price of 1 CNY per million tokens with packages.
func packaged(packages ...*meter.Package) meter.Price {
	p := price
	p.Packages = packages
	p.Beside = func(u meter.Usage, in, out int64) (money.Amount, error) {
		return money.Cost(money.Tokens{N: u.Input - in + u.Output - out, Price: 1_000_000})
	}
	return p
}

func covered(id string, in, out int64, p meter.Price) meter.Call {
	c := call(id, out)
	c.Most.Input, c.Price = in, p
	return c
}

func used(in, out int64) meter.Final {
	return meter.Final{Usage: meter.Usage{Input: in, Output: out}, Outcome: meter.OK}
}

// What a call takes of its packages, in their order, and what it pays for.
func TestPackages(t *testing.T) {
	march := time.Date(2026, 3, 1, 0, 0, 0, 0, time.UTC)
	for _, tt := range []struct {
		name     string
		packages []*meter.Package
		in, out  int64 // used; held is the double
		cost     money.Amount
		covered  int64
		names    string
	}{
		{"whole", []*meter.Package{{Name: "a", Tokens: 1000}}, 60, 40, 0, 100, "a"},
		{"a part", []*meter.Package{{Name: "a", Tokens: 70}}, 60, 40, 30 * 1000, 70, "a"},
		{"one after the other", []*meter.Package{{Name: "a", Tokens: 70}, {Name: "b", Tokens: 1000}}, 60, 40, 0, 100, "a+b"},
		{"input only", []*meter.Package{{Name: "a", Tokens: 1000, Counts: "input"}}, 60, 40, 40 * 1000, 60, "a"},
		{"output only", []*meter.Package{{Name: "a", Tokens: 30, Counts: "output"}}, 60, 40, 70 * 1000, 30, "a"},
		{"input, then both", []*meter.Package{{Name: "a", Tokens: 50, Counts: "input"}, {Name: "b", Tokens: 20}}, 60, 40, 30 * 1000, 70, "a+b"},
		{"not yet", []*meter.Package{{Name: "a", Tokens: 1000, From: march.AddDate(0, 1, 0)}}, 60, 40, 100 * 1000, 0, ""},
		{"no longer", []*meter.Package{{Name: "a", Tokens: 1000, To: march}}, 60, 40, 100 * 1000, 0, ""},
		{"nothing left at all", []*meter.Package{{Name: "a"}}, 60, 40, 100 * 1000, 0, ""},
		{"another key's", []*meter.Package{{Name: "a", Tokens: 1000, Of: meter.Scope{Kind: meter.Key, Name: "key_2"}}}, 60, 40, 100 * 1000, 0, ""},
		{"this key's, then all's", []*meter.Package{{Name: "a", Tokens: 30, Of: meter.Scope{Kind: meter.Key, Name: "key_1"}}, {Name: "b", Tokens: 1000}}, 60, 40, 0, 100, "a+b"},
		{"another department's, then all's", []*meter.Package{{Name: "a", Tokens: 30, Of: meter.Scope{Kind: meter.Department, Name: "retai"}}, {Name: "b", Tokens: 1000}}, 60, 40, 0, 100, "b"},
		{"a scenario's", []*meter.Package{{Name: "a", Tokens: 30, Of: meter.Scope{Kind: meter.Scenario, Name: "other"}}}, 60, 40, 100 * 1000, 0, ""},
		{"its last token", []*meter.Package{{Name: "a", Tokens: 1}}, 60, 40, 99 * 1000, 1, "a"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			s := &metertest.Store{}
			m := opened(t, meter.Config{Dir: t.TempDir(), Store: s, Budgets: []meter.Budget{budget(meter.Organisation, "", money.Unit)}})
			h, err := m.Reserve(t.Context(), covered("a", 2*tt.in, 2*tt.out, packaged(tt.packages...)))
			if err != nil {
				t.Fatal(err)
			}
			row, _ := h.Settle(used(tt.in, tt.out))
			if row.Cost != tt.cost || row.Covered != tt.covered || row.Package != tt.names || row.Over != 0 {
				t.Errorf("cost %d, covered %d by %q, over %d", row.Cost, row.Covered, row.Package, row.Over)
			}
			closed(t, m)
			rows := s.Ledger()
			if len(rows) != 1 || rows[0].Covered != tt.covered || rows[0].Package != tt.names {
				t.Errorf("the ledger has %+v", rows)
			}
			spent := int64(0)
			for _, p := range tt.packages {
				if w, ok := p.Window(row.Time); ok {
					n, held, _ := s.State(t.Context(), w.ID)
					if spent += int64(n); held != 0 {
						t.Errorf("%d tokens of %s are held still", held, p.Name)
					}
				}
			}
			if spent != tt.covered {
				t.Errorf("%d tokens are used up, %d covered", spent, tt.covered)
			}
		})
	}
}

// A call that a package covers needs no room in a budget; one that it does not
// cover whole is held in money whole.
func TestAPackageOpensAnExhaustedBudget(t *testing.T) {
	m := opened(t, meter.Config{Dir: t.TempDir(), Store: &metertest.Store{}, Budgets: []meter.Budget{budget(meter.Organisation, "", 0)}})
	defer closed(t, m)
	p := packaged(&meter.Package{Name: "a", Tokens: 150})
	h, err := m.Reserve(t.Context(), covered("a", 60, 40, p))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := m.Reserve(t.Context(), covered("b", 60, 40, p)); !errs.Is(err, errs.CodeExhausted) {
		t.Errorf("with 50 of 100 tokens left: %v", err)
	}
	h.Release()
	if h, err = m.Reserve(t.Context(), covered("c", 90, 60, p)); err != nil {
		t.Fatalf("what was released, and what the refused call had held: %v", err)
	}
	// The vendor counts more than was held: that is charged, and shown as over.
	if row, _ := h.Settle(used(200, 60)); row.Cost != 110*1000 || row.Over != 110*1000 || row.Covered != 150 {
		t.Errorf("%+v", row)
	}
}

// Each period has its own tokens, in the package's zone.
func TestFreeTokensOfAMonth(t *testing.T) {
	m := opened(t, meter.Config{Dir: t.TempDir(), Store: &metertest.Store{}})
	defer closed(t, m)
	p := packaged(&meter.Package{Name: "free", Tokens: 100, Per: "month", Zone: time.FixedZone("", 8*3600)})
	for i, tt := range []struct {
		at   string
		cost money.Amount
	}{
		{"2026-03-31T15:59:59Z", 0}, {"2026-03-31T15:59:59Z", 100_000}, // March in Beijing
		{"2026-03-31T16:00:00Z", 0}, {"2026-04-30T15:59:59Z", 100_000}, // April
		{"2026-04-30T16:00:00Z", 0},
	} {
		c := covered(fmt.Sprint(i), 60, 40, p)
		c.Time, _ = time.Parse(time.RFC3339, tt.at)
		h, err := m.Reserve(t.Context(), c)
		if err != nil {
			t.Fatal(err)
		}
		if row, _ := h.Settle(used(60, 40)); row.Cost != tt.cost {
			t.Errorf("%s: %d, want %d", tt.at, row.Cost, tt.cost)
		}
	}
}

// A store that cannot be asked covers nothing, and is not asked by every call.
func TestAPackageThatCannotBeAsked(t *testing.T) {
	s := &metertest.Store{}
	now := time.Date(2026, 3, 31, 23, 0, 0, 0, time.UTC)
	m := opened(t, meter.Config{Dir: t.TempDir(), Store: s, Fill: time.Hour, Now: func() time.Time { return now }})
	p := packaged(&meter.Package{Name: "a", Tokens: 1000})
	pay := func(id string) money.Amount {
		h, err := m.Reserve(t.Context(), covered(id, 60, 40, p))
		if err != nil {
			t.Fatal(err)
		}
		row, _ := h.Settle(used(60, 40))
		return row.Cost
	}
	s.SetFail(errors.New("gone"))
	if got := pay("a"); got != 100_000 {
		t.Errorf("without a store: %d", got)
	}
	s.SetFail(nil)
	if got := pay("b"); got != 100_000 {
		t.Errorf("right after it: %d", got)
	}
	now = now.Add(11 * time.Second)
	if got := pay("c"); got != 0 {
		t.Errorf("once it is asked again: %d", got)
	}
	closed(t, m)
}

// A process that is killed has used what it held: nobody gets it again.
func TestAKilledProcessUsesItsTokensOnce(t *testing.T) {
	dir, s := t.TempDir(), &metertest.Store{}
	m := opened(t, meter.Config{Dir: dir, Store: s})
	p := packaged(&meter.Package{Name: "a", Tokens: 300})
	if _, err := m.Reserve(t.Context(), covered("lost", 60, 40, p)); err != nil {
		t.Fatal(err)
	}
	closed(t, m) // its call has not ended: it is settled as lost by the next
	rows := s.Ledger()
	if len(rows) != 1 || rows[0].Outcome != meter.Lost || rows[0].Covered != 100 || rows[0].Package != "a" || rows[0].Cost != 0 {
		t.Fatalf("%+v", rows)
	}
	next := opened(t, meter.Config{Dir: dir, Store: s})
	defer closed(t, next)
	h, err := next.Reserve(t.Context(), covered("next", 200, 100, p))
	if err != nil {
		t.Fatal(err)
	}
	if row, _ := h.Settle(used(200, 100)); row.Covered != 200 || row.Cost != 100_000 {
		t.Errorf("%+v", row)
	}
}

// A batch is billed apart: no package covers it.
func TestABatchIsNotCovered(t *testing.T) {
	m := opened(t, meter.Config{Dir: t.TempDir(), Store: &metertest.Store{}})
	defer closed(t, m)
	row, _, err := m.ChargeOnce(t.Context(), "b", covered("b", 0, 0, packaged(&meter.Package{Name: "a", Tokens: 1000})), used(60, 40))
	if err != nil || row.Covered != 0 || row.Cost != 100_000 {
		t.Errorf("%+v %v", row, err)
	}
}

// Whatever two processes reserve, settle and release at once: together they use
// no token twice, each row's cost is that of what was not covered, and the windows
// have used what the rows name.
func TestNoTokenIsUsedTwice(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		s, dir := &metertest.Store{}, t.TempDir()
		tokens := []int64{rapid.Int64Range(1, 3000).Draw(rt, "first"), rapid.Int64Range(1, 3000).Draw(rt, "second")}
		var meters []*meter.Meter
		var prices []meter.Price
		for range 2 {
			m, err := meter.Open(t.Context(), meter.Config{Dir: dir, Store: s, Fill: time.Hour, Now: func() time.Time { return call("", 0).Time }})
			if err != nil {
				rt.Fatal(err)
			}
			meters = append(meters, m)
			prices = append(prices, packaged(&meter.Package{Name: "a", Tokens: tokens[0], Counts: "output"}, &meter.Package{Name: "b", Tokens: tokens[1]}))
		}
		type step struct {
			process, in, out, most int64
			released               bool
		}
		var steps []step
		for range rapid.IntRange(1, 40).Draw(rt, "calls") {
			n := func(name string) int64 { return rapid.Int64Range(0, 200).Draw(rt, name) }
			steps = append(steps, step{rapid.Int64Range(0, 1).Draw(rt, "process"), n("in"), n("out"), n("more"), rapid.IntRange(0, 5).Draw(rt, "released") == 0})
		}
		var wg sync.WaitGroup
		for i, st := range steps {
			wg.Go(func() {
				h, err := meters[st.process].Reserve(t.Context(), covered(fmt.Sprint(i), st.in+st.most, st.out, prices[st.process]))
				if err != nil {
					t.Error(err)
				} else if st.released {
					h.Release()
				} else if row, _ := h.Settle(used(st.in, st.out)); row.Cost != money.Amount(st.in+st.out-row.Covered)*1000 {
					t.Errorf("%d + %d tokens, %d covered, cost %d", st.in, st.out, row.Covered, row.Cost)
				}
			})
		}
		wg.Wait()
		for _, m := range meters {
			if err := m.Close(t.Context()); err != nil {
				rt.Fatal(err)
			}
		}
		byRows := int64(0)
		for _, r := range s.Ledger() {
			byRows += r.Covered
		}
		spent := int64(0)
		for i, p := range prices[0].Packages {
			w, _ := p.Window(call("", 0).Time)
			n, held, _ := s.State(t.Context(), w.ID)
			if int64(n) > tokens[i] || held != 0 {
				rt.Fatalf("package %s of %d: %d used, %d held", p.Name, tokens[i], n, held)
			}
			spent += int64(n)
		}
		if spent != byRows {
			rt.Fatalf("%d tokens are used up, the rows name %d", spent, byRows)
		}
	})
}
