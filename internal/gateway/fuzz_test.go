package gateway_test

import (
	"bytes"
	"encoding/json"
	"reflect"
	"testing"

	"github.com/luodi/luodi/internal/gateway"
)

// FuzzStream cuts a stream in two where it likes: what is passed and what is
// known of it may not depend on where the network cut it.
func FuzzStream(f *testing.F) {
	for _, s := range []string{
		"data: {\"choices\":[{\"delta\":{\"content\":\"hi\"}}]}\n\ndata: {\"choices\":[],\"usage\":{\"prompt_tokens\":1,\"completion_tokens\":2}}\n\ndata: [DONE]\n\n",
		"data: {\"choices\":[{\"text\":\"hé\",\"finish_reason\":\"stop\"}]}\r\n\r\n: keep-alive\r\n\r\n",
		"event: message_start\ndata: {\"type\":\"message_start\",\"message\":{\"usage\":{\"input_tokens\":3}}}\n\n",
		"event: x\ndata: {\"delta\":\"a\"}\ndata: \n\n\n\n", "\n\n\r\n", "data:[DONE]\n\n",
	} {
		f.Add([]byte(s), uint(20), byte(0))
		f.Add([]byte(s), uint(3), byte(5))
		f.Add([]byte(s), uint(gateway.NextFrame([]byte(s))), byte(1))
	}
	f.Fuzz(func(t *testing.T, b []byte, cut uint, how byte) {
		strip, shape := how&1 == 1, gateway.Shape(how>>1%3)
		whole := func(b []byte) (n int) {
			for k := gateway.NextFrame(b); k > 0; k = gateway.NextFrame(b[n:]) {
				n += k
			}
			return n
		}
		var one, two gateway.Stream
		one.Reset(strip, shape)
		n, passed := one.Pass(bytes.Clone(b))
		if n != whole(b) {
			t.Fatalf("%d bytes of %q are whole frames, not %d", whole(b), b, n)
		}
		if !strip && !bytes.Equal(passed, b[:n]) {
			t.Errorf("%q became %q", b[:n], passed)
		}
		two.Reset(strip, shape)
		at := int(cut % uint(len(b)+1))
		buf := bytes.Clone(b[:at])
		used, p := two.Pass(buf)
		pieces := bytes.Clone(p)
		_, p = two.Pass(append(bytes.Clone(b[used:at]), b[at:]...))
		if pieces = append(pieces, p...); !bytes.Equal(pieces, passed) {
			t.Errorf("cut at %d, %q became %q, not %q", at, b, pieces, passed)
		}
		if one.Usage != two.Usage || one.Exact != two.Exact || one.Done != two.Done || one.Frames != two.Frames || one.Spoken != two.Spoken || one.Text != two.Text || one.Finished() != two.Finished() {
			t.Errorf("%q whole: %+v finished %v; cut at %d: %+v finished %v", b, one, one.Finished(), at, two, two.Finished())
		}
		m := gateway.MessagesStream{Route: "m"}
		sound(t, m.End(m.Feed(b), nil))
	})
}

// sound fails unless b is frames of JSON.
func sound(t *testing.T, b []byte) {
	t.Helper()
	for len(b) > 0 {
		n := gateway.NextFrame(b)
		if n == 0 {
			t.Fatalf("half a frame: %q", b)
		}
		if d := gateway.FrameData(b[:n]); d != nil && !json.Valid(d) {
			t.Fatalf("%q is no JSON", d)
		}
		b = b[n:]
	}
}

