package proxy_test

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/luodi/luodi/internal/auth"
	"github.com/luodi/luodi/internal/gateway"
	"github.com/luodi/luodi/internal/meter"
	"github.com/luodi/luodi/internal/openai/openaitest"
	"github.com/luodi/luodi/internal/proxy"
)

const askStream = `{"model":"m","messages":[{"role":"user","content":"a b"}],"stream":true}`

// leaveAfter reads n frames of a stream and leaves.
func (r *rig) leaveAfter(key string, frames int) {
	r.t.Helper()
	ctx, leave := context.WithCancel(r.t.Context())
	defer leave()
	req, _ := http.NewRequestWithContext(ctx, http.MethodPost, r.url+"/v1/chat/completions", strings.NewReader(askStream))
	req.Header.Set("Authorization", "Bearer "+key)
	res, err := r.client.Do(req)
	if err != nil {
		r.t.Fatal(err)
	}
	defer res.Body.Close()
	for s := bufio.NewScanner(res.Body); frames > 0 && s.Scan(); {
		if strings.HasPrefix(s.Text(), "data:") {
			frames--
		}
	}
}

func TestClientLeaves(t *testing.T) {
	words := strings.TrimSpace(strings.Repeat("word ", 50))
	cfg := openaitest.Config{Gap: 10 * time.Millisecond, Reply: func(string) string { return words }}
	t.Run("cancel stops the upstream and counts what came", func(t *testing.T) {
		v := openaitest.Start(t, cfg)
		r := start(t, []gateway.Route{route("m", upstream(v, "m"))}, nil)
		r.leaveAfter(r.cancel, 11) // one frame has no text
		row := r.rows(1)[0]
		if row.Outcome != meter.ClientGone || !row.Estimated || row.Usage.Output < 10 || row.Usage.Output > 14 || row.Usage.Input < 1 || row.Cost == 0 {
			t.Errorf("%+v", row)
		}
		for range 100 {
			if v.Calls()[0].Gone {
				return
			}
			time.Sleep(10 * time.Millisecond)
		}
		t.Error("the upstream was not stopped")
	})
	t.Run("drain reads on and counts exactly", func(t *testing.T) {
		v := openaitest.Start(t, cfg)
		r := start(t, []gateway.Route{route("m", upstream(v, "m"))}, nil)
		r.leaveAfter(r.drain, 11)
		row := r.rows(1)[0]
		if row.Outcome != meter.ClientGone || row.Estimated || row.Usage != (meter.Usage{Input: 2, Output: 50}) || v.Calls()[0].Gone {
			t.Errorf("%+v", row)
		}
	})
	t.Run("before the reply begins", func(t *testing.T) {
		v := openaitest.Start(t, openaitest.Config{Delay: 200 * time.Millisecond})
		r := start(t, []gateway.Route{route("m", upstream(v, "m"))}, nil)
		for _, key := range []string{r.cancel, r.drain} {
			ctx, leave := context.WithTimeout(t.Context(), 50*time.Millisecond)
			req, _ := http.NewRequestWithContext(ctx, http.MethodPost, r.url+"/v1/chat/completions", strings.NewReader(strings.Replace(askStream, "true", "false", 1)))
			req.Header.Set("Authorization", "Bearer "+key)
			if res, err := r.client.Do(req); err == nil {
				res.Body.Close()
				t.Error("a reply came")
			}
			leave()
		}
		rows := r.rows(2)
		if rows[0].Outcome != meter.ClientGone || !rows[0].Estimated || rows[0].Usage.Input == 0 || rows[1].Outcome != meter.ClientGone || rows[1].Estimated || rows[1].Usage.Output != 4 {
			t.Errorf("%+v", rows)
		}
	})
}

