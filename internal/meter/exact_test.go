package meter_test

import (
	"fmt"
	"math/big"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/luodi/luodi/internal/errs"
	"github.com/luodi/luodi/internal/meter"
	"github.com/luodi/luodi/internal/meter/metertest"
	"github.com/luodi/luodi/internal/money"
)

// exact is what a usage costs, by fractions: Σ tokens × price, rounded half up once
// from pico to nano.
func exact(u meter.Usage, in, cached, out money.Price) money.Amount {
	sum := new(big.Int)
	for _, x := range [][2]int64{{u.Input - u.CachedInput, int64(in)}, {u.CachedInput, int64(cached)}, {u.Output, int64(out)}} {
		sum.Add(sum, new(big.Int).Mul(big.NewInt(x[0]), big.NewInt(x[1])))
	}
	sum.Add(sum, big.NewInt(500))
	return money.Amount(sum.Div(sum, big.NewInt(1000)).Int64())
}

// Whatever calls of two processes use, more than was held too, and however they
// end: each row costs its exact amount, a window has spent the sum of its rows to
// the last nano, nothing stays leased, and no call is let in above what is left.
func TestMoneyIsExact(t *testing.T) {
	at := call("", 0).Time
	prices := rapid.SampledFrom([]money.Price{0, 1, 499, 500, 501, 999_999, 1_000_001, 123_456_789})
	s := &metertest.Store{}
	dir := t.TempDir()
	meters := []*meter.Meter{opened(t, meter.Config{Dir: dir, Store: s, Fill: time.Millisecond}), opened(t, meter.Config{Dir: dir, Store: s, Fill: time.Millisecond})}
	defer closed(t, meters[0])
	defer closed(t, meters[1])
	checks := 0
	rapid.Check(t, func(rt *rapid.T) {
		checks++
		key := fmt.Sprint("key_", checks) // nobody else has spent anything
		in, cached, out := prices.Draw(rt, "in"), money.Price(0), prices.Draw(rt, "out")
		if in > 0 {
			cached = money.Price(rapid.Int64Range(0, int64(in)).Draw(rt, "cached"))
		}
		cost := func(u meter.Usage) money.Amount { return exact(u, in, cached, out) }
		limit := money.Amount(rapid.Int64Range(1, 2_000_000_000).Draw(rt, "limit"))
		budgets := []meter.Budget{
			{Scope: meter.Scope{Kind: meter.Department, Name: key}, Per: "month", Limit: limit, Currency: money.CNY},
			{Scope: meter.Scope{Kind: meter.Key, Name: key}, Per: "day", Limit: limit, Currency: money.CNY},
		}
		set := func(b []meter.Budget) {
			for _, m := range meters {
				if err := m.SetBudgets(t.Context(), b); err != nil {
					rt.Fatal(err)
				}
			}
		}
		set(budgets)
		type held struct {
			*meter.Hold
			most meter.Usage
		}
		var under []held
		var settled, over, holding money.Amount // over: what the other process does not know of until the store is filled
		rows, leased := 0, false
		for i := range rapid.IntRange(1, 30).Draw(rt, "calls") {
			u := meter.Usage{Input: rapid.Int64Range(0, 100_000).Draw(rt, "input"), Output: rapid.Int64Range(0, 20_000).Draw(rt, "output")}
			c := call(fmt.Sprint(key, i), 0)
			c.Key, c.Department, c.Most = key, key+"/below", u
			c.Price = meter.Flat("p", money.CNY, in, cached, out)
			h, err := meters[i%2].Reserve(t.Context(), c)
			switch {
			case errs.Is(err, errs.CodeExhausted):
			case err != nil:
				rt.Fatal(err)
			default:
				if most := cost(u); most > 0 && settled-over+holding+most > limit {
					rt.Fatalf("let in %d beside %d settled, %d of it over, and %d held of %d", most, settled, over, holding, limit)
				} else if most > 0 {
					holding, leased = holding+most, true
				}
				under = append(under, held{h, u})
			}
			if len(under) == 0 || rapid.IntRange(0, 2).Draw(rt, "goes on") == 0 {
				continue
			}
			k := rapid.IntRange(0, len(under)-1).Draw(rt, "ends")
			end := under[k]
			under = append(under[:k], under[k+1:]...)
			holding -= cost(end.most)
			if rapid.IntRange(0, 3).Draw(rt, "released") == 0 {
				end.Release()
				continue
			}
			used := meter.Usage{Input: rapid.Int64Range(0, 2*end.most.Input).Draw(rt, "used in"), Output: rapid.Int64Range(0, end.most.Output+10).Draw(rt, "used out")}
			used.CachedInput = rapid.Int64Range(0, used.Input).Draw(rt, "from the cache")
			row, _ := end.Settle(meter.Final{Usage: used, Outcome: meter.OK})
			if row.Cost != cost(used) || row.Over != max(0, cost(used)-cost(end.most)) {
				rt.Fatalf("%+v costs %d and is %d over, not %d", used, row.Cost, row.Over, cost(used))
			}
			settled, over, rows = settled+row.Cost, over+row.Over, rows+1
		}
		for _, h := range under {
			h.Release()
		}
		set(nil)
		var wrong string
		for end := time.Now().Add(10 * time.Second); time.Now().Before(end); time.Sleep(time.Millisecond) {
			wrong = ""
			var sum money.Amount
			n := 0
			for _, r := range s.Ledger() {
				if r.Key == key {
					sum, n = sum+r.Cost, n+1
				}
			}
			if sum != settled || n != rows {
				wrong = fmt.Sprintf("%d rows of %d in all, not %d of %d", n, sum, rows, settled)
			}
			for _, b := range budgets {
				spent, open, _ := s.State(t.Context(), b.Window(at, time.UTC).ID)
				if open != 0 || leased && spent != settled { // one that nobody leased of is counted by its first lease
					wrong = fmt.Sprintf("%s has spent %d and leased %d, not %d", b.Scope, spent, open, settled)
				}
			}
			if wrong == "" {
				return
			}
		}
		rt.Fatal(wrong)
	})
}
