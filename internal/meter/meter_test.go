package meter_test

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"go.uber.org/goleak"

	"github.com/luodi/luodi/internal/errs"
	"github.com/luodi/luodi/internal/meter"
	"github.com/luodi/luodi/internal/meter/metertest"
	"github.com/luodi/luodi/internal/money"
)

func TestMain(m *testing.M) {
	if dir := os.Getenv(victimDir); dir != "" {
		victim(dir)
		return
	}
	goleak.VerifyTestMain(m)
}

// One CNY per million tokens in and out: a token costs 1000 nano.
var price = meter.Flat("test/2026", money.CNY, 1_000_000, 1_000_000, 1_000_000)

func opened(t testing.TB, cfg meter.Config) *meter.Meter {
	t.Helper()
	if cfg.Fill == 0 {
		cfg.Fill = 5 * time.Millisecond
	}
	m, err := meter.Open(context.Background(), cfg)
	if err != nil {
		t.Fatal(err)
	}
	return m
}

func closed(t testing.TB, m *meter.Meter) {
	t.Helper()
	if err := m.Close(context.Background()); err != nil {
		t.Fatal(err)
	}
}

func call(id string, most int64) meter.Call {
	return meter.Call{
		ID: id, Time: time.Date(2026, 3, 31, 23, 0, 0, 0, time.UTC), Key: "key_1", Department: "retail/cards", Scenario: "intent",
		Configuration: "cfg_1", Model: "m", Vendor: "v", Price: price, Most: meter.Usage{Output: most},
	}
}

func budget(kind, name string, limit money.Amount) meter.Budget {
	return meter.Budget{Scope: meter.Scope{Kind: kind, Name: name}, Per: "month", Limit: limit, Currency: money.CNY}
}

func final(tokens int64) meter.Final {
	return meter.Final{Usage: meter.Usage{Output: tokens}, Outcome: meter.OK, Latency: time.Second, FirstToken: time.Millisecond}
}

func TestACallBecomesARow(t *testing.T) {
	s := &metertest.Store{}
	m := opened(t, meter.Config{Dir: t.TempDir(), Store: s, Budgets: []meter.Budget{budget(meter.Department, "retail", money.Unit)}})
	h, err := m.Reserve(t.Context(), call("a", 100))
	if err != nil {
		t.Fatal(err)
	}
	row, ok := h.Settle(final(120))
	if _, again := h.Settle(final(999)); !ok || again {
		t.Error("a hold is settled once")
	}
	h.Release()
	if row.Cost != 120_000 || row.Over != 20_000 || row.PriceRow != "test/2026" || row.Estimated || row.Outcome != meter.OK {
		t.Errorf("%+v", row)
	}
	if h, err = m.Reserve(t.Context(), call("b", 100)); err != nil {
		t.Fatal(err)
	}
	h.Release()
	closed(t, m)
	if rows := s.Ledger(); len(rows) != 1 || rows[0].ID != "a" || rows[0].Charges[0] != (meter.Charge{Budget: "department:retail/2026-03/CNY", Amount: 120_000}) {
		t.Errorf("%+v", rows)
	}
	if spent, leased, _ := s.State(t.Context(), "department:retail/2026-03/CNY"); spent != 120_000 || leased != 0 {
		t.Errorf("spent %d, leased %d", spent, leased)
	}
}

func TestReserveRefuses(t *testing.T) {
	usd := call("u", 1)
	usd.Price = meter.Flat("usd", money.USD, 1, 1, 1)
	unpriced := call("n", 1)
	unpriced.Price = meter.Price{}
	tests := []struct {
		name   string
		budget meter.Budget
		call   meter.Call
		code   errs.Code
		want   string
	}{
		{"beyond the limit", budget(meter.Key, "key_1", 5_000), call("a", 6), errs.CodeExhausted, "the budget of key key_1, 0.000005 CNY, has no room for this call until 2026-04-01"},
		{"a currency without a rate", budget(meter.Organisation, "", money.Unit), usd, errs.CodeInvalid, "exchange rate"},
		{"no price", budget(meter.Scenario, "intent", money.Unit), unpriced, errs.CodeInvalid, "has no price"},
		{"another's budget", budget(meter.Department, "ret", 0), call("a", 6), "", ""},
		{"another's scenario", budget(meter.Scenario, "x", 0), unpriced, "", ""},
		{"exactly the limit", budget(meter.Department, "retail/cards", 6_000), call("a", 6), "", ""},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			m := opened(t, meter.Config{Dir: t.TempDir(), Store: &metertest.Store{}, Budgets: []meter.Budget{tt.budget}})
			defer closed(t, m)
			h, err := m.Reserve(t.Context(), tt.call)
			if errs.Of(err) != tt.code || err != nil && !strings.Contains(err.Error(), tt.want) {
				t.Errorf("got %v, want %s: %s", err, tt.code, tt.want)
			}
			if h != nil {
				h.Release()
			}
		})
	}
}

