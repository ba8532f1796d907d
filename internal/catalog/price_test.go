package catalog_test

import (
	"fmt"
	"math/big"
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"pgregory.net/rapid"

	"github.com/luodi/luodi/internal/catalog"
	"github.com/luodi/luodi/internal/money"
)

// rowOf reads one price row of the vendor local in Beijing time.
func rowOf(t testing.TB, row string) catalog.Row {
	t.Helper()
	c := load(t, fstest.MapFS{"prices/local.yaml": {Data: []byte("vendor: local\ncurrency: CNY\nzone: \"+08:00\"\nrows:\n" +
		"  - {model: m, valid_from: 2026-01-01, source: s, date_read: 2026-01-01, confidence: memory, " + row + "}\n")}})
	r, ok := c.Book.Lookup("local", "m", time.Date(2026, 6, 1, 0, 0, 0, 0, time.UTC))
	if !ok {
		t.Fatal("the row is not found")
	}
	return r
}

func TestCost(t *testing.T) {
	const tiers = "tiers: [{up_to: 1000, in: 1, cached: 0.1, out: 4}, {up_to: 2000, in: 2, out: 8, reasoning: 16}, {in: 4, out: 16}]"
	tests := []struct {
		name, row string
		u         catalog.Usage
		want      string
	}{
		{"nothing", "in: 1, out: 2", catalog.Usage{}, "0"},
		{"in and out", "in: 1, out: 2", catalog.Usage{Input: 1_000_000, Output: 1_000_000}, "3"},
		{"one token", "in: 1, out: 2", catalog.Usage{Input: 1}, "0.000001"},
		{"half a nano rounds up, once", "in: 0.0005, out: 0.0005", catalog.Usage{Input: 1, Output: 2}, "0.000000002"},
		{"cached tokens are part of the input", "in: 2, cached: 0.5, out: 8", catalog.Usage{Input: 1_000_000, CachedInput: 800_000, Output: 500_000}, "4.8"},
		{"cached tokens cost as input where no price is listed", "in: 2, out: 8", catalog.Usage{Input: 1_000_000, CachedInput: 800_000}, "2"},
		{"writing to the cache", "in: 3, cached: 0.3, cache_write: 3.75, out: 15", catalog.Usage{Input: 1_000_000, CachedInput: 500_000, CacheWrite: 400_000}, "1.95"},
		{"reasoning apart", "in: 1, out: 2, reasoning: 6", catalog.Usage{Output: 1_000_000, Reasoning: 250_000}, "3"},
		{"reasoning costs as output where no price is listed", "in: 1, out: 2", catalog.Usage{Output: 1_000_000, Reasoning: 250_000}, "2"},
		{"free", "free: true", catalog.Usage{Input: 1_000_000, Output: 1_000_000}, "0"},
		{"first tier, its last token", tiers, catalog.Usage{Input: 1000, Output: 1000}, "0.005"},
		{"second tier: every token at its price", tiers, catalog.Usage{Input: 1001, Output: 1000}, "0.010002"},
		{"the tier is chosen by the whole input, cached too", tiers, catalog.Usage{Input: 1001, CachedInput: 1001}, "0.002002"},
		{"reasoning of the second tier", tiers, catalog.Usage{Input: 2000, Output: 1000, Reasoning: 1000}, "0.02"},
		{"last tier has no end", tiers, catalog.Usage{Input: 10_000_000}, "40"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			r := rowOf(t, tt.row)
			got, err := r.Cost(tt.u)
			if err != nil || got.String() != tt.want {
				t.Errorf("cost %s, %v; want %s", got, err, tt.want)
			}
		})
	}
}

func TestContradictingCountsAreRefused(t *testing.T) {
	r := rowOf(t, "in: 1, out: 2")
	for _, u := range []catalog.Usage{
		{Input: -1}, {Output: -1}, {CachedInput: 1}, {Reasoning: 1}, {Input: 5, CachedInput: 3, CacheWrite: 3},
	} {
		if got, err := r.Cost(u); err == nil {
			t.Errorf("Cost(%+v) = %s, want an error", u, got)
		}
	}
	if _, err := r.CostAt(catalog.Usage{Input: 1}, catalog.Terms{Batch: true}); err == nil {
		t.Error("a row without a batch price must refuse a batch")
	}
}

