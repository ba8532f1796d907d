package native

import (
	"encoding/json"
	"net/url"
	"strconv"
	"strings"
	"time"

	"github.com/luodi/luodi/internal/meter"
)

// generate is Gemini's generateContent. Every chunk of a stream carries the
// usage so far; the last one counts. A stream ends without a mark.
type generate struct{}

func (generate) Address(base, model string, stream bool) string {
	at := strings.TrimRight(base, "/") + "/models/" + url.PathEscape(model)
	if stream {
		return at + ":streamGenerateContent?alt=sse"
	}
	return at + ":generateContent"
}

func (generate) Headers(key, _ string, _ []byte, _ time.Time) [][2]string {
	return [][2]string{{"X-Goog-Api-Key", key}}
}

func (generate) Write(body []byte) ([]byte, error) {
	c, err := readChat(body)
	if err != nil {
		return nil, err
	}
	system, turns := c.system()
	out := object{}
	if system != "" {
		out["systemInstruction"] = object{"parts": []any{object{"text": system}}}
	}
	type content struct {
		Role  string `json:"role"`
		Parts []any  `json:"parts"`
	}
	var list []content
	names := map[string]string{} // of calls by id
	for _, t := range turns {
		role := "user"
		if t.Role == "assistant" {
			role = "model"
		}
		for _, k := range t.Calls {
			names[k.ID] = k.Function.Name
		}
		ps := t.generateParts(names)
		if len(ps) == 0 {
			continue
		}
		if n := len(list); n > 0 && list[n-1].Role == role {
			list[n-1].Parts = append(list[n-1].Parts, ps...)
			continue
		}
		list = append(list, content{role, ps})
	}
	out["contents"] = list
	cfg := object{}
	cfg.put("temperature", c.Temperature)
	cfg.put("topP", c.TopP)
	cfg.put("seed", c.Seed)
	cfg.put("presencePenalty", c.Presence)
	cfg.put("frequencyPenalty", c.Frequency)
	if n := c.limit(); n != nil {
		cfg["maxOutputTokens"] = *n
	}
	if len(c.Stop) > 0 {
		cfg["stopSequences"] = c.Stop
	}
	if c.jsonWish() != "" {
		cfg["responseMimeType"] = "application/json"
		if c.Format.Schema != nil {
			cfg.put("responseJsonSchema", c.Format.Schema.Schema)
		}
	}
	if len(cfg) > 0 {
		out["generationConfig"] = cfg
	}
	c.generateTools(out)
	return marshal(out)
}

func (c *chat) generateTools(out object) {
	if len(c.Tools) == 0 {
		return
	}
	var functions []any
	for _, t := range c.Tools {
		f := object{"name": t.Function.Name}
		if t.Function.Description != "" {
			f["description"] = t.Function.Description
		}
		f.put("parametersJsonSchema", t.Function.Parameters)
		functions = append(functions, f)
	}
	out["tools"] = []any{object{"functionDeclarations": functions}}
	mode := object{}
	switch {
	case c.Choice.name != "":
		mode["mode"], mode["allowedFunctionNames"] = "ANY", []string{c.Choice.name}
	case c.Choice.mode == "required":
		mode["mode"] = "ANY"
	case c.Choice.mode == "none":
		mode["mode"] = "NONE"
	default:
		return
	}
	out["toolConfig"] = object{"functionCallingConfig": mode}
}

func (t *turn) generateParts(names map[string]string) (out []any) {
	if t.Role == "tool" {
		text := t.Content.text()
		result := json.RawMessage(text)
		if !json.Valid(result) || !strings.HasPrefix(strings.TrimSpace(text), "{") {
			result, _ = marshal(object{"result": text})
		}
		return []any{object{"functionResponse": object{"name": or(names[t.CallID], t.CallID), "response": result}}}
	}
	for _, p := range t.Content {
		switch media, b64, inline := p.data(); {
		case inline:
			out = append(out, object{"inlineData": object{"mimeType": media, "data": b64}})
		case p.url != "":
			out = append(out, object{"fileData": object{"fileUri": p.url}})
		case p.text != "":
			out = append(out, object{"text": p.text})
		}
	}
	for _, k := range t.Calls {
		f := object{"functionCall": object{"name": k.Function.Name, "args": arguments(k.Function.Arguments)}}
		if k.Extra != nil && k.Extra.Google.Thought != "" {
			f["thoughtSignature"] = k.Extra.Google.Thought
		}
		out = append(out, f)
	}
	return out
}

