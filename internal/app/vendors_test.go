package app

import (
	"context"
	"encoding/json"
	"io"
	"net/http/httptest"
	"os"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/luodi/luodi/internal/auth"
	"github.com/luodi/luodi/internal/auth/authtest"
	"github.com/luodi/luodi/internal/catalog"
	"github.com/luodi/luodi/internal/gateway"
	"github.com/luodi/luodi/internal/meter"
	"github.com/luodi/luodi/internal/meter/metertest"
	"github.com/luodi/luodi/internal/money"
	"github.com/luodi/luodi/internal/openai/openaitest"
	"github.com/luodi/luodi/internal/project"
	"github.com/luodi/luodi/internal/proxy"
	"github.com/luodi/luodi/internal/strictyaml"
)

// vendorCase is how one vendor behaves, its fake, and what must come of it.
type vendorCase struct {
	model   string
	native  bool
	fake    openaitest.Config
	ask     string   // members added to the call
	sent    []string // must be in what the vendor gets
	unsent  []string // must not
	failing string   // its error under status 200
}

// vendorCases has every vendor of the catalog, by the table of its deviations.
var vendorCases = map[string][]vendorCase{
	"anthropic": {{}, {native: true, sent: []string{`"max_tokens":4096`}, failing: `{"type":"error","error":{"type":"overloaded_error","message":"no luck"}}`}},
	"ark":       {{model: "ep-20240601-x"}},
	"baichuan":  {{}},
	"dashscope": {
		{ask: `"top_p":1,`, sent: []string{`"top_p":0.999`}},
		{model: "qwen3-8b", sent: []string{`"enable_thinking":false`}},
	},
	"deepseek": {{fake: openaitest.Config{KeepAlive: true}}},
	"gemini":   {{}, {native: true, sent: []string{`"contents"`}, failing: `{"error":{"code":400,"message":"no luck","status":"INVALID_ARGUMENT"}}`}},
	"hunyuan":  {{}, {native: true, sent: []string{`"Messages"`}, failing: `{"Response":{"Error":{"Code":"LimitExceeded","Message":"no luck"},"RequestId":"q"}}`}},
	"local":    {{}, {fake: openaitest.Config{NoDone: true, CRLF: true}}},
	"minimax":  {{failing: `{"base_resp":{"status_code":1008,"status_msg":"no luck"}}`}},
	"moonshot": {
		{fake: openaitest.Config{Usage: "choices"}, ask: `"tool_choice":"required",`, sent: []string{`"tool_choice":"auto"`}},
		{model: "moonshot-v1-8k", fake: openaitest.Config{Usage: "choices"}, sent: []string{`"content":"one two three"`}},
	},
	"openai":      {{}},
	"huawei-maas": {{}},
	"qianfan":     {{failing: `{"error_code":336003,"error_msg":"no luck"}`}},
	"siliconflow": {{}},
	"spark":       {{fake: openaitest.Config{Usage: "always", Bare: true}, unsent: []string{"stream_options"}, failing: `{"code":10013,"message":"no luck","sid":"c"}`}},
	"stepfun":     {{}},
	"zhipu":       {{ask: `"top_p":1,"reasoning_effort":"low",`, sent: []string{`"top_p":0.999`}, unsent: []string{"reasoning_effort"}}},
}

func TestEveryVendorAgainstItsFake(t *testing.T) {
	cat, err := catalog.Load(strictyaml.Decode, os.DirFS(t.TempDir()))
	if err != nil {
		t.Fatal(err)
	}
	for _, v := range cat.Vendors() {
		cases := vendorCases[v.Name]
		if len(cases) == 0 {
			t.Errorf("the vendor %s has no fake here", v.Name)
		}
		for _, tt := range cases {
			name := v.Name + " " + tt.model
			if tt.native {
				name += "native"
			}
			t.Run(name, func(t *testing.T) { tryVendor(t, cat, v, tt) })
		}
	}
}

