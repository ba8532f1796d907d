package catalog_test

import (
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

const packages = `
vendor: dashscope
currency: CNY
zone: "+08:00"
packages:
  - {name: late, model: "qwen-*", tokens: 1000, used: 100, paid: 12.5, valid_from: 2026-01-01, valid_to: 2026-12-31, source: order 2, date_read: 2026-01-02}
  - {name: open, tokens: 7, valid_from: 2026-01-01, source: order 3, date_read: 2026-01-02}
  - {name: soon, model: "qwen-*", tokens: 1000, counts: output, valid_from: 2026-01-01, valid_to: 2026-06-30, source: order 1, date_read: 2026-01-02}
  - {name: monthly, model: qwen-plus, tokens: 50, per: month, valid_from: 2026-01-01, source: console, date_read: 2026-01-02}
  - {name: daily, model: qwen-plus, tokens: 5, per: day, valid_from: 2026-01-01, source: console, date_read: 2026-01-02}
`

func TestPackages(t *testing.T) {
	c := load(t, fstest.MapFS{"prices/contract.yaml": {Data: []byte(packages)}})
	for _, tt := range []struct{ vendor, model, want string }{
		{"dashscope", "qwen-plus", "daily monthly soon late open"},
		{"dashscope", "qwen-max", "soon late open"},
		{"dashscope", "other", "open"},
		{"moonshot", "qwen-plus", ""},
	} {
		var names []string
		for _, p := range c.Book.PackagesOf(tt.vendor, tt.model) {
			names = append(names, p.Name)
		}
		if got := strings.Join(names, " "); got != tt.want {
			t.Errorf("%s/%s: %q, want %q", tt.vendor, tt.model, got, tt.want)
		}
	}
	late := c.Book.Packages()[3]
	if late.Name != "late" || late.Tokens != 1000 || late.Used != 100 || late.Paid.String() != "12.5" || late.Currency != money.CNY || late.Counts != "" {
		t.Errorf("%+v", late)
	}
	for at, want := range map[string]bool{
		"2025-12-31T15:59:59Z": false, "2025-12-31T16:00:00Z": true, "2026-12-31T15:59:59Z": true, "2026-12-31T16:00:00Z": false, // Beijing's days
	} {
		moment, err := time.Parse(time.RFC3339, at)
		if err != nil {
			t.Fatal(err)
		}
		if late.Holds(moment) != want {
			t.Errorf("at %s it holds: %v", at, !want)
		}
	}
	ep, err := c.Endpoint(catalog.Entry{Name: "p", Vendor: "dashscope", Model: "qwen-max"}, func(string) string { return "" })
	if err != nil || len(ep.Packages()) != 3 {
		t.Errorf("of an endpoint: %v %v", ep.Packages(), err)
	}
}

func TestPackagesThatAreNotInOrder(t *testing.T) {
	const valid = "name: a, model: m, tokens: 10, valid_from: 2026-01-01, source: s, date_read: 2026-01-01"
	for _, tt := range []struct{ name, row, want string }{
		{"no name", strings.Replace(valid, "name: a, ", "", 1), "needs name"},
		{"a name that the ledger would cut", strings.Replace(valid, "name: a", "name: a/b", 1), "no space"},
		{"no source", strings.Replace(valid, "source: s, ", "", 1), "source"},
		{"no tokens", strings.Replace(valid, "tokens: 10, ", "", 1), "tokens"},
		{"more used than there were", valid + ", used: 11", "at most all"},
		{"used before, and anew", valid + ", used: 1, per: month", "begins whole"},
		{"a week", valid + ", per: week", "day, month, year"},
		{"counts calls", valid + ", counts: calls", "input, output"},
		{"a key by its name", valid + ", key: till", "key list"},
		{"a key and its department", valid + ", key: key_1a2b, department: risk", "a key has its own"},
		{"paid in no currency", valid + ", paid: 3, currency: XYZ", "CNY or USD"},
		{"paid less than nothing", valid + ", paid: -3", "non-negative"},
		{"it ends before it begins", valid + ", valid_to: 2025-01-01", "before valid_from"},
		{"not read", strings.Replace(valid, "date_read: 2026-01-01", "date_read: then", 1), "date_read"},
		{"a vendor that nobody knows", valid + ", vendor: nobody", "nobody"},
		{"twice", valid + "}\n  - {" + valid, "two packages"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			file := "vendor: local\ncurrency: CNY\nzone: \"+08:00\"\npackages:\n  - {" + tt.row + "}\n"
			_, err := catalog.Load(strictyaml.Decode, fstest.MapFS{"prices/x.yaml": {Data: []byte(file)}})
			if err == nil || !strings.Contains(err.Error(), tt.want) {
				t.Errorf("%v, want %q in it", err, tt.want)
			}
		})
	}
}

