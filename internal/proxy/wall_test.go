package proxy_test

import (
	"bufio"
	"encoding/json"
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
	"github.com/luodi/luodi/internal/requestlog"
)

// What docs/concepts/gateway.md promises of what breaks, where no other test
// here has it. TestMain sees that nothing is left running.

func impatient(c *proxy.Config, _ *meter.Config) { c.Patience = 60 * time.Millisecond }

func TestAClientThatSendsItsBodyForEver(t *testing.T) {
	v := openaitest.Start(t, openaitest.Config{})
	r := start(t, []gateway.Route{route("m", upstream(v, "m"))}, impatient)
	for _, tt := range []struct{ path, key, want string }{
		{"/v1/chat/completions", r.cancel, "incomplete_request"},
		{"/v1/chat/completions", "luodi_wrong", "invalid_api_key"},
		{"/healthz", "", "ok"},
	} {
		conn, err := net.Dial("tcp", strings.TrimPrefix(r.url, "http://"))
		if err != nil {
			t.Fatal(err)
		}
		defer conn.Close()
		_ = conn.SetDeadline(time.Now().Add(20 * time.Second))
		fmt.Fprintf(conn, "POST %s HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer %s\r\nContent-Length: 1000\r\n\r\n{", tt.path, tt.key)
		res, err := http.ReadResponse(bufio.NewReader(conn), nil)
		if err != nil {
			t.Fatalf("%s: %v", tt.want, err)
		}
		if b, _ := io.ReadAll(res.Body); !strings.Contains(string(b), tt.want) || len(v.Calls()) != 0 {
			t.Errorf("%d %s", res.StatusCode, b)
		}
		if _, err := conn.Read(make([]byte, 1)); err != io.EOF {
			t.Errorf("%s: the connection is kept: %v", tt.want, err)
		}
	}
	r.rows(0)
}

func TestAClientThatTakesNothing(t *testing.T) {
	piece := strings.Repeat("word ", 4000)
	var sent atomic.Int64
	up := raw(t, func(w io.Writer, flush func()) {
		for range 3000 {
			n, err := io.WriteString(w, `data: {"choices":[{"delta":{"content":"`+piece+`"}}]}`+"\n\n")
			if err != nil {
				return
			}
			sent.Add(int64(n))
			flush()
		}
	})
	r := start(t, []gateway.Route{route("m", up)}, impatient)
	conn, err := net.Dial("tcp", strings.TrimPrefix(r.url, "http://"))
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	fmt.Fprintf(conn, "POST /v1/chat/completions HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer %s\r\nContent-Length: %d\r\n\r\n%s", r.cancel, len(askStream), askStream)
	if row := r.rows(1)[0]; row.Outcome != meter.ClientGone || row.Usage.Output == 0 || sent.Load() > 40<<20 {
		t.Errorf("%+v after %d bytes", row, sent.Load())
	}
}

// drips sends a reply's header, then a byte at a time for ever.
func drips(w http.ResponseWriter, r *http.Request) {
	_, _ = io.Copy(io.Discard, r.Body)
	w.Header().Set("Content-Type", "application/json")
	for r.Context().Err() == nil {
		if _, err := io.WriteString(w, " "); err != nil {
			return
		}
		w.(http.Flusher).Flush()
		time.Sleep(5 * time.Millisecond)
	}
}

func TestAnUpstreamThatDripsItsReply(t *testing.T) {
	for _, over := range []string{"wire", "transport"} {
		t.Run(over, func(t *testing.T) {
			s := httptest.NewServer(http.HandlerFunc(drips))
			t.Cleanup(func() { s.CloseClientConnections(); s.Close() })
			r := start(t, []gateway.Route{route("m", gateway.Target{Upstream: &gateway.Upstream{BaseURL: s.URL, Model: "m", Price: price}})}, func(c *proxy.Config, _ *meter.Config) {
				c.FirstByte = 80 * time.Millisecond
				if over == "transport" {
					tr := &http.Transport{}
					c.Transport = tr
					t.Cleanup(tr.CloseIdleConnections)
				}
			})
			if res, body := r.post("/v1/chat/completions", r.cancel, `{"model":"m","messages":[]}`); res.StatusCode != http.StatusBadGateway || !strings.Contains(body, "upstream_cut") {
				t.Errorf("%d %s", res.StatusCode, body)
			}
			if row := r.rows(1)[0]; row.Outcome != meter.UpstreamCut {
				t.Errorf("%+v", row)
			}
		})
	}
}

