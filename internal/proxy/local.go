package proxy

import (
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"strconv"
	"time"

	"github.com/luodi/luodi/internal/errs"
	"github.com/luodi/luodi/internal/gateway"
	"github.com/luodi/luodi/internal/meter"
)

// serveLocal answers in this process, in the form that a vendor's reply has.
func (c *call) serveLocal(local gateway.Local) error {
	if c.endpoint != chat {
		return errs.Invalid("the scenario %s is served at /v1/chat/completions", c.view.route.Name)
	}
	messages, err := gateway.ReadMessages(c.req.Value("messages"))
	if err != nil {
		return err
	}
	c.model, c.prompt, c.msgs = "", c.req.PromptBytes, c.req.Messages
	if err := c.reserve("", "local", meter.Free, meter.Usage{}); err != nil {
		return err
	}
	reply, err := local(c.r.Context(), gateway.Caller{Key: c.key.ID, Department: c.key.Department}, messages)
	if errors.Is(err, gateway.ErrDecline) {
		return err
	}
	if err != nil {
		return fmt.Errorf("serving %s: %w", c.view.route.Name, err)
	}
	if reply.Usage.IsZero() {
		var t gateway.Text
		for _, r := range reply.Text {
			if r < 0x80 {
				t.Narrow++
			} else {
				t.Wide++
			}
		}
		reply.Usage = c.estimate(t, 0)
	}
	c.first = time.Now()
	outcome := meter.OK
	if c.r.Context().Err() != nil {
		outcome = meter.ClientGone
	}
	if err := c.writeLocal(reply); err != nil {
		return err
	}
	c.settle(reply.Usage, false, outcome)
	if c.drawn {
		c.view.route.Sample.Take(c.id, c.start, messages, reply.Text)
	}
	return nil
}

func (c *call) writeLocal(reply gateway.Reply) error {
	extra := ""
	if reply.Extra != nil {
		b, err := json.Marshal(reply.Extra)
		if err != nil {
			return fmt.Errorf("writing what %s adds to its answer: %w", c.view.route.Name, err)
		}
		extra = `,"luodi":` + string(b)
	}
	object := "chat.completion"
	if c.req.Stream {
		object += ".chunk"
	}
	head := `{"id":` + gateway.Quote("chatcmpl-"+c.id) + `,"object":"` + object + `","created":` +
		strconv.FormatInt(c.start.Unix(), 10) + `,"model":` + gateway.Quote(c.view.route.Name) + `,"choices":[`
	u := reply.Usage
	usage := fmt.Sprintf(`,"usage":{"prompt_tokens":%d,"completion_tokens":%d,"total_tokens":%d}`, u.Input, u.Output, u.Input+u.Output)
	text, err := json.Marshal(reply.Text)
	if err != nil {
		return err
	}
	h := c.w.Header()
	if !c.req.Stream {
		b := head + `{"index":0,"message":{"role":"assistant","content":` + string(text) +
			`,"refusal":null},"logprobs":null,"finish_reason":"stop"}]` + usage + extra + "}"
		c.hear([]byte(b))
		if c.translated() {
			m, err := gateway.MessagesReply([]byte(b), c.view.route.Name)
			if err != nil {
				return err
			}
			b = string(m)
		}
		h["Content-Type"] = []string{"application/json"}
		h["Content-Length"] = []string{strconv.Itoa(len(b))}
		_, _ = c.w.Write([]byte(b))
		return nil
	}
	frame := func(delta, finish, more string) string {
		return "data: " + head + `{"index":0,"delta":` + delta + `,"logprobs":null,"finish_reason":` + finish + `}]` + more + "}\n\n"
	}
	b := frame(`{"role":"assistant","content":""}`, "null", "") +
		frame(`{"content":`+string(text)+`}`, "null", "") +
		frame("{}", `"stop"`, extra)
	if c.req.IncludeUsage {
		b += "data: " + head + "]" + usage + "}\n\n"
	}
	h["Content-Type"] = eventStream
	h["Cache-Control"] = noCache
	b += "data: [DONE]\n\n"
	c.hear([]byte(b))
	if c.translated() {
		m := gateway.MessagesStream{Route: c.view.route.Name, Input: u.Input}
		b = string(m.Feed([]byte(b)))
	}
	_, _ = c.w.Write([]byte(b))
	_ = http.NewResponseController(c.w).Flush()
	return nil
}
