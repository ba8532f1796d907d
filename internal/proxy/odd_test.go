package proxy_test

import (
	"bufio"
	"bytes"
	"compress/gzip"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/luodi/luodi/internal/gateway"
	"github.com/luodi/luodi/internal/meter"
	"github.com/luodi/luodi/internal/openai/openaitest"
	"github.com/luodi/luodi/internal/proxy"
)

func zipped(s string) string {
	var b bytes.Buffer
	w := gzip.NewWriter(&b)
	_, _ = io.WriteString(w, s)
	_ = w.Close()
	return b.String()
}

// Replies that HTTP allows, and few vendors send: the client gets the same
// bytes, the ledger the usage, and the connection goes on where it can.
func TestOddReplies(t *testing.T) {
	stream := "data: {\"choices\":[{\"delta\":{\"content\":\"hi\"}}]}\n\ndata: {\"choices\":[],\"usage\":{\"prompt_tokens\":1,\"completion_tokens\":1}}\n\ndata: [DONE]\n\n"
	sized := func(more, body string) string {
		return fmt.Sprintf("HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n%sContent-Length: %d\r\n\r\n%s", more, len(body), body)
	}
	chunked := func(kind, more, body, trailer string) string {
		return fmt.Sprintf("HTTP/1.1 200 OK\r\nContent-Type: %s\r\n%sTransfer-Encoding: chunked\r\n\r\n%x\r\n%s\r\n0\r\n%s\r\n", kind, more, len(body), body, trailer)
	}
	zip := "Content-Encoding: gzip\r\n"
	tests := []struct {
		name, says  string
		stream      bool
		want        string
		connections int64
	}{
		{"chunks and trailers", chunked("application/json", "Trailer: X-Sum\r\n", answer, "X-Sum: 7\r\n"), false, answer, 1},
		{"gzip that nobody asked for", sized(zip, zipped(answer)), false, answer, 1},
		{"a stream in gzip", chunked("text/event-stream", zip, zipped(stream), ""), true, stream, 1},
		{"half a gzip", sized(zip, zipped(answer)[:20]), false, "", 1},
		{"gzip that is none", sized(zip, answer), false, "", 1},
		{"an encoding that nobody knows", sized("Content-Encoding: br\r\n", "xyz"), false, "", 2},
		{"many interim replies", strings.Repeat("HTTP/1.1 102 Processing\r\n\r\n", 50) + sized("", answer), false, answer, 1},
		{"a header of 100 KB", sized("X-Long: "+strings.Repeat("x", 100<<10)+"\r\n", answer), false, answer, 1},
		{"a header of 2 MB", sized("X-Long: "+strings.Repeat("x", 2<<20)+"\r\n", answer), false, "", 2},
		{"no length, ends with the connection", "HTTP/1.0 200 OK\r\nContent-Type: application/json\r\n\r\n" + answer, false, answer, 2},
		{"two lengths", "HTTP/1.1 200 OK\r\nContent-Length: 3\r\nContent-Length: 4\r\n\r\nabcd", false, "", 2},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			var connections atomic.Int64
			up := scripted(t, func(_ int, c net.Conn) {
				connections.Add(1)
				for request(c) {
					if _, err := io.WriteString(c, tt.says); err != nil || strings.HasPrefix(tt.says, "HTTP/1.0") {
						return
					}
				}
			})
			r := start(t, []gateway.Route{route("m", up)}, nil)
			for range 2 {
				ask := `{"model":"m","messages":[]}`
				if tt.stream {
					ask = `{"model":"m","messages":[],"stream":true,"stream_options":{"include_usage":true}}`
				}
				res, body := r.post("/v1/chat/completions", r.cancel, ask)
				if tt.want == "" && res.StatusCode != 502 || tt.want != "" && body != tt.want {
					t.Errorf("%d %.200q", res.StatusCode, body)
				}
			}
			for _, row := range r.rows(2) {
				if tt.want != "" && (row.Outcome != meter.OK || row.Estimated || row.Usage.Input != 1) || tt.want == "" && row.Outcome == meter.OK {
					t.Errorf("%+v", row)
				}
			}
			if n := connections.Load(); n != tt.connections {
				t.Errorf("%d connections, not %d", n, tt.connections)
			}
		})
	}
}

