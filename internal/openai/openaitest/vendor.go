// Package openaitest fakes vendors on loopback, with the habits that real ones
// have: errors under status 200, usage in odd places or none at all,
// keep-alive comments, missing fields, slow, cut and reset replies, 429 with
// Retry-After.
//
// It is for tests only. A fake is a Config; what it was sent is kept in Calls.
// Its tokens are words: a prompt of three words counts three.
package openaitest

import (
	"encoding/base64"
	"encoding/binary"
	"encoding/json"
	"fmt"
	"io"
	"math"
	"net/http"
	"net/http/httptest"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"
)

// Config is how a fake vendor behaves. The zero value is a plain one.
type Config struct {
	Key    string   // the key it wants; "" takes any
	Models []string // what it serves; nil is "small" and "large", and any is answered
	Reply  func(lastUser string) string

	Usage      string        // "" as OpenAI; "choices": in choices[0]; "always": streamed unasked; "none": never
	KeepAlive  bool          // comment lines between the frames of a stream
	Bare       bool          // no id, object, created or model in replies
	NoDone     bool          // streams end without [DONE]
	CutAfter   int           // streams are reset after so many frames; 0: never
	CRLF       bool          // frames end their lines in CRLF
	Delay, Gap time.Duration // before the reply; between the frames
	Floats     bool          // embeddings are arrays whatever is asked for
	Base64     bool          // embeddings are base64 whatever is asked for
	Cohere     bool          // reranking answers in Cohere's shape, not Jina's
	Body200    string        // answered with status 200 instead of any reply
	Fail       []Fail        // the first calls fail like this, in turn
	WrongSize  bool          // announces more bytes than it sends
}

// Fail is one failing call.
type Fail struct {
	Status     int // 0 resets the connection
	RetryAfter string
	Body       string
}

// Call is what the fake was sent.
type Call struct {
	Path   string
	Header http.Header
	Body   []byte
	Gone   bool // the caller left before the reply was whole
}

// Vendor is a fake that listens.
type Vendor struct {
	BaseURL string // with /v1
	cfg     Config
	mu      sync.Mutex
	calls   []*Call
}

// Start starts a fake that ends with the test.
func Start(t testing.TB, cfg Config) *Vendor {
	t.Helper()
	v := &Vendor{cfg: cfg}
	s := httptest.NewServer(v)
	t.Cleanup(func() { s.CloseClientConnections(); s.Close() })
	v.BaseURL = s.URL + "/v1"
	return v
}

// Calls lists what came in so far.
func (v *Vendor) Calls() []Call {
	v.mu.Lock()
	defer v.mu.Unlock()
	out := make([]Call, len(v.calls))
	for i, c := range v.calls {
		out[i] = *c
	}
	return out
}

func (v *Vendor) gone(c *Call) {
	v.mu.Lock()
	defer v.mu.Unlock()
	c.Gone = true
}

type request struct {
	Model    string
	Stream   bool
	Messages []struct{ Content any }
	Prompt   any
	Input    any
	Encoding string `json:"encoding_format"`
	Options  struct {
		IncludeUsage bool `json:"include_usage"`
	} `json:"stream_options"`
}

