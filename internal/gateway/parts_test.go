package gateway_test

import (
	"strings"
	"testing"

	"github.com/luodi/luodi/internal/gateway"
)

func TestSplitInputs(t *testing.T) {
	for _, tt := range []struct {
		name, body string
		want       []string // "": passed as it is
	}{
		{"one text", `{"model":"m","input":"a"}`, nil},
		{"within the limit", `{"input":["a","b"]}`, nil},
		{"tokens of one text", `{"input":[1,2,3,4]}`, nil},
		{"no input", `{"model":"m"}`, nil},
		{"no JSON", `{"input":[`, nil},
		{"a list that is none", `{"input":["a",}`, nil},
		{"nothing", `{"input":[]}`, nil},
		{"three of two at once", `{"model":"m","input":["a", "b,]", "\"c"],"user":"u"}`, []string{`{"model":"m","input":["a","b,]"],"user":"u"}`, `{"model":"m","input":["\"c"],"user":"u"}`}},
		{"tokens of three texts", `{"input":[[1,2],[3],[4]]}`, []string{`{"input":[[1,2],[3]]}`, `{"input":[[4]]}`}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			var got []string
			for _, p := range gateway.SplitInputs([]byte(tt.body), 2) {
				got = append(got, string(p))
			}
			if strings.Join(got, "\n") != strings.Join(tt.want, "\n") {
				t.Errorf("%q", got)
			}
		})
	}
	if parts := gateway.SplitInputs([]byte(`{"input":["a","b"]}`), 0); parts != nil {
		t.Error("no limit is known")
	}
}

func TestJoinEmbeddings(t *testing.T) {
	got, err := gateway.JoinEmbeddings([][]byte{
		[]byte(`{"object":"list","model":"m","data":[{"object":"embedding","index":1,"embedding":[2]},{"object":"embedding","index":0,"embedding":[1]}],"usage":{"prompt_tokens":5,"total_tokens":6}}`),
		[]byte(`{"object":"list","model":"m","data":[{"object":"embedding","index":0,"embedding":"AAAAAA=="}],"usage":{"prompt_tokens":2,"total_tokens":2}}`),
	})
	const want = `{"object":"list","data":[{"object":"embedding","index":1,"embedding":[2]},{"object":"embedding","index":0,"embedding":[1]},{"object":"embedding","index":2,"embedding":"AAAAAA=="}],"model":"m","usage":{"prompt_tokens":7,"total_tokens":8}}`
	if err != nil || string(got) != want {
		t.Errorf("%s %v", got, err)
	}
	for _, bad := range []string{`{}`, `no json`, `{"data":[]}`} {
		if _, err := gateway.JoinEmbeddings([][]byte{[]byte(bad)}); err == nil {
			t.Errorf("%s is taken", bad)
		}
	}
}

func TestFinish(t *testing.T) {
	rules := gateway.Rules{FinishReasons: map[string]string{"sensitive": "content_filter", "network_error": "length"}}
	for _, tt := range []struct{ name, in, want string }{
		{"OpenAI's own", `{"choices":[{"finish_reason":"stop"}]}`, ""},
		{"none yet", `{"choices":[{"finish_reason":null}]}`, ""},
		{"the vendor's", `{"choices":[{"finish_reason": "sensitive" }]}`, `{"choices":[{"finish_reason": "content_filter" }]}`},
		{"of each choice", `{"choices":[{"finish_reason":"sensitive"},{"finish_reason":"network_error"},{"finish_reason":"stop"}]}`, `{"choices":[{"finish_reason":"content_filter"},{"finish_reason":"length"},{"finish_reason":"stop"}]}`},
		{"in a frame", "data: {\"choices\":[{\"finish_reason\":\"network_error\"}]}\n\ndata: [DONE]\n\n", "data: {\"choices\":[{\"finish_reason\":\"length\"}]}\n\ndata: [DONE]\n\n"},
		{"what a model wrote", `{"content":"{\"finish_reason\":\"sensitive\"}"}`, ""},
		{"half a frame", `{"finish_reason":"sensi`, ""},
	} {
		t.Run(tt.name, func(t *testing.T) {
			if tt.want == "" {
				tt.want = tt.in
			}
			if got := rules.Finish([]byte(tt.in)); string(got) != tt.want {
				t.Errorf("%s", got)
			}
			var none gateway.Rules
			if got := none.Finish([]byte(tt.in)); string(got) != tt.in {
				t.Errorf("without rules: %s", got)
			}
		})
	}
}
