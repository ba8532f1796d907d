package proxy_test

import (
	"io"
	"strings"
	"testing"
	"time"

	"github.com/luodi/luodi/internal/auth"
	"github.com/luodi/luodi/internal/gateway"
	"github.com/luodi/luodi/internal/meter"
	"github.com/luodi/luodi/internal/money"
	"github.com/luodi/luodi/internal/openai/openaitest"
	"github.com/luodi/luodi/internal/policy"
	"github.com/luodi/luodi/internal/proxy"
)

func TestGuardsRefuse(t *testing.T) {
	v := openaitest.Start(t, openaitest.Config{})
	words, err := policy.Compile(`prompt.contains("合同编号") && department != "legal"`)
	if err != nil {
		t.Fatal(err)
	}
	r := start(t, []gateway.Route{route("m", upstream(v, "m")), route("n", upstream(v, "n"))}, func(c *proxy.Config, _ *meter.Config) {
		c.Routes.Guards = policy.Guards{{Name: "short", Models: []string{"n"}, Longest: 10}, {Name: "contracts", Deny: words, Message: "Ask legal first."}}
	})
	secret := strings.Replace(hi, "qwen-plus", "m", 1)
	tight := r.key(auth.Key{Name: "tight", PromptBytes: 3})
	legal := r.key(auth.Key{Name: "lawyer", Department: "legal"})
	contract := `{"model":"m","messages":[{"role":"user","content":"\u5408同编号 7"}]}`
	for _, tt := range []struct {
		name, path, key, body string
		status                int
		says                  string
	}{
		{"a word, even if it is escaped", "/v1/chat/completions", r.cancel, contract, 403, "this call is refused by the guard contracts: Ask legal first."},
		{"in a stream", "/v1/chat/completions", r.cancel, strings.Replace(contract, "{", `{"stream":true,`, 1), 403, `"code":"denied_by_guard"`},
		{"in Anthropic's shape", "/v1/messages", r.cancel, strings.Replace(contract, "{", `{"max_tokens":5,`, 1), 403, `"type":"permission_error"`},
		{"as an embedding", "/v1/embeddings", r.cancel, `{"model":"m","input":["合同编号"]}`, 403, "contracts"},
		{"another department", "/v1/chat/completions", legal, contract, 200, ""},
		{"a long prompt of a short model", "/v1/chat/completions", r.cancel, `{"model":"n","messages":[{"role":"user","content":"more than ten"}]}`, 403, "the prompt has 17 bytes; 10 are allowed"},
		{"the same of another", "/v1/chat/completions", r.cancel, `{"model":"m","messages":[{"role":"user","content":"more than ten"}]}`, 200, ""},
		{"a key's own limit", "/v1/chat/completions", tight, secret, 403, "this key may send 3"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			before := len(v.Calls())
			res, body := r.post(tt.path, tt.key, tt.body)
			if res.StatusCode != tt.status || !strings.Contains(body, tt.says) || tt.status == 403 && len(v.Calls()) != before {
				t.Errorf("%d %s; the vendor was asked %d times", res.StatusCode, body, len(v.Calls())-before)
			}
		})
	}
	denied := map[string]int{}
	for _, row := range r.rows(8) {
		if row.Outcome == meter.Denied {
			denied[row.Mark]++
			if row.Cost != 0 || !row.Usage.IsZero() {
				t.Errorf("%+v", row)
			}
		}
	}
	if denied["contracts"] != 4 || denied["short"] != 1 || denied["key"] != 1 {
		t.Errorf("%v", denied)
	}
	if m := r.metrics(); !strings.Contains(m, `luodi_gateway_denied_total{guard="contracts"} 4`) || !strings.Contains(m, `luodi_gateway_refused_total{code="denied_by_guard"} 6`) {
		t.Error(m)
	}
}

// Beyond an alert, and when the limit has no room, calls go to the cheaper
// route; scenarios do not.
func TestDegrade(t *testing.T) {
	v, cheap := openaitest.Start(t, openaitest.Config{}), openaitest.Start(t, openaitest.Config{})
	scenario := route("scenario/s", upstream(v, "m"))
	scenario.Scenario = "s"
	low := upstream(cheap, "cheap")
	low.Upstream.Price = meter.Flat("cheap", money.CNY, 1000, 1000, 1000)
	r := start(t, []gateway.Route{route("m", upstream(v, "m")), route("cheap", low), scenario}, func(_ *proxy.Config, c *meter.Config) {
		c.Budgets = []meter.Budget{{Scope: meter.Scope{Kind: meter.Department, Name: "service"}, Limit: money.Unit / 50, Alert: 1000, Currency: money.CNY, Degrade: "cheap"}}
	})
	ask := func(model string, max string) (string, string) {
		res, body := r.post("/v1/chat/completions", r.cancel, `{"model":"`+model+`","max_tokens":`+max+`,"messages":[{"role":"user","content":"hello there"}]}`)
		if res.StatusCode != 200 {
			return "429", body
		}
		return res.Header.Get("X-Luodi-Route"), res.Header.Get("X-Luodi-Degraded")
	}
	if got, from := ask("m", "1000000"); got != "cheap" || from != "m" {
		t.Errorf("no room: %s from %s", got, from)
	}
	if got, from := ask("m", "10"); got != "m" || from != "" {
		t.Errorf("below the alert: %s from %s", got, from)
	}
	for end := time.Now().Add(5 * time.Second); ; time.Sleep(5 * time.Millisecond) {
		if got, _ := ask("m", "10"); got == "cheap" {
			break
		} else if time.Now().After(end) {
			t.Fatal("the alert was not seen")
		}
	}
	if got, from := ask("scenario/s", "10"); got != "scenario/s" || from != "" {
		t.Errorf("a scenario: %s from %s", got, from)
	}
	if got, _ := ask("scenario/s", "1000000"); got != "429" {
		t.Errorf("a scenario without room: %s", got)
	}
	if m := r.metrics(); !strings.Contains(m, `luodi_budget_alert{window="department:service/ever/CNY"} 1`) {
		t.Error(m)
	}
}

func (r *rig) metrics() string {
	r.t.Helper()
	res, err := r.client.Get(r.url + "/metrics")
	if err != nil {
		r.t.Fatal(err)
	}
	defer res.Body.Close()
	b, _ := io.ReadAll(res.Body)
	return string(b)
}
