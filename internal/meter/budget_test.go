package meter_test

import (
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/luodi/luodi/internal/errs"
	"github.com/luodi/luodi/internal/meter"
	"github.com/luodi/luodi/internal/meter/metertest"
)

func TestCovers(t *testing.T) {
	c := call("", 1) // key_1 of retail/cards asks for intent
	for _, tt := range []struct {
		name  string
		scope meter.Scope
		want  bool
	}{
		{"the organisation", meter.Scope{Kind: meter.Organisation}, true},
		{"its department", meter.Scope{Kind: meter.Department, Name: "retail/cards"}, true},
		{"the one above", meter.Scope{Kind: meter.Department, Name: "retail"}, true},
		{"one that begins alike", meter.Scope{Kind: meter.Department, Name: "retail/card"}, false},
		{"one below", meter.Scope{Kind: meter.Department, Name: "retail/cards/gold"}, false},
		{"its key", meter.Scope{Kind: meter.Key, Name: "key_1"}, true},
		{"another key", meter.Scope{Kind: meter.Key, Name: "key_10"}, false},
		{"its scenario", meter.Scope{Kind: meter.Scenario, Name: "intent"}, true},
		{"another scenario", meter.Scope{Kind: meter.Scenario, Name: "inten"}, false},
		{"its scenario in its department", meter.Scope{Kind: meter.Scenario, Name: "intent", Department: "retail"}, true},
		{"its scenario in another department", meter.Scope{Kind: meter.Scenario, Name: "intent", Department: "risk"}, false},
		{"another scenario in its department", meter.Scope{Kind: meter.Scenario, Name: "other", Department: "retail"}, false},
		{"no kind", meter.Scope{}, false},
	} {
		t.Run(tt.name, func(t *testing.T) {
			if got := (meter.Budget{Scope: tt.scope}).Covers(&c); got != tt.want {
				t.Errorf("%s covers the call: %v", tt.scope, got)
			}
		})
	}
}

// What a budget of both covers, each of the two alone covers; two scopes that
// differ never share a window.
func TestBothIsWhatEachCovers(t *testing.T) {
	name := rapid.SampledFrom([]string{"a", "b", "a/b", "a/b/c", "ab"})
	rapid.Check(t, func(t *rapid.T) {
		c := meter.Call{Department: name.Draw(t, "department"), Scenario: name.Draw(t, "scenario")}
		scenario, department := name.Draw(t, "of scenario"), name.Draw(t, "of department")
		covers := func(s meter.Scope) bool { return meter.Budget{Scope: s}.Covers(&c) }
		both := meter.Scope{Kind: meter.Scenario, Name: scenario, Department: department}
		of, in := meter.Scope{Kind: meter.Scenario, Name: scenario}, meter.Scope{Kind: meter.Department, Name: department}
		if covers(both) != (covers(of) && covers(in)) {
			t.Fatalf("%s: %v; alone %v and %v", both, covers(both), covers(of), covers(in))
		}
		at := time.Unix(rapid.Int64Range(0, 4e9).Draw(t, "at"), 0)
		ids := map[string]bool{}
		for _, s := range []meter.Scope{both, of, in} {
			ids[meter.Budget{Scope: s, Per: "day"}.Window(at, time.UTC).ID] = true
		}
		if len(ids) != 3 {
			t.Fatalf("windows are shared: %v", ids)
		}
	})
}

func TestABudgetOfBothRefusesItsOwn(t *testing.T) {
	s := &metertest.Store{}
	both := meter.Budget{Scope: meter.Scope{Kind: meter.Scenario, Name: "intent", Department: "retail"}, Per: "month", Limit: 10_000, Currency: price.Currency}
	m := opened(t, meter.Config{Dir: t.TempDir(), Store: s, Budgets: []meter.Budget{both}})
	defer closed(t, m)
	h, err := m.Reserve(t.Context(), call("1", 10)) // all of it
	if err != nil {
		t.Fatal(err)
	}
	defer h.Settle(final(10))
	if _, err := m.Reserve(t.Context(), call("2", 1)); !errs.Is(err, errs.CodeExhausted) || !strings.Contains(err.Error(), "scenario intent of department retail") {
		t.Errorf("%v", err)
	}
	for name, change := range map[string]func(*meter.Call){
		"another department": func(c *meter.Call) { c.Department = "risk" },
		"another scenario":   func(c *meter.Call) { c.Scenario = "other" },
	} {
		c := call(name, 10)
		change(&c)
		other, err := m.Reserve(t.Context(), c)
		if err != nil {
			t.Errorf("%s is held to it: %v", name, err)
			continue
		}
		other.Settle(final(1))
	}
	wrong := meter.Budget{Scope: meter.Scope{Kind: meter.Key, Name: "k", Department: "retail"}, Limit: 1, Currency: price.Currency}
	if err := m.SetBudgets(t.Context(), []meter.Budget{wrong}); !errs.Is(err, errs.CodeInvalid) {
		t.Errorf("a key's budget in a department: %v", err)
	}
}

// A call is counted in the period that it began in, whichever way the clock of
// the process jumps while it is under way, and nothing is held for ever.
func TestClockJumps(t *testing.T) {
	for name, jump := range map[string]time.Duration{
		"an hour on": time.Hour, "an hour back": -time.Hour, "a year on": 365 * 24 * time.Hour, "a year back": -365 * 24 * time.Hour,
	} {
		t.Run(name, func(t *testing.T) {
			s := &metertest.Store{}
			var shift atomic.Int64
			begun := call("", 0).Time
			b := budget(meter.Organisation, "", 20_000)
			m := opened(t, meter.Config{Dir: t.TempDir(), Store: s, Budgets: []meter.Budget{b}, Now: func() time.Time { return begun.Add(time.Duration(shift.Load())) }})
			before, err := m.Reserve(t.Context(), call("1", 10))
			if err != nil {
				t.Fatal(err)
			}
			if _, err := m.Reserve(t.Context(), call("too much", 11)); !errs.Is(err, errs.CodeExhausted) {
				t.Errorf("%v", err)
			}
			shift.Store(int64(jump))
			before.Settle(final(4))
			after := call("2", 10)
			after.Time = begun.Add(jump)
			h, err := m.Reserve(t.Context(), after)
			if err != nil {
				t.Fatalf("after the jump: %v", err)
			}
			h.Settle(final(3))
			closed(t, m)
			spent := map[string]int64{}
			for _, at := range []time.Time{begun, after.Time} {
				w := b.Window(at, time.UTC)
				amount, leased, err := s.State(t.Context(), w.ID)
				if err != nil || leased != 0 {
					t.Errorf("%s: %d leased, %v", w.ID, leased, err)
				}
				spent[w.ID] = int64(amount)
			}
			var total int64
			for _, n := range spent {
				total += n
			}
			if total != 7000 || len(s.Ledger()) != 2 {
				t.Errorf("spent %v, %d rows", spent, len(s.Ledger()))
			}
		})
	}
}
