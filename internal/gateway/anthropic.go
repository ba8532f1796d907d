package gateway

import (
	"encoding/json"
	"strings"

	"github.com/luodi/luodi/internal/errs"
)

// A call in Anthropic's messages shape to a model that speaks OpenAI's is
// decoded whole and written anew; what OpenAI's shape cannot say (thinking
// budgets, cache marks, server tools) is left out.

type messagesCall struct {
	Model       string          `json:"model"`
	System      json.RawMessage `json:"system"`
	Messages    []messagesTurn  `json:"messages"`
	MaxTokens   *int64          `json:"max_tokens"`
	Stop        []string        `json:"stop_sequences"`
	Stream      bool            `json:"stream"`
	Temperature json.RawMessage `json:"temperature"`
	TopP        json.RawMessage `json:"top_p"`
	Tools       []struct {
		Type        string          `json:"type"`
		Name        string          `json:"name"`
		Description string          `json:"description"`
		Schema      json.RawMessage `json:"input_schema"`
	} `json:"tools"`
	Choice *struct {
		Type     string `json:"type"`
		Name     string `json:"name"`
		Parallel *bool  `json:"disable_parallel_tool_use"`
	} `json:"tool_choice"`
}

type messagesTurn struct {
	Role    string          `json:"role"`
	Content json.RawMessage `json:"content"`
}

type messagesBlock struct {
	Type   string `json:"type"`
	Text   string `json:"text"`
	Source *struct {
		Type  string `json:"type"`
		Media string `json:"media_type"`
		Data  string `json:"data"`
		URL   string `json:"url"`
	} `json:"source"`
	ID      string          `json:"id"`
	Name    string          `json:"name"`
	Input   json.RawMessage `json:"input"`
	UseID   string          `json:"tool_use_id"`
	Content json.RawMessage `json:"content"`
}

type object = map[string]any

// ChatFromMessages writes an Anthropic call as an OpenAI chat. It returns
// errs.Invalid for what is no such call and for documents and other parts that
// a chat has no place for.
func ChatFromMessages(body []byte) ([]byte, error) {
	var c messagesCall
	if err := json.Unmarshal(body, &c); err != nil {
		return nil, errs.Invalid("the body is no messages call: %v", err)
	}
	out := object{"model": c.Model}
	var turns []any
	if len(c.System) > 0 && string(c.System) != "null" {
		s, err := contentText(c.System)
		if err != nil {
			return nil, err
		}
		turns = append(turns, object{"role": "system", "content": s})
	}
	for _, t := range c.Messages {
		more, err := t.chat()
		if err != nil {
			return nil, err
		}
		turns = append(turns, more...)
	}
	if len(turns) == 0 {
		return nil, errs.Invalid(`"messages" is not a list of messages with a role and a content`)
	}
	out["messages"] = turns
	if c.MaxTokens != nil {
		out["max_tokens"] = *c.MaxTokens
	}
	if len(c.Stop) > 0 {
		out["stop"] = c.Stop
	}
	if c.Stream {
		out["stream"], out["stream_options"] = true, object{"include_usage": true}
	}
	for name, v := range map[string]json.RawMessage{"temperature": c.Temperature, "top_p": c.TopP} {
		if len(v) > 0 {
			out[name] = v
		}
	}
	var tools []any
	for _, t := range c.Tools {
		if t.Type != "" && t.Type != "custom" {
			return nil, errs.Invalid("the tool %s of type %q runs at Anthropic only", t.Name, t.Type)
		}
		f := object{"name": t.Name, "parameters": t.Schema}
		if t.Description != "" {
			f["description"] = t.Description
		}
		tools = append(tools, object{"type": "function", "function": f})
	}
	if tools != nil {
		out["tools"] = tools
		if ch := c.Choice; ch != nil {
			switch ch.Type {
			case "any":
				out["tool_choice"] = "required"
			case "tool":
				out["tool_choice"] = object{"type": "function", "function": object{"name": ch.Name}}
			default:
				out["tool_choice"] = ch.Type
			}
			if ch.Parallel != nil {
				out["parallel_tool_calls"] = !*ch.Parallel
			}
		}
	}
	return json.Marshal(out)
}