// FuzzReply gives vendors' replies to all that reads them or writes them anew:
// what was JSON stays JSON, and what was not does no harm.
func FuzzReply(f *testing.F) {
	for _, s := range []string{
		`{"id":"x","choices":[{"message":{"role":"assistant","content":"hi","tool_calls":[{"id":"c","function":{"name":"f","arguments":"{}"}}]},"finish_reason":"stop"}],"usage":{"prompt_tokens":5,"completion_tokens":2,"prompt_tokens_details":{"cached_tokens":1}}}`,
		`{"data":[{"embedding":[0.5,-1e3],"index":0},{"embedding":"AAAAPw=="}],"usage":{"total_tokens":7}}`,
		`{"results":[{"index":1,"relevance_score":0.5,"document":{"text":"a"}}],"meta":{"billed_units":{"search_units":1}}}`,
		`{"custom_id":"1","response":{"status_code":200,"body":{"model":"m","usage":{"prompt_tokens":5}}}}`,
		`{"base_resp":{"status_code":1004,"status_msg":"no"},"choices":null}`, `{"usage":{"usage":{"usage":null}}}`, `{"embedding":[`,
		`{"model":"m","max_tokens":9,"system":[{"type":"text","text":"s"}],"messages":[{"role":"user","content":[{"type":"image","source":{"type":"base64","media_type":"image/png","data":"AA"}}]}],"tools":[{"name":"t","input_schema":{}}]}`,
	} {
		f.Add([]byte(s))
	}
	rules := gateway.Rules{Errors: []gateway.ErrorPlace{{Code: "base_resp.status_code", OK: "0", Message: "base_resp.status_msg"}}}
	f.Fuzz(func(t *testing.T, b []byte) {
		if u, _ := gateway.FindUsage(b); u.Input < 0 || u.Output < 0 || u.CachedInput < 0 {
			t.Errorf("%q counts less than nothing: %+v", b, u)
		}
		gateway.BatchLine(b)
		gateway.ReplyText(b)
		gateway.ReplyCalls(b)
		gateway.PromptText(b)
		rules.FindError(b)
		rules.FirstFrameError(b)
		for _, s := range []gateway.Shape{gateway.ChatShape, gateway.ResponsesShape, gateway.MessagesShape} {
			s.Usage(b)
			s.Text(b)
		}
		valid := json.Valid(b)
		for name, write := range map[string]func() ([]byte, error){
			"base64":   func() ([]byte, error) { return gateway.ConvertEmbeddings(b, true) },
			"floats":   func() ([]byte, error) { return gateway.ConvertEmbeddings(b, false) },
			"rerank":   func() ([]byte, error) { return gateway.RerankReply(b, true, "m", "id", 3), nil },
			"jina":     func() ([]byte, error) { return gateway.RerankReply(b, false, "m", "id", 3), nil },
			"messages": func() ([]byte, error) { return gateway.MessagesReply(b, "m") },
			"chat":     func() ([]byte, error) { return gateway.ChatFromMessages(b) },
		} {
			if out, err := write(); err == nil && valid && !json.Valid(out) {
				t.Errorf("%s: %q became %q", name, b, out)
			}
		}
	})
}

// FuzzMask sends a call's masked body back as a reply: whoever asked must read
// what he wrote.
func FuzzMask(f *testing.F) {
	for _, s := range []string{
		`{"messages":[{"role":"user","content":"write to a.b@example.com or 13800138000, [EMAIL_1]"}]}`,
		`{"prompt":["4111 1111 1111 1111","b@example.org\n\"b@example.org\""],"user":"c@example.net"}`, `{"input":"\u00e9 d@example.com"}`, `{"messages":`,
	} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		if !json.Valid(b) || bytes.Contains(b, []byte(`\u`)) {
			return // a letter written as its number may be part of what looks like a placeholder
		}
		masked, m := gateway.MaskBody(b)
		if m == nil {
			return
		}
		if !json.Valid(masked) {
			t.Fatalf("%q became %q", b, masked)
		}
		var was, is any
		back := m.Unmask(masked)
		if json.Unmarshal(b, &was) != nil || json.Unmarshal(back, &is) != nil || !reflect.DeepEqual(was, is) {
			t.Errorf("%q came back as %q", b, back)
		}
	})
}
