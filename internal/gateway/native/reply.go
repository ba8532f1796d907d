package native

import (
	"strconv"

	"github.com/luodi/luodi/internal/gateway"
	"github.com/luodi/luodi/internal/meter"
)

// reply is a whole reply as OpenAI has it.
type reply struct {
	ID      string   `json:"id"`
	Object  string   `json:"object"`
	Created int64    `json:"created"`
	Model   string   `json:"model"`
	Choices []picked `json:"choices"`
	Usage   *usage   `json:"usage,omitempty"`
}

type picked struct {
	Index   int    `json:"index"`
	Message said   `json:"message"`
	Finish  string `json:"finish_reason"`
}

type said struct {
	Role      string  `json:"role"`
	Content   *string `json:"content"`
	Reasoning string  `json:"reasoning_content,omitempty"`
	Calls     []call  `json:"tool_calls,omitempty"`
}

type usage struct {
	Prompt  int64  `json:"prompt_tokens"`
	Answer  int64  `json:"completion_tokens"`
	Total   int64  `json:"total_tokens"`
	Cached  detail `json:"prompt_tokens_details"`
	Thought detail `json:"completion_tokens_details"`
}

type detail struct {
	Cached    int64 `json:"cached_tokens,omitempty"`
	Written   int64 `json:"cache_creation_input_tokens,omitempty"`
	Reasoning int64 `json:"reasoning_tokens,omitempty"`
}

func wireUsage(u meter.Usage) *usage {
	return &usage{
		Prompt: u.Input, Answer: u.Output, Total: u.Input + u.Output,
		Cached: detail{Cached: u.CachedInput, Written: u.CacheWrite}, Thought: detail{Reasoning: u.Reasoning},
	}
}

// whole writes a reply with one choice.
func whole(id, model string, created int64, m said, finish string, u meter.Usage) []byte {
	m.Role = "assistant"
	if m.Content != nil && *m.Content == "" && len(m.Calls) > 0 {
		m.Content = nil
	}
	b, err := marshal(reply{
		ID: or(id, "chatcmpl-native"), Object: "chat.completion", Created: created, Model: model,
		Choices: []picked{{Message: m, Finish: finish}}, Usage: wireUsage(u),
	})
	if err != nil {
		return nil
	}
	return b
}

// failed writes an error in OpenAI's shape.
func failed(code, message string) []byte {
	return []byte(`{"error":{"message":` + gateway.Quote(message) + `,"type":"upstream_error","param":null,"code":` + gateway.Quote(code) + `}}`)
}

// chunks writes OpenAI's frames of one reply.
type chunks struct {
	id, model string
	created   int64
	finish    string // OpenAI's; "" while the reply goes on
	usage     meter.Usage
	calls     int
	role      bool // the first frame, which names the role, is written
	done      bool
}

func (c *chunks) head(dst []byte) []byte {
	dst = append(dst, `data: {"id":`...)
	dst = append(dst, gateway.Quote(or(c.id, "chatcmpl-native"))...)
	dst = append(dst, `,"object":"chat.completion.chunk","created":`...)
	dst = strconv.AppendInt(dst, c.created, 10)
	dst = append(dst, `,"model":`...)
	dst = append(dst, gateway.Quote(c.model)...)
	return append(dst, `,"choices":[`...)
}

func (c *chunks) delta(dst []byte, delta string) []byte {
	if !c.role {
		c.role = true
		dst = c.delta(dst, `{"role":"assistant","content":""}`)
	}
	return append(append(append(c.head(dst), `{"index":0,"delta":`...), delta...), `,"finish_reason":null}]}`+"\n\n"...)
}

func (c *chunks) text(dst []byte, member, s string) []byte {
	if s == "" {
		return dst
	}
	return c.delta(dst, `{"`+member+`":`+gateway.Quote(s)+`}`)
}

// call writes a new call, or more of the arguments of the last one.
func (c *chunks) call(dst []byte, k call) []byte {
	if k.ID != "" || k.Function.Name != "" {
		c.calls++
		k.Type = "function"
	}
	index := max(0, c.calls-1)
	k.Index = &index
	b, err := marshal([]call{k})
	if err != nil {
		return dst
	}
	return c.delta(dst, `{"tool_calls":`+string(b)+`}`)
}

// fail ends the stream with an error.
func (c *chunks) fail(dst []byte, code, message string) []byte {
	c.done = true
	return append(append(append(dst, "data: "...), failed(code, message)...), "\n\n"...)
}

// end writes the reason to finish, the usage and [DONE], once, where the reply
// has come to its end.
func (c *chunks) end(dst []byte) []byte {
	if c.done || c.finish == "" {
		return dst
	}
	c.done = true
	if !c.role {
		dst = c.delta(dst, `{"role":"assistant","content":""}`)
	}
	dst = append(append(c.head(dst), `{"index":0,"delta":{},"finish_reason":`...), gateway.Quote(c.finish)...)
	dst = append(dst, "}]}\n\n"...)
	if b, err := marshal(wireUsage(c.usage)); err == nil && !c.usage.IsZero() {
		dst = append(append(append(c.head(dst), `],"usage":`...), b...), "}\n\n"...)
	}
	return append(dst, "data: [DONE]\n\n"...)
}
