package catalog_test

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/luodi/luodi/internal/catalog"
	"github.com/luodi/luodi/internal/money"
	"github.com/luodi/luodi/internal/strictyaml"
)

func TestEndpoint(t *testing.T) {
	env := map[string]string{"DASHSCOPE_API_KEY": "sk-env"}
	getenv := func(name string) string { return env[name] }
	c := load(t)
	tests := []struct {
		name                 string
		e                    catalog.Entry
		vendor, base, header string
		reason               string // "" is configured
	}{
		{"a vendor, its usual key", catalog.Entry{Name: "qwen-plus", Vendor: "dashscope"},
			"dashscope", "https://dashscope.aliyuncs.com/compatible-mode/v1", "Authorization: Bearer sk-env", ""},
		{"a key of its own", catalog.Entry{Name: "qwen-plus", Vendor: "dashscope", Key: "sk-own"},
			"dashscope", "https://dashscope.aliyuncs.com/compatible-mode/v1", "Authorization: Bearer sk-own", ""},
		{"no key", catalog.Entry{Name: "deepseek-flash", Vendor: "deepseek"},
			"deepseek", "https://api.deepseek.com", ": ", "set DEEPSEEK_API_KEY"},
		{"an unset variable", catalog.Entry{Name: "q", Vendor: "dashscope", Unset: []string{"BANK_KEY"}},
			"dashscope", "https://dashscope.aliyuncs.com/compatible-mode/v1", ": ", "set BANK_KEY"},
		{"a local address", catalog.Entry{Name: "s", BaseURL: "http://127.0.0.1:8081/v1/"},
			"local", "http://127.0.0.1:8081/v1", ": ", ""},
		{"a local address with a key", catalog.Entry{Name: "s", BaseURL: "http://127.0.0.1:8081/v1", Key: "k"},
			"local", "http://127.0.0.1:8081/v1", "Authorization: Bearer k", ""},
		{"local without address", catalog.Entry{Name: "s", Vendor: "local"},
			"local", "", ": ", "give its endpoint: the vendor local has no address of its own"},
		{"a vendor known by its address", catalog.Entry{Name: "q", BaseURL: "https://dashscope-intl.aliyuncs.com/compatible-mode/v1"},
			"dashscope", "https://dashscope-intl.aliyuncs.com/compatible-mode/v1", "Authorization: Bearer sk-env", ""},
		{"a vendor's models behind a proxy of one's own need no key", catalog.Entry{Name: "d", Vendor: "deepseek", BaseURL: "http://10.0.0.5/v1"},
			"deepseek", "http://10.0.0.5/v1", ": ", ""},
		{"an address by model", catalog.Entry{Name: "s", Vendor: "spark", Model: "x1", Key: "k"},
			"spark", "https://spark-api-open.xf-yun.com/v2", "Authorization: Bearer k", ""},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			got, err := c.Endpoint(tt.e, getenv)
			if err != nil {
				t.Fatal(err)
			}
			header, value := got.Auth()
			if got.Vendor.Name != tt.vendor || got.BaseURL != tt.base || header+": "+value != tt.header || got.Reason != tt.reason || got.Configured != (tt.reason == "") {
				t.Errorf("vendor %s at %s, %s: %s, configured %v %q; want %+v", got.Vendor.Name, got.BaseURL, header, value, got.Configured, got.Reason, tt)
			}
		})
	}
}

func TestBadEndpoints(t *testing.T) {
	c := load(t)
	none := func(string) string { return "" }
	for _, tt := range []struct{ name, url, want string }{
		{"no scheme", "127.0.0.1:8081", "write it as http://"},
		{"another scheme", "ftp://x/v1", "write it as http://"},
		{"a password", "https://u:p@x/v1", "user name or password"},
		{"the whole path", "https://x/v1/chat/completions", "before /chat/completions"},
		{"a query", "https://x/v1?k=v", "? or #"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			_, err := c.Endpoint(catalog.Entry{Name: "m", BaseURL: tt.url}, none)
			if err == nil || !strings.Contains(err.Error(), tt.want) || strings.Contains(err.Error(), "u:p") {
				t.Errorf("error %v, want …%s…", err, tt.want)
			}
		})
	}
	if _, err := c.Endpoint(catalog.Entry{Name: "m", Vendor: "nobody"}, none); err == nil {
		t.Error("an unknown vendor must be an error")
	}
}

