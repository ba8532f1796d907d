package gateway_test

import (
	"encoding/base64"
	"encoding/binary"
	"encoding/json"
	"fmt"
	"math"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/luodi/luodi/internal/errs"
	"github.com/luodi/luodi/internal/gateway"
)

func TestConvertEmbeddings(t *testing.T) {
	tests := []struct {
		name, in string
		base64   bool
		want     string
	}{
		{"to base64", `{"object":"list","data":[{"object":"embedding","embedding": [2, 0.5,-1.25] ,"index":0}]}`, true, `{"object":"list","data":[{"object":"embedding","embedding": "AAAAQAAAAD8AAKC/" ,"index":0}]}`},
		{"to floats", `{"data":[{"embedding":"AAAAQAAAAD8AAKC/"},{"embedding":""}]}`, false, `{"data":[{"embedding":[2,0.5,-1.25]},{"embedding":[]}]}`},
		{"as it is", `{"data":[{"embedding":[2]}]}`, false, `{"data":[{"embedding":[2]}]}`},
		{"no embeddings", `{"error":"embedding"}`, true, `{"error":"embedding"}`},
		{"an empty one", `{"embedding":[ ]}`, true, `{"embedding":""}`},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			got, err := gateway.ConvertEmbeddings([]byte(tt.in), tt.base64)
			if err != nil || string(got) != tt.want {
				t.Errorf("%s, %v\nwant %s", got, err, tt.want)
			}
		})
	}
	for _, bad := range []string{`{"embedding":["a"]}`, `{"embedding":[1,,2]}`} {
		if _, err := gateway.ConvertEmbeddings([]byte(bad), true); err == nil {
			t.Errorf("%s: no error", bad)
		}
	}
	if _, err := gateway.ConvertEmbeddings([]byte(`{"embedding":"AAA="}`), false); err == nil {
		t.Error("three bytes are no floats")
	}
}

// TestEmbeddingsKeepTheirBits: floats → base64 → floats is the identity on
// 32-bit floats.
func TestEmbeddingsKeepTheirBits(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		v := rapid.SliceOf(rapid.Float32Range(-1e6, 1e6)).Draw(t, "vector")
		text, _ := json.Marshal(map[string]any{"embedding": v})
		if v == nil {
			text = []byte(`{"embedding":[]}`)
		}
		packed, err := gateway.ConvertEmbeddings(text, true)
		if err != nil {
			t.Fatal(err)
		}
		var w struct{ Embedding string }
		if err := json.Unmarshal(packed, &w); err != nil {
			t.Fatal(err)
		}
		raw, _ := base64.StdEncoding.DecodeString(w.Embedding)
		for i, f := range v {
			if got := math.Float32frombits(binary.LittleEndian.Uint32(raw[4*i:])); got != f {
				t.Fatalf("%v became %v", f, got)
			}
		}
		back, err := gateway.ConvertEmbeddings(packed, false)
		var u struct{ Embedding []float32 }
		if err != nil || json.Unmarshal(back, &u) != nil || len(u.Embedding) != len(v) {
			t.Fatalf("%s, %v", back, err)
		}
		for i := range v {
			if u.Embedding[i] != v[i] {
				t.Fatalf("%v became %v", v[i], u.Embedding[i])
			}
		}
	})
}

func TestReadMessages(t *testing.T) {
	got, err := gateway.ReadMessages([]byte(`[{"role":"system","content":"a"},{"role":"user","content":[{"type":"text","text":"b"},{"type":"text","text":"c"}]},{"role":"assistant","content":null}]`))
	if want := "[{system a} {user b\nc} {assistant }]"; err != nil || fmt.Sprint(got) != want {
		t.Errorf("%v, %v", got, err)
	}
	for name, bad := range map[string]string{
		"none": `[]`, "a text": `"hi"`, "a number": `[{"role":"user","content":5}]`,
		"an image": `[{"role":"user","content":[{"type":"image_url","image_url":{"url":"x"}}]}]`,
	} {
		if _, err := gateway.ReadMessages([]byte(bad)); !errs.Is(err, errs.CodeInvalid) {
			t.Errorf("%s: %v", name, err)
		}
	}
	if _, err := gateway.ReadMessages(nil); err == nil {
		t.Error("no messages at all")
	}
}

