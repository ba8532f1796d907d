package meter_test

import (
	"fmt"
	"sync"
	"testing"
	"time"

	"github.com/luodi/luodi/internal/meter"
	"github.com/luodi/luodi/internal/meter/metertest"
	"github.com/luodi/luodi/internal/money"
)

// At midnight in Beijing a package of each day is whole again, and a budget of each
// day: for the calls that begin then, not for those that end then. A budget's days
// are the project's, a package's its vendor's.
func TestMidnightInBeijing(t *testing.T) {
	china := time.FixedZone("+08:00", 8*3600)
	midnight := time.Date(2026, 4, 1, 0, 0, 0, 0, china) // 16:00 in UTC, where the day goes on
	s := &metertest.Store{}
	b := budget(meter.Organisation, "", 1_000_000)
	b.Per = "day"
	m := opened(t, meter.Config{Dir: t.TempDir(), Store: s, Budgets: []meter.Budget{b}, Zone: china})
	daily := &meter.Package{Name: "free", Tokens: 100, Per: "day", Zone: china}
	abroad := &meter.Package{Name: "abroad", Tokens: 10, Per: "day", Zone: time.UTC}
	for i, tt := range []struct {
		at      time.Time
		in      int64
		covered int64
		names   string
		cost    money.Amount
	}{
		{midnight.Add(-time.Hour), 60, 60, "free", 0},
		{midnight.Add(-1), 80, 50, "free+abroad", 30_000}, // 40 and 10 were left
		{midnight.Add(-1), 10, 0, "", 10_000},
		{midnight, 120, 100, "free", 20_000}, // abroad it is still the day before
		{midnight.Add(8*time.Hour - 1), 20, 0, "", 20_000},
		{midnight.Add(8 * time.Hour), 10, 10, "abroad", 0},
	} {
		c := covered(fmt.Sprint(i), tt.in, 1, packaged(daily, abroad))
		c.Time = tt.at
		h, err := m.Reserve(t.Context(), c)
		if err != nil {
			t.Fatalf("%d: %v", i, err)
		}
		row, _ := h.Settle(used(tt.in, 0))
		if row.Covered != tt.covered || row.Package != tt.names || row.Cost != tt.cost {
			t.Errorf("%d: %d covered by %q, cost %d", i, row.Covered, row.Package, row.Cost)
		}
	}
	closed(t, m)
	for _, tt := range []struct {
		window string
		spent  money.Amount
	}{
		{"organisation/2026-03-31/CNY", 40_000}, {"organisation/2026-04-01/CNY", 40_000},
		{"package:free/2026-03-31/tokens", 100}, {"package:free/2026-04-01/tokens", 100},
		{"package:abroad/2026-03-31/tokens", 10}, {"package:abroad/2026-04-01/tokens", 10},
	} {
		if spent, leased, _ := s.State(t.Context(), tt.window); spent != tt.spent || leased != 0 {
			t.Errorf("%s: %d spent, %d leased", tt.window, spent, leased)
		}
	}
}

// Two processes serve two keys at once. The package of one covers never more than its
// tokens, nearly all of them (the last block may be leased to the process that has no
// more calls), and none of the other key's.
func TestAKeysPackageOverProcesses(t *testing.T) {
	s := &metertest.Store{}
	dir := t.TempDir()
	var wait sync.WaitGroup
	var meters []*meter.Meter
	for p := range 2 {
		m := opened(t, meter.Config{Dir: dir, Store: s})
		meters = append(meters, m)
		of := packaged(&meter.Package{Name: "own", Tokens: 1501, Of: meter.Scope{Kind: meter.Key, Name: "key_1"}})
		for w := range 4 {
			wait.Go(func() {
				for i := range 50 {
					c := covered(fmt.Sprint(p, w, i), 10, 1, of)
					c.Key = fmt.Sprint("key_", w%2)
					h, err := m.Reserve(t.Context(), c)
					if err != nil {
						t.Error(err)
						return
					}
					h.Settle(used(10, 0))
				}
			})
		}
	}
	wait.Wait()
	for _, m := range meters {
		closed(t, m)
	}
	var own, paid, others int64
	for _, r := range s.Ledger() {
		switch {
		case r.Key == "key_1":
			own, paid = own+r.Covered, paid+r.Usage.Input-r.Covered
		default:
			others += r.Covered
		}
	}
	if own > 1501 || own < 1501-2*1501/64 || own+paid != 2000 || others != 0 {
		t.Errorf("%d covered, %d paid for, %d of another key", own, paid, others)
	}
}