func TestWindowsAndBatch(t *testing.T) {
	beijing := time.FixedZone("", 8*3600)
	at := func(day, hour, minute int) time.Time { return time.Date(2026, 11, day, hour, minute, 0, 0, beijing) } // the 21st is a Saturday
	const night = `in: 2, out: 8, batch: 50%, windows: [{from: "22:00", to: "08:30", price: 25%}]`
	const workday = `in: 2, out: 8, windows: [{days: weekend, from: "00:00", to: "24:00", price: 50%}, {days: weekdays, from: "18:00", to: "09:00", price: 50%}]`
	tests := []struct {
		name, row string
		terms     catalog.Terms
		want      string
	}{
		{"no time given: the full price", night, catalog.Terms{}, "10"},
		{"by day", night, catalog.Terms{At: at(23, 12, 0)}, "10"},
		{"at night", night, catalog.Terms{At: at(23, 23, 0)}, "2.5"},
		{"after midnight", night, catalog.Terms{At: at(23, 3, 0)}, "2.5"},
		{"the first minute", night, catalog.Terms{At: at(23, 22, 0)}, "2.5"},
		{"the last minute", night, catalog.Terms{At: at(23, 8, 29)}, "2.5"},
		{"the first minute after it", night, catalog.Terms{At: at(23, 8, 30)}, "10"},
		{"the zone is the row's", night, catalog.Terms{At: at(23, 23, 0).UTC()}, "2.5"},
		{"batch", night, catalog.Terms{Batch: true}, "5"},
		{"batch at night", night, catalog.Terms{Batch: true, At: at(23, 23, 0)}, "1.25"},
		{"a workday", workday, catalog.Terms{At: at(23, 12, 0)}, "10"},
		{"a workday's evening", workday, catalog.Terms{At: at(23, 20, 0)}, "5"},
		{"Saturday noon", workday, catalog.Terms{At: at(21, 12, 0)}, "5"},
		{"before nine on Monday: the night from Sunday is no weekday's", workday, catalog.Terms{At: at(23, 8, 0)}, "10"},
		{"before nine on Tuesday", workday, catalog.Terms{At: at(24, 8, 0)}, "5"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			r := rowOf(t, tt.row)
			got, err := r.CostAt(catalog.Usage{Input: 1_000_000, Output: 1_000_000}, tt.terms)
			if err != nil || got.String() != tt.want {
				t.Errorf("cost %s, %v; want %s", got, err, tt.want)
			}
		})
	}
}

// drawRow draws a row of one to four tiers and perhaps a window.
func drawRow(t *rapid.T, tb testing.TB) catalog.Row {
	price := func(name string) string {
		return money.Price(rapid.Int64Range(0, 200_000).Draw(t, name) * 100).String()
	}
	var tiers []string
	upTo := int64(0)
	n := rapid.IntRange(1, 4).Draw(t, "tiers")
	for i := range n {
		tier := "{"
		if i < n-1 {
			upTo += rapid.Int64Range(1, 5000).Draw(t, "step")
			tier += fmt.Sprintf("up_to: %d, ", upTo)
		}
		tier += "in: " + price("in") + ", out: " + price("out")
		for _, k := range []string{"cached", "cache_write", "reasoning"} {
			if rapid.Bool().Draw(t, k+" listed") {
				tier += ", " + k + ": " + price(k)
			}
		}
		tiers = append(tiers, tier+"}")
	}
	row := "tiers: [" + strings.Join(tiers, ", ") + "]"
	if rapid.Bool().Draw(t, "has a window") {
		row += fmt.Sprintf(`, windows: [{from: "00:30", to: "08:30", price: %d%%}]`, rapid.IntRange(1, 300).Draw(t, "percent"))
	}
	return rowOf(tb, row)
}

func drawUsage(t *rapid.T) catalog.Usage {
	u := catalog.Usage{Input: rapid.Int64Range(0, 25_000).Draw(t, "input"), Output: rapid.Int64Range(0, 25_000).Draw(t, "output")}
	u.CachedInput = rapid.Int64Range(0, u.Input).Draw(t, "cached")
	u.CacheWrite = rapid.Int64Range(0, u.Input-u.CachedInput).Draw(t, "written")
	u.Reasoning = rapid.Int64Range(0, u.Output).Draw(t, "reasoning")
	return u
}

