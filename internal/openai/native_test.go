package openai_test

import (
	"strings"
	"testing"

	"github.com/luodi/luodi/internal/errs"
	"github.com/luodi/luodi/internal/openai"
	"github.com/luodi/luodi/internal/openai/openaitest"
)

func TestChatInTheVendorsOwnShape(t *testing.T) {
	for _, shape := range []string{"anthropic", "gemini", "tc3"} {
		v := openaitest.Start(t, openaitest.Config{Key: "id"})
		ep := openai.Endpoint{BaseURL: v.BaseURL, Model: "m", Key: "id", Native: shape,
			NativeParams: map[string]string{"service": "s", "action": "ChatCompletions", "version": "1"}}
		if shape == "tc3" {
			ep.Key = "id:secret"
		}
		for _, stream := range []bool{false, true} {
			r, err := new(openai.Client).Chat(t.Context(), ep, user("one two"), openai.Params{Stream: stream})
			if err != nil || r.Text != "you said: one two" || !r.Counted || r.Usage.Output != 4 || r.FinishReason != "stop" {
				t.Errorf("%s, stream %v: %+v, %v", shape, stream, r, err)
			}
		}
		ep.Key = "other:secret"
		_, err := (&openai.Client{Retries: -1}).Chat(t.Context(), ep, user("x"), openai.Params{})
		if err == nil || strings.Contains(err.Error(), "secret]:") || strings.Contains(err.Error(), "other:secret") {
			t.Errorf("%s: %v", shape, err)
		}
		ep.Native = "other"
		if _, err := new(openai.Client).Chat(t.Context(), ep, user("x"), openai.Params{}); errs.Of(err) != errs.CodeInternal || !strings.Contains(err.Error(), "no native shape") {
			t.Errorf("%v", err)
		}
	}
}