func TestBreaker(t *testing.T) {
	yes, no := true, false
	at := time.Unix(0, 0)
	var b gateway.Breaker
	fail := func(n int) {
		for range n {
			if !b.Allow(at) {
				t.Fatal("kept back too early")
			}
			b.Done(at, &no)
		}
	}
	fail(4)
	b.Allow(at)
	b.Done(at, &yes) // a success forgives
	fail(5)
	if b.Allow(at) || !b.Open(at) {
		t.Error("a sixth call went through")
	}
	at = at.Add(11 * time.Second)
	if !b.Allow(at) || b.Allow(at) {
		t.Error("one probe, and one only")
	}
	b.Done(at, nil) // its client left: another probe
	if !b.Allow(at) {
		t.Error("no second probe")
	}
	b.Done(at, &no)
	if b.Allow(at) {
		t.Error("a failed probe opens again")
	}
	at = at.Add(11 * time.Second)
	b.Allow(at)
	b.Done(at, &yes)
	if !b.Allow(at) || !b.Allow(at) {
		t.Error("a probe that succeeds closes")
	}
}

func TestRulesOfStreamsAndValues(t *testing.T) {
	ru := gateway.Rules{
		Replace:  map[string]map[string]string{"tool_choice": {`"required"`: `"auto"`}},
		Whole:    &gateway.Rules{Force: map[string]string{"enable_thinking": "false"}},
		Streamed: &gateway.Rules{Drop: []string{"logprobs"}},
	}
	for body, want := range map[string]string{
		`{"model":"m","tool_choice":"required"}`:           `{"model":"m","tool_choice":"auto","enable_thinking":false}`,
		`{"model":"m","stream":true,"logprobs":true}`:      `{"model":"m","stream":true}`,
		`{"model":"m","tool_choice":"none","stream":true}`: `{"model":"m","tool_choice":"none","stream":true}`,
	} {
		var r gateway.Request
		if err := r.Read([]byte(body)); err != nil {
			t.Fatal(err)
		}
		if got := string(r.Apply(nil, ru.Changes(nil, &r))); got != want {
			t.Errorf("%s became %s, want %s", body, got, want)
		}
	}
	old := gateway.Rules{FlattenContent: true, InputList: true, ReasoningBack: gateway.ReasoningOnToolTurns}
	for body, want := range map[string]string{
		`{"model":"m","messages":[{"role":"user","content":[{"type":"text","text":"a\n"},{"type":"text","text":"中"}]} , {"content":"b"}]}`: `{"model":"m","messages":[{"role":"user","content":"a\u000a\u000a中"},{"content":"b"}]}`,
		`{"model":"m","messages":[ {"content":"b"} ]}`:                                       `{"model":"m","messages":[ {"content":"b"} ]}`,
		`{"model":"m","messages":[{"content":[{"type":"image_url"}]}]}`:                      `{"model":"m","messages":[{"content":[{"type":"image_url"}]}]}`,
		`{"model":"m","messages":[{"content":"b","reasoning_content":"r"}]}`:                 `{"model":"m","messages":[{"content":"b"}]}`,
		`{"model":"m","messages":[{"content":"b","reasoning_content":"r","tool_calls":[]}]}`: `{"model":"m","messages":[{"content":"b","reasoning_content":"r","tool_calls":[]}]}`,
		`{"model":"m","input":"a"}`:                                                          `{"model":"m","input":["a"]}`,
		`{"model":"m","input":["a"]}`:                                                        `{"model":"m","input":["a"]}`,
	} {
		var r gateway.Request
		if err := r.Read([]byte(body)); err != nil {
			t.Fatal(err)
		}
		if got := string(r.Apply(nil, old.Changes(nil, &r))); got != want {
			t.Errorf("%s became %s, want %s", body, got, want)
		}
	}
	if s := gateway.ChatShape.Text([]byte(`{"choices":[{"message":{"role":"assistant","content":"ab 中"}}],"x":"` + strings.Repeat("y", 9) + `"}`)); s.Narrow != 3 || s.Wide != 1 {
		t.Errorf("%+v", s)
	}
}
