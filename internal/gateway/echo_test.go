package gateway_test

import (
	"testing"

	"github.com/luodi/luodi/internal/gateway"
	"github.com/luodi/luodi/internal/meter"
)

// What a reply repeats of its call may hold members named usage, with numbers that
// the client chose. They are never what it is charged by.
func TestEchoesAreNoUsage(t *testing.T) {
	const tools = `"tools":[{"type":"function","parameters":{"properties":{"usage":{"input_tokens":1,"prompt_tokens":1,"output_tokens":0}}}}]`
	const counts = `"usage":{"input_tokens":70,"output_tokens":30}`
	want := meter.Usage{Input: 70, Output: 30}
	for name, tt := range map[string]struct {
		shape gateway.Shape
		reply string
		want  meter.Usage
		ok    bool
	}{
		"tools before it":          {gateway.ResponsesShape, `{` + tools + `,` + counts + `}`, want, true},
		"tools after it":           {gateway.ResponsesShape, `{` + counts + `,` + tools + `}`, want, true},
		"tools, and none":          {gateway.ResponsesShape, `{"usage":null,` + tools + `}`, meter.Usage{}, false},
		"tools, cut off":           {gateway.ResponsesShape, `{` + tools + `,"output":[`, meter.Usage{}, false},
		"documents of a reranking": {gateway.ChatShape, `{` + counts + `,"results":[{"document":{"usage":{"prompt_tokens":1}}}]}`, want, true},
		"in a choice":              {gateway.ChatShape, `{"choices":[{` + counts + `}]}`, want, true},
		"Anthropic's":              {gateway.MessagesShape, `{"content":[{"input":{"usage":{"input_tokens":1}}}],` + counts + `}`, want, true},
	} {
		if got, ok := tt.shape.Usage([]byte(tt.reply)); got != tt.want || ok != tt.ok {
			t.Errorf("%s: %+v %v", name, got, ok)
		}
	}
	var s gateway.Stream
	s.Reset(false, gateway.ResponsesShape)
	frame := func(kind, response string) []byte {
		return []byte("event: " + kind + "\ndata: {\"type\":\"" + kind + "\",\"response\":{" + response + "}}\n\n")
	}
	s.Pass(frame("response.created", `"usage":null,`+tools))
	s.Pass([]byte("event: response.output_text.delta\ndata: {\"type\":\"response.output_text.delta\",\"delta\":\"hello\"}\n\n"))
	if s.Exact || s.Usage != (meter.Usage{}) || s.Text.Characters() != 5 {
		t.Errorf("after the client's own numbers: %+v", s)
	}
	s.Pass(frame("response.completed", tools+`,`+counts+`,`+tools))
	if !s.Exact || s.Usage != want {
		t.Errorf("after the vendor's: %+v", s)
	}
}
