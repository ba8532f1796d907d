package catalog_test

import (
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"pgregory.net/rapid"

	"github.com/luodi/luodi/internal/catalog"
	"github.com/luodi/luodi/internal/errs"
	"github.com/luodi/luodi/internal/money"
	"github.com/luodi/luodi/internal/strictyaml"
)

var noon = time.Date(2026, 11, 23, 12, 0, 0, 0, time.UTC)

func contract(in, out money.Price, from string, recorded time.Time) catalog.OwnRow {
	return catalog.OwnRow{
		Vendor: "dashscope", Model: "qwen-plus", Currency: money.CNY, From: from, In: in, Out: out,
		Source: `contract 2026-17: "annex 2" # 附件二`, Read: "2026-10-30", Recorded: recorded,
	}
}

func add(t testing.TB, content []byte, o catalog.OwnRow) ([]byte, catalog.Row) {
	t.Helper()
	out, row, err := catalog.Append(strictyaml.Decode, "prices/project.yaml", content, o)
	if err != nil {
		t.Fatal(err)
	}
	return out, row
}

func TestOwnRowsCountFromTheirFirstDayAndKeepHistory(t *testing.T) {
	file, first := add(t, nil, contract(600_000, 1_800_000, "2026-11-01", noon))
	file, second := add(t, file, contract(500_000, 1_500_000, "2026-11-01", noon.Add(time.Minute)))
	file, later := add(t, file, contract(400_000, 1_200_000, "2026-12-01", noon.Add(2*time.Minute)))
	c := load(t, fstest.MapFS{"prices/project.yaml": {Data: file}})
	built, _ := load(t).Book.Lookup("dashscope", "qwen-plus", noon)
	tests := []struct {
		name, at, want string
	}{
		{"before the contract the built-in row holds", "2026-10-31T15:59:59Z", built.ID},
		{"the first day is Beijing's, and of two rows the one recorded last counts", "2026-10-31T16:00:00Z", second.ID},
		{"the next row takes over", "2026-12-01T00:00:00Z", later.ID},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			at, err := time.Parse(time.RFC3339, tt.at)
			if err != nil {
				t.Fatal(err)
			}
			if r, _ := c.Book.Lookup("dashscope", "qwen-plus", at); r.ID != tt.want {
				t.Errorf("row %s, want %s", r.ID, tt.want)
			}
		})
	}
	for id, superseded := range map[string]bool{built.ID: false, first.ID: true, second.ID: false, later.ID: false} {
		if r, ok := c.Book.Row(id); !ok || c.Book.Superseded(r) != superseded {
			t.Errorf("row %s is there: %v; superseded: %v", id, ok, !superseded)
		}
	}
	if r, ok := c.Book.BuiltIn("dashscope", "qwen-plus", noon); !ok || r.ID != built.ID {
		t.Errorf("the built-in row is %s, want %s", r.ID, built.ID)
	}
	if got, want := second.Trust(noon, 90), `stated in contract 2026-17: "annex 2" # 附件二, noted 2026-10-30`; got != want {
		t.Errorf("trust %q, want %q", got, want)
	}
	if stale := c.Book.Stale(noon.AddDate(0, 0, 30), 40); len(stale) != 1 || stale[0].ID != later.ID && stale[0].ID != second.ID {
		for _, r := range stale {
			if r.ID == first.ID {
				t.Error("a superseded row is reported as stale")
			}
		}
	}
}

func TestAPatternOfTheProjectCountsBeforeABuiltInName(t *testing.T) {
	o := contract(1, 1, "2026-01-01", noon)
	o.Model = "qwen*"
	file, row := add(t, nil, o)
	c := load(t, fstest.MapFS{"prices/project.yaml": {Data: file}})
	if r, _ := c.Book.Lookup("dashscope", "qwen-max", noon); r.ID != row.ID {
		t.Errorf("row %s, want the project's %s", r.ID, row.ID)
	}
}

