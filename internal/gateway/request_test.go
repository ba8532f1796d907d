package gateway_test

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	"github.com/luodi/luodi/internal/errs"
	"github.com/luodi/luodi/internal/gateway"
)

func TestRequestRead(t *testing.T) {
	tests := []struct {
		name, body string
		check      func(r *gateway.Request) bool
	}{
		{"chat", `{"model":"m","messages":[{"role":"user","content":"hello"},{"role":"user","content":"再见"}]}`,
			func(r *gateway.Request) bool {
				return r.Messages == 2 && r.PromptBytes == 4+5+4+6 && r.Replies == 1 && !r.Stream
			}},
		{"escapes count what they stand for, at most", `{"model":"m","messages":[{"content":"a\nb\u4e2d\""}]}`,
			func(r *gateway.Request) bool { return r.PromptBytes == 3+3+1 }},
		{"tools are billed", `{"model":"m","messages":[],"tools":[{"type":"function"}]}`,
			func(r *gateway.Request) bool { return r.PromptBytes == 21 && r.Messages == 0 }},
		{"stream and usage", `{"model":"m","stream":true,"stream_options":{"include_usage":true}}`,
			func(r *gateway.Request) bool { return r.Stream && r.IncludeUsage }},
		{"limit by another name", `{"model":"m","max_completion_tokens":77,"n":3}`,
			func(r *gateway.Request) bool {
				return r.MaxTokens == 77 && r.MaxName == "max_completion_tokens" && r.Replies == 3
			}},
		{"inputs", `{"model":"m","input":["ab","c"],"encoding_format":"base64"}`,
			func(r *gateway.Request) bool { return r.Messages == 2 && r.PromptBytes == 3 && r.Encoding == "base64" }},
		{"token ids", `{"model":"m","input":[11,22,33]}`,
			func(r *gateway.Request) bool { return r.PromptBytes == 3 }},
		{"one input", `{"model":"m","input":"abc"}`,
			func(r *gateway.Request) bool { return r.Messages == 1 && r.PromptBytes == 3 }},
		{"nulls are absent", `{"model":"m","stream":null,"max_tokens":null,"stream_options":null,"encoding_format":null}`,
			func(r *gateway.Request) bool { return !r.Stream && r.MaxTokens == 0 }},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			var r gateway.Request
			if err := r.Read([]byte(tt.body)); err != nil || r.Model != "m" || !tt.check(&r) {
				t.Errorf("%+v, %v", r, err)
			}
		})
	}
	for name, body := range map[string]string{
		"no model":            `{"messages":[]}`,
		"two models":          `{"model":"cheap","model":"dear"}`,
		"a disguised second":  `{"model":"cheap","mod\u0065l":"dear"}`,
		"two limits":          `{"model":"m","max_tokens":1,"max_completion_tokens":100000}`,
		"a negative limit":    `{"model":"m","max_tokens":-1}`,
		"a stream of no kind": `{"model":"m","stream":"yes"}`,
		"a model of no kind":  `{"model":7}`,
		"other letters":       `{"model":"cheap","Model":"dear"}`,
		"letters that fold":   `{"model":"m","\u017ftream":true}`,
		"a limit in capitals": `{"model":"m","max_tokens":1,"MAX_TOKENS":100000}`,
		"an N":                `{"model":"m","N":8}`,
		"a limit × n":         `{"model":"m","max_tokens":4611686018427387904,"n":4}`,
		"an n beyond sense":   `{"model":"m","max_tokens":16,"n":1152921504606846976}`,
		"two queries":         `{"model":"m","query":"long","query":"short","documents":["d"]}`,
	} {
		t.Run(name, func(t *testing.T) {
			var r gateway.Request
			if err := r.Read([]byte(body)); !errs.Is(err, errs.CodeInvalid) {
				t.Errorf("got %v", err)
			}
		})
	}
}

func TestAskUsageKeepsOtherOptions(t *testing.T) {
	for body, want := range map[string]string{
		`{"model":"m"}`:                                                `{"include_usage":true}`,
		`{"model":"m","stream_options":null}`:                          `{"include_usage":true}`,
		`{"model":"m","stream_options":{"a":1}}`:                       `{"a":1,"include_usage":true}`,
		`{"model":"m","stream_options":{"include_usage":false,"a":1}}`: `{"include_usage":true,"a":1}`,
	} {
		var r gateway.Request
		if err := r.Read([]byte(body)); err != nil {
			t.Fatal(err)
		}
		if got := r.AskUsage().Value; got != want {
			t.Errorf("%s: %s, want %s", body, got, want)
		}
	}
}

