package gateway_test

import (
	"bytes"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"github.com/luodi/luodi/internal/gateway"
	"github.com/luodi/luodi/internal/meter"
)

const (
	role   = `data: {"id":"1","choices":[{"index":0,"delta":{"role":"assistant","content":""},"finish_reason":null}]}` + "\n\n"
	hello  = `data: {"id":"1","choices":[{"index":0,"delta":{"content":"hel\nlo"},"finish_reason":null}],"usage":null}` + "\n\n"
	ming   = `data: {"id":"1","choices":[{"index":0,"delta":{"content":"明\u4e2d"},"finish_reason":null}]}` + "\n\n"
	stop   = `data: {"id":"1","choices":[{"index":0,"delta":{},"finish_reason":"stop"}]}` + "\n\n"
	usage  = `data: {"id":"1","choices":[],"usage":{"prompt_tokens":21,"completion_tokens":50,"prompt_tokens_details":{"cached_tokens":4}}}` + "\n\n"
	inside = `data: {"id":"1","choices":[{"index":0,"delta":{},"finish_reason":"stop","usage":{"prompt_tokens":21,"completion_tokens":50,"cached_tokens":4}}]}` + "\n\n"
	done   = "data: [DONE]\n\n"
	ping   = ": keep-alive\n\n"
)

// feed passes text in pieces of the given sizes, as the network would.
func feed(s *gateway.Stream, text string, size func() int) string {
	var out bytes.Buffer
	var buf []byte
	for rest := []byte(text); len(rest) > 0; {
		n := min(len(rest), size())
		buf, rest = append(buf, rest[:n]...), rest[n:]
		used, pass := s.Pass(buf)
		out.Write(pass)
		buf = append([]byte(nil), buf[used:]...)
	}
	out.Write(buf)
	return out.String()
}

func TestStream(t *testing.T) {
	exact := meter.Usage{Input: 21, CachedInput: 4, Output: 50}
	tests := []struct {
		name, in string
		strip    bool
		want     string
		exact    bool
		finished bool
	}{
		{"usage is kept where asked", role + hello + stop + usage + done, false, role + hello + stop + usage + done, true, true},
		{"usage is stripped where not", role + hello + stop + usage + done, true, role + hello + stop + done, true, true},
		{"comments pass", ping + hello + ping + usage + ping + done, true, ping + hello + ping + ping + done, true, true},
		{"usage in choices is never stripped", hello + inside + done, true, hello + inside + done, true, true},
		{"no usage at all", hello + stop + done, true, hello + stop + done, false, true},
		{"no [DONE] but a reason to finish", hello + stop, true, hello + stop, false, true},
		{"cut", role + hello, true, role + hello, false, false},
		{"cut inside a frame", role + hello[:30], true, role + hello[:30], false, false},
		{"CRLF", strings.ReplaceAll(hello+usage+done, "\n", "\r\n"), true, strings.ReplaceAll(hello+done, "\n", "\r\n"), true, true},
		{"a text that speaks of usage", `data: {"choices":[{"delta":{"content":"\"usage\":{\"prompt_tokens\":1}"}}]}` + "\n\n", true, `data: {"choices":[{"delta":{"content":"\"usage\":{\"prompt_tokens\":1}"}}]}` + "\n\n", false, false},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			for _, size := range []int{1, 3, 7, 64, 1 << 20} {
				s := gateway.Stream{Strip: tt.strip}
				if got := feed(&s, tt.in, func() int { return size }); got != tt.want {
					t.Fatalf("in pieces of %d: %q\nwant %q", size, got, tt.want)
				}
				if s.Exact != tt.exact || tt.exact && s.Usage != exact || s.Finished() != tt.finished {
					t.Errorf("in pieces of %d: usage %+v exact %v finished %v", size, s.Usage, s.Exact, s.Finished())
				}
			}
		})
	}
}

func TestStreamCountsTheText(t *testing.T) {
	var s gateway.Stream
	feed(&s, role+hello+ming+stop+usage+done, func() int { return 50 })
	if s.Text.Narrow != 6 || s.Text.Wide != 2 || s.Frames != 4 || s.Spoken != 2 {
		t.Errorf("counted %+v in %d frames", s.Text, s.Frames)
	}
}

// TestStreamIsByteIdentical: whatever comes, in whatever pieces, goes out the
// same when nothing is stripped.
func TestStreamIsByteIdentical(t *testing.T) {
	parts := []string{role, hello, ming, stop, usage, inside, done, ping, "\n", "\r\n", "event: x\n", "data: {\"usage\":", "data: a\ndata: b\n\n", "\xe6\x98"}
	rapid.Check(t, func(t *rapid.T) {
		in := strings.Join(rapid.SliceOf(rapid.SampledFrom(parts)).Draw(t, "parts"), "")
		var s gateway.Stream
		if got := feed(&s, in, func() int { return rapid.IntRange(1, 200).Draw(t, "size") }); got != in {
			t.Fatalf("%q became %q", in, got)
		}
	})
}