func TestAppendLeavesTheFileAsItIs(t *testing.T) {
	tests := []struct{ name, file, want string }{
		{"a file of one vendor, with comments", "# ours\nvendor: openai\ncurrency: USD\nzone: \"+00:00\"\nrows:\n# the small one\n- model: gpt-4o-mini\n  valid_from: 2026-01-01\n  in: 0.1\n  out: 0.5\n  source: s\n  date_read: 2026-01-02\n  confidence: verified\n\n\n", ""},
		{"rows before the rest", "rows:\n  - {model: m, valid_from: 2026-01-01, in: 1, out: 1, source: s, date_read: 2026-01-02, confidence: memory}\nvendor: openai\ncurrency: USD\nzone: \"+00:00\"\n", "does not end in its rows"},
		{"rows in one line", "vendor: openai\ncurrency: USD\nzone: \"+00:00\"\nrows: [{model: m, valid_from: 2026-01-01, in: 1, out: 1, source: s, date_read: 2026-01-02, confidence: memory}]\n", "does not end in its rows"},
		{"no file of prices at all", "rows: 5\n", "rows"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			out, _, err := catalog.Append(strictyaml.Decode, "prices/project.yaml", []byte(tt.file), contract(1, 2, "2026-11-01", noon))
			if tt.want != "" {
				if err == nil || !strings.Contains(err.Error(), tt.want) {
					t.Errorf("error %v, want …%s…", err, tt.want)
				}
				return
			}
			if err != nil || !strings.HasPrefix(string(out), strings.TrimRight(tt.file, "\n")) {
				t.Fatalf("%v; the file is now\n%s", err, out)
			}
			if n := len(load(t, fstest.MapFS{"prices/project.yaml": {Data: out}}).Book.Rows()); n != len(load(t).Book.Rows())+2 {
				t.Errorf("%d rows", n)
			}
		})
	}
}

func TestAppendRefusesWhatCannotBeRead(t *testing.T) {
	for name, change := range map[string]func(*catalog.OwnRow){
		"no source":   func(o *catalog.OwnRow) { o.Source = "" },
		"no day":      func(o *catalog.OwnRow) { o.From = "November" },
		"no such day": func(o *catalog.OwnRow) { o.Read = "2026-02-30" },
		"no model":    func(o *catalog.OwnRow) { o.Model = "" },
	} {
		t.Run(name, func(t *testing.T) {
			o := contract(1, 2, "2026-11-01", noon)
			change(&o)
			if _, _, err := catalog.Append(strictyaml.Decode, "f", nil, o); !errs.Is(err, errs.CodeInvalid) {
				t.Errorf("error %v, want errs.Invalid", err)
			}
		})
	}
}

// Whatever is recorded is read back as it was, and what was recorded before
// keeps its identity.
func TestWhatIsAppendedIsReadBack(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		var file []byte
		var ids []string
		for i := range rapid.IntRange(1, 5).Draw(rt, "rows") {
			o := catalog.OwnRow{
				Vendor: rapid.SampledFrom([]string{"openai", "dashscope", "local"}).Draw(rt, "vendor"), Model: rapid.StringMatching(`[a-zA-Z0-9:/@+* #'"{\[-]{1,12}`).Draw(rt, "model"),
				Currency: rapid.SampledFrom([]money.Currency{money.CNY, money.USD}).Draw(rt, "currency"), From: "2026-11-01",
				In: money.Price(rapid.Int64Range(0, 1e12).Draw(rt, "in")), Out: money.Price(rapid.Int64Range(0, 1e12).Draw(rt, "out")),
				Source: rapid.StringMatching(`[ -~合同]{1,30}`).Draw(rt, "source"), Read: "2026-11-02", Recorded: noon.Add(time.Duration(i)),
			}
			if rapid.Bool().Draw(rt, "has cached") {
				cached := money.Price(rapid.Int64Range(0, 1e12).Draw(rt, "cached"))
				o.Cached = &cached
			}
			var row catalog.Row
			var err error
			if file, row, err = catalog.Append(strictyaml.Decode, "f", file, o); err != nil {
				rt.Fatal(err)
			}
			if tier := row.Tiers[0]; row.Vendor != o.Vendor || row.Model != o.Model || row.Source != o.Source || tier.In != o.In || tier.Out != o.Out ||
				o.Cached == nil && tier.Cached != o.In || o.Cached != nil && tier.Cached != *o.Cached {
				rt.Fatalf("%+v was read back as %+v", o, row)
			}
			ids = append(ids, row.ID)
		}
		book := load(t, fstest.MapFS{"prices/project.yaml": {Data: file}}).Book
		for _, id := range ids {
			if _, ok := book.Row(id); !ok {
				rt.Fatalf("row %s is gone", id)
			}
		}
	})
}
