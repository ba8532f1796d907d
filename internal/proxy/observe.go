package proxy

import (
	"errors"
	"net/http"
	"time"

	"github.com/luodi/luodi/internal/gateway"
	"github.com/luodi/luodi/internal/meter"
	"github.com/luodi/luodi/internal/requestlog"
)

// observed is what is told of a call beside its row in the ledger.
type observed struct {
	logged bool // its texts go to the request log
	traced bool // a span is made of it
	row    meter.Row
	body   []byte // as it came, where it is logged
}

// observe decides what is told of a call, once its key and route are known.
func (c *call) observe() {
	c.seen.logged = c.s.cfg.Requests != nil && (c.key.Log || c.view.route.Log)
	if c.seen.logged || c.seen.traced && c.s.cfg.TraceContent {
		c.seen.body = append([]byte(nil), c.body...) // the buffer is another call's soon
	}
}

// listens reports whether the reply's bytes are collected.
func (c *call) listens() bool { return c.drawn || c.ground != nil || c.seen.logged || c.seen.traced }

// told writes what is told of a call that is over. err is how it ended for the
// client, nil for a reply.
func (c *call) told(err error) {
	if c.seen.traced {
		c.traceCall(err)
	}
	if !c.seen.logged {
		return
	}
	row := &c.seen.row
	r := requestlog.Record{
		Time: c.start.UTC(), ID: c.id, Key: c.key.ID, Department: c.key.Department, Path: c.r.URL.Path, Route: c.view.route.Name,
		Vendor: row.Vendor, Model: row.Model, Status: http.StatusOK, Outcome: string(row.Outcome), Stream: c.req.Stream,
		Latency: time.Since(c.start).Milliseconds(), Input: row.Usage.Input, Output: row.Usage.Output,
		Request: c.seen.body, Reply: c.heard,
	}
	if !c.first.IsZero() {
		r.FirstByte = c.first.Sub(c.start).Milliseconds()
	}
	if status, code := failureOf(err); code != "" {
		r.Status, r.Error = status, code
	}
	if c.req.Stream && len(c.heard) > 0 {
		if text := gateway.ReplyText(c.heard); text != "" {
			r.Reply = []byte(gateway.Quote(text))
		}
	}
	c.s.cfg.Requests.Add(r)
}

// failureOf is the status and the code that a client was answered with; "" for
// a reply.
func failureOf(err error) (int, string) {
	switch {
	case err == nil:
		return http.StatusOK, ""
	case errors.Is(err, errSent):
		return http.StatusOK, codeCut
	}
	f := fail(err)
	return f.status, f.code
}