func TestAnUpstreamThatSaysNothing(t *testing.T) {
	up := scripted(t, func(_ int, c net.Conn) { request(c); _, _ = c.Read(make([]byte, 1)) })
	v := openaitest.Start(t, openaitest.Config{})
	r := start(t, []gateway.Route{route("m", up), route("backed", up, upstream(v, "m"))}, func(c *proxy.Config, _ *meter.Config) { c.FirstByte = 60 * time.Millisecond })
	if res, body := r.post("/v1/chat/completions", r.cancel, `{"model":"m","messages":[]}`); res.StatusCode != http.StatusBadGateway || !strings.Contains(body, "upstream_unavailable") {
		t.Errorf("%d %s", res.StatusCode, body)
	}
	if res, body := r.post("/v1/chat/completions", r.cancel, `{"model":"backed","messages":[]}`); res.StatusCode != http.StatusOK {
		t.Errorf("%d %s", res.StatusCode, body)
	}
	r.rows(2)
}

// The clock is set back an hour and on a month while calls are under way: no
// call is lost, none is refused.
func TestTheClockJumps(t *testing.T) {
	v := openaitest.Start(t, openaitest.Config{})
	var skew atomic.Int64
	now := func() time.Time { return time.Now().Add(time.Duration(skew.Load())) }
	r := start(t, []gateway.Route{route("m", upstream(v, "m"))}, func(c *proxy.Config, m *meter.Config) { m.Now = now })
	key := r.key(auth.Key{Name: "limited", RequestsPerMinute: 1000, TokensPerMinute: 1_000_000})
	for i, jump := range []time.Duration{0, -time.Hour, 31 * 24 * time.Hour, 0} {
		skew.Store(int64(jump))
		if res, body := r.post("/v1/chat/completions", key, `{"model":"m","messages":[{"role":"user","content":"x"}]}`); res.StatusCode != 200 {
			t.Errorf("%s: %d %s", jump, res.StatusCode, body)
		}
		if row := r.rows(i + 1)[i]; row.Latency < 0 || row.Latency > time.Minute || row.Outcome != meter.OK {
			t.Errorf("%s: %+v", jump, row)
		}
	}
}

