package proxy_test

import (
	"context"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"go.uber.org/goleak"

	"github.com/luodi/luodi/internal/auth"
	"github.com/luodi/luodi/internal/auth/authtest"
	"github.com/luodi/luodi/internal/gateway"
	"github.com/luodi/luodi/internal/meter"
	"github.com/luodi/luodi/internal/meter/metertest"
	"github.com/luodi/luodi/internal/money"
	"github.com/luodi/luodi/internal/openai/openaitest"
	"github.com/luodi/luodi/internal/proxy"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

var price = meter.Flat("fake/2026", money.CNY, 1_000_000, 500_000, 2_000_000) // 1 and 2 CNY per million

// rig is a gateway on loopback with its ledger and two keys.
type rig struct {
	t             *testing.T
	url           string
	server        *proxy.Server
	meter         *meter.Meter
	ledger        *metertest.Store
	keys          *authtest.Store
	cancel, drain string // secrets
	log           *logBuffer
	client        *http.Client
	stopServer    func()
}

type logBuffer struct {
	mu sync.Mutex
	b  strings.Builder
}

func (l *logBuffer) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.Write(p)
}

func (l *logBuffer) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.String()
}

func start(t *testing.T, routes []gateway.Route, more func(*proxy.Config, *meter.Config)) *rig {
	t.Helper()
	r := &rig{t: t, ledger: &metertest.Store{}, keys: &authtest.Store{}, log: &logBuffer{}}
	mc := meter.Config{Dir: t.TempDir(), Store: r.ledger, Fill: 10 * time.Millisecond}
	table, err := gateway.NewTable(routes)
	if err != nil {
		t.Fatal(err)
	}
	cfg := proxy.Config{Routes: table, Keys: auth.NewChecker(r.keys, 0, nil), Log: slog.New(slog.NewTextHandler(r.log, nil)), Grace: 5 * time.Second}
	if more != nil {
		more(&cfg, &mc)
	}
	if r.meter, err = meter.Open(t.Context(), mc); err != nil {
		t.Fatal(err)
	}
	cfg.Meter = r.meter
	if r.server, err = proxy.New(cfg); err != nil {
		t.Fatal(err)
	}
	r.cancel = r.key(auth.Key{Name: "cancel"})
	r.drain = r.key(auth.Key{Name: "drain", OnDisconnect: auth.Drain})
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	r.url = "http://" + l.Addr().String()
	ctx, stop := context.WithCancel(context.Background())
	ended := make(chan error, 1)
	go func() { ended <- r.server.Serve(ctx, l) }()
	tr := &http.Transport{}
	r.client = &http.Client{Transport: tr}
	r.stopServer = sync.OnceFunc(func() {
		stop()
		if err := <-ended; err != nil {
			t.Errorf("serving: %v", err)
		}
	})
	t.Cleanup(func() {
		tr.CloseIdleConnections()
		r.stopServer()
		if err := r.meter.Close(context.Background()); err != nil {
			t.Errorf("closing the ledger: %v", err)
		}
	})
	return r
}

func (r *rig) key(k auth.Key) string {
	if k.Department == "" {
		k.Department = "service"
	}
	_, secret, err := auth.Create(context.Background(), r.keys, k, time.Now())
	if err != nil {
		r.t.Fatal(err)
	}
	return secret
}

func upstream(v *openaitest.Vendor, model string) gateway.Target {
	return gateway.Target{Upstream: &gateway.Upstream{Vendor: "fake", BaseURL: v.BaseURL, Key: "sk-vendor-secret", Model: model, Price: price}}
}

func route(name string, targets ...gateway.Target) gateway.Route {
	return gateway.Route{Name: name, Targets: targets}
}

func (r *rig) post(path, key, body string) (*http.Response, string) {
	r.t.Helper()
	req, _ := http.NewRequestWithContext(r.t.Context(), http.MethodPost, r.url+path, strings.NewReader(body))
	req.Header.Set("Authorization", "Bearer "+key)
	res, err := r.client.Do(req)
	if err != nil {
		r.t.Fatal(err)
	}
	defer res.Body.Close()
	b, _ := io.ReadAll(res.Body)
	return res, string(b)
}

// rows waits for n rows in the ledger and checks that no more come.
func (r *rig) rows(n int) []meter.Row {
	r.t.Helper()
	for range 300 {
		if len(r.ledger.Ledger()) >= n {
			break
		}
		time.Sleep(10 * time.Millisecond)
	}
	rows := r.ledger.Ledger()
	if len(rows) != n {
		r.t.Fatalf("%d rows in the ledger, want %d: %+v", len(rows), n, rows)
	}
	return rows
}

