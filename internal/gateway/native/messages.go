package native

import (
	"encoding/json"
	"time"

	"github.com/luodi/luodi/internal/meter"
)

// messages is Anthropic's messages API. Its usage is split: message_start has
// the prompt's, message_delta the reply's as a running total; what was read
// from or written to the cache is counted beside the input.
type messages struct{ version string }

// messagesLimit is sent where the client gives no limit, which the API wants.
const messagesLimit = 4096

func (messages) Address(base, _ string, _ bool) string { return below(base, "/messages") }

func (m messages) Headers(key, _ string, _ []byte, _ time.Time) [][2]string {
	return [][2]string{{"X-Api-Key", key}, {"Anthropic-Version", m.version}}
}

func (messages) Write(body []byte) ([]byte, error) {
	c, err := readChat(body)
	if err != nil {
		return nil, err
	}
	system, turns := c.system()
	if wish := c.jsonWish(); wish != "" {
		if system != "" {
			system += "\n\n"
		}
		system += wish
	}
	out := object{"model": c.Model, "max_tokens": messagesLimit}
	if n := c.limit(); n != nil {
		out["max_tokens"] = *n
	}
	if system != "" {
		out["system"] = system
	}
	if c.Stream {
		out["stream"] = true
	}
	out.put("temperature", c.Temperature)
	out.put("top_p", c.TopP)
	if len(c.Stop) > 0 {
		out["stop_sequences"] = c.Stop
	}
	type message struct {
		Role    string `json:"role"`
		Content []any  `json:"content"`
	}
	var list []message
	for _, t := range turns {
		role, blocks := "user", t.blocks()
		if t.Role == "assistant" {
			role = "assistant"
		}
		if len(blocks) == 0 {
			continue
		}
		if n := len(list); n > 0 && list[n-1].Role == role { // results of several tools are one turn
			list[n-1].Content = append(list[n-1].Content, blocks...)
			continue
		}
		list = append(list, message{role, blocks})
	}
	out["messages"] = list
	if len(c.Tools) > 0 {
		var tools []any
		for _, t := range c.Tools {
			o := object{"name": t.Function.Name, "input_schema": json.RawMessage(`{"type":"object"}`)}
			o.put("input_schema", t.Function.Parameters)
			if t.Function.Description != "" {
				o["description"] = t.Function.Description
			}
			tools = append(tools, o)
		}
		out["tools"] = tools
		if ch := c.messagesChoice(); ch != nil {
			out["tool_choice"] = ch
		}
	}
	return marshal(out)
}

func (c *chat) messagesChoice() object {
	var ch object
	switch {
	case c.Choice.name != "":
		ch = object{"type": "tool", "name": c.Choice.name}
	case c.Choice.mode == "required":
		ch = object{"type": "any"}
	case c.Choice.mode == "none":
		return object{"type": "none"}
	case c.Choice.mode == "auto" || c.Parallel != nil:
		ch = object{"type": "auto"}
	}
	if ch != nil && c.Parallel != nil && !*c.Parallel {
		ch["disable_parallel_tool_use"] = true
	}
	return ch
}

func (t *turn) blocks() (out []any) {
	if t.Role == "tool" {
		return []any{object{"type": "tool_result", "tool_use_id": t.CallID, "content": t.Content.text()}}
	}
	for _, p := range t.Content {
		switch media, b64, inline := p.data(); {
		case inline:
			out = append(out, object{"type": "image", "source": object{"type": "base64", "media_type": media, "data": b64}})
		case p.url != "":
			out = append(out, object{"type": "image", "source": object{"type": "url", "url": p.url}})
		case p.text != "":
			out = append(out, object{"type": "text", "text": p.text})
		}
	}
	for _, k := range t.Calls {
		out = append(out, object{"type": "tool_use", "id": k.ID, "name": k.Function.Name, "input": arguments(k.Function.Arguments)})
	}
	return out
}

type messagesUsage struct {
	Input   int64 `json:"input_tokens"`
	Written int64 `json:"cache_creation_input_tokens"`
	Cached  int64 `json:"cache_read_input_tokens"`
	Output  int64 `json:"output_tokens"`
}

