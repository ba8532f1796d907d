package gateway_test

import (
	"encoding/json"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"github.com/luodi/luodi/internal/gateway"
)

func TestMaskBody(t *testing.T) {
	for _, tt := range []struct{ name, in, want string }{
		{"values get placeholders, the same ones twice",
			`{"model":"m","messages":[{"role":"user","content":"mail a@bank.com or a@bank.com, call 13812345678"}]}`,
			`{"model":"m","messages":[{"role":"user","content":"mail [EMAIL_1] or [EMAIL_1], call [MOBILE_1]"}]}`},
		{"escapes and two people", `{"input":["\u0061@x.com\n\"b@x.com\""]}`, `{"input":["[EMAIL_1]\u000a\"[EMAIL_2]\""]}`},
		{"a caller who writes placeholders", `{"prompt":"[EMAIL_1] a@x.com"}`, `{"prompt":"[EMAIL_1] [EMAIL_2]"}`},
		{"nothing to hide", `{"model":"m","messages":[{"role":"user","content":"2 + 2 = 4 @ noon"}]}`, ``},
		{"numbers, names and pictures are left", `{"input":[13812345678],"x":"a@x.com","messages":[{"a@x.com":1,"image_url":"data:image/png;base64,13812345678AAAA"}]}`, ``},
	} {
		t.Run(tt.name, func(t *testing.T) {
			got, m := gateway.MaskBody([]byte(tt.in))
			if tt.want == "" {
				tt.want = tt.in
			}
			if string(got) != tt.want || (m != nil) != (tt.in != tt.want) {
				t.Fatalf("%s", got)
			}
			if m == nil {
				return
			}
			var a, b any
			if json.Unmarshal(m.Unmask(got), &a) != nil || json.Unmarshal([]byte(tt.in), &b) != nil {
				t.Fatalf("%s", m.Unmask(got))
			}
			if x, y := mustJSON(a), mustJSON(b); tt.name[0] != 'a' && x != y {
				t.Errorf("%s\n%s", x, y)
			}
		})
	}
}

func mustJSON(v any) string { b, _ := json.Marshal(v); return string(b) }

// TestMaskStream cuts a reply with placeholders anywhere: the client gets the
// text with the values, whatever the cuts and the shape.
func TestMaskStream(t *testing.T) {
	_, m0 := gateway.MaskBody([]byte(`{"input":"a@bank.com 13812345678"}`))
	if m0 == nil {
		t.Fatal("nothing was masked")
	}
	text := "Dear [EMAIL_1], [sic] your [MOBILE_1][MOBILE_1] 中 [EMAIL_9] [EMA"
	want := "Dear a@bank.com, [sic] your 1381234567813812345678 中 [EMAIL_9] [EMA"
	frames := map[gateway.Shape]func(string) string{
		gateway.ChatShape:      func(s string) string { return `data: {"choices":[{"delta":{"content":` + s + `}}]}` },
		gateway.ResponsesShape: func(s string) string { return `data: {"type":"response.output_text.delta","delta":` + s + `}` },
		gateway.MessagesShape: func(s string) string {
			return `data: {"type":"content_block_delta","delta":{"type":"text_delta","text":` + s + `}}`
		},
	}
	rapid.Check(t, func(t *rapid.T) {
		shape := gateway.Shape(rapid.IntRange(0, 2).Draw(t, "shape"))
		_, m := gateway.MaskBody([]byte(`{"input":"a@bank.com 13812345678"}`))
		var out []byte
		for rest := []rune(text); len(rest) > 0; {
			n := rapid.IntRange(1, min(9, len(rest))).Draw(t, "n")
			out = append(out, m.Stream([]byte(frames[shape](gateway.Quote(string(rest[:n])))+"\n\n"), shape)...)
			rest = rest[n:]
		}
		if rapid.Bool().Draw(t, "done") {
			out = append(out, m.Stream([]byte("data: [DONE]\n\n"), shape)...)
		}
		out = append(out, m.End()...)
		var got strings.Builder
		for len(out) > 0 {
			n := gateway.NextFrame(out)
			if n == 0 {
				t.Fatalf("no frame: %q", out)
			}
			var f struct {
				Choices []struct{ Delta struct{ Content string } }
				Delta   any
			}
			data := gateway.FrameData(out[:n])
			if string(data) != "[DONE]" {
				if err := json.Unmarshal(data, &f); err != nil {
					t.Fatalf("%s: %v", data, err)
				}
			} else if n != len(out) {
				t.Fatalf("after the end: %s", out[n:])
			}
			if len(f.Choices) > 0 {
				got.WriteString(f.Choices[0].Delta.Content)
			}
			switch d := f.Delta.(type) {
			case string:
				got.WriteString(d)
			case map[string]any:
				got.WriteString(d["text"].(string))
			}
			out = out[n:]
		}
		if got.String() != want {
			t.Fatalf("got  %s\nwant %s", got.String(), want)
		}
	})
}

func BenchmarkMaskBody(b *testing.B) {
	body := []byte(`{"model":"m","messages":[{"role":"user","content":"` + strings.Repeat("lorem ipsum 42 dolor sit ", 1300) + `"}]}`)
	b.SetBytes(int64(len(body)))
	for b.Loop() {
		gateway.MaskBody(body)
	}
}
