package openai

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"sort"
	"strings"
	"time"

	"github.com/luodi/luodi/internal/errs"
	"github.com/luodi/luodi/internal/gateway"
	"github.com/luodi/luodi/internal/meter"
)

// Message is one message of a chat.
type Message = gateway.Message

// Params are the decoding parameters of a chat. Zero values are not sent.
type Params struct {
	Temperature *float64
	TopP        *float64
	MaxTokens   int64
	Seed        *int64
	Stop        []string
	JSON        bool           // response_format json_object
	Stream      bool           // stream the reply, to see its first token
	Extra       map[string]any // further members of the request
}

// Reply is the answer of a chat.
type Reply struct {
	Text         string
	Usage        meter.Usage
	Counted      bool          // Usage came from the endpoint; otherwise it is zero
	Latency      time.Duration // from sending to the last byte
	FirstToken   time.Duration // to the first text of a stream; to the first byte otherwise
	FinishReason string        // "stop", "length", "tool_calls", "content_filter", a vendor's own, or ""
	Raw          []byte        // the reply as it came; of a stream its last frame with data
}

// Chat asks for one reply. Errors carry a code of errs: Unauthenticated,
// Forbidden, NotFound, Exhausted (429 to the last try), Invalid (other 4xx) or
// Internal.
func (c *Client) Chat(ctx context.Context, ep Endpoint, messages []Message, p Params) (Reply, error) {
	body, err := chatBody(ep, messages, p)
	if err != nil {
		return Reply{}, err
	}
	body, masked, err := ep.guardChat(body)
	if err != nil {
		return Reply{}, err
	}
	var r Reply
	err = c.do(ctx, ep, chatPath, body, func(res *http.Response, start time.Time) error {
		r = Reply{}
		if p.Stream {
			return r.readStream(ep, res.Body, start)
		}
		return r.readJSON(ep, res.Body, start)
	})
	r.unmask(masked)
	return r, err
}

func chatBody(ep Endpoint, messages []Message, p Params) ([]byte, error) {
	m := map[string]any{}
	for k, v := range p.Extra {
		m[k] = v
	}
	set := func(name string, present bool, v any) {
		if present {
			m[name] = v
		}
	}
	set("temperature", p.Temperature != nil, p.Temperature)
	set("top_p", p.TopP != nil, p.TopP)
	set("max_tokens", p.MaxTokens > 0, p.MaxTokens)
	set("seed", p.Seed != nil, p.Seed)
	set("stop", len(p.Stop) > 0, p.Stop)
	set("response_format", p.JSON, map[string]string{"type": "json_object"})
	set("stream", p.Stream, true)
	set("stream_options", p.Stream && ep.Rules.StreamUsage == "", map[string]bool{"include_usage": true})
	return ep.body(m, "messages", messages)
}

// body is the request as the endpoint's rules want it: the model and input
// first, then the members in order of name, so that equal calls are equal bytes.
func (ep Endpoint) body(m map[string]any, inputName string, input any) ([]byte, error) {
	var b bytes.Buffer
	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(false)
	names := make([]string, 0, len(m))
	for k := range m {
		if k != "model" && k != inputName {
			names = append(names, k)
		}
	}
	sort.Strings(names)
	b.WriteString(`{"model":` + gateway.Quote(ep.Model))
	put := func(name string, v any) error {
		b.WriteString("," + gateway.Quote(name) + ":")
		if err := enc.Encode(v); err != nil {
			return errs.Invalid("asking %s: member %s cannot be written as JSON: %v", ep.name(), name, err)
		}
		b.Truncate(b.Len() - 1) // Encode's line feed
		return nil
	}
	if err := put(inputName, input); err != nil {
		return nil, err
	}
	for _, k := range names {
		if err := put(k, m[k]); err != nil {
			return nil, err
		}
	}
	b.WriteString("}")
	var r gateway.Request
	if err := r.Read(b.Bytes()); err != nil {
		return nil, fmt.Errorf("asking %s: %w", ep.name(), err)
	}
	changes := ep.Rules.Changes(nil, &r)
	if len(changes) == 0 {
		return b.Bytes(), nil
	}
	return r.Apply(nil, changes), nil
}

