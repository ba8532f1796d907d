package proxy_test

import (
	"context"
	"encoding/json"
	"io"
	"net/http"
	"strings"
	"testing"

	"github.com/luodi/luodi/internal/gateway"
	"github.com/luodi/luodi/internal/meter"
	"github.com/luodi/luodi/internal/openai/openaitest"
)

func TestRerank(t *testing.T) {
	body := `{"model":"re","query":"card lost","documents":["a card","a card was lost"],"top_n":2}`
	for _, tt := range []struct {
		name, path string
		cohere     bool
		want       []string
		exact      bool
	}{
		{"Jina in and out", "/v1/rerank", false, []string{`"usage":{"total_tokens":10}`, `"relevance_score":0.5`}, true},
		{"Cohere in, Jina behind", "/v2/rerank", false, []string{`"meta":{"api_version"`, `"id":"req_`}, true},
		{"Jina in, Cohere behind", "/v1/rerank", true, []string{`"usage":{"prompt_tokens":`, `"model":"re"`}, false},
	} {
		t.Run(tt.name, func(t *testing.T) {
			v := openaitest.Start(t, openaitest.Config{Cohere: tt.cohere})
			r := start(t, []gateway.Route{route("re", upstream(v, "reranker"))}, nil)
			res, got := r.post(tt.path, r.cancel, body)
			var any struct{ Results []struct{ Index int } }
			if res.StatusCode != 200 || json.Unmarshal([]byte(got), &any) != nil || len(any.Results) != 2 {
				t.Fatalf("%d %s", res.StatusCode, got)
			}
			for _, w := range tt.want {
				if !strings.Contains(got, w) {
					t.Errorf("%s is not in %s", w, got)
				}
			}
			row := r.rows(1)[0]
			if row.Usage.Input == 0 || row.Usage.Output != 0 || row.Estimated == tt.exact || row.Cost == 0 {
				t.Errorf("%+v", row)
			}
		})
	}
	t.Run("a vendor without", func(t *testing.T) {
		v := openaitest.Start(t, openaitest.Config{})
		to := upstream(v, "chat")
		to.Upstream.Paths = map[string]string{"/rerank": "none"}
		r := start(t, []gateway.Route{route("re", to)}, nil)
		if res, got := r.post("/v1/rerank", r.cancel, body); res.StatusCode != 400 || !strings.Contains(got, "not_offered") {
			t.Errorf("%d %s", res.StatusCode, got)
		}
		r.rows(0)
	})
}

func TestResponses(t *testing.T) {
	for _, stream := range []bool{false, true} {
		v := openaitest.Start(t, openaitest.Config{})
		r := start(t, []gateway.Route{route("m", upstream(v, "vendor-m"))}, nil)
		body := `{"model":"m","input":"one two three"}`
		if stream {
			body = `{"model":"m","input":"one two three","stream":true}`
		}
		res, got := r.post("/v1/responses", r.cancel, body)
		direct, err := http.Post(v.BaseURL+"/responses", "application/json", strings.NewReader(strings.Replace(body, `"m"`, `"vendor-m"`, 1)))
		if err != nil {
			t.Fatal(err)
		}
		want, _ := io.ReadAll(direct.Body)
		direct.Body.Close()
		if res.StatusCode != 200 || got != string(want) {
			t.Errorf("stream %v: %d\ngot  %s\nwant %s", stream, res.StatusCode, got, want)
		}
		if row := r.rows(1)[0]; row.Usage != (meter.Usage{Input: 3, CachedInput: 1, Output: 5}) || row.Estimated || row.Outcome != meter.OK {
			t.Errorf("stream %v: %+v", stream, row)
		}
	}
}

func TestResponsesCut(t *testing.T) {
	v := openaitest.Start(t, openaitest.Config{CutAfter: 4})
	r := start(t, []gateway.Route{route("m", upstream(v, "m"))}, nil)
	_, got := r.post("/v1/responses", r.cancel, `{"model":"m","input":"one two three","stream":true}`)
	if !strings.Contains(got, "upstream_cut") {
		t.Error(got)
	}
	if row := r.rows(1)[0]; row.Usage.Output != 3 || !row.Estimated || row.Outcome != meter.UpstreamCut {
		t.Errorf("%+v", row)
	}
}

const say = `{"model":"m","max_tokens":100,"system":"be short","messages":[{"role":"user","content":"one two three four"}]}`

func sayStream() string { return strings.Replace(say, `"max_tokens"`, `"stream":true,"max_tokens"`, 1) }

// anthropic is a route to a vendor that speaks Anthropic's shape itself.
func anthropic(v *openaitest.Vendor) gateway.Route {
	to := upstream(v, "claude")
	to.Upstream.Messages, to.Upstream.MessagesHeader = v.BaseURL+"/messages", "X-Api-Key"
	return route("m", to)
}

