package proxy

import (
	"bytes"
	"context"
	"encoding/json"
	"strconv"

	"github.com/luodi/luodi/internal/gateway"
)

// groundedIn is what goes beside the reply that was heard, as JSON; nil where
// there is nothing, or where it cannot be said: the reply goes out all the same.
func (c *call) groundedIn() []byte {
	extra, err := c.ground(context.WithoutCancel(c.r.Context()), gateway.ReplyText(c.heard))
	var b []byte
	if err == nil && extra != nil {
		b, err = json.Marshal(extra)
	}
	if err != nil {
		c.s.log.Error("a reply went out without its citations", "id", c.id, "route", c.view.route.Name, "error", err)
		return nil
	}
	return b
}

// grounded puts the member "luodi" at the end of a reply. A reply that nothing
// grounds stays byte for byte.
func (c *call) grounded(reply []byte) []byte {
	if c.ground == nil {
		return reply
	}
	end := bytes.LastIndexByte(reply, '}')
	if end < 0 {
		return reply
	}
	extra := c.groundedIn()
	if extra == nil {
		return reply
	}
	out := append(make([]byte, 0, len(reply)+len(extra)+10), reply[:end]...)
	if len(bytes.TrimSpace(reply[:end])) > 1 {
		out = append(out, ',')
	}
	out = append(append(out, `"luodi":`...), extra...)
	return append(out, reply[end:]...)
}

// hold keeps a stream's end back, which its grounding goes before.
func (o *streamWriter) hold(frames []byte) []byte {
	at := 0
	for at < len(frames) && o.held == nil {
		n := gateway.NextFrame(frames[at:])
		if n == 0 {
			n = len(frames) - at
		}
		if data, ok := bytes.CutPrefix(frames[at:], []byte("data:")); ok && bytes.HasPrefix(bytes.TrimLeft(data, " "), []byte("[DONE]")) {
			break
		}
		at += n
	}
	o.held = append(o.held, frames[at:]...)
	return frames[:at]
}

// grounded sends the last frame of a stream, with the member "luodi" and no
// choices, and then its end.
func (o *streamWriter) grounded() {
	c := o.c
	var b []byte
	if extra := c.groundedIn(); extra != nil {
		b = append(b, `data: {"id":`+gateway.Quote("chatcmpl-"+c.id)+`,"object":"chat.completion.chunk","created":`+
			strconv.FormatInt(c.start.Unix(), 10)+`,"model":`+gateway.Quote(c.view.route.Name)+`,"choices":[],"luodi":`...)
		b = append(append(b, extra...), "}\n\n"...)
	}
	b = append(b, o.held...)
	o.held = nil
	if c.translated() {
		b = c.events.Feed(b)
	}
	o.raw(b)
}
