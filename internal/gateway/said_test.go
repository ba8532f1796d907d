package gateway_test

import (
	"testing"

	"github.com/luodi/luodi/internal/gateway"
)

func TestReplyText(t *testing.T) {
	tests := []struct{ name, reply, want string }{
		{"a chat", `{"choices":[{"index":0,"message":{"role":"assistant","content":"信用卡"}}],"usage":{}}`, "信用卡"},
		{"the first choice only", `{"choices":[{"index":1,"message":{"content":"b"}},{"index":0,"message":{"content":"a"}}]}`, "a"},
		{"parts", `{"choices":[{"index":0,"message":{"content":[{"type":"text","text":"a"},{"type":"text","text":"b"}]}}]}`, "a\nb"},
		{"reasoning is not said", `{"choices":[{"index":0,"message":{"reasoning_content":"hm","content":"card"}}]}`, "card"},
		{"a call of a tool", `{"choices":[{"index":0,"message":{"content":null,"tool_calls":[{"id":"1"}]}}]}`, ""},
		{"a completion", `{"choices":[{"index":0,"text":"card"}]}`, "card"},
		{"a stream", "data: {\"choices\":[{\"index\":0,\"delta\":{\"role\":\"assistant\",\"content\":\"信\"}}]}\n\n: keep-alive\n\n" +
			"data: {\"choices\":[{\"index\":0,\"delta\":{\"content\":\"用卡\"}}]}\n\ndata: {\"choices\":[],\"usage\":{}}\n\ndata: [DONE]\n\n", "信用卡"},
		{"a stream without its last line", "data: {\"choices\":[{\"index\":0,\"delta\":{\"content\":\"a\"}}]}", "a"},
		{"Anthropic's reply", `{"type":"message","content":[{"type":"thinking","text":"hm"},{"type":"text","text":"card"}]}`, "card"},
		{"Anthropic's stream", "event: content_block_delta\ndata: {\"type\":\"content_block_delta\",\"delta\":{\"type\":\"text_delta\",\"text\":\"card\"}}\n\n", "card"},
		{"nothing", "", ""},
		{"no reply at all", "<html>", ""},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if got := gateway.ReplyText([]byte(tt.reply)); got != tt.want {
				t.Errorf("%q, want %q", got, tt.want)
			}
		})
	}
}