func TestCostIsTheExactSumRoundedHalfUp(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		r, u := drawRow(rt, t), drawUsage(rt)
		tier := r.Tiers[len(r.Tiers)-1]
		for i := len(r.Tiers) - 2; i >= 0 && u.Input <= r.Tiers[i].UpTo; i-- {
			tier = r.Tiers[i]
		}
		sum := new(big.Rat)
		for _, part := range []struct {
			n int64
			p money.Price
		}{
			{u.Input - u.CachedInput - u.CacheWrite, tier.In}, {u.CachedInput, tier.Cached}, {u.CacheWrite, tier.CacheWrite},
			{u.Output - u.Reasoning, tier.Out}, {u.Reasoning, tier.Reasoning},
		} {
			sum.Add(sum, new(big.Rat).Mul(big.NewRat(part.n, 1000), big.NewRat(int64(part.p), 1)))
		}
		sum.Add(sum, big.NewRat(1, 2))
		want := new(big.Int).Quo(sum.Num(), sum.Denom())
		got, err := r.Cost(u)
		if err != nil || int64(got) != want.Int64() {
			rt.Fatalf("cost %d, %v; want %s", got, err, want)
		}
	})
}

func TestNoCallCostsMoreThanItsBound(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		r, u := drawRow(rt, t), drawUsage(rt)
		terms := catalog.Terms{At: time.Unix(rapid.Int64Range(0, 2_000_000_000).Draw(rt, "at"), 0)}
		bound, err := r.Bound(u.Input+rapid.Int64Range(0, 10_000).Draw(rt, "slack in"), u.Output+rapid.Int64Range(0, 100).Draw(rt, "slack out"))
		if err != nil {
			rt.Fatal(err)
		}
		cost, err := r.CostAt(u, terms)
		if err != nil || cost > bound {
			rt.Fatalf("cost %s, %v, above the bound %s", cost, err, bound)
		}
	})
}

func TestIDsChangeWithTheNumbersOnly(t *testing.T) {
	base := rowOf(t, "in: 1, out: 2")
	for _, same := range []string{"in: 1.0, out: 2", "in: 1, out: 2, cached: 1", "in: 1, out: 2, note: x", "in: 1, out: 2, valid_to: 2026-12-31"} {
		if r := rowOf(t, same); r.ID != base.ID {
			t.Errorf("%s has the id %s, want %s", same, r.ID, base.ID)
		}
	}
	for _, other := range []string{"in: 1.1, out: 2", "in: 1, out: 2, cached: 0.5", "in: 1, out: 2, batch: 50%", `in: 1, out: 2, windows: [{from: "01:00", to: "02:00", price: 50%}]`} {
		if r := rowOf(t, other); r.ID == base.ID {
			t.Errorf("%s must have another id than %s", other, r.ID)
		}
	}
	if !strings.HasPrefix(base.ID, "local/m@2026-01-01#") {
		t.Errorf("id %s", base.ID)
	}
}

func TestStaleAndTrust(t *testing.T) {
	c := load(t)
	read := time.Date(2026, 11, 23, 0, 0, 0, 0, time.UTC)
	if got := c.Book.Stale(read.AddDate(0, 0, 90), 90); len(got) != 0 {
		t.Errorf("%d rows are stale after 90 days", len(got))
	}
	late := read.AddDate(0, 0, 91)
	stale := c.Book.Stale(late, 90)
	if len(stale) == 0 {
		t.Fatal("no row is stale after 91 days")
	}
	for _, r := range stale {
		if r.Model == "moonshot-v1-8k" && r.ValidFrom.Year() == 2024 {
			t.Error("a row that no longer holds is not stale")
		}
		if s := r.Trust(late, 90); !strings.Contains(s, "91 days old") || strings.Contains(s, "current") {
			t.Errorf("trust of %s: %q", r.ID, s)
		}
	}
	own := catalog.ProjectRow("local-small", catalog.ModelPrice{Currency: money.CNY}, "luodi.yaml")
	if !strings.HasPrefix(own.ID, "project:local-small#") || own.Trust(late, 90) != "stated in luodi.yaml" {
		t.Errorf("project row %s: %s", own.ID, own.Trust(late, 90))
	}
}
