package proxy_test

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/luodi/luodi/internal/gateway"
	"github.com/luodi/luodi/internal/meter"
	"github.com/luodi/luodi/internal/openai/openaitest"
)

// natives are the shapes with what their key looks like.
var natives = map[string]gateway.Secret{"anthropic": "sk-ant-1", "gemini": "AIza-1", "tc3": "AKID1:secret1"}

func nativeTarget(v *openaitest.Vendor, shape string, key gateway.Secret) gateway.Target {
	return gateway.Target{Upstream: &gateway.Upstream{
		Vendor: shape, BaseURL: v.BaseURL, Key: key, Model: "m-1", Price: price, Native: shape,
		NativeParams: map[string]string{"service": "hunyuan", "action": "ChatCompletions", "version": "2023-09-01"},
	}}
}

func TestNativeVendors(t *testing.T) {
	const ask = `{"model":"m","messages":[{"role":"user","content":"one two three four"}]}`
	for shape, key := range natives {
		t.Run(shape, func(t *testing.T) {
			id, _, _ := strings.Cut(string(key), ":")
			v := openaitest.Start(t, openaitest.Config{Key: id})
			r := start(t, []gateway.Route{route("m", nativeTarget(v, shape, key)), route("wrong", nativeTarget(v, shape, "AKID2:x"))}, nil)
			res, body := r.post("/v1/chat/completions", r.cancel, ask)
			var reply struct {
				Object  string
				Choices []struct{ Message struct{ Content string } }
			}
			if err := json.Unmarshal([]byte(body), &reply); err != nil || res.StatusCode != 200 || reply.Object != "chat.completion" || reply.Choices[0].Message.Content != "you said: one two three four" {
				t.Fatalf("%d %s %v", res.StatusCode, body, err)
			}
			row := r.rows(1)[0]
			if row.Usage.Input != 4 || row.Usage.Output != 6 || row.Estimated || row.Outcome != meter.OK || row.Cost == 0 {
				t.Errorf("%+v", row)
			}
			res, body = r.post("/v1/chat/completions", r.cancel, strings.Replace(ask, `"model"`, `"stream":true,"model"`, 1))
			if res.StatusCode != 200 || !strings.HasSuffix(body, "data: [DONE]\n\n") || strings.Contains(body, `"usage"`) || !strings.Contains(body, `"content":"three "`) {
				t.Errorf("%d %s", res.StatusCode, body)
			}
			if row := r.rows(2)[1]; row.Usage.Input != 4 || row.Usage.Output != 6 || row.Estimated || row.Outcome != meter.OK {
				t.Errorf("%+v", row)
			}
			if shape != "anthropic" {
				if _, body = r.post("/v1/chat/completions", r.cancel, strings.Replace(ask, "four", "tool", 1)); !strings.Contains(body, `"name":"look","arguments":"{\"at\":\"it\"}"`) || !strings.Contains(body, `"finish_reason":"tool_calls"`) {
					t.Error(body)
				}
				r.rows(3)
			}
			if res, body = r.post("/v1/chat/completions", r.cancel, strings.Replace(ask, `"m"`, `"wrong"`, 1)); res.StatusCode != 502 || strings.Contains(body, "AKID2") {
				t.Errorf("%d %s", res.StatusCode, body)
			}
			if res, body = r.post("/v1/chat/completions", r.cancel, strings.Replace(ask, `"model"`, `"n":2,"model"`, 1)); res.StatusCode != 400 || !strings.Contains(body, "n = 2") {
				t.Errorf("%d %s", res.StatusCode, body)
			}
			if res, body = r.post("/v1/embeddings", r.cancel, `{"model":"m","input":"x"}`); res.StatusCode != 400 || !strings.Contains(body, "not_offered") {
				t.Errorf("%d %s", res.StatusCode, body)
			}
		})
	}
}

func TestNativeStreamIsCut(t *testing.T) {
	for shape, key := range natives {
		v := openaitest.Start(t, openaitest.Config{CutAfter: 5})
		r := start(t, []gateway.Route{route("m", nativeTarget(v, shape, key))}, nil)
		_, body := r.post("/v1/chat/completions", r.cancel, `{"model":"m","stream":true,"messages":[{"role":"user","content":"one two three four five six"}]}`)
		if strings.Contains(body, "[DONE]") || !strings.Contains(body, "upstream_cut") || !strings.Contains(body, "you ") {
			t.Errorf("%s: %s", shape, body)
		}
		if row := r.rows(1)[0]; row.Outcome != meter.UpstreamCut || !row.Estimated || row.Usage.Output == 0 {
			t.Errorf("%s: %+v", shape, row)
		}
	}
}
