package proxy_test

import (
	"strconv"
	"strings"
	"testing"

	"github.com/luodi/luodi/internal/auth"
	"github.com/luodi/luodi/internal/gateway"
	"github.com/luodi/luodi/internal/openai/openaitest"
)

func TestKeysAreHeldToTheirMinute(t *testing.T) {
	v := openaitest.Start(t, openaitest.Config{Reply: func(string) string { return strings.Repeat("word ", 200) }})
	r := start(t, []gateway.Route{route("qwen-plus", upstream(v, "qwen-plus"))}, nil)
	for _, tt := range []struct {
		name  string
		key   auth.Key
		first int // calls that go through
		says  string
	}{
		{"requests", auth.Key{RequestsPerMinute: 2}, 2, "requests a minute"},
		{"tokens, as they were used", auth.Key{TokensPerMinute: 150}, 1, "tokens a minute"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			tt.key.Name = tt.name
			key := r.key(tt.key)
			for range tt.first {
				if res, body := r.post("/v1/chat/completions", key, hi); res.StatusCode != 200 {
					t.Fatalf("%d %s", res.StatusCode, body)
				}
			}
			before := len(v.Calls())
			res, body := r.post("/v1/chat/completions", key, hi)
			after, _ := strconv.Atoi(res.Header.Get("Retry-After"))
			if res.StatusCode != 429 || after < 1 || after > 60 || !strings.Contains(body, `"code":"rate_limit_exceeded"`) || !strings.Contains(body, tt.says) {
				t.Errorf("%d Retry-After %d: %s", res.StatusCode, after, body)
			}
			if len(v.Calls()) != before {
				t.Error("the vendor was asked")
			}
		})
	}
	r.rows(3)
}

func TestCallsThatUseNothingCostNoTokens(t *testing.T) {
	v := openaitest.Start(t, openaitest.Config{Fail: []openaitest.Fail{{Status: 400}, {Status: 400}, {Status: 400}}})
	r := start(t, []gateway.Route{route("qwen-plus", upstream(v, "qwen-plus"))}, nil)
	key := r.key(auth.Key{Name: "k", TokensPerMinute: 12})
	for i, want := range []int{400, 400, 400, 200} {
		if res, body := r.post("/v1/chat/completions", key, hi); res.StatusCode != want {
			t.Errorf("call %d: %d %s", i, res.StatusCode, body)
		}
	}
}