func TestFindUsage(t *testing.T) {
	tests := []struct {
		name, body string
		want       meter.Usage
		ok         bool
	}{
		{"chat", `{"choices":[],"usage":{"prompt_tokens":3,"completion_tokens":4,"completion_tokens_details":{"reasoning_tokens":2}}}`, meter.Usage{Input: 3, Output: 4, Reasoning: 2}, true},
		{"embedding", `{"usage":{"prompt_tokens":8,"total_tokens":8}}`, meter.Usage{Input: 8}, true},
		{"a cache by its own name", `{"usage":{"prompt_tokens":8,"prompt_cache_hit_tokens":5,"completion_tokens":1}}`, meter.Usage{Input: 8, CachedInput: 5, Output: 1}, true},
		{"responses", `{"usage":{"input_tokens":8,"output_tokens":1,"input_tokens_details":{"cached_tokens":2}}}`, meter.Usage{Input: 8, CachedInput: 2, Output: 1}, true},
		{"the last one counts", `{"usage":{"prompt_tokens":1}}{"usage":{"prompt_tokens":2}}`, meter.Usage{Input: 2}, true},
		{"null", `{"usage":null}`, meter.Usage{}, false},
		{"negative", `{"usage":{"prompt_tokens":-2}}`, meter.Usage{}, false},
		{"cut", `{"usage":{"prompt_tokens":2`, meter.Usage{}, false},
		{"none", `{}`, meter.Usage{}, false},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if u, ok := gateway.FindUsage([]byte(tt.body)); u != tt.want || ok != tt.ok {
				t.Errorf("%+v, %v", u, ok)
			}
		})
	}
}

func TestFindError(t *testing.T) {
	rules := gateway.Rules{Errors: []gateway.ErrorPlace{{Code: "base_resp.status_code", OK: "0", Message: "base_resp.status_msg"}, {Code: "code", OK: "0", Message: "message"}}}
	tests := []struct {
		name, body string
		want       gateway.UpstreamError
		ok         bool
	}{
		{"as OpenAI", `{"error":{"message":"m","code":"c"}}`, gateway.UpstreamError{Code: "c", Message: "m"}, true},
		{"a bare text", `{"error":"m"}`, gateway.UpstreamError{Message: "m"}, true},
		{"a vendor's place", `{"base_resp":{"status_code":1004,"status_msg":"key"}}`, gateway.UpstreamError{Code: "1004", Message: "key"}, true},
		{"all is well there", `{"choices":[],"base_resp":{"status_code":0}}`, gateway.UpstreamError{}, false},
		{"another place", `{"code":10013,"message":"refused"}`, gateway.UpstreamError{Code: "10013", Message: "refused"}, true},
		{"an answer with an empty error", `{"error":null,"choices":[]}`, gateway.UpstreamError{}, false},
		{"no JSON", `<html>`, gateway.UpstreamError{}, false},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if e, ok := rules.FindError([]byte(tt.body)); e != tt.want || ok != tt.ok {
				t.Errorf("%+v, %v", e, ok)
			}
			if e, ok := rules.FirstFrameError([]byte("data: " + tt.body + "\n\n")); e != tt.want || ok != tt.ok {
				t.Errorf("in a frame: %+v, %v", e, ok)
			}
		})
	}
}

func TestRatios(t *testing.T) {
	var r gateway.Ratios
	nine := gateway.Text{Narrow: 63}
	if got := r.Output("m", nine, 9); got != 9 {
		t.Errorf("small frames are a token each: %d", got)
	}
	if got := r.Output("m", gateway.Text{Narrow: 400, Wide: 150}, 2); got != 200 {
		t.Errorf("large frames by letters: %d", got)
	}
	if got := r.Output("m", gateway.Text{}, 1); got != 0 {
		t.Errorf("no text: %d", got)
	}
	r.Learn("m", 100, 1, 24, gateway.Text{Narrow: 350}, 50)
	if got := r.Output("m", nine, 2); got != 9 {
		t.Errorf("learnt 7 letters a token: %d", got)
	}
	if got := r.Input("m", 50, 1); got != 14 {
		t.Errorf("learnt 5 bytes a token, and 4 a message: %d", got)
	}
	r.Learn("zh", 0, 0, 0, gateway.Text{Wide: 300, Narrow: 40}, 210)
	if got := r.Output("zh", gateway.Text{Narrow: 400}, 1); got != 100 {
		t.Errorf("a model that spoke Chinese now speaks English: %d", got)
	}
	var again gateway.Ratios
	again.Recall(r.All())
	again.Recall(map[string]gateway.Ratio{"odd": {Guessed: 1, Output: 1e9}})
	if again.Output("m", nine, 2) != 9 || !again.Knows("zh") || again.Knows("odd") {
		t.Errorf("after a restart: %v", again.All())
	}
	if got := r.Input("other", 0, 0); got != 1 {
		t.Errorf("never 0: %d", got)
	}
}