// A vendor behind HTTP/2 resets the stream: before its first byte, after some
// frames, in the middle of a reply.
func TestHTTP2Resets(t *testing.T) {
	var frames atomic.Int64
	s := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, q *http.Request) {
		_, _ = io.Copy(io.Discard, q.Body)
		if q.ProtoMajor != 2 {
			http.Error(w, "not HTTP/2", http.StatusTeapot)
			return
		}
		w.Header().Set("Content-Type", "text/event-stream")
		for range frames.Load() {
			_, _ = io.WriteString(w, "data: {\"choices\":[{\"delta\":{\"content\":\"word\"}}]}\n\n")
			w.(http.Flusher).Flush()
		}
		panic(http.ErrAbortHandler)
	}))
	s.EnableHTTP2 = true
	s.StartTLS()
	t.Cleanup(s.Close)
	tr := s.Client().Transport.(*http.Transport).Clone()
	t.Cleanup(tr.CloseIdleConnections)
	up := gateway.Target{Upstream: &gateway.Upstream{BaseURL: s.URL + "/v1", Model: "m", Price: price}}
	r := start(t, []gateway.Route{route("m", up)}, func(c *proxy.Config, _ *meter.Config) { c.Transport = tr })
	for i, tt := range []struct {
		frames int64
		stream string
		status int
		want   string
	}{{0, "true", 502, "upstream_"}, {3, "true", 200, "upstream_cut"}, {3, "false", 502, "upstream_cut"}} {
		frames.Store(tt.frames)
		res, body := r.post("/v1/chat/completions", r.cancel, `{"model":"m","stream":`+tt.stream+`,"messages":[{"role":"user","content":"hi"}]}`)
		if res.StatusCode != tt.status || !strings.Contains(body, tt.want) || strings.Contains(body, "[DONE]") || strings.Contains(body, s.URL) {
			t.Errorf("%d: %d %s", i, res.StatusCode, body)
		}
		row := r.rows(i + 1)[i]
		if row.Outcome == meter.OK || tt.status == 200 && row.Usage.Output == 0 {
			t.Errorf("%d: %+v", i, row)
		}
	}
}

// A client that asks before it sends its body is told to go on, unless its key
// is wrong: then it need not send it.
func TestExpectContinue(t *testing.T) {
	v := openaitest.Start(t, openaitest.Config{})
	r := start(t, []gateway.Route{route("m", upstream(v, "m"))}, nil)
	const ask = `{"model":"m","messages":[{"role":"user","content":"hi"}]}`
	for key, want := range map[string]int{r.cancel: http.StatusContinue, "luodi_wrong": http.StatusUnauthorized} {
		conn, err := net.Dial("tcp", strings.TrimPrefix(r.url, "http://"))
		if err != nil {
			t.Fatal(err)
		}
		defer conn.Close()
		_ = conn.SetDeadline(time.Now().Add(20 * time.Second))
		fmt.Fprintf(conn, "POST /v1/chat/completions HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer %s\r\nExpect: 100-continue\r\nContent-Length: %d\r\n\r\n", key, len(ask))
		in := bufio.NewReader(conn)
		res, err := http.ReadResponse(in, nil)
		if err != nil || res.StatusCode != want {
			t.Fatalf("%v %v, want %d", res, err, want)
		}
		if want != http.StatusContinue {
			continue
		}
		fmt.Fprint(conn, ask)
		if res, err = http.ReadResponse(in, nil); err != nil || res.StatusCode != http.StatusOK {
			t.Fatalf("%v %v", res, err)
		}
	}
}