func TestUpstreamFails(t *testing.T) {
	good := openaitest.Start(t, openaitest.Config{})
	busy := gateway.Rules{Errors: []gateway.ErrorPlace{{Code: "base_resp.status_code", OK: "0", Message: "base_resp.status_msg"}}}
	tests := []struct {
		name     string
		vendor   openaitest.Config
		rules    gateway.Rules
		stream   bool
		status   int // without a fallback
		want     string
		passed   bool // as it is, no fallback
		outcome  meter.Outcome
		retryFor string
	}{
		{name: "resets", vendor: openaitest.Config{Fail: make([]openaitest.Fail, 9)}, status: 502, want: "upstream_unavailable", outcome: meter.UpstreamError},
		{name: "500", vendor: openaitest.Config{Fail: []openaitest.Fail{{Status: 500}}}, status: 500, want: "fake 500", outcome: meter.UpstreamError},
		{name: "500 that is a page", vendor: openaitest.Config{Fail: []openaitest.Fail{{Status: 500, Body: "<html>"}}}, status: 500, want: "upstream_error", outcome: meter.UpstreamError},
		{name: "429 with Retry-After", vendor: openaitest.Config{Fail: []openaitest.Fail{{Status: 429, RetryAfter: "7"}}}, status: 429, want: "fake 429", outcome: meter.UpstreamError, retryFor: "7"},
		{name: "400 is the client's", vendor: openaitest.Config{Fail: []openaitest.Fail{{Status: 400}}}, status: 400, want: "fake 400", passed: true, outcome: meter.UpstreamError},
		{name: "our key is refused", vendor: openaitest.Config{Key: "other"}, status: 502, want: "upstream_auth", outcome: meter.UpstreamError},
		{name: "a redirect", vendor: openaitest.Config{Fail: []openaitest.Fail{{Status: 302}}}, status: 502, want: "302", outcome: meter.UpstreamError},
		{name: "an error under 200", vendor: openaitest.Config{Body200: `{"error":{"message":"sk-vendor-secret is out of credit","code":"arrears"}}`}, status: 502, want: `"code":"arrears"`, outcome: meter.UpstreamError},
		{name: "a vendor's error under 200", vendor: openaitest.Config{Body200: `{"base_resp":{"status_code":1008,"status_msg":"no balance"}}`}, rules: busy, status: 502, want: "no balance", outcome: meter.UpstreamError},
		{name: "an error in place of a stream", vendor: openaitest.Config{Body200: `{"error":{"message":"no","code":"x"}}`}, stream: true, status: 502, want: `"code":"x"`, outcome: meter.UpstreamError},
		{name: "shorter than announced", vendor: openaitest.Config{WrongSize: true}, status: 502, want: "upstream_cut", passed: true, outcome: meter.UpstreamCut},
		{name: "a stream that ends before it begins", vendor: openaitest.Config{CutAfter: -1, Fail: []openaitest.Fail{{}}}, stream: true, status: 502, want: "upstream_unavailable", outcome: meter.UpstreamError},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			ask := strings.Replace(askStream, "true", fmt.Sprint(tt.stream), 1)
			up := func() gateway.Target {
				u := upstream(openaitest.Start(t, tt.vendor), "m")
				u.Upstream.Rules = tt.rules
				return u
			}
			r := start(t, []gateway.Route{route("m", up())}, nil)
			res, body := r.post("/v1/chat/completions", r.cancel, ask)
			if res.StatusCode != tt.status || !strings.Contains(body, tt.want) || res.Header.Get("Retry-After") != tt.retryFor {
				t.Errorf("%d %v %s", res.StatusCode, res.Header, body)
			}
			if row := r.rows(1)[0]; row.Outcome != tt.outcome || tt.outcome == meter.UpstreamError && row.Cost != 0 {
				t.Errorf("%+v", row)
			}
			secrets := body + r.log.String()
			if strings.Contains(secrets, "sk-vendor-secret") || strings.Contains(secrets, r.cancel) {
				t.Errorf("a key is in\n%s", secrets)
			}

			r = start(t, []gateway.Route{route("m", up(), upstream(good, "backup"))}, nil)
			res, body = r.post("/v1/chat/completions", r.cancel, ask)
			if (res.StatusCode == 200) == tt.passed {
				t.Errorf("with a fallback: %d %s", res.StatusCode, body)
			}
			if row := r.rows(1)[0]; !tt.passed && (row.Outcome != meter.OK || row.Model != "backup" || row.Cost == 0) {
				t.Errorf("with a fallback: %+v", row)
			}
		})
	}
}

func TestStreamIsCut(t *testing.T) {
	v := openaitest.Start(t, openaitest.Config{CutAfter: 4})
	r := start(t, []gateway.Route{route("m", upstream(v, "m"))}, nil)
	res, body := r.post("/v1/chat/completions", r.cancel, askStream)
	if res.StatusCode != 200 || strings.Contains(body, "[DONE]") || !strings.Contains(body, `"code":"upstream_cut"`) || strings.Count(body, "data: ") != 5 {
		t.Errorf("%d %s", res.StatusCode, body)
	}
	if row := r.rows(1)[0]; row.Outcome != meter.UpstreamCut || !row.Estimated || row.Usage.Output == 0 {
		t.Errorf("%+v", row)
	}
}

func TestSilentStreamIsCut(t *testing.T) {
	v := openaitest.Start(t, openaitest.Config{Gap: time.Minute})
	r := start(t, []gateway.Route{route("m", upstream(v, "m"))}, func(c *proxy.Config, _ *meter.Config) { c.Silence = 50 * time.Millisecond })
	if _, body := r.post("/v1/chat/completions", r.cancel, askStream); !strings.Contains(body, `"code":"upstream_cut"`) {
		t.Errorf("%s", body)
	}
	if row := r.rows(1)[0]; row.Outcome != meter.UpstreamCut {
		t.Errorf("%+v", row)
	}
}

