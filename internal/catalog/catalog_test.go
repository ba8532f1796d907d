package catalog_test

import (
	"fmt"
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"github.com/luodi/luodi/internal/catalog"
	"github.com/luodi/luodi/internal/money"
	"github.com/luodi/luodi/internal/strictyaml"
)

func load(t testing.TB, layers ...fstest.MapFS) *catalog.Catalog {
	t.Helper()
	var c *catalog.Catalog
	var err error
	switch len(layers) {
	case 0:
		c, err = catalog.Load(strictyaml.Decode)
	default:
		c, err = catalog.Load(strictyaml.Decode, layers[0])
	}
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func TestEmbeddedFilesLoad(t *testing.T) {
	c := load(t)
	names := map[string]bool{}
	for _, v := range c.Vendors() {
		names[v.Name] = true
	}
	for _, want := range strings.Fields("dashscope ark deepseek zhipu moonshot qianfan hunyuan openai spark baichuan huawei-maas minimax stepfun siliconflow anthropic gemini local") {
		if !names[want] {
			t.Errorf("no vendor %s", want)
		}
	}
	also := map[string]string{}
	for _, v := range c.Vendors() {
		for _, a := range append(v.Also, v.Name) {
			if other, twice := also[a]; twice {
				t.Errorf("%q is a name of %s and of %s", a, other, v.Name)
			}
			also[a] = v.Name
		}
	}
	if c.VendorCalled("Doubao") != "ark" || c.VendorCalled("nobody") != "" {
		t.Error("VendorCalled does not know Doubao, or knows nobody")
	}
}

// What is not checked against a bill must say so, with a source that can be
// looked up.
func TestEveryRowSaysWhereItIsFrom(t *testing.T) {
	c := load(t)
	for _, r := range c.Book.Rows() {
		if r.Source == "" || r.DateRead.IsZero() || r.Confidence == catalog.Verified || r.Confidence == catalog.Project {
			t.Errorf("%s: source %q, confidence %s", r.ID, r.Source, r.Confidence)
		}
	}
	for _, r := range c.Rates.All() {
		if r.Source == "" || r.Note == "" || r.Confidence == catalog.Verified {
			t.Errorf("%s: source %q, note %q, confidence %s", r.ID, r.Source, r.Note, r.Confidence)
		}
	}
	for _, v := range c.Vendors() {
		if v.Verified {
			t.Errorf("%s is marked verified; state how in its notes and in this test", v.Name)
		}
	}
}

func TestSeedPrices(t *testing.T) {
	c := load(t)
	day := func(s string) time.Time {
		at, err := time.Parse("2006-01-02", s)
		if err != nil {
			t.Fatal(err)
		}
		return at.Add(12 * time.Hour)
	}
	tests := []struct {
		vendor, model, at string
		want              string // of a million tokens in and a million out, "" for no row
	}{
		{"ark", "Doubao-pro-32k", "2024-05-20", "2.8"},
		{"ark", "doubao-pro-32k-240515", "2024-05-20", "2.8"},
		{"ark", "doubao-pro-32k", "2024-05-14", ""},
		{"ark", "ep-20240515-abcde", "2024-05-20", ""},
		{"dashscope", "qwen-long", "2024-05-21", "2.5"},
		{"dashscope", "qwen-long", "2024-05-19", ""},
		{"qianfan", "ERNIE-Speed-8K", "2024-06-01", "0"},
		{"qianfan", "ernie-lite-pro-128k", "2024-06-01", ""},
		{"moonshot", "moonshot-v1-8k", "2025-04-06", "24"},
		{"moonshot", "moonshot-v1-8k", "2025-04-07", "12"},
		{"deepseek", "deepseek-chat", "2025-03-01", "10"},
		{"deepseek", "deepseek-chat", "2025-09-10", ""},
		{"deepseek", "deepseek-chat", "2026-11-23", ""},
		{"deepseek", "deepseek-v4-flash-vision-exp", "2026-11-23", "10"},
		{"dashscope", "qwen-plus", "2026-11-23", "52.8"}, // a million tokens in are of the last tier
		{"openai", "gpt-4o-mini", "2026-11-23", "0.75"},
		{"zhipu", "glm-4-flash", "2026-11-23", "0"},
	}
	for _, tt := range tests {
		t.Run(tt.model+" on "+tt.at, func(t *testing.T) {
			r, ok := c.Book.Lookup(tt.vendor, tt.model, day(tt.at))
			if !ok {
				if tt.want != "" {
					t.Fatalf("no row, want a cost of %s", tt.want)
				}
				return
			}
			got, err := r.Cost(catalog.Usage{Input: 1_000_000, Output: 1_000_000})
			if err != nil || got.String() != tt.want {
				t.Errorf("%s costs %s, %v; want %q", r.ID, got, err, tt.want)
			}
		})
	}
}

func TestLayersReplaceWhatTheyRepeat(t *testing.T) {
	layer := fstest.MapFS{
		"vendors/house.yaml": {Data: []byte("name: house\ntitle: House\ntitle_zh: 自建\nbase_url: https://llm.example.com/v1\nauth: bearer\nenv_key: HOUSE_KEY\ndate: 2026-01-02\nsource: our platform team\n")},
		"prices/openai.yaml": {Data: []byte("vendor: openai\ncurrency: USD\nzone: \"+00:00\"\nrows:\n" +
			"  - {model: gpt-4o-mini, valid_from: 2024-07-18, in: 0.1, out: 0.5, source: our contract, date_read: 2026-01-02, confidence: verified}\n")},
		"rates/usd-cny.yaml": {Data: []byte("from: USD\nto: CNY\nrows:\n  - {day: 2024-05-21, rate: 7.2, source: our bank, date_read: 2024-05-21, confidence: verified}\n")},
	}
	plain, c := load(t), load(t, layer)
	if _, ok := c.Vendor("house"); !ok || len(c.Vendors()) != len(plain.Vendors())+1 {
		t.Error("the layer's vendor is not there")
	}
	if len(c.Book.Rows()) != len(plain.Book.Rows())+1 || len(c.Rates.All()) != len(plain.Rates.All()) {
		t.Error("a repeated price must be kept beside the one it replaces, a repeated rate must replace")
	}
	at := time.Date(2024, 8, 1, 0, 0, 0, 0, time.UTC)
	ours, _ := c.Book.Lookup("openai", "gpt-4o-mini", at)
	theirs, _ := plain.Book.Lookup("openai", "gpt-4o-mini", at)
	if ours.Source != "our contract" || ours.ID == theirs.ID {
		t.Errorf("row %s from %q; another price must have another id than %s", ours.ID, ours.Source, theirs.ID)
	}
	if old, ok := c.Book.Row(theirs.ID); !ok || !c.Book.Superseded(old) || c.Book.Superseded(ours) || old.Own || !ours.Own {
		t.Errorf("%+v is to be kept as history of %+v", old, ours)
	}
	if got, _, err := c.Rates.Convert(money.Unit, money.USD, money.CNY, at); err != nil || got.String() != "7.2" {
		t.Errorf("1 USD = %s CNY, %v; want 7.2", got, err)
	}
}

func TestBadFilesAreRefused(t *testing.T) {
	const head = "vendor: openai\ncurrency: USD\nzone: \"+00:00\"\nrows:\n  - {model: m, valid_from: 2026-01-02, source: s, date_read: 2026-01-02, confidence: memory, "
	const vendor = "name: house\ntitle: H\ntitle_zh: H\ndate: 2026-01-02\nsource: s\n"
	tests := []struct{ name, file, data, want string }{
		{"an unknown key", "prices/x.yaml", head + "inn: 1}\n", `prices/x.yaml:5:94: unknown key "inn" (did you mean "in"?)`},
		{"no output price", "prices/x.yaml", head + "in: 1}\n", "in and out are needed"},
		{"a price below the pico-unit", "prices/x.yaml", head + "in: 0.0000001, out: 1}\n", "more than 6 digits"},
		{"a free row with a price", "prices/x.yaml", head + "free: true, in: 1, out: 1}\n", "a free row has no prices"},
		{"tiers that fall", "prices/x.yaml", head + "tiers: [{up_to: 5, in: 1, out: 1}, {up_to: 4, in: 1, out: 1}, {in: 1, out: 1}]}\n", "tiers ascend"},
		{"tiers that end", "prices/x.yaml", head + "tiers: [{up_to: 5, in: 1, out: 1}]}\n", "only the last has none"},
		{"tiers and prices", "prices/x.yaml", head + "in: 1, tiers: [{in: 1, out: 1}]}\n", "either in the row or in its tiers"},
		{"a share that rounds", "prices/x.yaml", head + "in: 0.000001, out: 1, batch: 50%}\n", "is not exact"},
		{"a window of no length", "prices/x.yaml", head + "in: 1, out: 1, windows: [{from: \"08:00\", to: \"08:00\", price: 50%}]}\n", "from and to that differ"},
		{"a wrong clock", "prices/x.yaml", head + "in: 1, out: 1, windows: [{from: \"25:00\", to: \"08:00\", price: 50%}]}\n", "not a time of day"},
		{"an end before the start", "prices/x.yaml", head + "in: 1, out: 1, valid_to: 2026-01-01}\n", "valid_to 2026-01-01 is before"},
		{"a wrong day", "prices/x.yaml", strings.Replace(head, "2026-01-02", "2026-13-02", 1) + "in: 1, out: 1}\n", "not a day"},
		{"a made-up confidence", "prices/x.yaml", strings.Replace(head, "memory", "sure", 1) + "in: 1, out: 1}\n", "confidence is"},
		{"a row twice", "prices/x.yaml", head + "in: 1, out: 1}\n" + head[strings.Index(head, "  - "):] + "in: 1, out: 2}\n", "two rows for openai/m@2026-01-02"},
		{"another currency", "prices/x.yaml", strings.Replace(head, "USD", "EUR", 1) + "in: 1, out: 1}\n", "currency CNY or USD"},
		{"an unknown vendor", "prices/x.yaml", strings.Replace(head, "openai", "nobody", 1) + "in: 1, out: 1}\n", `names the vendor "nobody"`},
		{"a zone by name", "prices/x.yaml", strings.Replace(head, "+00:00", "Asia/Shanghai", 1) + "in: 1, out: 1}\n", "not an offset from UTC"},
		{"a vendor in another's file", "vendors/x.yaml", vendor + "auth: optional\n", `it must be the file's, "x"`},
		{"a vendor with made-up auth", "vendors/house.yaml", vendor + "auth: basic\n", `has the auth "basic"`},
		{"a vendor without address", "vendors/house.yaml", vendor + "auth: bearer\n", "needs env_key and base_url"},
		{"quirks that are not JSON", "vendors/house.yaml", vendor + "auth: optional\nquirks: {force: {x: yes}}\n", "is not a JSON value"},
		{"an unknown place of usage", "vendors/house.yaml", vendor + "auth: optional\nquirks: {usage_at: tail}\n", `usage_at is "tail"; known are choices`},
		{"a clamp to nothing", "vendors/house.yaml", vendor + "auth: optional\nquirks: {clamp: {top_p: {min: 1, max: 0}}}\n", "min 1 is not below max 0"},
		{"quirks of no model", "vendors/house.yaml", vendor + "auth: optional\nmodels: [{quirks: {drop: [x]}}]\n", "without match"},
		{"a rate of nothing", "rates/x.yaml", "from: USD\nto: CNY\nrows: [{day: 2026-01-02, rate: 0, source: s, date_read: 2026-01-02, confidence: memory}]\n", "rate above 0"},
		{"a rate to itself", "rates/x.yaml", "from: USD\nto: USD\nrows: []\n", "two of CNY and USD"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			_, err := catalog.Load(strictyaml.Decode, fstest.MapFS{tt.file: {Data: []byte(tt.data)}})
			if err == nil || !strings.Contains(err.Error(), tt.want) {
				t.Errorf("error %v, want …%s…", err, tt.want)
			}
		})
	}
}

func ExampleBook_Lookup() {
	c, err := catalog.Load(strictyaml.Decode)
	if err != nil {
		panic(err)
	}
	at := time.Date(2024, 5, 21, 12, 0, 0, 0, time.UTC)
	row, _ := c.Book.Lookup("ark", "Doubao-pro-32k", at)
	cost, _ := row.Cost(catalog.Usage{Input: 1000, Output: 200})
	fmt.Println(cost, row.Currency, "by", row.ID)
	fmt.Println(row.Trust(at, 90))
	// Output:
	// 0.0012 CNY by ark/doubao-pro-32k*@2024-05-15#babedd39
	// from memory, unverified, noted 2026-11-23
}

func BenchmarkLoad(b *testing.B) {
	for b.Loop() {
		load(b)
	}
}
