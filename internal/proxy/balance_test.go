package proxy_test

import (
	"strings"
	"testing"
	"time"

	"github.com/luodi/luodi/internal/auth"
	"github.com/luodi/luodi/internal/gateway"
	"github.com/luodi/luodi/internal/meter"
	"github.com/luodi/luodi/internal/openai/openaitest"
)

// TestBalance sends 60 calls, one by one, to two vendors and a fallback.
func TestBalance(t *testing.T) {
	broken := make([]openaitest.Fail, 100)
	for i := range broken {
		broken[i].Status = 500
	}
	for _, tt := range []struct {
		name        string
		a, b        openaitest.Config
		wa, wb      float64
		minA, maxA  int // calls that a answered or failed
		viaFallback int
	}{
		{"the faster one gets the calls", openaitest.Config{}, openaitest.Config{Delay: 15 * time.Millisecond}, 1, 1, 50, 60, 0},
		{"one that is broken is left alone", openaitest.Config{Fail: broken}, openaitest.Config{}, 9, 1, 1, 6, 0},
		{"both are broken: the fallback", openaitest.Config{Fail: broken}, openaitest.Config{Fail: broken}, 1, 1, 5, 6, 60},
	} {
		t.Run(tt.name, func(t *testing.T) {
			a, b, c := openaitest.Start(t, tt.a), openaitest.Start(t, tt.b), openaitest.Start(t, openaitest.Config{})
			ta, tb := upstream(a, "a"), upstream(b, "b")
			ta.Weight, tb.Weight = tt.wa, tt.wb
			r := start(t, []gateway.Route{{Name: "qwen-plus", Targets: []gateway.Target{ta, tb, upstream(c, "c")}, Balanced: 2}}, nil)
			for range 60 {
				if res, body := r.post("/v1/chat/completions", r.cancel, hi); res.StatusCode != 200 {
					t.Fatalf("%d %s", res.StatusCode, body)
				}
			}
			if n := len(a.Calls()); n < tt.minA || n > tt.maxA {
				t.Errorf("a was asked %d times, b %d", n, len(b.Calls()))
			}
			if len(c.Calls()) != tt.viaFallback {
				t.Errorf("the fallback was asked %d times", len(c.Calls()))
			}
			r.rows(60)
		})
	}
}

func TestCache(t *testing.T) {
	v := openaitest.Start(t, openaitest.Config{})
	r := start(t, []gateway.Route{route("qwen-plus", upstream(v, "qwen-plus"))}, nil)
	key := r.key(auth.Key{Name: "cached", Cache: 300 * time.Millisecond})
	stream := strings.Replace(hi, `"messages"`, `"stream":true,"messages"`, 1)
	for i, tt := range []struct {
		name, key, body string
		hit             bool
	}{
		{"first", key, hi, false}, {"again", key, hi, true}, {"another body", key, strings.Replace(hi, "one", "two", 1), false},
		{"another key", r.cancel, hi, false}, {"a stream", key, stream, false}, {"a stream again", key, stream, true},
	} {
		before := len(v.Calls())
		res, body := r.post("/v1/chat/completions", tt.key, tt.body)
		if hit := res.Header.Get("X-Luodi-Cache") == "hit"; hit != tt.hit || (len(v.Calls()) == before) != tt.hit || !strings.Contains(body, "you") {
			t.Errorf("%d %s: hit %v %s", i, tt.name, hit, body)
		}
		if strings.Contains(tt.name, "stream") && (!strings.HasSuffix(body, "[DONE]\n\n") || !strings.HasPrefix(res.Header.Get("Content-Type"), "text/event-stream")) {
			t.Errorf("%s: %v %s", tt.name, res.Header, body)
		}
	}
	time.Sleep(320 * time.Millisecond)
	if res, _ := r.post("/v1/chat/completions", key, hi); res.Header.Get("X-Luodi-Cache") != "" {
		t.Error("older than the key allows")
	}
	free := 0
	for _, row := range r.rows(7) {
		if row.Vendor == "cache" && row.Cost == 0 && row.Usage.IsZero() && row.Outcome == meter.OK {
			free++
		}
	}
	if free != 2 {
		t.Errorf("%d rows of the cache", free)
	}
}

func TestErrorsAreNotCached(t *testing.T) {
	v := openaitest.Start(t, openaitest.Config{Fail: []openaitest.Fail{{Status: 400}}, CutAfter: 3})
	r := start(t, []gateway.Route{route("qwen-plus", upstream(v, "qwen-plus"))}, nil)
	key := r.key(auth.Key{Name: "cached", Cache: time.Hour})
	stream := strings.Replace(hi, `"messages"`, `"stream":true,"messages"`, 1)
	for _, body := range []string{hi, hi, stream, stream} {
		if res, _ := r.post("/v1/chat/completions", key, body); res.Header.Get("X-Luodi-Cache") != "" {
			t.Errorf("from the cache: %s", body)
		}
	}
}
