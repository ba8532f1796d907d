package gateway_test

import (
	"testing"

	"github.com/luodi/luodi/internal/gateway"
)

func TestFrames(t *testing.T) {
	const counts = `"usage":{"prompt_tokens":3,"completion_tokens":2}`
	for _, tt := range []struct {
		name, reply string
		usage       bool
		want        string
	}{
		{"a chat", `{"id":"x","object":"chat.completion","choices":[{"index":0,"message":{"role":"assistant","content":"hi"},"finish_reason":"stop"}],` + counts + `}`, false,
			`data: {"choices":[{"delta":{"content":"hi","role":"assistant"},"finish_reason":"stop","index":0}],"id":"x","object":"chat.completion.chunk"}` + "\n\ndata: [DONE]\n\n"},
		{"with its usage", `{"id":"x","choices":[{"index":0,"message":{"content":"hi"}}],` + counts + `}`, true,
			`data: {"choices":[{"delta":{"content":"hi"},"index":0}],"id":"x","object":"chat.completion.chunk"}` + "\n\n" +
				`data: {"choices":[],"id":"x","object":"chat.completion.chunk",` + counts + "}\n\ndata: [DONE]\n\n"},
		{"tools", `{"choices":[{"message":{"content":null,"tool_calls":[{"id":"a"},{"id":"b"}]}}]}`, true,
			`data: {"choices":[{"delta":{"content":null,"tool_calls":[{"id":"a","index":0},{"id":"b","index":1}]}}],"object":"chat.completion.chunk"}` + "\n\ndata: [DONE]\n\n"},
		{"a completion", `{"object":"text_completion","choices":[{"text":"hi"}]}`, false, `data: {"choices":[{"text":"hi"}],"object":"text_completion"}` + "\n\ndata: [DONE]\n\n"},
		{"another shape", `{"output":[]}`, true, ""},
		{"no JSON", `{"choices":`, true, ""},
	} {
		if got := string(gateway.Frames([]byte(tt.reply), tt.usage)); got != tt.want {
			t.Errorf("%s:\n got %s\nwant %s", tt.name, got, tt.want)
		}
	}
}
