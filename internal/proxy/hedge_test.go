package proxy_test

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/luodi/luodi/internal/gateway"
	"github.com/luodi/luodi/internal/meter"
)

// moody is a vendor whose delay before the first byte, and habit of failing,
// can be changed while it serves.
type moody struct {
	url         string
	wait        atomic.Int64 // nanoseconds
	status      atomic.Int64 // 0 is 200
	asked, gone atomic.Int64
}

func startMoody(t *testing.T, name string) *moody {
	m := &moody{}
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		m.asked.Add(1)
		body := make([]byte, r.ContentLength)
		_, _ = r.Body.Read(body)
		select {
		case <-time.After(time.Duration(m.wait.Load())):
		case <-r.Context().Done():
			m.gone.Add(1)
			return
		}
		if n := m.status.Load(); n != 0 {
			w.WriteHeader(int(n))
			return
		}
		usage := `"usage":{"prompt_tokens":4,"completion_tokens":3,"total_tokens":7}`
		if !strings.Contains(string(body), `"stream":true`) {
			w.Header().Set("Content-Type", "application/json")
			fmt.Fprintf(w, `{"model":%q,"choices":[{"index":0,"message":{"role":"assistant","content":"from %s"},"finish_reason":"stop"}],%s}`, name, name, usage)
			return
		}
		w.Header().Set("Content-Type", "text/event-stream")
		for _, word := range strings.SplitAfter("from "+name+" at last", " ") {
			fmt.Fprintf(w, "data: {\"choices\":[{\"index\":0,\"delta\":{\"content\":%q}}]}\n\n", word)
			w.(http.Flusher).Flush()
			time.Sleep(time.Millisecond)
		}
		fmt.Fprintf(w, "data: {\"choices\":[],%s}\n\ndata: [DONE]\n\n", usage)
	}))
	t.Cleanup(func() { s.CloseClientConnections(); s.Close() })
	m.url = s.URL + "/v1"
	return m
}

func (m *moody) target(model string) gateway.Target {
	return gateway.Target{Upstream: &gateway.Upstream{Vendor: model, BaseURL: m.url, Model: model, Price: price}}
}

const warm = 20

func hedged(t *testing.T) (a, b *moody, r *rig) {
	a, b = startMoody(t, "a"), startMoody(t, "b")
	rt := route("fast", a.target("a"), b.target("b"))
	rt.Hedge = true
	r = start(t, []gateway.Route{rt}, nil)
	for range warm { // as many as it takes to know when to ask the second: none is asked twice yet
		if _, body := r.post("/v1/chat/completions", r.cancel, fast); !strings.Contains(body, "from a") {
			t.Fatal(body)
		}
	}
	return a, b, r
}

const fast = `{"model":"fast","messages":[{"role":"user","content":"hello there"}]}`

var fastStream = strings.Replace(fast, "{", `{"stream":true,`, 1)

func TestHedging(t *testing.T) {
	for _, tt := range []struct {
		name, body string
		output     int64 // that the loser is charged for
	}{{"a reply", fast, 3}, {"a stream", fastStream, 0}} {
		t.Run(tt.name, func(t *testing.T) {
			a, b, r := hedged(t)
			if b.asked.Load() > 0 {
				t.Errorf("the second was asked %d times before it was known when to", b.asked.Load())
			}
			before := len(r.rows(warm))
			a.wait.Store(int64(5 * time.Second))
			start := time.Now()
			res, body := r.post("/v1/chat/completions", r.cancel, tt.body)
			if res.StatusCode != 200 || !strings.Contains(body, `from `) || !strings.Contains(body, "b") || time.Since(start) > 4*time.Second {
				t.Fatalf("%d %s", res.StatusCode, body)
			}
			rows := r.rows(before + 2)[before:]
			if rows[0].Model == "a" {
				rows[0], rows[1] = rows[1], rows[0]
			}
			won, lost := rows[0], rows[1]
			if won.Outcome != meter.OK || won.Estimated || won.Usage != (meter.Usage{Input: 4, Output: 3}) {
				t.Errorf("the winner's row: %+v", won)
			}
			if lost.Outcome != meter.Hedged || !lost.Estimated || lost.Usage.Input == 0 || lost.Usage.Output != tt.output || lost.Cost == 0 || lost.ID == won.ID {
				t.Errorf("the loser's row: %+v", lost)
			}
			for end := time.Now().Add(3 * time.Second); a.gone.Load() == 0 && time.Now().Before(end); {
				time.Sleep(time.Millisecond)
			}
			if a.gone.Load() != 1 {
				t.Error("the loser was not cancelled")
			}
		})
	}
}

