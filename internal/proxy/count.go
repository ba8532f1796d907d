package proxy

import (
	"io"
	"net/http"
	"strconv"
	"time"

	"github.com/luodi/luodi/internal/gateway"
	"github.com/luodi/luodi/internal/meter"
)

// countTokens answers how many tokens a call in Anthropic's shape would have:
// by the vendor where it speaks that shape, else by what was learnt of the
// model. It has a row in the ledger, without cost.
func (s *Server) countTokens(w http.ResponseWriter, r *http.Request) {
	s.active.Add(1)
	defer s.active.Add(-1)
	c := &call{s: s, w: w, r: r, endpoint: counting, start: time.Now(), id: s.requestID()}
	w.Header()["X-Luodi-Request-Id"] = []string{c.id}
	if err := c.serveCount(); err != nil {
		if c.hold != nil {
			c.settle(meter.Usage{}, false, unserved(err))
		}
		c.refuse(err)
	}
}

func (c *call) serveCount() error {
	if c.r.Method != http.MethodPost {
		c.w.Header().Set("Allow", http.MethodPost)
		return &failure{status: http.StatusMethodNotAllowed, code: "method_not_allowed", message: c.r.URL.Path + " takes POST"}
	}
	if err := c.take(); err != nil {
		return err
	}
	t := c.view.targets[0]
	if u := t.up; u != nil && u.urls[counting] != nil && u.Prepare == nil {
		return c.vendorCount(u)
	}
	chat, err := gateway.ChatFromMessages(c.body)
	if err != nil {
		return err
	}
	if err := c.req.Read(chat); err != nil {
		return err
	}
	if err := c.reserve("", "local", meter.Free, meter.Usage{}); err != nil {
		return err
	}
	if t.up != nil {
		c.model, c.images = t.up.Model, t.up.Rules.ImageMost(c.req.Images)
	}
	c.prompt, c.msgs = c.req.PromptBytes, c.req.Messages
	c.writeCount([]byte(`{"input_tokens":` + strconv.FormatInt(c.estimate(gateway.Text{}, 0).Input, 10) + "}\n"))
	return nil
}

// vendorCount passes the vendor's own count, which costs nothing.
func (c *call) vendorCount(u *upstream) error {
	if err := c.reserve(u.Vendor, u.Model, meter.Free, meter.Usage{}); err != nil {
		return err
	}
	body, err := c.guard(u, c.req.Apply(nil, []gateway.Change{{Name: "model", Value: u.model}}))
	if err != nil {
		return err
	}
	res, err := u.send(c.r.Context(), counting, body, false)
	if err != nil {
		return c.unreachable(u, err)
	}
	defer res.Body.Close()
	if res.StatusCode != http.StatusOK {
		return c.upstreamStatus(u, res)
	}
	b, err := readTo(io.LimitReader(res.Body, 1<<16), nil, 1<<16)
	if err != nil {
		return c.unreachable(u, err)
	}
	c.writeCount(b)
	return nil
}

func (c *call) writeCount(b []byte) {
	c.first = time.Now()
	c.w.Header().Set("Content-Type", "application/json")
	_, _ = c.w.Write(b)
	c.settle(meter.Usage{}, false, meter.OK)
}