// ServeHTTP answers as the vendor would.
func (v *Vendor) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	body, _ := io.ReadAll(r.Body)
	call := &Call{Path: r.URL.Path, Header: r.Header.Clone(), Body: body}
	v.mu.Lock()
	n := len(v.calls)
	v.calls = append(v.calls, call)
	v.mu.Unlock()
	if v.cfg.Delay > 0 {
		select {
		case <-time.After(v.cfg.Delay):
		case <-r.Context().Done():
			v.gone(call)
			return
		}
	}
	if n < len(v.cfg.Fail) {
		v.cfg.Fail[n].serve(w)
		return
	}
	if r.Header.Get("X-TC-Action") != "" {
		if v.cfg.Body200 == "" {
			v.pascal(w, r, body, call)
			return
		}
	} else if k := v.cfg.Key; k != "" && r.Header.Get("X-Goog-Api-Key") != k && r.Header.Get("Authorization") != "Bearer "+k && r.Header.Get("X-Api-Key") != k {
		fail(w, 401, `{"error":{"message":"Incorrect API key provided: `+r.Header.Get("Authorization")+`","type":"invalid_request_error","code":"invalid_api_key"}}`)
		return
	}
	if v.cfg.Body200 != "" {
		fail(w, 200, v.cfg.Body200)
		return
	}
	if strings.Contains(r.URL.Path, "/files") || strings.Contains(r.URL.Path, "/batches") {
		fail(w, 200, fmt.Sprintf(`{"id":"file-fake","object":"file","bytes":%d,"path":%q,"query":%q}`, len(body), r.Method+" "+r.URL.Path, r.URL.RawQuery))
		return
	}
	var q request
	if r.Method == http.MethodPost {
		if err := json.Unmarshal(body, &q); err != nil {
			fail(w, 400, `{"error":{"message":"invalid JSON: `+strconv.Quote(err.Error())[1:]+`,"type":"invalid_request_error","code":null}}`)
			return
		}
		if v.cfg.Models != nil && !has(v.cfg.Models, q.Model) {
			fail(w, 404, `{"error":{"message":"The model does not exist","type":"invalid_request_error","code":"model_not_found"}}`)
			return
		}
	}
	switch {
	case strings.HasSuffix(r.URL.Path, "enerateContent"):
		v.generate(w, r, body, call)
	case strings.HasSuffix(r.URL.Path, "/chat/completions"), strings.HasSuffix(r.URL.Path, "/completions"):
		chat := strings.HasSuffix(r.URL.Path, "/chat/completions")
		if q.Stream {
			v.stream(w, r, q, call, chat)
			return
		}
		v.plain(w, q, chat)
	case strings.HasSuffix(r.URL.Path, "/rerank"):
		v.rerank(w, body)
	case strings.HasSuffix(r.URL.Path, "/responses"):
		v.responses(w, r, q, call)
	case strings.HasSuffix(r.URL.Path, "/messages"):
		v.messages(w, r, q, call)
	case strings.HasSuffix(r.URL.Path, "/embeddings"):
		v.embed(w, q)
	case strings.HasSuffix(r.URL.Path, "/models"):
		v.list(w)
	default:
		http.NotFound(w, r)
	}
}

func (f Fail) serve(w http.ResponseWriter) {
	if f.Status == 0 {
		panic(http.ErrAbortHandler)
	}
	if f.RetryAfter != "" {
		w.Header().Set("Retry-After", f.RetryAfter)
	}
	body := f.Body
	if body == "" {
		body = fmt.Sprintf(`{"error":{"message":"fake %d","type":"server_error","code":null}}`, f.Status)
	}
	fail(w, f.Status, body)
}

func fail(w http.ResponseWriter, status int, body string) {
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	_, _ = io.WriteString(w, body)
}

func (v *Vendor) head(q request, object string) string {
	if v.cfg.Bare {
		return `{`
	}
	return `{"id":"chatcmpl-fake","object":"` + object + `","created":1764000000,"model":"` + q.Model + `",`
}

func (v *Vendor) text(q request) (reply string, prompt int) {
	last := fmt.Sprint(q.Prompt)
	prompt = len(strings.Fields(last))
	if q.Prompt == nil {
		prompt = 0
	}
	for _, m := range q.Messages {
		last = content(m.Content)
		prompt += len(strings.Fields(last))
	}
	if v.cfg.Reply != nil {
		return v.cfg.Reply(last), prompt
	}
	return "you said: " + last, prompt
}

// content is the text of a message's content, its parts joined.
func content(v any) string {
	list, ok := v.([]any)
	if !ok {
		return fmt.Sprint(v)
	}
	var texts []string
	for _, x := range list {
		if p, ok := x.(map[string]any); ok && p["text"] != nil {
			texts = append(texts, fmt.Sprint(p["text"]))
		}
	}
	return strings.Join(texts, " ")
}

func usage(prompt, completion int) string {
	return fmt.Sprintf(`"usage":{"prompt_tokens":%d,"completion_tokens":%d,"total_tokens":%d}`, prompt, completion, prompt+completion)
}