const hi = `{"model": "qwen-plus",  "messages":[{"role":"user","content":"one two 三"}],"temperature":0.20}`

func TestPassThroughIsByteIdentical(t *testing.T) {
	v := openaitest.Start(t, openaitest.Config{})
	r := start(t, []gateway.Route{route("qwen-plus", upstream(v, "qwen-plus"))}, nil)
	res, body := r.post("/v1/chat/completions", r.cancel, hi)
	if res.StatusCode != 200 || res.Header.Get("X-Luodi-Route") != "qwen-plus" || !strings.HasPrefix(res.Header.Get("X-Luodi-Request-Id"), "req_") {
		t.Fatalf("%d %v %s", res.StatusCode, res.Header, body)
	}
	direct, err := http.Post(v.BaseURL+"/chat/completions", "application/json", strings.NewReader(hi))
	if err != nil {
		t.Fatal(err)
	}
	defer direct.Body.Close()
	want, _ := io.ReadAll(direct.Body)
	if body != string(want) {
		t.Errorf("got  %s\nwant %s", body, want)
	}
	call := v.Calls()[0]
	if string(call.Body) != hi || call.Header.Get("Authorization") != "Bearer sk-vendor-secret" {
		t.Errorf("the vendor was sent %s with %v", call.Body, call.Header)
	}
	row := r.rows(1)[0]
	if row.Usage != (meter.Usage{Input: 3, Output: 5}) || row.Estimated || row.Outcome != meter.OK || row.Cost != 13000 ||
		row.Department != "service" || row.PriceRow != "fake/2026" || row.Latency <= 0 || row.FirstToken <= 0 || row.ID != res.Header.Get("X-Luodi-Request-Id") {
		t.Errorf("%+v", row)
	}
}

func TestStreams(t *testing.T) {
	ask := `{"model":"m","messages":[{"role":"user","content":"a b"}],"stream":true}`
	asked := strings.Replace(ask, `true}`, `true,"stream_options":{"include_usage":true}}`, 1)
	tests := []struct {
		name, body string
		vendor     openaitest.Config
		rules      gateway.Rules
		usage      bool // the client sees it
		estimated  bool
	}{
		{"usage is taken but not shown", ask, openaitest.Config{}, gateway.Rules{}, false, false},
		{"usage is shown where asked for", asked, openaitest.Config{}, gateway.Rules{}, true, false},
		{"comments and CRLF", ask, openaitest.Config{KeepAlive: true, CRLF: true}, gateway.Rules{}, false, false},
		{"usage in choices", ask, openaitest.Config{Usage: "choices"}, gateway.Rules{StreamUsage: "always"}, true, false},
		{"usage unasked", ask, openaitest.Config{Usage: "always"}, gateway.Rules{StreamUsage: "always"}, true, false},
		{"no usage", ask, openaitest.Config{Usage: "none"}, gateway.Rules{StreamUsage: "never"}, false, true},
		{"no [DONE]", ask, openaitest.Config{NoDone: true}, gateway.Rules{}, false, false},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			v := openaitest.Start(t, tt.vendor)
			up := upstream(v, "m")
			up.Upstream.Rules = tt.rules
			r := start(t, []gateway.Route{route("m", up)}, nil)
			res, body := r.post("/v1/chat/completions", r.cancel, tt.body)
			if res.StatusCode != 200 || !strings.HasPrefix(res.Header.Get("Content-Type"), "text/event-stream") {
				t.Fatalf("%d %v", res.StatusCode, res.Header)
			}
			if got := strings.Contains(body, `"prompt_tokens"`); got != tt.usage {
				t.Errorf("usage shown: %v in\n%s", got, body)
			}
			if got := strings.Contains(body, "[DONE]"); got == tt.vendor.NoDone {
				t.Errorf("[DONE]: %v", got)
			}
			row := r.rows(1)[0]
			if !tt.estimated && row.Usage != (meter.Usage{Input: 2, Output: 4}) || row.Estimated != tt.estimated || row.Outcome != meter.OK || row.Usage.Output == 0 {
				t.Errorf("%+v", row)
			}
		})
	}
}