func TestEndpointPrice(t *testing.T) {
	c := load(t)
	at := time.Date(2026, 11, 23, 0, 0, 0, 0, time.UTC)
	none := func(string) string { return "" }
	book, _ := c.Endpoint(catalog.Entry{Name: "fast", Model: "deepseek-flash", Vendor: "deepseek"}, none)
	if r, ok := book.Price(at); !ok || r.Vendor != "deepseek" {
		t.Errorf("the price book knows deepseek-flash; got %v %v", r.ID, ok)
	}
	if r, ok := book.Price(at.AddDate(-1, 0, 0)); ok {
		t.Errorf("a year before there was no price; got %s", r.ID)
	}
	own, _ := c.Endpoint(catalog.Entry{Name: "fast", Vendor: "deepseek", Price: &catalog.ModelPrice{In: 1, Out: 2, Cached: 1, Currency: money.USD}}, none)
	if r, ok := own.Price(time.Time{}); !ok || r.Currency != money.USD || r.Confidence != catalog.Project {
		t.Errorf("the project's own price must win at any time; got %+v", r)
	}
	local, _ := c.Endpoint(catalog.Entry{Name: "s", BaseURL: "http://127.0.0.1:8081/v1"}, none)
	if r, ok := local.Price(at); ok {
		t.Errorf("nobody knows what a local model costs; got %s", r.ID)
	}
}

func TestSecretsAreNotShown(t *testing.T) {
	e, err := load(t).Endpoint(catalog.Entry{Name: "q", Vendor: "dashscope", Key: "sk-very-secret"}, func(string) string { return "" })
	if err != nil {
		t.Fatal(err)
	}
	data, err := json.Marshal(e)
	if err != nil {
		t.Fatal(err)
	}
	shown := fmt.Sprintf("%v %+v %#v %s %s", e, e, e, e.Key, data)
	if strings.Contains(shown, "very-secret") || e.Key.Reveal() != "sk-very-secret" {
		t.Errorf("a key is shown: %s", shown)
	}
}

func TestQuirksOfModels(t *testing.T) {
	c := load(t)
	for _, tt := range []struct {
		name, vendor, model string
		stream              bool
		want                func(catalog.Quirks) bool
	}{
		{"top_p is clamped for all", "dashscope", "qwen-plus", true, func(q catalog.Quirks) bool { return q.Clamp["top_p"] == (catalog.Range{Min: .001, Max: .999}) }},
		{"thinking is off outside of a stream", "dashscope", "qwen3-8b", false, func(q catalog.Quirks) bool { return q.Force["enable_thinking"] == "false" && len(q.Clamp) == 1 }},
		{"but not in one", "dashscope", "qwen3-8b", true, func(q catalog.Quirks) bool { return len(q.Force) == 0 }},
		{"nor for others", "dashscope", "qwen-plus", false, func(q catalog.Quirks) bool { return len(q.Force) == 0 }},
		{"another name for the limit", "openai", "o3-mini", false, func(q catalog.Quirks) bool { return q.MaxTokens == "max_completion_tokens" }},
		{"usage in choices", "moonshot", "kimi-k2", true, func(q catalog.Quirks) bool { return q.UsageAt == "choices" && !q.FlattenContent }},
		{"text models want strings", "moonshot", "moonshot-v1-8k", true, func(q catalog.Quirks) bool { return q.UsageAt == "choices" && q.FlattenContent }},
		{"an error in a 200", "minimax", "m", false, func(q catalog.Quirks) bool {
			return cmp.Equal(q.Errors, []catalog.ErrorPlace{{Code: "base_resp.status_code", OK: "0", Message: "base_resp.status_msg"}})
		}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			v, _ := c.Vendor(tt.vendor)
			if q, _ := v.For(tt.model, tt.stream); !tt.want(q) {
				t.Errorf("quirks %+v", q)
			}
		})
	}
}

func TestMatch(t *testing.T) {
	for _, tt := range []struct {
		pattern, model string
		want           bool
	}{
		{"qwen-plus", "Qwen-Plus", true},
		{"qwen-plus", "qwen-plus-latest", false},
		{"qwen-plus*", "qwen-plus", true},
		{"*", "", true},
		{"*-mini", "gpt-4o-mini", true},
		{"a*b*c", "a-b-b-c", true},
		{"a*a", "a", false},
		{"a*b*c", "acb", false},
	} {
		if got := catalog.Match(tt.pattern, tt.model); got != tt.want {
			t.Errorf("Match(%q, %q) = %v", tt.pattern, tt.model, got)
		}
	}
}

func ExampleCatalog_Endpoint() {
	c, err := catalog.Load(strictyaml.Decode)
	if err != nil {
		panic(err)
	}
	e, _ := c.Endpoint(catalog.Entry{Name: "qwen-plus", Vendor: "dashscope"}, func(string) string { return "" })
	fmt.Println(e.Configured, e.Reason)
	// Output: false set DASHSCOPE_API_KEY
}