func TestMessagesPassThrough(t *testing.T) {
	v := openaitest.Start(t, openaitest.Config{})
	r := start(t, []gateway.Route{anthropic(v)}, nil)
	res, got := r.post("/v1/messages", r.cancel, say)
	if res.StatusCode != 200 || !strings.Contains(got, `"id":"msg_fake"`) {
		t.Errorf("%d %s", res.StatusCode, got)
	}
	if _, got := r.post("/v1/messages", r.cancel, sayStream()); !strings.HasSuffix(got, "event: message_stop\ndata: {\"type\":\"message_stop\"}\n\n") {
		t.Error(got)
	}
	c := v.Calls()[0]
	if c.Header.Get("X-Api-Key") != "sk-vendor-secret" || c.Header.Get("Authorization") != "" || c.Header.Get("Anthropic-Version") == "" || string(c.Body) != strings.Replace(say, `"m"`, `"claude"`, 1) {
		t.Errorf("%v %s", c.Header, c.Body)
	}
	for _, row := range r.rows(2) {
		if row.Usage != (meter.Usage{Input: 4, CachedInput: 1, Output: 6}) || row.Estimated || row.Outcome != meter.OK {
			t.Errorf("%+v", row)
		}
	}
}

func TestMessagesCut(t *testing.T) {
	v := openaitest.Start(t, openaitest.Config{CutAfter: 5})
	r := start(t, []gateway.Route{anthropic(v)}, nil)
	_, got := r.post("/v1/messages", r.cancel, sayStream())
	if !strings.Contains(got, "event: error\ndata: {\"type\":\"error\"") {
		t.Error(got)
	}
	if row := r.rows(1)[0]; row.Usage != (meter.Usage{Input: 4, CachedInput: 1, Output: 2}) || !row.Estimated || row.Outcome != meter.UpstreamCut {
		t.Errorf("%+v", row)
	}
}

func TestMessagesAsChat(t *testing.T) {
	v := openaitest.Start(t, openaitest.Config{})
	label := func(context.Context, gateway.Caller, []gateway.Message) (gateway.Reply, error) {
		return gateway.Reply{Text: "card_lost"}, nil
	}
	r := start(t, []gateway.Route{route("m", upstream(v, "qwen")), route("local", gateway.Target{Local: label})}, nil)
	res, got := r.post("/v1/messages", r.cancel, say)
	var m struct {
		Type, Model string
		Reason      string `json:"stop_reason"`
		Content     []struct{ Type, Text string }
		Usage       struct {
			In  int64 `json:"input_tokens"`
			Out int64 `json:"output_tokens"`
		}
	}
	if err := json.Unmarshal([]byte(got), &m); err != nil || res.StatusCode != 200 || m.Type != "message" || m.Model != "m" || m.Reason != "end_turn" ||
		len(m.Content) != 1 || m.Content[0].Text != "you said: one two three four" || m.Usage.In != 6 || m.Usage.Out != 6 {
		t.Errorf("%d %s", res.StatusCode, got)
	}
	_, got = r.post("/v1/messages", r.cancel, sayStream())
	var kinds []string
	for _, line := range strings.Split(got, "\n") {
		if k, ok := strings.CutPrefix(line, "event: "); ok && (len(kinds) == 0 || kinds[len(kinds)-1] != k) {
			kinds = append(kinds, k)
		}
	}
	if s := strings.Join(kinds, " "); s != "message_start ping content_block_start content_block_delta content_block_stop message_delta message_stop" || strings.Contains(got, "[DONE]") {
		t.Errorf("%s\n%s", s, got)
	}
	for _, row := range r.rows(2) {
		if row.Usage.Input != 6 || row.Usage.Output != 6 || row.Estimated {
			t.Errorf("%+v", row)
		}
	}
	for _, body := range []string{say, sayStream()} {
		_, got = r.post("/v1/messages", r.cancel, strings.Replace(body, `"m"`, `"local"`, 1))
		if !strings.Contains(got, `card_lost`) || !strings.Contains(got, `"end_turn"`) || strings.Contains(got, "choices") {
			t.Error(got)
		}
	}
	res, got = r.post("/v1/messages", "luodi_wrong", say)
	if res.StatusCode != 401 || !strings.Contains(got, `{"type":"error","error":{"type":"authentication_error"`) {
		t.Errorf("%d %s", res.StatusCode, got)
	}
	if res, got = r.post("/v1/messages", r.cancel, `{"model":"m","messages":[{"role":"user","content":[{"type":"document"}]}]}`); res.StatusCode != 400 || !strings.Contains(got, "invalid_request_error") {
		t.Errorf("%d %s", res.StatusCode, got)
	}
}