func TestScenarioRoutes(t *testing.T) {
	v := openaitest.Start(t, openaitest.Config{})
	local := func(_ context.Context, by gateway.Caller, m []gateway.Message) (gateway.Reply, error) {
		if m[len(m)-1].Content == "unsure" {
			return gateway.Reply{}, gateway.ErrDecline
		}
		return gateway.Reply{Text: "label of " + by.Department, Extra: map[string]any{"citations": []string{"a.md"}}}, nil
	}
	big := upstream(v, "large")
	big.Upstream.Set = map[string]string{"temperature": "0", "max_tokens": "7"}
	big.Upstream.Prepare = func(_ context.Context, _ gateway.Caller, m []gateway.Message) (gateway.Prepared, error) {
		return gateway.Prepared{Messages: []gateway.Message{{Role: "system", Content: "Classify."}, {Role: "user", Content: "<" + m[len(m)-1].Content + ">"}}}, nil
	}
	r := start(t, []gateway.Route{
		{Name: "scenario/intent", Department: "service", Scenario: "intent", Configuration: "cfg_1", Targets: []gateway.Target{{Local: local}, big}},
		{Name: "scenario/alone", Scenario: "alone", Targets: []gateway.Target{{Local: local}}},
	}, nil)
	ask := func(model, text, more string) (int, string) {
		res, body := r.post("/v1/chat/completions", r.cancel, `{"model":"`+model+`","messages":[{"role":"user","content":[{"type":"text","text":"`+text+`"}]}],"temperature":1,"max_completion_tokens":99`+more+`}`)
		return res.StatusCode, body
	}
	if code, body := ask("scenario/intent", "sure", ""); code != 200 || !strings.Contains(body, `"content":"label of service"`) || !strings.Contains(body, `"luodi":{"citations":["a.md"]}`) || !strings.Contains(body, `"total_tokens"`) {
		t.Errorf("%d %s", code, body)
	}
	if code, body := ask("scenario/intent", "sure", `,"stream":true,"stream_options":{"include_usage":true}`); code != 200 || !strings.Contains(body, `{"content":"label of service"}`) || !strings.Contains(body, `"choices":[],"usage"`) || !strings.HasSuffix(body, "data: [DONE]\n\n") {
		t.Errorf("%d %s", code, body)
	}
	if code, body := ask("scenario/intent", "unsure", ""); code != 200 || !strings.Contains(body, `you said: \u003cunsure\u003e`) {
		t.Errorf("%d %s", code, body)
	}
	want := `{"model":"large","messages":[{"role":"system","content":"Classify."},{"role":"user","content":"\u003cunsure\u003e"}],"temperature":0,"max_tokens":7}`
	if got := string(v.Calls()[0].Body); got != want {
		t.Errorf("sent %s\nwant %s", got, want)
	}
	if code, body := ask("scenario/alone", "unsure", ""); code != 503 || !strings.Contains(body, `"code":"no_answer"`) {
		t.Errorf("%d %s", code, body)
	}
	rows := r.rows(4)
	slices.SortFunc(rows, func(a, b meter.Row) int { return a.Time.Compare(b.Time) })
	if rows[0].Model != "local" || rows[0].Cost != 0 || rows[0].Scenario != "intent" || rows[0].Configuration != "cfg_1" || rows[2].Model != "large" || rows[2].Cost == 0 || rows[3].Outcome != meter.UpstreamError {
		t.Errorf("%+v", rows)
	}
}

func TestWhoMayCallWhat(t *testing.T) {
	v := openaitest.Start(t, openaitest.Config{})
	r := start(t, []gateway.Route{
		route("m", upstream(v, "m")),
		{Name: "scenario/intent", Scenario: "intent", Targets: []gateway.Target{upstream(v, "m")}},
	}, nil)
	bound := r.key(auth.Key{Name: "bound", Scenario: "intent"})
	tests := []struct {
		name, key, model string
		status           int
		code             string
	}{
		{"no key", "", "m", 401, "invalid_api_key"},
		{"another product's key", "sk-123456", "m", 401, "invalid_api_key"},
		{"a made-up key", auth.Prefix + "00", "m", 401, "invalid_api_key"},
		{"no such model", r.cancel, "gpt-9", 404, "model_not_found"},
		{"a bound key, its scenario", bound, "scenario/intent", 200, ""},
		{"a bound key, another model", bound, "m", 404, "model_not_found"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			res, body := r.post("/v1/chat/completions", tt.key, `{"model":"`+tt.model+`","messages":[]}`)
			if res.StatusCode != tt.status || tt.code != "" && !strings.Contains(body, `"code":"`+tt.code+`"`) || strings.Contains(body, "123456") {
				t.Errorf("%d %s", res.StatusCode, body)
			}
		})
	}
	for key, want := range map[string]int{r.cancel: 2, bound: 1} {
		req := httptest.NewRequest(http.MethodGet, "/v1/models", nil)
		req.Header.Set("Authorization", "Bearer "+key)
		w := httptest.NewRecorder()
		r.server.ServeHTTP(w, req)
		if got := strings.Count(w.Body.String(), `"object":"model"`); got != want {
			t.Errorf("%d models, want %d: %s", got, want, w.Body)
		}
	}
}