// chat is the turn as one message, or several: results of tools are messages
// of their own, before what the user says.
func (t messagesTurn) chat() ([]any, error) {
	var s string
	if json.Unmarshal(t.Content, &s) == nil {
		return []any{object{"role": t.Role, "content": s}}, nil
	}
	var blocks []messagesBlock
	if json.Unmarshal(t.Content, &blocks) != nil {
		return nil, errs.Invalid("a message's content is neither a text nor a list of blocks")
	}
	var out, parts, calls []any
	images := false
	for _, b := range blocks {
		switch b.Type {
		case "text":
			parts = append(parts, object{"type": "text", "text": b.Text})
		case "image":
			if b.Source == nil {
				return nil, errs.Invalid("an image has no source")
			}
			url := b.Source.URL
			if b.Source.Type == "base64" {
				url = "data:" + b.Source.Media + ";base64," + b.Source.Data
			}
			parts, images = append(parts, object{"type": "image_url", "image_url": object{"url": url}}), true
		case "tool_use":
			calls = append(calls, object{"id": b.ID, "type": "function", "function": object{"name": b.Name, "arguments": string(b.Input)}})
		case "tool_result":
			s, err := contentText(b.Content)
			if err != nil {
				return nil, err
			}
			out = append(out, object{"role": "tool", "tool_call_id": b.UseID, "content": s})
		case "thinking", "redacted_thinking": // a model takes back only its own
		default:
			return nil, errs.Invalid("this model takes texts, images and tools; the message has a block of type %q", b.Type)
		}
	}
	if len(parts) == 0 && len(calls) == 0 {
		return out, nil
	}
	m := object{"role": t.Role}
	switch {
	case images:
		m["content"] = parts
	case len(parts) > 0:
		var texts []string
		for _, p := range parts {
			texts = append(texts, p.(object)["text"].(string))
		}
		m["content"] = strings.Join(texts, "\n")
	default:
		m["content"] = nil
	}
	if calls != nil {
		m["tool_calls"] = calls
	}
	return append(out, m), nil
}

// chatReply is what is read of an OpenAI reply or frame.
type chatReply struct {
	ID      string `json:"id"`
	Model   string `json:"model"`
	Choices []struct {
		Message chatText `json:"message"`
		Delta   chatText `json:"delta"`
		Finish  string   `json:"finish_reason"`
	} `json:"choices"`
	Error *struct {
		Message string `json:"message"`
	} `json:"error"`
}

type chatText struct {
	Content   string `json:"content"`
	Reasoning string `json:"reasoning_content"`
	Calls     []struct {
		Index    int    `json:"index"`
		ID       string `json:"id"`
		Function struct {
			Name      string `json:"name"`
			Arguments string `json:"arguments"`
		} `json:"function"`
	} `json:"tool_calls"`
}

// MessagesReply writes an OpenAI chat's reply in Anthropic's shape. route is
// the model's name as the client knows it.
func MessagesReply(b []byte, route string) ([]byte, error) {
	var r chatReply
	if err := json.Unmarshal(b, &r); err != nil || len(r.Choices) == 0 {
		return nil, errs.Internal("the upstream's reply has no choices")
	}
	m := r.Choices[0].Message
	content := []any{}
	if m.Reasoning != "" {
		content = append(content, object{"type": "thinking", "thinking": m.Reasoning, "signature": ""})
	}
	if m.Content != "" {
		content = append(content, object{"type": "text", "text": m.Content})
	}
	for _, c := range m.Calls {
		input := json.RawMessage(c.Function.Arguments)
		if !json.Valid(input) {
			input = json.RawMessage("{}")
		}
		content = append(content, object{"type": "tool_use", "id": c.ID, "name": c.Function.Name, "input": input})
	}
	u, _ := FindUsage(b)
	return json.Marshal(object{
		"id": "msg_" + r.ID, "type": "message", "role": "assistant", "model": route, "content": content,
		"stop_reason": stopReason(r.Choices[0].Finish), "stop_sequence": nil,
		"usage": object{"input_tokens": u.Input - u.CachedInput, "cache_read_input_tokens": u.CachedInput, "output_tokens": u.Output},
	})
}

func stopReason(finish string) string {
	switch finish {
	case "length":
		return "max_tokens"
	case "tool_calls", "function_call":
		return "tool_use"
	case "content_filter", "sensitive":
		return "refusal"
	}
	return "end_turn"
}

// MessagesError is an error in Anthropic's shape.
func MessagesError(status int, message string) []byte {
	kind := "api_error"
	switch status {
	case 400, 413:
		kind = "invalid_request_error"
	case 401:
		kind = "authentication_error"
	case 403:
		kind = "permission_error"
	case 404:
		kind = "not_found_error"
	case 429:
		kind = "rate_limit_error"
	case 503:
		kind = "overloaded_error"
	}
	return []byte(`{"type":"error","error":{"type":"` + kind + `","message":` + Quote(message) + `}}`)
}
