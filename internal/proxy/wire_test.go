package proxy_test

import (
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

// scripted is an upstream that handles each connection by hand.
func scripted(t *testing.T, handle func(n int, c net.Conn)) gateway.Target {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { l.Close() })
	go func() {
		for n := 0; ; n++ {
			c, err := l.Accept()
			if err != nil {
				return
			}
			go func() {
				defer c.Close()
				handle(n, c)
			}()
		}
	}()
	return gateway.Target{Upstream: &gateway.Upstream{BaseURL: "http://" + l.Addr().String() + "/v1", Model: "m", Price: price}}
}

// request reads one request of known shape.
func request(c net.Conn) bool {
	var b []byte
	buf := make([]byte, 4096)
	for !strings.HasSuffix(string(b), "}") {
		n, err := c.Read(buf)
		if err != nil {
			return false
		}
		b = append(b, buf[:n]...)
	}
	return true
}

const answer = `{"choices":[],"usage":{"prompt_tokens":1,"completion_tokens":1}}`

func reply(c net.Conn, more string) {
	fmt.Fprintf(c, "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n%sContent-Length: %d\r\n\r\n%s", more, len(answer), answer)
}

func TestConnectionsAreUsedAgain(t *testing.T) {
	ask := `{"model":"m","messages":[]}`
	tests := []struct {
		name        string
		handle      func(n int, c net.Conn)
		connections int64
	}{
		{"one after the other on one connection", func(_ int, c net.Conn) {
			for request(c) {
				reply(c, "")
			}
		}, 1},
		{"not after Connection: close", func(_ int, c net.Conn) {
			request(c)
			reply(c, "Connection: close\r\n")
		}, 3},
		{"not when the upstream has closed it", func(_ int, c net.Conn) {
			request(c)
			reply(c, "")
		}, 3},
		{"not when bytes came that nobody asked for", func(_ int, c net.Conn) {
			for request(c) {
				reply(c, "")
				fmt.Fprint(c, "HTTP/1.1 200 OK\r\n")
			}
		}, 3},
		{"after an interim reply", func(_ int, c net.Conn) {
			for request(c) {
				fmt.Fprint(c, "HTTP/1.1 103 Early Hints\r\n\r\n")
				reply(c, "")
			}
		}, 1},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			var connections atomic.Int64
			up := scripted(t, func(n int, c net.Conn) {
				connections.Add(1)
				tt.handle(n, c)
			})
			r := start(t, []gateway.Route{route("m", up)}, nil)
			for range 3 {
				if res, body := r.post("/v1/chat/completions", r.cancel, ask); res.StatusCode != 200 || body != answer {
					t.Fatalf("%d %s", res.StatusCode, body)
				}
				time.Sleep(20 * time.Millisecond)
			}
			if n := connections.Load(); n != tt.connections {
				t.Errorf("%d connections, want %d", n, tt.connections)
			}
		})
	}
}

func TestUpstreamsThatAreNoServers(t *testing.T) {
	tests := map[string]func(n int, c net.Conn){
		"hangs up at once":      func(_ int, c net.Conn) {},
		"says nothing":          func(_ int, c net.Conn) { request(c); _, _ = io.Copy(io.Discard, c) },
		"speaks something else": func(_ int, c net.Conn) { request(c); fmt.Fprint(c, "220 mail ESMTP\r\n") },
		"another protocol":      func(_ int, c net.Conn) { request(c); fmt.Fprint(c, "HTTP/1.1 101 x\r\n\r\n") },
		"half a header":         func(_ int, c net.Conn) { request(c); fmt.Fprint(c, "HTTP/1.1 200 OK\r\nContent-") },
	}
	for name, handle := range tests {
		t.Run(name, func(t *testing.T) {
			r := start(t, []gateway.Route{route("m", scripted(t, handle))}, func(c *proxy.Config, _ *meter.Config) { c.FirstByte = 100 * time.Millisecond })
			res, body := r.post("/v1/chat/completions", r.cancel, `{"model":"m","messages":[]}`)
			if res.StatusCode != 502 || !strings.Contains(body, "upstream_unavailable") {
				t.Errorf("%d %s", res.StatusCode, body)
			}
			if row := r.rows(1)[0]; row.Outcome != meter.UpstreamError || row.Cost != 0 {
				t.Errorf("%+v", row)
			}
		})
	}
}

// TestAnAnswerBeforeTheWholeRequest: an upstream that refuses a large request
// before it has read it is heard.
func TestAnAnswerBeforeTheWholeRequest(t *testing.T) {
	up := scripted(t, func(_ int, c net.Conn) {
		_, _ = c.Read(make([]byte, 100))
		fmt.Fprint(c, "HTTP/1.1 413 Too Large\r\nContent-Type: application/json\r\nContent-Length: 29\r\n\r\n{\"error\":{\"message\":\"large\"}}")
		_, _ = io.Copy(io.Discard, io.LimitReader(c, 8<<20))
	})
	r := start(t, []gateway.Route{route("m", up)}, nil)
	res, body := r.post("/v1/chat/completions", r.cancel, `{"model":"m","messages":[{"content":"`+strings.Repeat("x", 8<<20)+`"}]}`)
	if res.StatusCode != 413 || !strings.Contains(body, "large") {
		t.Errorf("%d %s", res.StatusCode, body)
	}
}

// TestOverTLS takes the way of vendors in the cloud: http.Transport.
func TestOverTLS(t *testing.T) {
	s := httptest.NewTLSServer(&openaitest.Vendor{})
	t.Cleanup(s.Close)
	up := gateway.Target{Upstream: &gateway.Upstream{BaseURL: s.URL + "/v1", Model: "m", Price: price}}
	t.Run("with its certificate", func(t *testing.T) {
		tr := s.Client().Transport.(*http.Transport).Clone()
		t.Cleanup(tr.CloseIdleConnections)
		r := start(t, []gateway.Route{route("m", up)}, func(c *proxy.Config, _ *meter.Config) { c.Transport = tr })
		for _, stream := range []string{"false", "true"} {
			if res, body := r.post("/v1/chat/completions", r.cancel, strings.Replace(askStream, "true", stream, 1)); res.StatusCode != 200 || !strings.Contains(body, "said") {
				t.Errorf("%d %s", res.StatusCode, body)
			}
		}
	})
	t.Run("with one that nobody knows", func(t *testing.T) {
		r := start(t, []gateway.Route{route("m", up)}, nil)
		res, body := r.post("/v1/chat/completions", r.cancel, `{"model":"m","messages":[]}`)
		if res.StatusCode != 502 || !strings.Contains(body, "upstream_unavailable") || !strings.Contains(r.log.String(), "certificate") {
			t.Errorf("%d %s %s", res.StatusCode, body, r.log)
		}
	})
}

func TestNoSuchHost(t *testing.T) {
	up := gateway.Target{Upstream: &gateway.Upstream{BaseURL: "http://no-such-host.invalid/v1", Model: "m", Price: price}}
	r := start(t, []gateway.Route{route("m", up)}, nil)
	if res, body := r.post("/v1/chat/completions", r.cancel, `{"model":"m","messages":[]}`); res.StatusCode != 502 || strings.Contains(body, "no-such-host") {
		t.Errorf("%d %s", res.StatusCode, body)
	}
}