func TestEmbeddingsComeAsAskedFor(t *testing.T) {
	for name, cfg := range map[string]openaitest.Config{"as asked": {}, "always floats": {Floats: true}, "always base64": {Base64: true}} {
		t.Run(name, func(t *testing.T) {
			v := openaitest.Start(t, cfg)
			r := start(t, []gateway.Route{route("e", upstream(v, "e"))}, nil)
			_, floats := r.post("/v1/embeddings", r.cancel, `{"model":"e","input":["ab"]}`)
			_, base64 := r.post("/v1/embeddings", r.cancel, `{"model":"e","input":["ab"],"encoding_format":"base64"}`)
			if !strings.Contains(floats, `"embedding":[2,0.5,-1.25]`) || !strings.Contains(base64, `"embedding":"AAAAQAAAAD8AAKC/"`) {
				t.Errorf("%s\n%s", floats, base64)
			}
			if row := r.rows(2)[0]; row.Usage != (meter.Usage{Input: 1}) {
				t.Errorf("%+v", row)
			}
		})
	}
}

func TestBudget(t *testing.T) {
	v := openaitest.Start(t, openaitest.Config{})
	up := upstream(v, "m")
	up.Upstream.MaxTokens = 100
	unpriced := upstream(v, "n")
	unpriced.Upstream.Price = meter.Price{}
	cheap := upstream(v, "cheap")
	cheap.Upstream.Price = meter.Flat("cheap", money.CNY, 1000, 1000, 1000)
	r := start(t, []gateway.Route{route("m", up), route("n", unpriced), route("degrades", up, cheap)}, func(_ *proxy.Config, m *meter.Config) {
		m.Budgets = []meter.Budget{{Scope: meter.Scope{Kind: meter.Department, Name: "service"}, Per: "month", Limit: 250_000, Currency: money.CNY}}
	})
	ask := `{"model":"m","messages":[{"role":"user","content":"a b"}]}`
	if res, body := r.post("/v1/chat/completions", r.cancel, ask); res.StatusCode != 200 {
		t.Fatalf("%d %s", res.StatusCode, body)
	}
	if got := string(v.Calls()[0].Body); got != ask[:len(ask)-1]+`,"max_tokens":100}` {
		t.Errorf("the vendor was sent %s", got)
	}
	refused := strings.Replace(ask, `]}`, `],"max_tokens":1000}`, 1)
	res, body := r.post("/v1/chat/completions", r.cancel, refused)
	if res.StatusCode != 429 || !strings.Contains(body, `"code":"budget_exhausted"`) || res.Header.Get("X-Should-Retry") != "false" {
		t.Errorf("%d %v %s", res.StatusCode, res.Header, body)
	}
	if res, body := r.post("/v1/chat/completions", r.key(auth.Key{Name: "free", Department: "risk"}), refused); res.StatusCode != 200 {
		t.Errorf("another department: %d %s", res.StatusCode, body)
	}
	if res, body := r.post("/v1/chat/completions", r.cancel, strings.Replace(ask, `"m"`, `"n"`, 1)); res.StatusCode != 400 || !strings.Contains(body, "no price") {
		t.Errorf("a model without a price: %d %s", res.StatusCode, body)
	}
	if res, body := r.post("/v1/chat/completions", r.cancel, strings.Replace(refused, `"m"`, `"degrades"`, 1)); res.StatusCode != 200 || !strings.Contains(body, `"model":"cheap"`) {
		t.Errorf("a cheaper model has room: %d %s", res.StatusCode, body)
	}
	if rows := r.rows(3); rows[0].Over != 0 || len(rows[0].Charges) != 1 || rows[0].Charges[0].Amount != rows[0].Cost {
		t.Errorf("%+v", rows[0])
	}
}
