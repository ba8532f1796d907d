package gateway_test

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/luodi/luodi/internal/errs"
	"github.com/luodi/luodi/internal/gateway"
)

func TestChatFromMessages(t *testing.T) {
	for _, tt := range []struct{ name, in, want string }{
		{"system, text and limits",
			`{"model":"m","max_tokens":9,"system":[{"type":"text","text":"be","cache_control":{"type":"ephemeral"}}],"temperature":0.20,"stop_sequences":["x"],"messages":[{"role":"user","content":"hi"}]}`,
			`{"model":"m","max_tokens":9,"temperature":0.20,"stop":["x"],"messages":[{"role":"system","content":"be"},{"role":"user","content":"hi"}]}`},
		{"a stream asks for its usage", `{"model":"m","stream":true,"messages":[{"role":"user","content":"hi"}]}`,
			`{"model":"m","stream":true,"stream_options":{"include_usage":true},"messages":[{"role":"user","content":"hi"}]}`},
		{"tools, there and back",
			`{"model":"m","tools":[{"name":"f","description":"d","input_schema":{"type":"object"}}],"tool_choice":{"type":"any"},"messages":[{"role":"assistant","content":[{"type":"thinking","thinking":"hm"},{"type":"tool_use","id":"t1","name":"f","input":{"a":1}}]},{"role":"user","content":[{"type":"tool_result","tool_use_id":"t1","content":[{"type":"text","text":"42"}]},{"type":"text","text":"so?"}]}]}`,
			`{"model":"m","tools":[{"type":"function","function":{"name":"f","description":"d","parameters":{"type":"object"}}}],"tool_choice":"required","messages":[{"role":"assistant","content":null,"tool_calls":[{"id":"t1","type":"function","function":{"name":"f","arguments":"{\"a\":1}"}}]},{"role":"tool","tool_call_id":"t1","content":"42"},{"role":"user","content":"so?"}]}`},
		{"an image", `{"model":"m","messages":[{"role":"user","content":[{"type":"image","source":{"type":"base64","media_type":"image/png","data":"AA=="}},{"type":"text","text":"what?"}]}]}`,
			`{"model":"m","messages":[{"role":"user","content":[{"type":"image_url","image_url":{"url":"data:image/png;base64,AA=="}},{"type":"text","text":"what?"}]}]}`},
	} {
		t.Run(tt.name, func(t *testing.T) {
			got, err := gateway.ChatFromMessages([]byte(tt.in))
			if err != nil {
				t.Fatal(err)
			}
			var a, b any
			if json.Unmarshal(got, &a) != nil || json.Unmarshal([]byte(tt.want), &b) != nil || !cmp.Equal(a, b) {
				t.Errorf("%s\n%s", got, cmp.Diff(b, a))
			}
		})
	}
	for name, in := range map[string]string{
		"no messages": `{"model":"m"}`, "a document": `{"messages":[{"role":"user","content":[{"type":"document"}]}]}`,
		"a tool of the vendor's": `{"messages":[{"role":"user","content":"x"}],"tools":[{"type":"web_search_20250305","name":"web_search"}]}`, "no JSON": `{`,
	} {
		if _, err := gateway.ChatFromMessages([]byte(in)); !errs.Is(err, errs.CodeInvalid) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestMessagesStreamOfTools(t *testing.T) {
	m := gateway.MessagesStream{Route: "m", Input: 7}
	out := string(m.Feed([]byte(strings.Join([]string{
		`data: {"id":"1","choices":[{"delta":{"role":"assistant","content":"","reasoning_content":"hm"}}]}`,
		`data: {"choices":[{"delta":{"content":"Let me look."}}]}`,
		`data: {"choices":[{"delta":{"tool_calls":[{"index":0,"id":"t1","function":{"name":"f","arguments":""}}]}}]}`,
		`data: {"choices":[{"delta":{"tool_calls":[{"index":0,"function":{"arguments":"{\"a\":"}}]}}]}`,
		`data: {"choices":[{"delta":{"tool_calls":[{"index":0,"function":{"arguments":"1}"}}]}}]}`,
		`data: {"choices":[{"delta":{"tool_calls":[{"index":1,"id":"t2","function":{"name":"g","arguments":"{}"}}]}}]}`,
		`data: {"choices":[{"delta":{},"finish_reason":"tool_calls"}]}`,
		`data: {"choices":[],"usage":{"prompt_tokens":9,"completion_tokens":5,"prompt_tokens_details":{"cached_tokens":4}}}`,
		`data: [DONE]`, ``}, "\n\n"))))
	for _, want := range []string{
		`"usage":{"input_tokens":7,"output_tokens":1}`,
		`"index":0,"content_block":{"type":"thinking"`, `"index":1,"content_block":{"type":"text"`,
		`"index":2,"content_block":{"type":"tool_use","id":"t1","name":"f","input":{}}`, `"partial_json":"{\"a\":"`, `"partial_json":"1}"`,
		`"index":3,"content_block":{"type":"tool_use","id":"t2"`,
		`"stop_reason":"tool_use"`, `"usage":{"input_tokens":5,"cache_read_input_tokens":4,"output_tokens":5}`,
	} {
		if !strings.Contains(out, want) {
			t.Errorf("%s is missing", want)
		}
	}
	if strings.Count(out, "event: message_stop") != 1 || strings.Count(out, "event: content_block_stop") != 4 {
		t.Error(out)
	}
	for rest := []byte(out); len(rest) > 0; {
		n := gateway.NextFrame(rest)
		if n == 0 || !json.Valid(gateway.FrameData(rest[:n])) {
			t.Fatalf("not an event: %q", rest)
		}
		rest = rest[n:]
	}
	if more := m.End(nil, nil); more != nil {
		t.Errorf("ended twice: %s", more)
	}
}