func TestHedgingWhereOneFails(t *testing.T) {
	a, b, r := hedged(t)
	a.wait.Store(int64(300 * time.Millisecond))
	b.status.Store(500)
	if res, body := r.post("/v1/chat/completions", r.cancel, fast); res.StatusCode != 200 || !strings.Contains(body, "from a") {
		t.Errorf("the second fails: %d %s", res.StatusCode, body)
	}
	a.status.Store(503)
	if res, body := r.post("/v1/chat/completions", r.cancel, fast); res.StatusCode < 500 {
		t.Errorf("both fail: %d %s", res.StatusCode, body)
	}
	for _, row := range r.ledger.Ledger() {
		if row.Outcome != meter.OK && row.Outcome != meter.Hedged && row.Cost != 0 {
			t.Errorf("what failed costs %+v", row)
		}
	}
	asked := b.asked.Load()
	b.status.Store(0)
	a.wait.Store(int64(time.Second))
	a.status.Store(0)
	if res, _ := r.post("/v1/responses", r.cancel, `{"model":"fast","input":"x"}`); res.StatusCode != 200 || b.asked.Load() != asked {
		t.Errorf("a call that is not to be repeated was: %d, the second was asked %d times", res.StatusCode, b.asked.Load()-asked)
	}
}

// Whatever the two do, the client sees one whole reply of one of them, each
// upstream is asked at most once, and each that may bill has a row.
func TestHedgingNeverMixes(t *testing.T) {
	a, b, r := hedged(t)
	calls := int64(0)
	rapid.Check(t, func(rt *rapid.T) {
		a.wait.Store(int64(rapid.IntRange(0, 12).Draw(rt, "a waits")) * int64(time.Millisecond))
		b.wait.Store(int64(rapid.IntRange(0, 12).Draw(rt, "b waits")) * int64(time.Millisecond))
		body := rapid.SampledFrom([]string{fast, fastStream}).Draw(rt, "body")
		calls++
		res, reply := r.post("/v1/chat/completions", r.cancel, body)
		fromA, fromB := strings.Contains(reply, "from a") || strings.Contains(reply, `"a "`), strings.Contains(reply, "from b") || strings.Contains(reply, `"b "`)
		if res.StatusCode != 200 || fromA == fromB || body == fastStream && !strings.Contains(reply, "[DONE]") {
			rt.Fatalf("%d: %s", res.StatusCode, reply)
		}
	})
	// A cancelled call may reach its vendor late, or never.
	if n := a.asked.Load() - warm; n > calls || b.asked.Load() > calls {
		t.Errorf("for %d calls the two were asked %d and %d times", calls, n, b.asked.Load())
	}
	asked := int(a.asked.Load() + b.asked.Load())
	for end := time.Now().Add(3 * time.Second); len(r.ledger.Ledger()) < asked && time.Now().Before(end); {
		time.Sleep(time.Millisecond)
	}
	// One that is cancelled before its vendor has taken it has a row too.
	if rows := len(r.ledger.Ledger()); rows < asked || rows > 2*int(a.asked.Load()) {
		t.Errorf("%d rows for %d and %d calls", rows, a.asked.Load(), b.asked.Load())
	}
}