type generateReply struct {
	ID         string `json:"responseId"`
	Model      string `json:"modelVersion"`
	Candidates []struct {
		Content struct{ Parts []generatePart }
		Finish  string `json:"finishReason"`
	}
	Feedback struct {
		Block string `json:"blockReason"`
	} `json:"promptFeedback"`
	Usage struct {
		Prompt  int64 `json:"promptTokenCount"`
		Tools   int64 `json:"toolUsePromptTokenCount"`
		Answer  int64 `json:"candidatesTokenCount"`
		Thought int64 `json:"thoughtsTokenCount"`
		Cached  int64 `json:"cachedContentTokenCount"`
	} `json:"usageMetadata"`
	Error *struct {
		Status, Message string
	}
}

type generatePart struct {
	Text      string
	Thought   bool
	Signature string `json:"thoughtSignature"`
	Call      *struct {
		Name string
		Args json.RawMessage
	} `json:"functionCall"`
}

// usage: thoughts are billed as output and counted beside the answer.
func (r *generateReply) usage() meter.Usage {
	u := r.Usage
	return meter.Usage{Input: u.Prompt + u.Tools, CachedInput: u.Cached, Output: u.Answer + u.Thought, Reasoning: u.Thought}
}

func (p *generatePart) call(n int) call {
	args := string(p.Call.Args)
	if args == "" || args == "null" {
		args = "{}"
	}
	k := call{ID: "call_" + strconv.Itoa(n) + "_" + p.Call.Name, Type: "function", Function: invoked{p.Call.Name, args}}
	if p.Signature != "" {
		k.Extra = &signedBy{}
		k.Extra.Google.Thought = p.Signature
	}
	return k
}

// finish is OpenAI's reason; calls are none of Gemini's.
func (r *generateReply) finish(calls int) string {
	if r.Feedback.Block != "" {
		return "content_filter"
	}
	if len(r.Candidates) == 0 {
		return ""
	}
	switch f := r.Candidates[0].Finish; {
	case f == "" || f == "FINISH_REASON_UNSPECIFIED":
		return ""
	case f == "MAX_TOKENS":
		return "length"
	case f == "STOP" && calls > 0:
		return "tool_calls"
	case f == "STOP":
		return "stop"
	case f == "MALFORMED_FUNCTION_CALL" || f == "OTHER" || f == "LANGUAGE":
		return "stop"
	}
	return "content_filter" // SAFETY, RECITATION, BLOCKLIST, PROHIBITED_CONTENT, SPII
}

func (generate) Read(b []byte, now time.Time) []byte {
	var r generateReply
	if json.Unmarshal(b, &r) != nil {
		var list []generateReply // some errors come in a list
		if json.Unmarshal(b, &list) != nil || len(list) == 0 {
			return b
		}
		r = list[0]
	}
	if r.Error != nil {
		return failed(r.Error.Status, r.Error.Message)
	}
	if len(r.Candidates) == 0 && r.Feedback.Block == "" {
		return b
	}
	var m said
	text := ""
	if len(r.Candidates) > 0 {
		for _, p := range r.Candidates[0].Content.Parts {
			switch {
			case p.Call != nil:
				m.Calls = append(m.Calls, p.call(len(m.Calls)))
			case p.Thought:
				m.Reasoning += p.Text
			default:
				text += p.Text
			}
		}
	}
	m.Content = &text
	return whole(r.ID, r.Model, now.Unix(), m, or(r.finish(len(m.Calls)), "stop"), r.usage())
}

func (generate) Stream(now time.Time) Stream {
	return &generateStream{chunks{created: now.Unix()}}
}

type generateStream struct{ chunks }

func (s *generateStream) Frame(dst, data []byte) []byte {
	var r generateReply
	if json.Unmarshal(data, &r) != nil {
		return dst
	}
	if r.Error != nil {
		return s.fail(dst, r.Error.Status, r.Error.Message)
	}
	s.id, s.model = or(s.id, r.ID), or(s.model, r.Model)
	if u := r.usage(); !u.IsZero() {
		s.chunks.usage = u
	}
	if len(r.Candidates) > 0 {
		for _, p := range r.Candidates[0].Content.Parts {
			switch {
			case p.Call != nil:
				dst = s.call(dst, p.call(s.calls))
			case p.Thought:
				dst = s.text(dst, "reasoning_content", p.Text)
			default:
				dst = s.text(dst, "content", p.Text)
			}
		}
	}
	if f := r.finish(s.calls); f != "" {
		s.chunks.finish = f
	}
	return dst
}

// Named is all that the last chunk counted.
func (s *generateStream) Named() meter.Usage { return s.chunks.usage }

// End: usage may follow the chunk with the reason, so it is written last.
func (s *generateStream) End(dst []byte) []byte { return s.end(dst) }