// raw is an upstream that writes what a test says.
func raw(t *testing.T, write func(w io.Writer, flush func())) gateway.Target {
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		_, _ = io.Copy(io.Discard, r.Body)
		w.Header().Set("Content-Type", "text/event-stream")
		write(w, w.(http.Flusher).Flush)
	}))
	t.Cleanup(func() { s.CloseClientConnections(); s.Close() })
	return gateway.Target{Upstream: &gateway.Upstream{BaseURL: s.URL, Model: "m", Price: price}}
}

func TestStreamsOfAnyShapePassAsTheyAre(t *testing.T) {
	frame := func(s string) string { return `data: {"choices":[{"delta":{"content":"` + s + `"}}]}` + "\n\n" }
	end := "data: [DONE]\n\n"
	tests := map[string][]string{
		"half a character at a border": {frame("落地")[:46], frame("落地")[46:], end},
		"one byte at a time":           strings.Split(frame("落地")+end, ""),
		"a frame of 10 MB":             {frame(strings.Repeat("长", 10<<20/3)), frame("x"), end},
		"frames that are no JSON":      {"data: {{{\n\n", "event: x\nid: 7\ndata: y\n\n", end},
		"no last blank line":           {frame("x"), "data: [DONE]"},
		"lone carriage returns":        {"data: a\r\r", frame("x"), end},
	}
	for name, parts := range tests {
		t.Run(name, func(t *testing.T) {
			up := raw(t, func(w io.Writer, flush func()) {
				for _, p := range parts {
					_, _ = io.WriteString(w, p)
					flush()
				}
			})
			r := start(t, []gateway.Route{route("m", up)}, nil)
			_, body := r.post("/v1/chat/completions", r.cancel, askStream)
			if want := strings.Join(parts, ""); body != want {
				t.Errorf("%d bytes became %d: %.200q", len(want), len(body), body)
			}
			if row := r.rows(1)[0]; row.Outcome != meter.OK {
				t.Errorf("%+v", row)
			}
		})
	}
}

func TestBadRequests(t *testing.T) {
	v := openaitest.Start(t, openaitest.Config{})
	r := start(t, []gateway.Route{route("m", upstream(v, "m"))}, func(c *proxy.Config, _ *meter.Config) { c.MaxBody = 1000 })
	tests := []struct {
		name, method, path, body string
		status                   int
		want                     string
	}{
		{"no JSON", "POST", "/v1/chat/completions", `{"model":`, 400, "invalid JSON"},
		{"no model", "POST", "/v1/chat/completions", `{}`, 400, "no \\\"model\\\""},
		{"two models", "POST", "/v1/chat/completions", `{"model":"m","model":"n"}`, 400, "twice"},
		{"too large", "POST", "/v1/chat/completions", `{"model":"m","x":"` + strings.Repeat("x", 1000) + `"}`, 413, "request_too_large"},
		{"GET", "GET", "/v1/chat/completions", "", 405, "takes POST"},
		{"no such path", "POST", "/v1/moons", "{}", 404, "does not serve"},
		{"nothing mounted", "GET", "/", "", 404, "not_found"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			req, _ := http.NewRequestWithContext(t.Context(), tt.method, r.url+tt.path, strings.NewReader(tt.body))
			req.Header.Set("Authorization", "Bearer "+r.cancel)
			res, err := r.client.Do(req)
			if err != nil {
				t.Fatal(err)
			}
			defer res.Body.Close()
			b, _ := io.ReadAll(res.Body)
			if res.StatusCode != tt.status || !strings.Contains(string(b), tt.want) || !strings.HasPrefix(string(b), `{"error":{"message":`) {
				t.Errorf("%d %s", res.StatusCode, b)
			}
		})
	}
	if len(v.Calls()) != 0 || len(r.ledger.Ledger()) != 0 {
		t.Error("a bad request reached the vendor or the ledger")
	}
	t.Run("chunked and too large", func(t *testing.T) {
		req, _ := http.NewRequestWithContext(t.Context(), "POST", r.url+"/v1/chat/completions", io.MultiReader(strings.NewReader(`{"x":"`), strings.NewReader(strings.Repeat("x", 2000))))
		req.Header.Set("Authorization", "Bearer "+r.cancel)
		res, err := r.client.Do(req)
		if err != nil {
			t.Fatal(err)
		}
		res.Body.Close()
		if res.StatusCode != 413 {
			t.Errorf("%d", res.StatusCode)
		}
	})
	t.Run("a body that does not come", func(t *testing.T) {
		conn, err := net.Dial("tcp", strings.TrimPrefix(r.url, "http://"))
		if err != nil {
			t.Fatal(err)
		}
		fmt.Fprintf(conn, "POST /v1/chat/completions HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer %s\r\nContent-Length: 100\r\n\r\n{", r.cancel)
		conn.(*net.TCPConn).CloseWrite()
		b, _ := io.ReadAll(conn)
		conn.Close()
		if !strings.Contains(string(b), "did not come in whole") {
			t.Errorf("%s", b)
		}
	})
}