func TestRulesChanges(t *testing.T) {
	tests := []struct {
		name, body string
		rules      gateway.Rules
		want       string
	}{
		{"none", `{"model":"m","top_p":1}`, gateway.Rules{}, `{"model":"m","top_p":1}`},
		{"clamped at both ends", `{"model":"m","top_p":1,"temperature":0}`, gateway.Rules{Clamp: map[string]gateway.Range{"top_p": {Min: .001, Max: .999}, "temperature": {Min: .01, Max: 2}}}, `{"model":"m","top_p":0.999,"temperature":0.01}`},
		{"inside its range", `{"model":"m","top_p":0.50}`, gateway.Rules{Clamp: map[string]gateway.Range{"top_p": {Min: .001, Max: .999}}}, `{"model":"m","top_p":0.50}`},
		{"dropped", `{"model":"m","reasoning_effort":"low"}`, gateway.Rules{Drop: []string{"reasoning_effort", "seed"}}, `{"model":"m"}`},
		{"default only where missing", `{"model":"m","a":1}`, gateway.Rules{Default: map[string]string{"a": "2", "b": "3"}}, `{"model":"m","a":1,"b":3}`},
		{"forced", `{"model":"m","a":1}`, gateway.Rules{Force: map[string]string{"a": "2"}}, `{"model":"m","a":2}`},
		{"clamped and renamed", `{"model":"m","top_p":1}`, gateway.Rules{Clamp: map[string]gateway.Range{"top_p": {Max: .9}}, Rename: map[string]string{"top_p": "topP"}}, `{"model":"m","topP":0.9}`},
		{"the limit's name, whoever put it in", `{"model":"m"}`, gateway.Rules{Default: map[string]string{"max_tokens": "5"}, MaxTokens: "max_completion_tokens"}, `{"model":"m","max_completion_tokens":5}`},
		{"the limit's name", `{"model":"m","max_tokens":5}`, gateway.Rules{MaxTokens: "max_completion_tokens"}, `{"model":"m","max_completion_tokens":5}`},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			var r gateway.Request
			if err := r.Read([]byte(tt.body)); err != nil {
				t.Fatal(err)
			}
			if got := string(r.Apply(nil, tt.rules.Changes(nil, &r))); got != tt.want {
				t.Errorf("got %s, want %s", got, tt.want)
			}
		})
	}
}

func TestSecretNeverPrints(t *testing.T) {
	type holder struct{ K gateway.Secret }
	s := gateway.Secret("sk-very-secret")
	b, _ := json.Marshal(holder{s})
	for _, out := range []string{fmt.Sprint(s), fmt.Sprintf("%v %+v %#v %s %q %x", s, holder{s}, holder{s}, s, s, s), string(b), s.LogValue().String()} {
		if strings.Contains(out, "very") || strings.Contains(out, "76657279") {
			t.Errorf("printed as %s", out)
		}
	}
}

func TestNewTable(t *testing.T) {
	up := gateway.Target{Upstream: &gateway.Upstream{BaseURL: "http://x/v1", Model: "m"}}
	if tab, err := gateway.NewTable([]gateway.Route{{Name: "b", Targets: []gateway.Target{up}}, {Name: "a", Targets: []gateway.Target{up}}}); err != nil ||
		strings.Join(tab.Names(), " ") != "a b" || tab.Lookup("a") == nil || tab.Lookup("c") != nil {
		t.Errorf("%v, %v", tab.Names(), err)
	}
	for name, routes := range map[string][]gateway.Route{
		"no name":     {{Targets: []gateway.Target{up}}},
		"no target":   {{Name: "a"}},
		"twice":       {{Name: "a", Targets: []gateway.Target{up}}, {Name: "a", Targets: []gateway.Target{up}}},
		"no base URL": {{Name: "a", Targets: []gateway.Target{{Upstream: &gateway.Upstream{Model: "m"}}}}},
		"neither":     {{Name: "a", Targets: []gateway.Target{{}}}},
	} {
		if _, err := gateway.NewTable(routes); err == nil {
			t.Errorf("%s: no error", name)
		}
	}
	if (*gateway.Table)(nil).Lookup("a") != nil {
		t.Error("no table has no routes")
	}
}

func ExampleRequest() {
	body := []byte(`{"model": "qwen-plus", "messages": [{"role":"user","content":"你好"}], "stream": true}`)
	var r gateway.Request
	if err := r.Read(body); err != nil {
		fmt.Println(err)
		return
	}
	out := r.Apply(nil, []gateway.Change{{Name: "model", Value: `"qwen-plus-2025"`}, r.AskUsage()})
	fmt.Println(string(out))
	fmt.Println(r.Messages, "message of", r.PromptBytes, "bytes")
	// Output:
	// {"model": "qwen-plus-2025", "messages": [{"role":"user","content":"你好"}], "stream": true,"stream_options":{"include_usage":true}}
	// 1 message of 10 bytes
}