// What is left to pay beside a package: the tier is still that of the whole
// input, and tokens of no cache, then read, then written ones, then the answer,
// then the reasoning are covered first.
func TestCostBesideAPackage(t *testing.T) {
	const tiers = "tiers: [{up_to: 1000, in: 1, out: 4}, {in: 2, cached: 0.5, cache_write: 3, out: 8, reasoning: 16}]"
	u := catalog.Usage{Input: 2000, CachedInput: 600, CacheWrite: 400, Output: 500, Reasoning: 200}
	beijing := time.FixedZone("", 8*3600)
	for _, tt := range []struct {
		name, row string
		terms     catalog.Terms
		want      string
	}{
		{"nothing covered", tiers, catalog.Terms{}, "0.0091"}, // 1000×2 + 600×.5 + 400×3 + 300×8 + 200×16
		{"a part of the plain input", tiers, catalog.Terms{CoveredInput: 400}, "0.0083"},
		{"all plain input and a part of the cached", tiers, catalog.Terms{CoveredInput: 1100}, "0.00705"},
		{"all but written input", tiers, catalog.Terms{CoveredInput: 1600}, "0.0068"},
		{"all input; the tier stays", tiers, catalog.Terms{CoveredInput: 2000}, "0.0056"},
		{"the answer", tiers, catalog.Terms{CoveredOutput: 300}, "0.0067"},
		{"the answer and half of the reasoning", tiers, catalog.Terms{CoveredOutput: 400}, "0.0051"},
		{"everything", tiers, catalog.Terms{CoveredInput: 2000, CoveredOutput: 500}, "0"},
		{"more than everything", tiers, catalog.Terms{CoveredInput: 9000, CoveredOutput: 9000}, "0"},
		{"less than nothing", tiers, catalog.Terms{CoveredInput: -5, CoveredOutput: -5}, "0.0091"},
		{"at night", tiers + `, windows: [{from: "22:00", to: "08:00", price: 50%}]`, catalog.Terms{CoveredInput: 2000, At: time.Date(2026, 6, 1, 23, 0, 0, 0, beijing)}, "0.0028"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			r := rowOf(t, tt.row)
			got, err := r.CostAt(u, tt.terms)
			if err != nil || got.String() != tt.want {
				t.Errorf("cost %s, %v; want %s", got, err, tt.want)
			}
		})
	}
}

// Covering more never costs more; what is covered and what is not add up to the
// whole but for the rounding; all covered costs nothing, also at a discount.
func TestWhatIsCoveredAndWhatIsNotAddUp(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		r, u := drawRow(rt, t), drawUsage(rt)
		if rapid.Bool().Draw(rt, "discounted") {
			f, err := money.ParseFactor(big.NewInt(rapid.Int64Range(1, 100).Draw(rt, "percent")).String() + "%")
			if err != nil {
				rt.Fatal(err)
			}
			r.Discount = &catalog.Discount{Factor: f}
		}
		whole, err := r.Cost(u)
		if err != nil {
			rt.Fatal(err)
		}
		terms := catalog.Terms{CoveredInput: rapid.Int64Range(0, u.Input).Draw(rt, "in"), CoveredOutput: rapid.Int64Range(0, u.Output).Draw(rt, "out")}
		some, err := r.CostAt(u, terms)
		if err != nil || some > whole {
			rt.Fatalf("%s, %v of %s", some, err, whole)
		}
		more := terms
		more.CoveredInput += rapid.Int64Range(0, u.Input).Draw(rt, "more in")
		more.CoveredOutput += rapid.Int64Range(0, u.Output).Draw(rt, "more out")
		if less, err := r.CostAt(u, more); err != nil || less > some {
			rt.Fatalf("covering %+v costs %s, %+v only %s: %v", more, less, terms, some, err)
		}
		if none, err := r.CostAt(u, catalog.Terms{CoveredInput: u.Input, CoveredOutput: u.Output}); none != 0 || err != nil {
			rt.Fatalf("all covered costs %s, %v", none, err)
		}
		// The input alone and the output alone: their covered halves are complements.
		in, _ := r.CostAt(u, catalog.Terms{CoveredOutput: u.Output})
		out, _ := r.CostAt(u, catalog.Terms{CoveredInput: u.Input})
		if d := in + out - whole; d < -1 || d > 1 {
			rt.Fatalf("input %s and output %s are not %s", in, out, whole)
		}
	})
}