// Secrets of all kinds go through every failure that there is; none may be in
// what the gateway answers, logs, traces or books.
func TestSecretsAreNowhere(t *testing.T) {
	const vendorKey, native, asked = "sk-vendor-secret", "AKIDvendor0000000000:native-secret-part", "sk-a1B2c3D4e5F6g7H8i9J0k1L2"
	refuses := openaitest.Start(t, openaitest.Config{Key: "other"}) // says the key it was sent
	echoes := openaitest.Start(t, openaitest.Config{Fail: []openaitest.Fail{
		{Status: 500, Body: `{"error":{"message":"bad key ` + vendorKey + `"}}`}, {Status: 400, Body: `{"error":{"message":"` + vendorKey + `"}}`},
		{Status: 429, Body: vendorKey}, {}, {},
	}, Body200: `{"error":{"message":"` + vendorKey + ` is out of credit","code":"x"}}`})
	cut := openaitest.Start(t, openaitest.Config{CutAfter: 3})
	good := openaitest.Start(t, openaitest.Config{})
	up := func(base string, more func(*gateway.Upstream)) gateway.Target {
		u := &gateway.Upstream{Vendor: "fake", BaseURL: base, Key: vendorKey, Model: "m", Price: price}
		if more != nil {
			more(u)
		}
		return gateway.Target{Upstream: u}
	}
	dir := t.TempDir()
	l := openLog(t, requestlog.Config{Dir: dir})
	rec, tracer := recorder()
	routes := []gateway.Route{
		route("refuses", up(refuses.BaseURL, nil)), route("echoes", up(echoes.BaseURL, nil)), route("cut", up(cut.BaseURL, nil)), route("good", up(good.BaseURL, nil)),
		route("gone", up("http://127.0.0.1:1/v1", nil)), route("dns", up("https://no-such-host.invalid/v1", nil)),
		route("tc3", up(refuses.BaseURL, func(u *gateway.Upstream) { u.Key, u.Native = native, "tc3" })),
		route("gemini", up(refuses.BaseURL, func(u *gateway.Upstream) { u.Native = "gemini" })),
		route("masked", up(good.BaseURL, func(u *gateway.Upstream) { u.PII = gateway.PIIMask })),
		route("blocked", up(good.BaseURL, func(u *gateway.Upstream) { u.PII = gateway.PIIBlock })),
	}
	for i := range routes {
		routes[i].Log = true
	}
	r := start(t, routes, func(c *proxy.Config, _ *meter.Config) { c.Requests, c.Tracer, c.TraceContent = l, tracer, true })
	var answers strings.Builder
	for _, name := range []string{"refuses", "echoes", "echoes", "echoes", "echoes", "echoes", "cut", "good", "gone", "dns", "tc3", "gemini", "masked", "blocked", "unknown"} {
		for _, more := range []string{"", `"stream":true,`} {
			_, body := r.post("/v1/chat/completions", r.cancel, `{"model":"`+name+`",`+more+`"messages":[{"role":"user","content":"my api key is `+asked+`"}]}`)
			if name != "good" && name != "masked" && name != "cut" { // those say it back to who said it
				answers.WriteString(body)
			}
		}
	}
	_, body := r.post("/v1/chat/completions", "luodi_0123456789abcdef0123456789abcdef", `{"model":"good","messages":[]}`)
	answers.WriteString(body)
	metrics := httptest.NewRecorder()
	r.server.ServeHTTP(metrics, httptest.NewRequest("GET", "/metrics", nil))
	health := httptest.NewRecorder()
	r.server.ServeHTTP(health, httptest.NewRequest("GET", "/healthz", nil))
	places := map[string]string{"answers": answers.String(), "log": r.log.String(), "metrics": metrics.Body.String(), "health": health.Body.String()}
	var spans strings.Builder
	records := r.records(l, dir)
	kept, err := json.Marshal(records)
	if err != nil {
		t.Fatal(err)
	}
	for range 300 { // the ledger is filled behind
		if len(r.ledger.Ledger()) > len(records)/2 {
			break
		}
		time.Sleep(10 * time.Millisecond)
	}
	for _, s := range rec.Ended() {
		fmt.Fprintln(&spans, s.Name(), s.Attributes(), s.Status(), s.Events())
	}
	places["traces"], places["request log"], places["ledger"] = spans.String(), string(kept), fmt.Sprintf("%+v", r.ledger.Ledger())
	for place, text := range places {
		if len(text) < 20 {
			t.Errorf("nothing in the %s", place)
		}
		for _, secret := range []string{vendorKey, "native-secret-part", asked, r.cancel, r.drain, "luodi_0123456789abcdef0123456789abcdef", strings.TrimPrefix(r.cancel, auth.Prefix)} {
			if i := strings.Index(text, secret); i >= 0 {
				t.Errorf("%s in the %s: …%s", secret, place, text[max(0, i-120):min(len(text), i+60)])
			}
		}
	}
}

// A key that comes with a new configuration is hidden like those that were
// there at the start, and the old one stays hidden: no pattern finds these.
func TestKeysOfALaterConfigurationAreHidden(t *testing.T) {
	const first, second, signing = "one plain word", "another plain word", "a signing word"
	v := openaitest.Start(t, openaitest.Config{})
	with := func(name, key, native string) gateway.Route {
		to := upstream(v, "m")
		to.Upstream.Key, to.Upstream.Native = gateway.Secret(key), native
		rt := route(name, to)
		rt.Log = true
		return rt
	}
	dir := t.TempDir()
	l := openLog(t, requestlog.Config{Dir: dir})
	rec, tracer := recorder()
	r := start(t, []gateway.Route{with("m", first, "")}, func(c *proxy.Config, _ *meter.Config) { c.Requests, c.Tracer, c.TraceContent = l, tracer, true })
	table, err := gateway.NewTable([]gateway.Route{with("m", second, ""), with("native", "AKID0000:"+signing, "tc3")})
	if err != nil {
		t.Fatal(err)
	}
	r.server.SetRoutes(table)
	for _, key := range []string{first, second, signing} {
		r.post("/v1/chat/completions", r.cancel, `{"model":"m","messages":[{"role":"user","content":"is it `+key+`?"}]}`)
	}
	kept, err := json.Marshal(r.records(l, dir))
	if err != nil {
		t.Fatal(err)
	}
	said := string(kept)
	for _, s := range rec.Ended() {
		said += fmt.Sprint(s.Attributes())
	}
	if strings.Contains(said, "plain word") || strings.Contains(said, "signing") || strings.Count(said, "is it [secret]?") < 6 {
		t.Error(said)
	}
}