type wireReply struct {
	Choices []struct {
		Message      wireText `json:"message"`
		Delta        wireText `json:"delta"`
		FinishReason string   `json:"finish_reason"`
	} `json:"choices"`
}

type wireText struct {
	Content   any    `json:"content"` // a string, or a list of parts
	Reasoning string `json:"reasoning_content"`
}

func (t wireText) text() string {
	switch v := t.Content.(type) {
	case string:
		return v
	case []any:
		var b strings.Builder
		for _, part := range v {
			if m, ok := part.(map[string]any); ok {
				s, _ := m["text"].(string)
				b.WriteString(s)
			}
		}
		return b.String()
	}
	return ""
}

func (r *Reply) readJSON(ep Endpoint, body io.Reader, start time.Time) error {
	b, err := readAll(body, func() { r.FirstToken = time.Since(start) })
	if err != nil {
		return err
	}
	r.Latency, r.Raw = time.Since(start), b
	if e, ok := ep.Rules.FindError(b); ok {
		return (*vendorError)(&e)
	}
	var w wireReply
	if err := json.Unmarshal(b, &w); err != nil {
		return shapeError("its reply is not JSON: " + err.Error())
	}
	if len(w.Choices) == 0 {
		return shapeError("its reply has no choices")
	}
	r.Text, r.FinishReason = w.Choices[0].Message.text(), w.Choices[0].FinishReason
	r.Usage, r.Counted = gateway.FindUsage(b)
	return nil
}

func (r *Reply) readStream(ep Endpoint, body io.Reader, start time.Time) error {
	var text strings.Builder
	var s gateway.Stream
	buf := make([]byte, 0, 16<<10)
	for {
		if len(buf) == cap(buf) {
			if len(buf) >= maxReply {
				return shapeError(fmt.Sprintf("a frame of its stream is larger than %d bytes", maxReply))
			}
			buf = append(buf, make([]byte, len(buf))...)[:len(buf)]
		}
		n, err := body.Read(buf[len(buf):cap(buf)])
		buf = buf[:len(buf)+n]
		if err == io.EOF {
			buf = append(buf, "\n\n"...) // some vendors leave out the last blank line
		}
		for {
			end := gateway.NextFrame(buf)
			if end == 0 {
				break
			}
			if e, ok := ep.Rules.FirstFrameError(buf[:end]); ok {
				return (*vendorError)(&e)
			}
			s.Pass(buf[:end])
			if err := r.frame(gateway.FrameData(buf[:end]), &text, start); err != nil {
				return err
			}
			buf = append(buf[:0], buf[end:]...)
		}
		if err == io.EOF {
			break
		}
		if err != nil {
			return fmt.Errorf("its stream broke off: %w", err)
		}
	}
	if !s.Finished() {
		return fmt.Errorf("its stream ended before [DONE]")
	}
	r.Latency = time.Since(start)
	r.Text, r.Usage, r.Counted = text.String(), s.Usage, s.Exact
	return nil
}

func (r *Reply) frame(data []byte, text *strings.Builder, start time.Time) error {
	if len(data) == 0 || string(data) == "[DONE]" {
		return nil
	}
	var w wireReply
	if err := json.Unmarshal(data, &w); err != nil {
		return shapeError("a frame of its stream is not JSON: " + err.Error())
	}
	r.Raw = append(r.Raw[:0], data...)
	if len(w.Choices) == 0 {
		return nil
	}
	d := w.Choices[0].Delta
	if t := d.text(); t != "" || d.Reasoning != "" {
		if r.FirstToken == 0 {
			r.FirstToken = time.Since(start)
		}
		text.WriteString(t)
	}
	if f := w.Choices[0].FinishReason; f != "" {
		r.FinishReason = f
	}
	return nil
}

func readAll(body io.Reader, first func()) ([]byte, error) {
	var b bytes.Buffer
	var head [512]byte
	n, err := body.Read(head[:])
	first()
	b.Write(head[:n])
	if err == io.EOF {
		return b.Bytes(), nil
	}
	if err == nil {
		_, err = b.ReadFrom(io.LimitReader(body, maxReply))
	}
	if err != nil {
		return nil, fmt.Errorf("its reply broke off: %w", err)
	}
	return b.Bytes(), nil
}