// A vendor that does not stream, or not this model, answers whole: who asked for a
// stream gets one.
func TestAWholeReplyToAStream(t *testing.T) {
	const whole = `{"id":"x","object":"chat.completion","choices":[{"index":0,"message":{"role":"assistant","content":"hi there"},"finish_reason":"stop"}],"usage":{"prompt_tokens":3,"completion_tokens":2}}`
	v := openaitest.Start(t, openaitest.Config{Body200: whole})
	r := start(t, []gateway.Route{route("m", upstream(v, "m"))}, nil)
	for _, tt := range []struct{ path, body, want string }{
		{"/v1/chat/completions", `{"model":"m","stream":true,"messages":[{"role":"user","content":"a"}]}`,
			`data: {"choices":[{"delta":{"content":"hi there","role":"assistant"},"finish_reason":"stop","index":0}],"id":"x","object":"chat.completion.chunk"}` + "\n\ndata: [DONE]\n\n"},
		{"/v1/messages", sayStream(), `"usage":{"input_tokens":3,"cache_read_input_tokens":0,"output_tokens":2}}` + "\n\nevent: message_stop\n"},
		{"/v1/messages", say, `"text":"hi there"`},
		{"/v1/responses", `{"model":"m","stream":true,"input":"a"}`, whole},
	} {
		res, got := r.post(tt.path, r.cancel, tt.body)
		stream := strings.HasPrefix(res.Header.Get("Content-Type"), "text/event-stream")
		if res.StatusCode != 200 || !strings.Contains(got, tt.want) || stream != strings.HasSuffix(got, "\n\n") {
			t.Errorf("%s: %d %v %s", tt.path, res.StatusCode, res.Header, got)
		}
	}
	for _, row := range r.rows(4) {
		if row.Usage != (meter.Usage{Input: 3, Output: 2}) || row.Estimated || row.Outcome != meter.OK {
			t.Errorf("%+v", row)
		}
	}
}

// A client that gives its limit as nothing, under the name that the vendor does not
// know, has one limit: the one that is held.
func TestOneLimitGoesOut(t *testing.T) {
	v := openaitest.Start(t, openaitest.Config{})
	to := upstream(v, "m")
	to.Upstream.MaxTokens = 100
	to.Upstream.Rules.MaxTokens = "max_tokens"
	r := start(t, []gateway.Route{route("m", to)}, func(_ *proxy.Config, m *meter.Config) {
		m.Budgets = []meter.Budget{{Scope: meter.Scope{Kind: meter.Organisation}, Limit: 1 << 40, Currency: "CNY"}}
	})
	for _, limit := range []string{"null", "0"} {
		r.post("/v1/chat/completions", r.cancel, `{"model":"m","max_completion_tokens":`+limit+`,"messages":[]}`)
	}
	for _, c := range v.Calls() {
		if string(c.Body) != `{"model":"m","messages":[],"max_tokens":100}` {
			t.Errorf("sent %s", c.Body)
		}
	}
}

// Vendors of Anthropic's shape that do not insist on a limit are given one too.
func TestMessagesWithoutALimitAreHeld(t *testing.T) {
	v := openaitest.Start(t, openaitest.Config{})
	to := anthropic(v)
	to.Targets[0].Upstream.MaxTokens = 100
	r := start(t, []gateway.Route{to}, func(_ *proxy.Config, m *meter.Config) {
		m.Budgets = []meter.Budget{{Scope: meter.Scope{Kind: meter.Organisation}, Limit: 150_000, Currency: "CNY"}} // of 200_000
	})
	res, got := r.post("/v1/messages", r.cancel, `{"model":"m","messages":[{"role":"user","content":"a"}]}`)
	if res.StatusCode != 429 || len(v.Calls()) != 0 {
		t.Errorf("%d %s", res.StatusCode, got)
	}
	r.post("/v1/messages", r.cancel, `{"model":"m","max_tokens":50,"messages":[{"role":"user","content":"a"}]}`)
	if c := v.Calls(); len(c) != 1 || string(c[0].Body) != `{"model":"claude","max_tokens":50,"messages":[{"role":"user","content":"a"}]}` {
		t.Errorf("sent %v", c)
	}
}
