package gateway

import (
	"encoding/json"
	"strconv"
)

// MessagesStream writes an OpenAI chat's stream as Anthropic's events, frame
// by frame. Route is the model's name as the client knows it, Input the guess
// of the prompt's tokens that the first event carries.
type MessagesStream struct {
	Route string
	Input int64

	started, ended bool
	open           string // the kind of the block that is open: text, thinking, tool; "" none
	index          int    // of that block
	call           int    // of the tool that is open
	finish         string
}

// Feed takes whole frames and returns the events that they are.
func (m *MessagesStream) Feed(frames []byte) []byte {
	var out []byte
	for len(frames) > 0 {
		n := NextFrame(frames)
		if n == 0 {
			n = len(frames)
		}
		out = m.frame(out, FrameData(frames[:n]))
		frames = frames[n:]
	}
	return out
}

func event(dst []byte, kind, rest string) []byte {
	dst = append(dst, "event: "+kind+"\ndata: {\"type\":\""+kind+"\""...)
	if rest != "" {
		dst = append(append(dst, ','), rest...)
	}
	return append(dst, "}\n\n"...)
}

func (m *MessagesStream) frame(out, data []byte) []byte {
	if data == nil {
		return out
	}
	if string(data) == "[DONE]" {
		return m.End(out, nil)
	}
	var r chatReply
	if json.Unmarshal(data, &r) != nil {
		return out
	}
	if r.Error != nil {
		m.ended = true
		return append(append(append(out, "event: error\ndata: "...), MessagesError(502, r.Error.Message)...), "\n\n"...)
	}
	if !m.started {
		m.started = true
		out = event(out, "message_start", `"message":{"id":`+Quote("msg_"+r.ID)+`,"type":"message","role":"assistant","model":`+Quote(m.Route)+
			`,"content":[],"stop_reason":null,"stop_sequence":null,"usage":{"input_tokens":`+strconv.FormatInt(m.Input, 10)+`,"output_tokens":1}}`)
		out = event(out, "ping", "")
	}
	if len(r.Choices) > 0 {
		d := r.Choices[0].Delta
		if d.Reasoning != "" {
			out = m.block(out, "thinking", `{"type":"thinking","thinking":"","signature":""}`)
			out = m.delta(out, `{"type":"thinking_delta","thinking":`+Quote(d.Reasoning)+`}`)
		}
		if d.Content != "" {
			out = m.block(out, "text", `{"type":"text","text":""}`)
			out = m.delta(out, `{"type":"text_delta","text":`+Quote(d.Content)+`}`)
		}
		for _, c := range d.Calls {
			if m.open != "tool" || c.Index != m.call || c.ID != "" && c.Function.Name != "" {
				out = m.close(out)
				m.call = c.Index
				out = m.block(out, "tool", `{"type":"tool_use","id":`+Quote(c.ID)+`,"name":`+Quote(c.Function.Name)+`,"input":{}}`)
			}
			if c.Function.Arguments != "" {
				out = m.delta(out, `{"type":"input_json_delta","partial_json":`+Quote(c.Function.Arguments)+`}`)
			}
		}
		if f := r.Choices[0].Finish; f != "" {
			m.finish = f
		}
	}
	if u, ok := FindUsage(data); ok && m.finish != "" {
		return m.End(out, []int64{u.Input - u.CachedInput, u.CachedInput, u.Output})
	}
	return out
}

// block opens a block unless one of its kind is open.
func (m *MessagesStream) block(out []byte, kind, start string) []byte {
	if m.open == kind {
		return out
	}
	out = m.close(out)
	m.open = kind
	return event(out, "content_block_start", `"index":`+strconv.Itoa(m.index)+`,"content_block":`+start)
}

func (m *MessagesStream) delta(out []byte, delta string) []byte {
	return event(out, "content_block_delta", `"index":`+strconv.Itoa(m.index)+`,"delta":`+delta)
}

func (m *MessagesStream) close(out []byte) []byte {
	if m.open == "" {
		return out
	}
	out = event(out, "content_block_stop", `"index":`+strconv.Itoa(m.index))
	m.open = ""
	m.index++
	return out
}

// End closes the message, once. usage is the input, the cached input and the
// output; nil where the vendor sent none.
func (m *MessagesStream) End(out []byte, usage []int64) []byte {
	if m.ended || !m.started {
		return out
	}
	m.ended = true
	out = m.close(out)
	u := `"output_tokens":0`
	if usage != nil {
		u = `"input_tokens":` + strconv.FormatInt(usage[0], 10) + `,"cache_read_input_tokens":` + strconv.FormatInt(usage[1], 10) + `,"output_tokens":` + strconv.FormatInt(usage[2], 10)
	}
	out = event(out, "message_delta", `"delta":{"stop_reason":"`+stopReason(m.finish)+`","stop_sequence":null},"usage":{`+u+`}`)
	return event(out, "message_stop", "")
}