func tryVendor(t *testing.T, cat *catalog.Catalog, v catalog.Vendor, tt vendorCase) {
	fake, bad := openaitest.Start(t, tt.fake), openaitest.Start(t, openaitest.Config{Body200: tt.failing})
	if tt.model == "" {
		tt.model = "model-1"
	}
	a := &App{Project: &project.Project{}, catalog: cat, now: time.Now}
	up := func(f *openaitest.Vendor) []gateway.Target {
		ep, err := cat.Endpoint(catalog.Entry{Name: "m", Model: tt.model, Vendor: v.Name, BaseURL: f.BaseURL, Key: "id:sk-1", Native: tt.native}, os.Getenv)
		if err != nil || !ep.Configured {
			t.Fatalf("%+v %v", ep, err)
		}
		u := a.upstream(ep)
		u.Price = meter.Flat("p", money.CNY, 1_000_000, 1_000_000, 1_000_000)
		return []gateway.Target{{Upstream: u}}
	}
	table, err := gateway.NewTable([]gateway.Route{{Name: "m", Targets: up(fake)}, {Name: "bad", Targets: up(bad)}})
	if err != nil {
		t.Fatal(err)
	}
	keys, ledger := &authtest.Store{}, &metertest.Store{}
	m, err := meter.Open(t.Context(), meter.Config{Dir: t.TempDir(), Store: ledger, Fill: time.Millisecond})
	if err != nil {
		t.Fatal(err)
	}
	closed := sync.OnceFunc(func() {
		if err := m.Close(context.Background()); err != nil {
			t.Error(err)
		}
	})
	defer closed()
	s, err := proxy.New(proxy.Config{Keys: auth.NewChecker(keys, 0, nil), Meter: m, Routes: table})
	if err != nil {
		t.Fatal(err)
	}
	_, secret, err := auth.Create(t.Context(), keys, auth.Key{Name: "k", Department: "d"}, time.Now())
	if err != nil {
		t.Fatal(err)
	}
	post := func(model, more string) (int, string) {
		body := `{"model":"` + model + `",` + more + `"messages":[{"role":"user","content":[{"type":"text","text":"one two three"}]}]}`
		req := httptest.NewRequest("POST", "/v1/chat/completions", strings.NewReader(body))
		req.Header.Set("Authorization", "Bearer "+secret)
		w := httptest.NewRecorder()
		s.ServeHTTP(w, req)
		b, _ := io.ReadAll(w.Result().Body)
		return w.Code, string(b)
	}
	status, body := post("m", tt.ask)
	var reply struct {
		Choices []struct{ Message struct{ Content string } }
	}
	if json.Unmarshal([]byte(body), &reply) != nil || status != 200 || len(reply.Choices) != 1 || !strings.HasPrefix(reply.Choices[0].Message.Content, "you said") {
		t.Errorf("%d %s", status, body)
	}
	sent := string(fake.Calls()[0].Body)
	if status, body = post("m", tt.ask+`"stream":true,`); status != 200 || !strings.Contains(body, `"content":"said: "`) {
		t.Errorf("%d %s", status, body)
	}
	for _, want := range tt.sent {
		if !strings.Contains(sent, want) {
			t.Errorf("sent %s without %s", sent, want)
		}
	}
	for _, not := range tt.unsent {
		if strings.Contains(sent+string(fake.Calls()[1].Body), not) {
			t.Errorf("sent %s with %s", sent, not)
		}
	}
	if tt.failing != "" {
		for _, more := range []string{"", `"stream":true,`} {
			if status, body := post("bad", more); status != 502 || !strings.Contains(body, "no luck") {
				t.Errorf("%d %s", status, body)
			}
		}
	}
	closed()
	for _, row := range ledger.Ledger()[:2] {
		if row.Estimated || row.Outcome != meter.OK || row.Usage.Input == 0 || row.Usage.Output == 0 {
			t.Errorf("%+v", row)
		}
	}
}
