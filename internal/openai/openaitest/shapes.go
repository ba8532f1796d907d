package openaitest

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"strings"
)

// rerank scores documents by the query's words in them.
func (v *Vendor) rerank(w http.ResponseWriter, body []byte) {
	var q struct {
		Model, Query string
		Documents    []string
	}
	if err := json.Unmarshal(body, &q); err != nil {
		fail(w, 400, `{"message":"documents must be strings"}`)
		return
	}
	var results []string
	tokens := 0
	for i, d := range q.Documents {
		score := 0.0
		for _, word := range strings.Fields(q.Query) {
			if strings.Contains(d, word) {
				score += 0.25
			}
		}
		tokens += len(strings.Fields(q.Query)) + len(strings.Fields(d))
		results = append(results, fmt.Sprintf(`{"index":%d,"relevance_score":%v}`, i, score))
	}
	list := strings.Join(results, ",")
	if v.cfg.Cohere {
		fail(w, 200, `{"id":"r1","results":[`+list+`],"meta":{"api_version":{"version":"2"},"billed_units":{"search_units":1}}}`)
		return
	}
	fail(w, 200, fmt.Sprintf(`{"model":%q,"usage":{"total_tokens":%d},"results":[%s]}`, q.Model, tokens, list))
}

// events streams server-sent events, of named kinds where kinds is not nil, with
// the fake's cuts.
func (v *Vendor) events(w http.ResponseWriter, r *http.Request, call *Call, kinds, data []string) {
	w.Header().Set("Content-Type", "text/event-stream; charset=utf-8")
	flush := w.(http.Flusher)
	for i := range data {
		if v.cfg.CutAfter > 0 && i == v.cfg.CutAfter {
			flush.Flush()
			panic(http.ErrAbortHandler)
		}
		kind := ""
		if kinds != nil {
			kind = "event: " + kinds[i] + "\n"
		}
		if _, err := io.WriteString(w, kind+"data: "+data[i]+"\n\n"); err != nil || r.Context().Err() != nil {
			v.gone(call)
			return
		}
		flush.Flush()
	}
}

func (v *Vendor) inputText(q request) (reply string, prompt int) {
	q.Prompt = q.Input
	return v.text(q)
}

// responses answers OpenAI's responses API.
func (v *Vendor) responses(w http.ResponseWriter, r *http.Request, q request, call *Call) {
	text, prompt := v.inputText(q)
	quoted, _ := json.Marshal(text)
	whole := fmt.Sprintf(`{"id":"resp_fake","object":"response","status":"completed","model":%q,"output":[{"type":"message","id":"msg_1","status":"completed","role":"assistant","content":[{"type":"output_text","text":%s,"annotations":[]}]}],"usage":{"input_tokens":%d,"input_tokens_details":{"cached_tokens":1},"output_tokens":%d,"output_tokens_details":{"reasoning_tokens":0},"total_tokens":%d}}`,
		q.Model, quoted, prompt, len(strings.Fields(text)), prompt+len(strings.Fields(text)))
	if !q.Stream {
		fail(w, 200, whole)
		return
	}
	kinds := []string{"response.created"}
	data := []string{`{"type":"response.created","sequence_number":0,"response":{"id":"resp_fake","object":"response","status":"in_progress","output":[],"usage":null}}`}
	for i, word := range strings.SplitAfter(text, " ") {
		b, _ := json.Marshal(word)
		kinds = append(kinds, "response.output_text.delta")
		data = append(data, fmt.Sprintf(`{"type":"response.output_text.delta","sequence_number":%d,"item_id":"msg_1","output_index":0,"content_index":0,"delta":%s}`, i+1, b))
	}
	kinds = append(kinds, "response.output_text.done", "response.completed")
	data = append(data, `{"type":"response.output_text.done","item_id":"msg_1","text":`+string(quoted)+`}`, `{"type":"response.completed","response":`+whole+`}`)
	v.events(w, r, call, kinds, data)
}

// messages answers Anthropic's messages API; a quarter of the prompt's words,
// rounded down, comes from the cache.
func (v *Vendor) messages(w http.ResponseWriter, r *http.Request, q request, call *Call) {
	text, prompt := v.text(q)
	quoted, _ := json.Marshal(text)
	out, cached := len(strings.Fields(text)), prompt/4
	usage := fmt.Sprintf(`"usage":{"input_tokens":%d,"cache_creation_input_tokens":0,"cache_read_input_tokens":%d,"output_tokens":%%d}`, prompt-cached, cached)
	head := `{"id":"msg_fake","type":"message","role":"assistant","model":"` + q.Model + `","content":[`
	if !q.Stream {
		fail(w, 200, head+`{"type":"text","text":`+string(quoted)+`}],"stop_reason":"end_turn","stop_sequence":null,`+fmt.Sprintf(usage, out)+`}`)
		return
	}
	kinds := []string{"message_start", "content_block_start", "ping"}
	data := []string{`{"type":"message_start","message":` + head + `],"stop_reason":null,"stop_sequence":null,` + fmt.Sprintf(usage, 1) + `}}`,
		`{"type":"content_block_start","index":0,"content_block":{"type":"text","text":""}}`, `{"type":"ping"}`}
	for _, word := range strings.SplitAfter(text, " ") {
		b, _ := json.Marshal(word)
		kinds = append(kinds, "content_block_delta")
		data = append(data, `{"type":"content_block_delta","index":0,"delta":{"type":"text_delta","text":`+string(b)+`}}`)
	}
	kinds = append(kinds, "content_block_stop", "message_delta", "message_stop")
	data = append(data, `{"type":"content_block_stop","index":0}`,
		fmt.Sprintf(`{"type":"message_delta","delta":{"stop_reason":"end_turn","stop_sequence":null},"usage":{"output_tokens":%d}}`, out),
		`{"type":"message_stop"}`)
	v.events(w, r, call, kinds, data)
}