func TestBudgetsInAnotherCurrency(t *testing.T) {
	s := &metertest.Store{}
	m := opened(t, meter.Config{Dir: t.TempDir(), Store: s, Budgets: []meter.Budget{budget(meter.Organisation, "", 100_000)},
		Convert: func(a money.Amount, from, to money.Currency, _ time.Time) (money.Amount, string, error) {
			return a * 7, string(from + "/" + to + " 7"), nil
		}})
	c := call("a", 10)
	c.Price = meter.Flat("usd", money.USD, 1_000_000, 1_000_000, 1_000_000)
	h, err := m.Reserve(t.Context(), c)
	if err != nil {
		t.Fatal(err)
	}
	if row, _ := h.Settle(final(10)); row.Cost != 10_000 || row.Currency != money.USD || row.Rate != "USD/CNY 7" || row.Charges[0].Amount != 70_000 {
		t.Errorf("%+v", row)
	}
	if _, err := m.Reserve(t.Context(), c); !errs.Is(err, errs.CodeExhausted) {
		t.Errorf("30,000 left and 70,000 wanted: %v", err)
	}
	closed(t, m)
}

// TestNoBurstPassesALimit: 64 goroutines on two processes (meters on one
// store) reserve and settle at random; at every admission what is settled and
// held, over both, is within the limit.
func TestNoBurstPassesALimit(t *testing.T) {
	const limit = 1_000_000
	s := &metertest.Store{}
	dir := t.TempDir()
	budgets := []meter.Budget{budget(meter.Organisation, "", limit*3), budget(meter.Department, "retail", limit)}
	meters := []*meter.Meter{
		opened(t, meter.Config{Dir: dir, Store: s, Budgets: budgets}),
		opened(t, meter.Config{Dir: dir, Store: s, Budgets: budgets}),
	}
	var mu sync.Mutex
	var committed, settled money.Amount // held and settled; settled alone
	refused := 0
	var wg sync.WaitGroup
	for g := range 64 {
		wg.Go(func() {
			m := meters[g%2]
			for i := range 30 {
				most := int64(1 + (g*31+i*17)%23)
				// Counted after the reservation and taken back before the settlement:
				// committed is never more than what the meters hold.
				h, err := m.Reserve(context.Background(), call(fmt.Sprint(g, "-", i), most))
				mu.Lock()
				if err != nil {
					refused++
				} else if committed += money.Amount(most) * 1000; committed > limit {
					t.Errorf("held and settled %d of %d", committed, limit)
				}
				mu.Unlock()
				if err != nil {
					if !errs.Is(err, errs.CodeExhausted) {
						t.Error(err)
					}
					continue
				}
				used := int64(i) % (most + 1)
				mu.Lock() // taken back before the meter frees it
				committed -= money.Amount(most-used) * 1000
				settled += money.Amount(used) * 1000
				mu.Unlock()
				h.Settle(final(used))
			}
		})
	}
	wg.Wait()
	for _, m := range meters {
		closed(t, m)
	}
	spent, leased, _ := s.State(t.Context(), "department:retail/2026-03/CNY")
	if spent != settled || leased != 0 || settled > limit {
		t.Errorf("the store has spent %d and leased %d; settled %d", spent, leased, settled)
	}
	t.Logf("%d calls admitted, %d refused, %s of %s settled", len(s.Ledger()), refused, settled, money.Amount(limit))
}