// into takes over what is larger: later frames repeat or complete the counts.
func (m messagesUsage) into(u *meter.Usage) {
	u.Input = max(u.Input, m.Input+m.Written+m.Cached)
	u.CachedInput, u.CacheWrite = max(u.CachedInput, m.Cached), max(u.CacheWrite, m.Written)
	u.Output = max(u.Output, m.Output)
}

type messagesReply struct {
	ID      string `json:"id"`
	Type    string `json:"type"`
	Model   string `json:"model"`
	Content []messagesBlock
	Reason  string        `json:"stop_reason"`
	Usage   messagesUsage `json:"usage"`
	Error   struct{ Type, Message string }
}

type messagesBlock struct {
	Type, Text, Thinking, ID, Name string
	Input                          json.RawMessage
}

func (messages) Read(b []byte, now time.Time) []byte {
	var r messagesReply
	if json.Unmarshal(b, &r) != nil {
		return b
	}
	if r.Type == "error" || r.Error.Message != "" {
		return failed(r.Error.Type, r.Error.Message)
	}
	if r.Type != "message" {
		return b
	}
	var m said
	text := ""
	for _, k := range r.Content {
		switch k.Type {
		case "text":
			text += k.Text
		case "thinking":
			m.Reasoning += k.Thinking
		case "tool_use":
			m.Calls = append(m.Calls, call{ID: k.ID, Type: "function", Function: invoked{k.Name, string(k.Input)}})
		}
	}
	m.Content = &text
	var u meter.Usage
	r.Usage.into(&u)
	return whole(r.ID, r.Model, now.Unix(), m, messagesFinish(r.Reason), u)
}

func messagesFinish(reason string) string {
	switch reason {
	case "max_tokens", "model_context_window_exceeded":
		return "length"
	case "tool_use":
		return "tool_calls"
	case "refusal":
		return "content_filter"
	}
	return "stop"
}

func (messages) Stream(now time.Time) Stream {
	return &messagesStream{chunks{created: now.Unix()}}
}

type messagesStream struct{ chunks }

func (s *messagesStream) Frame(dst, data []byte) []byte {
	var f struct {
		Type    string
		Message messagesReply
		Block   messagesBlock `json:"content_block"`
		Delta   struct {
			Text, Thinking string
			Partial        string `json:"partial_json"`
			Reason         string `json:"stop_reason"`
		}
		Usage messagesUsage
		Error struct{ Type, Message string }
	}
	if json.Unmarshal(data, &f) != nil {
		return dst
	}
	f.Usage.into(&s.usage)
	switch f.Type {
	case "message_start":
		s.id, s.model = f.Message.ID, f.Message.Model
		f.Message.Usage.into(&s.usage)
	case "content_block_start":
		if f.Block.Type == "tool_use" {
			return s.call(dst, call{ID: f.Block.ID, Function: invoked{Name: f.Block.Name}})
		}
		return s.text(dst, "content", f.Block.Text)
	case "content_block_delta":
		if f.Delta.Partial != "" {
			return s.call(dst, call{Function: invoked{Arguments: f.Delta.Partial}})
		}
		dst = s.text(dst, "reasoning_content", f.Delta.Thinking)
		return s.text(dst, "content", f.Delta.Text)
	case "message_delta":
		if f.Delta.Reason != "" {
			s.finish = messagesFinish(f.Delta.Reason)
		}
	case "message_stop":
		s.finish = or(s.finish, "stop")
		return s.end(dst)
	case "ping":
		return append(dst, ": ping\n\n"...)
	case "error":
		return s.fail(dst, f.Error.Type, f.Error.Message)
	}
	return dst
}

// Named is the prompt's: what message_start says of the reply is its beginning.
func (s *messagesStream) Named() meter.Usage {
	u := s.usage
	u.Output = 0
	return u
}

// End: a stream without message_stop was cut.
func (s *messagesStream) End(dst []byte) []byte { return dst }
