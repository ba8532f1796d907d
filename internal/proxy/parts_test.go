package proxy_test

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/luodi/luodi/internal/gateway"
	"github.com/luodi/luodi/internal/meter"
)

// A vendor that takes 3 inputs at once answers 7 in three calls; where one fails
// the client gets its error, and what the calls before it used is charged.
func TestEmbeddingsInParts(t *testing.T) {
	var sizes []int
	v := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		var q struct{ Input []string }
		b, _ := io.ReadAll(r.Body)
		if json.Unmarshal(b, &q) != nil || len(q.Input) == 0 || len(q.Input) > 3 {
			w.WriteHeader(400)
			return
		}
		sizes = append(sizes, len(q.Input))
		switch q.Input[0] {
		case "busy":
			w.WriteHeader(429)
			return
		case "cut":
			panic(http.ErrAbortHandler)
		case "wrong":
			fmt.Fprint(w, `{"error_code":7,"error_msg":"no"}`)
			return
		}
		var data []string
		for i, s := range q.Input {
			data = append(data, fmt.Sprintf(`{"object":"embedding","index":%d,"embedding":[%d]}`, i, len(s)))
		}
		fmt.Fprintf(w, `{"object":"list","model":"e","data":[%s],"usage":{"prompt_tokens":%d,"total_tokens":%d}}`, strings.Join(data, ","), 10*len(q.Input), 10*len(q.Input))
	}))
	t.Cleanup(v.Close)
	rules := gateway.Rules{InputsAtOnce: 3, Errors: []gateway.ErrorPlace{{Code: "error_code", OK: "0", Message: "error_msg"}}}
	r := start(t, []gateway.Route{route("e", gateway.Target{Upstream: &gateway.Upstream{Vendor: "fake", BaseURL: v.URL + "/v1", Model: "e", Price: price, Rules: rules}})}, nil)
	ask := func(inputs ...string) (int, []float64) {
		b, _ := json.Marshal(map[string]any{"model": "e", "input": inputs})
		res, body := r.post("/v1/embeddings", r.cancel, string(b))
		var out struct {
			Data []struct {
				Index     int
				Embedding []float64
			}
		}
		_ = json.Unmarshal([]byte(body), &out)
		got := make([]float64, len(out.Data))
		for _, d := range out.Data {
			got[d.Index] = d.Embedding[0]
		}
		return res.StatusCode, got
	}
	status, got := ask("a", "aa", "aaa", "aaaa", "aaaaa", "aaaaaa", "aaaaaaa")
	if status != 200 || fmt.Sprint(got) != "[1 2 3 4 5 6 7]" || fmt.Sprint(sizes) != "[3 3 1]" {
		t.Errorf("%d %v in calls of %v", status, got, sizes)
	}
	for i, tt := range []struct {
		first  string // of the second call
		status int
	}{{"busy", 429}, {"cut", 502}, {"wrong", 502}} {
		if status, _ := ask("a", "b", "c", tt.first); status != tt.status {
			t.Errorf("%s: %d", tt.first, status)
		}
		rows := r.rows(2 + i)
		if row := rows[len(rows)-1]; row.Outcome != meter.UpstreamError || row.Usage.Input != 30 || row.Cost == 0 {
			t.Errorf("%s: %+v", tt.first, row)
		}
	}
	rows := r.rows(4)
	if row := rows[0]; row.Usage.Input != 70 || row.Outcome != meter.OK || row.Estimated {
		t.Errorf("%+v", row)
	}
}

// Clients see OpenAI's reasons to finish, whole and streamed.
func TestFinishReasonsOfAVendor(t *testing.T) {
	v := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if b, _ := io.ReadAll(r.Body); strings.Contains(string(b), `"stream":true`) {
			w.Header().Set("Content-Type", "text/event-stream")
			io.WriteString(w, `data: {"choices":[{"index":0,"delta":{"content":"x"},"finish_reason":null}]}`+"\n\n"+`data: {"choices":[{"index":0,"delta":{},"finish_reason":"sensitive"}]}`+"\n\ndata: [DONE]\n\n")
			return
		}
		io.WriteString(w, `{"choices":[{"index":0,"message":{"role":"assistant","content":"x"},"finish_reason":"sensitive"}],"usage":{"prompt_tokens":3,"completion_tokens":1}}`)
	}))
	t.Cleanup(v.Close)
	rules := gateway.Rules{FinishReasons: map[string]string{"sensitive": "content_filter"}}
	r := start(t, []gateway.Route{route("g", gateway.Target{Upstream: &gateway.Upstream{Vendor: "fake", BaseURL: v.URL + "/v1", Model: "g", Price: price, Rules: rules}})}, nil)
	for _, stream := range []string{"false", "true"} {
		_, body := r.post("/v1/chat/completions", r.cancel, `{"model":"g","stream":`+stream+`,"messages":[{"role":"user","content":"hi"}]}`)
		if !strings.Contains(body, `"finish_reason":"content_filter"`) || strings.Contains(body, "sensitive") || stream == "true" && !strings.HasSuffix(body, "data: [DONE]\n\n") {
			t.Errorf("stream %s: %s", stream, body)
		}
	}
	r.rows(2)
}

// A stream in a vendor's own shape that is cut is charged for the input, and where
// it counts as it goes for the output, that its frames had named.
func TestACutNativeStreamIsChargedAsNamed(t *testing.T) {
	for shape, tt := range map[string]struct {
		frames string
		want   meter.Usage // an output of 0 is estimated
	}{
		"anthropic": {
			`data: {"type":"message_start","message":{"id":"m","type":"message","usage":{"input_tokens":1234,"cache_read_input_tokens":100,"cache_creation_input_tokens":66,"output_tokens":1}}}` + "\n\n" +
				`data: {"type":"content_block_delta","delta":{"type":"text_delta","text":"hello there, how are you today"}}` + "\n\n",
			meter.Usage{Input: 1400, CachedInput: 100, CacheWrite: 66},
		},
		"gemini": {
			`data: {"candidates":[{"content":{"parts":[{"text":"hello "}]}}],"usageMetadata":{"promptTokenCount":777,"candidatesTokenCount":2}}` + "\r\n\r\n" +
				`data: {"candidates":[{"content":{"parts":[{"text":"there"}]}}],"usageMetadata":{"promptTokenCount":777,"candidatesTokenCount":19,"thoughtsTokenCount":4}}` + "\r\n\r\n",
			meter.Usage{Input: 777, Output: 23, Reasoning: 4},
		},
	} {
		v := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			w.Header().Set("Content-Type", "text/event-stream")
			io.WriteString(w, tt.frames)
			w.(http.Flusher).Flush()
			panic(http.ErrAbortHandler)
		}))
		t.Cleanup(v.Close)
		r := start(t, []gateway.Route{route("m", gateway.Target{Upstream: &gateway.Upstream{Vendor: shape, BaseURL: v.URL, Key: natives[shape], Model: "m", Price: price, Native: shape}})}, nil)
		r.post("/v1/chat/completions", r.cancel, `{"model":"m","stream":true,"messages":[{"role":"user","content":"hi"}]}`)
		row := r.rows(1)[0]
		if tt.want.Output == 0 && row.Usage.Output > 3 {
			tt.want.Output = row.Usage.Output
		}
		if row.Outcome != meter.UpstreamCut || !row.Estimated || row.Usage != tt.want {
			t.Errorf("%s: %+v", shape, row)
		}
	}
}