func TestBreakerKeepsCallsFromABrokenUpstream(t *testing.T) {
	v := openaitest.Start(t, openaitest.Config{Fail: make([]openaitest.Fail, 100)})
	r := start(t, []gateway.Route{route("m", upstream(v, "m"))}, nil)
	var last string
	for range 8 {
		_, last = r.post("/v1/chat/completions", r.cancel, `{"model":"m","messages":[]}`)
	}
	if n := len(v.Calls()); n != 5 || !strings.Contains(last, "failed repeatedly") {
		t.Errorf("the upstream was asked %d times: %s", n, last)
	}
}

func TestLedgerTroubleRefusesCalls(t *testing.T) {
	v := openaitest.Start(t, openaitest.Config{})
	r := start(t, []gateway.Route{route("m", upstream(v, "m"))}, nil)
	r.ledger.SetFail(io.ErrClosedPipe) // the store, not the segment: calls go on
	if res, body := r.post("/v1/chat/completions", r.cancel, `{"model":"m","messages":[]}`); res.StatusCode != 200 {
		t.Errorf("%d %s", res.StatusCode, body)
	}
	health := func() string {
		w := httptest.NewRecorder()
		r.server.ServeHTTP(w, httptest.NewRequest("GET", "/healthz", nil))
		return fmt.Sprint(w.Code, " ", w.Body)
	}
	for range 100 {
		if strings.Contains(health(), "degraded") {
			break
		}
		time.Sleep(10 * time.Millisecond)
	}
	if h := health(); !strings.HasPrefix(h, "200 ") || !strings.Contains(h, "degraded") {
		t.Errorf("%s", h)
	}
	r.ledger.SetFail(nil)
	r.rows(1)
	w := httptest.NewRecorder()
	r.server.ServeHTTP(w, httptest.NewRequest("GET", "/metrics", nil))
	if !strings.Contains(w.Body.String(), `luodi_gateway_calls_total{outcome="ok",route="m"} 1`) {
		t.Error("the call is not in the metrics")
	}
}

func TestEndLetsStreamsEnd(t *testing.T) {
	v := openaitest.Start(t, openaitest.Config{Gap: 30 * time.Millisecond})
	r := start(t, []gateway.Route{route("m", upstream(v, "m"))}, nil)
	var body atomic.Value
	done := make(chan struct{})
	go func() {
		defer close(done)
		_, b := r.post("/v1/chat/completions", r.cancel, askStream)
		body.Store(b)
	}()
	for len(v.Calls()) == 0 {
		time.Sleep(time.Millisecond)
	}
	r.stopServer()
	<-done
	if s := body.Load().(string); !strings.HasSuffix(s, "data: [DONE]\n\n") {
		t.Errorf("the stream was cut: %s", s)
	}
}

func TestRoutesAreReplacedUnderWay(t *testing.T) {
	v := openaitest.Start(t, openaitest.Config{})
	r := start(t, []gateway.Route{route("old", upstream(v, "m"))}, nil)
	table, err := gateway.NewTable([]gateway.Route{route("new", upstream(v, "m"))})
	if err != nil {
		t.Fatal(err)
	}
	r.server.SetRoutes(table)
	for model, want := range map[string]int{"old": 404, "new": 200} {
		if res, _ := r.post("/v1/chat/completions", r.cancel, `{"model":"`+model+`","messages":[]}`); res.StatusCode != want {
			t.Errorf("%s: %d", model, res.StatusCode)
		}
	}
}

func TestRevokedKeyIsRefused(t *testing.T) {
	v := openaitest.Start(t, openaitest.Config{})
	r := start(t, []gateway.Route{route("m", upstream(v, "m"))}, nil)
	k, secret, _ := auth.Create(t.Context(), r.keys, auth.Key{Name: "x", Department: "risk"}, time.Now())
	_ = r.keys.Revoke(t.Context(), k.ID, time.Now())
	if res, body := r.post("/v1/chat/completions", secret, hi); res.StatusCode != 401 || !strings.Contains(body, "revoked") {
		t.Errorf("%d %s", res.StatusCode, body)
	}
}
