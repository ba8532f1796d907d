package proxy

import (
	"context"
	"fmt"
	"net/http"
	"time"

	"github.com/luodi/luodi/internal/gateway"
	"github.com/luodi/luodi/internal/meter"
)

var yes, no = true, false

// attempt is a call on its way to one upstream.
type attempt struct {
	u      *upstream // nil until it was let through
	path   *endpoint
	stream bool
	body   []byte
	strip  bool // usage frames, which the client did not ask for
	ctx    context.Context
	cancel context.CancelCauseFunc // nil where nothing but the client ends it
	sent   time.Time
	began  time.Duration // until the reply began
	res    *http.Response
	err    error
	ok     *bool // for the breaker; nil: neither good nor bad
}

// serveUpstream serves the call by one upstream. An error means that nothing
// has gone to the client; whether another target may be tried is in it.
func (c *call) serveUpstream(u *upstream) error {
	var a attempt
	defer a.end()
	if err := c.open(&a, u); err != nil {
		return err
	}
	a.send()
	return c.deliver(&a)
}

// open prepares an attempt: what goes out is written, and the most that it can
// cost is held.
func (c *call) open(a *attempt, u *upstream) (err error) {
	if !u.breaker.Allow(c.start) {
		return &failure{status: http.StatusServiceUnavailable, code: codeUnavailable, retryAfter: "10", fallback: true,
			message: fmt.Sprintf("%s has failed repeatedly; it is tried again in a few seconds", c.view.route.Name)}
	}
	a.u, a.path, a.stream = u, c.endpoint, c.req.Stream
	u.load.calls.Add(1)
	if u.urls[c.endpoint] == nil {
		return &failure{status: http.StatusBadRequest, code: "not_offered", fallback: true, message: "the model behind " + c.view.route.Name + " has no " + c.endpoint.path}
	}
	if a.body, a.strip, err = c.prepare(u); err != nil {
		return err
	}
	if u.native != nil && c.endpoint == chat {
		if a.body, err = u.native.Write(a.body); err != nil {
			return err
		}
	}
	a.ctx, a.cancel = c.context()
	return nil
}

// send forwards the body and waits for the reply's header.
func (a *attempt) send() {
	a.ok, a.sent = &no, time.Now()
	a.res, a.err = a.u.send(a.ctx, a.path, a.body, a.stream)
	if a.err != nil && a.ctx.Err() == nil && isConnect(a.err) {
		a.res, a.err = a.u.send(a.ctx, a.path, a.body, a.stream) // nothing was sent: once more
	}
	a.began = time.Since(a.sent)
	if a.err == nil {
		a.err = decode(a.res)
	}
}

// deliver passes what came to the client and settles.
func (c *call) deliver(a *attempt) (err error) {
	if c.seen.traced {
		defer func() { c.traceAttempt(a, err) }()
	}
	if a.err != nil {
		if a.ctx.Err() != nil {
			a.ok = nil
			c.settle(c.estimate(gateway.Text{}, 0), true, meter.ClientGone)
			return nil
		}
		return c.unreachable(a.u, a.err)
	}
	if status := a.res.StatusCode; status != http.StatusOK {
		if status == http.StatusTooManyRequests {
			a.ok = nil // busy is not broken
		} else if status < 500 {
			a.ok = &yes
		}
		c.sunk(a.res)
		return c.upstreamStatus(a.u, a.res)
	}
	a.u.load.saw(a.began)
	var gone bool
	if c.req.Stream && isStream(a.res) {
		gone, err = c.passStream(a.ctx, a.cancel, a.u, a.res, a.strip)
	} else {
		gone, err = c.passReply(a.ctx, a.u, a.res)
	}
	if gone {
		a.ok = nil
	} else if err == nil {
		a.ok = &yes
	}
	return err
}

// end frees what the attempt has; it may have none.
func (a *attempt) end() {
	if a.u == nil {
		return
	}
	if a.res != nil {
		a.res.Body.Close()
	}
	if a.cancel != nil {
		a.cancel(nil)
	}
	a.u.load.calls.Add(-1)
	a.u.breaker.Done(time.Now(), a.ok)
}
