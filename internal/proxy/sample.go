package proxy

import "github.com/luodi/luodi/internal/gateway"

// hear collects the reply of a call that was drawn for a label, in the shape
// of the endpoint and not of the client. What is longer than a frame may be is
// not heard out.
func (c *call) hear(b []byte) {
	if c.listens() && len(c.heard) <= maxFrame {
		c.heard = append(c.heard, b...)
	}
}

// sample hands a whole reply to its route's sampler, with a text or without:
// to leave some out by what they say would show more of the good ones. One that
// calls functions is shown by its calls, as it was scored.
func (c *call) sample() {
	if !c.drawn {
		return
	}
	if messages, err := gateway.ReadMessages(c.req.Value("messages")); err == nil {
		text := gateway.ReplyCalls(c.heard)
		if text == "" {
			text = gateway.ReplyText(c.heard)
		}
		c.view.route.Sample.Take(c.id, c.start, messages, text)
	}
}
