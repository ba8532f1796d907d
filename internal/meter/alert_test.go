package meter_test

import (
	"sync"
	"testing"
	"time"

	"github.com/luodi/luodi/internal/errs"
	"github.com/luodi/luodi/internal/meter"
	"github.com/luodi/luodi/internal/meter/metertest"
	"github.com/luodi/luodi/internal/money"
)

const thousand = 1_000_000 // nano: what a thousand tokens cost

func spend(t *testing.T, m *meter.Meter, c meter.Call, tokens int64) (meter.Row, error) {
	t.Helper()
	c.Most = meter.Usage{Output: tokens}
	h, err := m.Reserve(t.Context(), c)
	if err != nil {
		return meter.Row{}, err
	}
	row, _ := h.Settle(final(tokens))
	return row, nil
}

// Beyond a budget's alert calls are marked and told of once, and the cheaper
// route is named; before it neither happens.
func TestAlertAndDegrade(t *testing.T) {
	var mu sync.Mutex
	var told []string
	dept := budget(meter.Department, "retail", 10*thousand)
	dept.Alert, dept.Degrade = 4*thousand, "cheap"
	m := opened(t, meter.Config{
		Dir: t.TempDir(), Store: &metertest.Store{}, Budgets: []meter.Budget{budget(meter.Organisation, "", money.Unit), dept},
		Now: func() time.Time { return call("", 0).Time.Add(time.Duration(time.Now().UnixNano() % int64(time.Hour))) },
		Alert: func(w meter.Window, spent money.Amount) {
			mu.Lock()
			defer mu.Unlock()
			told = append(told, w.ID)
		},
	})
	defer closed(t, m)
	c := call("a", 1)
	if row, err := spend(t, m, c, 3000); err != nil || row.Mark != "" || m.Degrade(&c, false) != "" || m.Degrade(&c, true) != "cheap" {
		t.Errorf("below the alert: %+v %v", row, err)
	}
	if _, err := spend(t, m, c, 1000); err != nil {
		t.Fatal(err)
	}
	eventually(t, "the alert", func() bool { return m.Degrade(&c, false) == "cheap" })
	other := c
	other.Department = "risk"
	if m.Degrade(&other, true) != "" {
		t.Error("another department is degraded")
	}
	if row, err := spend(t, m, c, 1); err != nil || row.Mark != meter.MarkAlert {
		t.Errorf("beyond the alert: %q %v", row.Mark, err)
	}
	c.Mark = meter.MarkDegraded
	if row, err := spend(t, m, c, 1); err != nil || row.Mark != meter.MarkDegraded {
		t.Errorf("a mark of its own: %q %v", row.Mark, err)
	}
	alerts := 0
	for _, s := range m.States() {
		if s.Alert {
			alerts++
		}
	}
	mu.Lock()
	defer mu.Unlock()
	if len(told) != 1 || told[0] != "department:retail/2026-03/CNY" || alerts != 1 {
		t.Errorf("told of %v, %d states", told, alerts)
	}
}

// A key's own budget comes with the call and holds beside the project's.
func TestAKeysOwnBudget(t *testing.T) {
	s := &metertest.Store{}
	m := opened(t, meter.Config{Dir: t.TempDir(), Store: s, Budgets: []meter.Budget{budget(meter.Organisation, "", money.Unit)}})
	c := call("a", 1)
	own := budget(meter.Key, "key_1", 5*thousand)
	own.Per = ""
	c.Own = &own
	if row, err := spend(t, m, c, 5000); err != nil || len(row.Charges) != 2 {
		t.Errorf("%+v %v", row.Charges, err)
	}
	if _, err := spend(t, m, c, 1); !errs.Is(err, errs.CodeExhausted) {
		t.Errorf("beyond it: %v", err)
	}
	c.Own = nil
	if _, err := spend(t, m, c, 1); err != nil {
		t.Errorf("another key: %v", err)
	}
	closed(t, m)
	if spent, leased, _ := s.State(t.Context(), "key:key_1/ever/CNY"); spent != 5*thousand || leased != 0 {
		t.Errorf("spent %d, leased %d", spent, leased)
	}
}

// A lower limit holds from the next call on, a higher one gives room at once,
// and what was spent before counts under both.
func TestBudgetsAreReplaced(t *testing.T) {
	s := &metertest.Store{}
	m := opened(t, meter.Config{Dir: t.TempDir(), Store: s, Budgets: []meter.Budget{budget(meter.Department, "retail", money.Unit)}})
	defer closed(t, m)
	if _, err := spend(t, m, call("a", 1), 3000); err != nil {
		t.Fatal(err)
	}
	for _, step := range []struct {
		limit  money.Amount
		tokens int64
		fits   bool
	}{{4 * thousand, 1500, false}, {4 * thousand, 1000, true}, {4 * thousand, 1, false}, {6 * thousand, 2000, true}, {6 * thousand, 1, false}} {
		if err := m.SetBudgets(t.Context(), []meter.Budget{budget(meter.Department, "retail", step.limit)}); err != nil {
			t.Fatal(err)
		}
		if _, err := spend(t, m, call("b", 1), step.tokens); (err == nil) != step.fits {
			t.Errorf("limit %s, %d more tokens: %v", step.limit, step.tokens, err)
		}
	}
	bad := budget(meter.Department, "retail", 1)
	bad.Alert = 2
	if err := m.SetBudgets(t.Context(), []meter.Budget{bad}); !errs.Is(err, errs.CodeInvalid) {
		t.Errorf("an alert above its limit: %v", err)
	}
}
