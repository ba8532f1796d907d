package gateway_test

import (
	"testing"

	"github.com/luodi/luodi/internal/gateway"
	"github.com/luodi/luodi/internal/meter"
)

func TestBatchLine(t *testing.T) {
	const body = `{"model":"qwen-plus","choices":[{"message":{"content":"usage\": {\"prompt_tokens\":9}"}}],"usage":{"prompt_tokens":10,"completion_tokens":3,"prompt_tokens_details":{"cached_tokens":4}}}`
	for _, tt := range []struct {
		name, line, model string
		usage             meter.Usage
		ok                bool
	}{
		{"a reply", `{"id":"r","custom_id":"1","response":{"status_code":200,"body":` + body + `},"error":null}`, "qwen-plus", meter.Usage{Input: 10, CachedInput: 4, Output: 3}, true},
		{"embeddings", `{"custom_id":"1","response":{"body":{"model":"e","data":[],"usage":{"prompt_tokens":7,"total_tokens":7}}}}`, "e", meter.Usage{Input: 7}, true},
		{"Anthropic's", `{"custom_id":"1","result":{"type":"succeeded","message":{"id":"msg_1","model":"claude-x","content":[{"type":"text","text":"\"usage\": {\"input_tokens\":9}"}],"usage":{"input_tokens":5,"cache_creation_input_tokens":7,"cache_read_input_tokens":11,"output_tokens":3}}}}`, "claude-x", meter.Usage{Input: 23, CachedInput: 11, CacheWrite: 7, Output: 3}, true},
		{"Anthropic's, failed", `{"custom_id":"1","result":{"type":"errored","error":{"type":"error","error":{"type":"invalid_request_error","message":"m"}}}}`, "", meter.Usage{}, false},
		{"Anthropic's, expired", `{"custom_id":"1","result":{"type":"expired"}}`, "", meter.Usage{}, false},
		{"Anthropic's, no message", `{"custom_id":"1","result":{"type":"succeeded","message":"none"}}`, "", meter.Usage{}, false},
		{"a result that is none", `{"custom_id":"1","result":[1]}`, "", meter.Usage{}, false},
		{"a call that failed", `{"custom_id":"1","response":{"status_code":429,"body":{"error":{"message":"busy"}}}}`, "", meter.Usage{}, false},
		{"no response", `{"custom_id":"1","response":null,"error":{"code":"expired"}}`, "", meter.Usage{}, false},
		{"a request", `{"custom_id":"1","method":"POST","body":` + body + `}`, "", meter.Usage{}, false},
		{"another file's line", body, "", meter.Usage{}, false},
		{"half a line", `{"custom_id":"1","response":{"body":{"usa`, "", meter.Usage{}, false},
		{"nothing", ``, "", meter.Usage{}, false},
	} {
		t.Run(tt.name, func(t *testing.T) {
			model, usage, ok := gateway.BatchLine([]byte(tt.line))
			if model != tt.model || usage != tt.usage || ok != tt.ok {
				t.Errorf("%q %+v %v", model, usage, ok)
			}
		})
	}
}

// Anthropic counts what it wrote to its cache apart; it is priced apart too.
func TestCacheWritesAreCounted(t *testing.T) {
	u, ok := gateway.MessagesShape.Usage([]byte(`{"content":[],"usage":{"input_tokens":5,"cache_creation_input_tokens":7,"cache_read_input_tokens":11,"output_tokens":3}}`))
	if want := (meter.Usage{Input: 23, CachedInput: 11, CacheWrite: 7, Output: 3}); !ok || u != want {
		t.Errorf("%+v %v", u, ok)
	}
}
