package catalog_test

import (
	"testing"
	"testing/fstest"

	"github.com/google/go-cmp/cmp"

	"github.com/luodi/luodi/internal/catalog"
)

// What a model's quirks lay over the vendor's, key by key.
func TestModelQuirksAreLaidOver(t *testing.T) {
	c := load(t, fstest.MapFS{"vendors/house.yaml": {Data: []byte(`
name: house
title: House
title_zh: 自建
base_url: https://llm.example.com/v1
auth: bearer
env_key: HOUSE_KEY
date: 2026-01-02
source: s
quirks:
  rename: {a: b}
  drop: [x]
  clamp: {top_p: {min: 0.1, max: 0.9}}
  default: {temperature: 0.3}
  stream_usage: always
  finish_reasons: {sensitive: content_filter}
models:
  - match: ["big-*"]
    quirks:
      rename: {a: c, d: e}
      drop: [y]
      clamp: {top_p: {min: 0.2, max: 0.8}}
      force: {thinking: '{"type":"disabled"}'}
      replace: {tool_choice: {'"required"': '"auto"'}}
      max_tokens: max_completion_tokens
      embeddings_batch: 16
      error_in_200: [{code: code, ok: "0", message: message}]
      floats_only: true
  - {match: ["big-stream"], when: stream, base_url: "https://stream.example.com/v1", quirks: {stream_usage: never, reasoning_back: tool_turns}}
`)}})
	v, ok := c.Vendor("house")
	if !ok {
		t.Fatal("no vendor house")
	}
	plain := catalog.Quirks{
		Rename: map[string]string{"a": "b"}, Drop: []string{"x"}, Clamp: map[string]catalog.Range{"top_p": {Min: .1, Max: .9}},
		Default: map[string]catalog.JSON{"temperature": "0.3"}, StreamUsage: "always", FinishReasons: map[string]string{"sensitive": "content_filter"},
	}
	big := plain
	big.Rename = map[string]string{"a": "c", "d": "e"}
	big.Drop = []string{"x", "y"}
	big.Clamp = map[string]catalog.Range{"top_p": {Min: .2, Max: .8}}
	big.Force = map[string]catalog.JSON{"thinking": `{"type":"disabled"}`}
	big.Replace = map[string]map[string]catalog.JSON{"tool_choice": {`"required"`: `"auto"`}}
	big.MaxTokens, big.EmbeddingsBatch, big.FloatsOnly = "max_completion_tokens", 16, true
	big.Errors = []catalog.ErrorPlace{{Code: "code", OK: "0", Message: "message"}}
	stream := big
	stream.StreamUsage, stream.ReasoningBack = "never", "tool_turns"
	const house = "https://llm.example.com/v1"
	for _, tt := range []struct {
		name, model string
		stream      bool
		want        catalog.Quirks
		base        string
	}{
		{"another model", "small", true, plain, house},
		{"a big one", "BIG-7b", true, big, house},
		{"outside of a stream", "big-stream", false, big, house},
		{"in a stream", "big-stream", true, stream, "https://stream.example.com/v1"},
		{"the vendor's own are unchanged", "small", false, plain, house},
	} {
		t.Run(tt.name, func(t *testing.T) {
			got, base := v.For(tt.model, tt.stream)
			if diff := cmp.Diff(tt.want, got); diff != "" || base != tt.base {
				t.Errorf("at %s\n%s", base, diff)
			}
		})
	}
}
