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
	"github.com/luodi/luodi/internal/strictyaml"
)

const discounts = `
vendor: dashscope
zone: "+08:00"
discounts:
  - {factor: 90%, valid_from: 2026-01-01, source: "frame contract 2026", date_read: 2026-01-04}
  - {model: "qwen-*", factor: 2/3, valid_from: 2026-03-01, valid_to: 2026-09-30, source: annex 1, date_read: 2026-02-20}
  - {model: qwen-turbo, factor: "0.5", valid_from: 2026-04-01, source: annex 2, date_read: 2026-02-20}
  - {model: qwen-turbo, factor: "0.4", valid_from: 2026-06-01, source: annex 3, date_read: 2026-05-20}
`

func contracts(t testing.TB, more string) *catalog.Catalog {
	t.Helper()
	return load(t, fstest.MapFS{"prices/contract.yaml": {Data: []byte(discounts + more)}})
}

func TestDiscountsOfAContract(t *testing.T) {
	c := contracts(t, `rows:
  - {model: qwen-long, currency: CNY, valid_from: 2026-05-01, in: 0.3, out: 1, source: letter, date_read: 2026-05-01, confidence: project}
`)
	at := func(month time.Month, day, hour int) time.Time {
		return time.Date(2026, month, day, hour, 0, 0, 0, time.FixedZone("", 8*3600))
	}
	for _, tt := range []struct {
		name, vendor, model string
		at                  time.Time
		factor, million     string // what a million input tokens cost
	}{
		{"before the contract", "dashscope", "qwen-max", time.Date(2025, 12, 31, 23, 0, 0, 0, time.FixedZone("", 8*3600)), "", "2.4"},
		{"the vendor's", "dashscope", "qwen-max", at(1, 1, 0), "9/10", "2.16"},
		{"the pattern before the vendor's", "dashscope", "qwen-max", at(3, 1, 0), "2/3", "1.6"},
		{"its last hour", "dashscope", "qwen-max", at(9, 30, 23), "2/3", "1.6"},
		{"the day after", "dashscope", "qwen-max", at(10, 1, 0), "9/10", "2.16"},
		{"the name before the pattern", "dashscope", "qwen-turbo", at(4, 1, 0), "1/2", "0.15"},
		{"the later of two", "dashscope", "qwen-turbo", at(6, 1, 0), "2/5", "0.12"},
		{"a name that the pattern does not fit", "dashscope", "qwen3-max", at(4, 1, 0), "9/10", ""},
		{"a row of one's own is as agreed", "dashscope", "qwen-long", at(5, 2, 0), "", "0.3"},
		{"another vendor", "moonshot", "moonshot-v1-32k", at(5, 2, 0), "", "5"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			r, ok := c.Book.Lookup(tt.vendor, tt.model, tt.at)
			if !ok {
				t.Fatal("no price")
			}
			factor := ""
			if r.Discount != nil {
				factor = r.Discount.Factor.String()
			}
			if factor != tt.factor {
				t.Errorf("factor %q, want %q", factor, tt.factor)
			}
			if cost, err := r.Cost(catalog.Usage{Input: 1_000_000}); tt.million != "" && (err != nil || cost.String() != tt.million) {
				t.Errorf("a million costs %s, %v; want %s", cost, err, tt.million)
			}
			again, ok := c.Book.Row(r.ID)
			if !ok || again.ID != r.ID || (again.Discount == nil) != (r.Discount == nil) {
				t.Errorf("row %s is not found again: %+v", r.ID, again)
			}
			if says := r.Trust(tt.at, 90); factor != "" && !strings.Contains(says, "× "+factor+" by "+r.Discount.Source) {
				t.Errorf("its discount is not told of: %s", says)
			}
		})
	}
	if r, ok := c.Book.BuiltIn("dashscope", "qwen-max", at(5, 1, 0)); !ok || r.Discount != nil {
		t.Errorf("what comes with luodi is changed: %+v", r)
	}
	if len(c.Book.Discounts()) != 4 {
		t.Errorf("%+v", c.Book.Discounts())
	}
	if _, ok := c.Book.Row("dashscope/qwen-max@2025-01-01#00000000*1/2#00000000"); ok {
		t.Error("a row that is none is found")
	}
}

func TestBadDiscountsAreRefused(t *testing.T) {
	const row = "  - {model: m, factor: 90%, valid_from: 2026-01-02, source: s, date_read: 2026-01-02}\n"
	const head = "vendor: openai\nzone: \"+00:00\"\ndiscounts:\n"
	for _, tt := range []struct{ name, data, want string }{
		{"no factor", head + strings.Replace(row, "factor: 90%, ", "", 1), "a factor such as 85%"},
		{"more than the price", head + strings.Replace(row, "90%", "110%", 1), "above 0 and at most 1"},
		{"nothing", head + strings.Replace(row, "90%", "0%", 1), "above 0 and at most 1"},
		{"no source", head + strings.Replace(row, "source: s, ", "", 1), "needs vendor, source"},
		{"no vendor", strings.Replace(head, "vendor: openai\n", "", 1) + row, "needs vendor"},
		{"a vendor that is none", strings.Replace(head, "openai", "nobody", 1) + row, `vendor "nobody"`},
		{"no zone", strings.Replace(head, "zone: \"+00:00\"\n", "", 1) + row, "zone: "},
		{"a wrong day", head + strings.Replace(row, "2026-01-02", "2026-13-02", 1), "valid_from"},
		{"an end before the start", head + strings.Replace(row, "source", "valid_to: 2026-01-01, source", 1), "is before valid_from"},
		{"one twice", head + row + strings.Replace(row, "90%", "80%", 1), "two discounts for openai/m from 2026-01-02"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			_, err := catalog.Load(strictyaml.Decode, fstest.MapFS{"prices/x.yaml": {Data: []byte(tt.data)}})
			if err == nil || !strings.Contains(err.Error(), tt.want) {
				t.Errorf("error %v, want …%s…", err, tt.want)
			}
		})
	}
}

// Whatever the factor: the cost is the exact share of the row's, rounded once,
// below the bound that a budget holds, and a sum does not depend on the order.
func TestADiscountedCostIsTheExactShare(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		den := rapid.Int64Range(1, 1_000_000).Draw(rt, "den")
		num := rapid.Int64Range(1, den).Draw(rt, "num")
		f, err := money.ParseFactor(fmt.Sprintf("%d/%d", num, den))
		if err != nil {
			rt.Fatal(err)
		}
		r := drawRow(rt, t)
		list := r
		r.Discount = &catalog.Discount{Factor: f}
		calls := make([]catalog.Usage, rapid.IntRange(1, 6).Draw(rt, "calls"))
		var there, back money.Amount
		for i := range calls {
			calls[i] = drawUsage(rt)
			cost, err := r.Cost(calls[i])
			full, _ := list.Cost(calls[i])
			bound, _ := r.Bound(calls[i].Input, calls[i].Output)
			if err != nil || cost > bound || cost > full {
				rt.Fatalf("%s, %v; bound %s, list %s", cost, err, bound, full)
			}
			exact := new(big.Rat).Mul(big.NewRat(int64(full), 1), big.NewRat(num, den))
			if off := exact.Sub(exact, big.NewRat(int64(cost), 1)); off.Abs(off).Cmp(big.NewRat(1, 1)) > 0 {
				rt.Fatalf("%s of %s is not %s", f, full, cost)
			}
			there += cost
		}
		for i := range calls {
			cost, _ := r.Cost(calls[len(calls)-1-i])
			back += cost
		}
		if there != back {
			rt.Fatalf("%s one way, %s the other", there, back)
		}
	})
}