func (v *Vendor) plain(w http.ResponseWriter, q request, chat bool) {
	text, prompt := v.text(q)
	quoted, _ := json.Marshal(text)
	u := usage(prompt, len(strings.Fields(text)))
	inner := `"message":{"role":"assistant","content":` + string(quoted) + `}`
	object := "chat.completion"
	if !chat {
		inner, object = `"text":`+string(quoted), "text_completion"
	}
	body := v.head(q, object) + `"choices":[{"index":0,` + inner + `,"finish_reason":"stop"`
	switch v.cfg.Usage {
	case "choices":
		body += `,` + u + `}]}`
	case "none":
		body += `}]}`
	default:
		body += `}],` + u + `}`
	}
	if v.cfg.WrongSize {
		w.Header().Set("Content-Length", strconv.Itoa(len(body)+100))
	}
	fail(w, 200, body)
}

func (v *Vendor) stream(w http.ResponseWriter, r *http.Request, q request, call *Call, chat bool) {
	text, prompt := v.text(q)
	words := strings.SplitAfter(text, " ")
	u := usage(prompt, len(strings.Fields(text)))
	head := v.head(q, "chat.completion.chunk")
	var frames []string
	if chat {
		frames = append(frames, head+`"choices":[{"index":0,"delta":{"role":"assistant","content":""},"finish_reason":null}]}`)
	}
	for _, word := range words {
		quoted, _ := json.Marshal(word)
		inner := `"delta":{"content":` + string(quoted) + `}`
		if !chat {
			inner = `"text":` + string(quoted)
		}
		frames = append(frames, head+`"choices":[{"index":0,`+inner+`,"finish_reason":null}]}`)
	}
	end := head + `"choices":[{"index":0,"delta":{},"finish_reason":"stop"`
	if v.cfg.Usage == "choices" {
		end += `,` + u
	}
	frames = append(frames, end+`}]}`)
	if v.cfg.Usage == "always" || v.cfg.Usage == "" && q.Options.IncludeUsage {
		frames = append(frames, head+`"choices":[],`+u+`}`)
	}
	if !v.cfg.NoDone {
		frames = append(frames, "[DONE]")
	}
	w.Header().Set("Content-Type", "text/event-stream; charset=utf-8")
	flush := w.(http.Flusher)
	nl := "\n"
	if v.cfg.CRLF {
		nl = "\r\n"
	}
	for i, f := range frames {
		if v.cfg.CutAfter > 0 && i == v.cfg.CutAfter {
			flush.Flush()
			panic(http.ErrAbortHandler)
		}
		if v.cfg.KeepAlive {
			_, _ = io.WriteString(w, ": keep-alive"+nl+nl)
		}
		if _, err := io.WriteString(w, "data: "+f+nl+nl); err != nil || r.Context().Err() != nil {
			v.gone(call)
			return
		}
		flush.Flush()
		if v.cfg.Gap > 0 {
			select {
			case <-time.After(v.cfg.Gap):
			case <-r.Context().Done():
				v.gone(call)
				return
			}
		}
	}
}

func (v *Vendor) embed(w http.ResponseWriter, q request) {
	inputs := []any{q.Input}
	if list, ok := q.Input.([]any); ok {
		inputs = list
	}
	var data []string
	tokens := 0
	for i, in := range inputs {
		s := fmt.Sprint(in)
		tokens += len(strings.Fields(s))
		vec := []float32{float32(len(s)), 0.5, -1.25}
		value, _ := json.Marshal(vec)
		if v.cfg.Base64 || q.Encoding == "base64" && !v.cfg.Floats {
			var raw []byte
			for _, f := range vec {
				raw = binary.LittleEndian.AppendUint32(raw, math.Float32bits(f))
			}
			value, _ = json.Marshal(base64.StdEncoding.EncodeToString(raw))
		}
		data = append(data, fmt.Sprintf(`{"object":"embedding","index":%d,"embedding":%s}`, i, value))
	}
	fail(w, 200, fmt.Sprintf(`{"object":"list","data":[%s],"model":%q,"usage":{"prompt_tokens":%d,"total_tokens":%d}}`,
		strings.Join(data, ","), q.Model, tokens, tokens))
}

func (v *Vendor) list(w http.ResponseWriter) {
	models := v.cfg.Models
	if models == nil {
		models = []string{"small", "large"}
	}
	var data []string
	for _, m := range models {
		data = append(data, fmt.Sprintf(`{"id":%q,"object":"model","created":1,"owned_by":"fake"}`, m))
	}
	fail(w, 200, `{"object":"list","data":[`+strings.Join(data, ",")+`]}`)
}

func has(list []string, s string) bool {
	for _, x := range list {
		if x == s {
			return true
		}
	}
	return false
}