func TestSegmentsTurn(t *testing.T) {
	s := &metertest.Store{}
	dir := t.TempDir()
	m := opened(t, meter.Config{Dir: dir, Store: s})
	m.SetSegmentSize(2000)
	long, err := m.Reserve(t.Context(), call("long", 7)) // open over all segments
	if err != nil {
		t.Fatal(err)
	}
	for i := range 200 {
		h, err := m.Reserve(t.Context(), call(fmt.Sprint(i), 1))
		if err != nil {
			t.Fatal(err)
		}
		h.Settle(final(1))
		if i%20 == 0 {
			time.Sleep(60 * time.Millisecond)
		}
	}
	segments, _ := filepath.Glob(filepath.Join(dir, "*", "*.seg"))
	long.Settle(final(7))
	closed(t, m)
	seen := map[string]int{}
	names := map[string]bool{}
	for _, r := range s.Ledger() {
		seen[r.ID]++
		names[r.Segment] = true
	}
	if len(seen) != 201 || len(s.Ledger()) != 201 || len(names) < 3 || len(segments) > 3 {
		t.Errorf("%d rows of %d calls in %d segments, %d files kept", len(s.Ledger()), len(seen), len(names), len(segments))
	}
	if left, _ := os.ReadDir(dir); len(left) != 0 {
		t.Errorf("left behind: %v", left)
	}
}

func TestFullDiskRefusesCallsAndLosesNothing(t *testing.T) {
	s := &metertest.Store{}
	m := opened(t, meter.Config{Dir: t.TempDir(), Store: s})
	h, err := m.Reserve(t.Context(), call("before", 1))
	if err != nil {
		t.Fatal(err)
	}
	m.SetDisk(errors.New("no space left on device"))
	h.Settle(final(1))
	for i := 0; m.Trouble() == nil && i < 200; i++ {
		time.Sleep(5 * time.Millisecond)
	}
	if _, err := m.Reserve(t.Context(), call("during", 1)); !errs.Is(err, errs.CodeExhausted) || !strings.Contains(err.Error(), "no space left") {
		t.Errorf("a full disk: %v", err)
	}
	m.SetDisk(nil)
	for i := 0; m.Trouble() != nil && i < 200; i++ {
		time.Sleep(5 * time.Millisecond)
	}
	if h, err = m.Reserve(t.Context(), call("after", 1)); err != nil {
		t.Fatal(err)
	}
	h.Settle(final(1))
	closed(t, m)
	if rows := s.Ledger(); len(rows) != 2 || rows[0].ID != "before" || rows[1].ID != "after" {
		t.Errorf("%+v", rows)
	}
}

func TestStoreThatFailsIsFilledLater(t *testing.T) {
	s := &metertest.Store{}
	m := opened(t, meter.Config{Dir: t.TempDir(), Store: s})
	s.SetFail(errors.New("connection refused"))
	for i := range 10 {
		h, err := m.Reserve(t.Context(), call(fmt.Sprint(i), 1))
		if err != nil {
			t.Fatal(err)
		}
		h.Settle(final(1))
	}
	for i := 0; m.Trouble() == nil && i < 200; i++ {
		time.Sleep(5 * time.Millisecond)
	}
	if err := m.Trouble(); err == nil || !strings.Contains(err.Error(), "connection refused") {
		t.Errorf("%v", err)
	}
	s.SetFail(nil)
	closed(t, m)
	if n := len(s.Ledger()); n != 10 {
		t.Errorf("%d rows", n)
	}
}

func ExampleMeter() {
	dir, _ := os.MkdirTemp("", "ledger")
	defer os.RemoveAll(dir)
	store := &metertest.Store{}
	m, err := meter.Open(context.Background(), meter.Config{Dir: dir, Store: store, Budgets: []meter.Budget{
		{Scope: meter.Scope{Kind: meter.Department, Name: "service"}, Per: "month", Limit: 3000 * money.Unit, Currency: money.CNY},
	}})
	if err != nil {
		fmt.Println(err)
		return
	}
	in, _ := money.ParsePrice("0.8") // CNY per million tokens
	out, _ := money.ParsePrice("2")
	hold, err := m.Reserve(context.Background(), meter.Call{
		ID: "req_1", Time: time.Now(), Department: "service", Model: "qwen-plus", Price: meter.Flat("dashscope/qwen-plus", money.CNY, in, in, out),
		Most: meter.Usage{Input: 1500, Output: 4096},
	})
	if err != nil {
		fmt.Println(err)
		return
	}
	hold.Settle(meter.Final{Usage: meter.Usage{Input: 1200, Output: 300}, Outcome: meter.OK})
	_ = m.Close(context.Background())
	costs, _ := meter.Costs(context.Background(), store, meter.Query{By: []string{"department"}}, nil)
	fmt.Println(costs[0].Department, costs[0].Requests, "call:", costs[0].Cost, costs[0].Currency)
	// Output: service 1 call: 0.00156 CNY
}
