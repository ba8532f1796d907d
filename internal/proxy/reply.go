package proxy

import (
	"context"
	"io"
	"net/http"
	"strconv"
	"time"

	"github.com/luodi/luodi/internal/auth"
	"github.com/luodi/luodi/internal/gateway"
	"github.com/luodi/luodi/internal/gateway/native"
	"github.com/luodi/luodi/internal/meter"
)

const (
	streamBuffer = 16 << 10
	maxFrame     = 1 << 20 // a frame larger than this is passed without a look into it
)

// passReply passes a reply that is not streamed. gone: the client left; an
// error means that nothing has gone to the client.
func (c *call) passReply(ctx context.Context, u *upstream, res *http.Response) (gone bool, err error) {
	c.first = time.Now()
	if u.wire == nil { // a wire's deadline is the whole reply's
		drip := time.AfterFunc(c.s.cfg.FirstByte, func() { res.Body.Close() })
		defer drip.Stop()
	}
	b, err := readReply(res, c.buf)
	c.buf = b
	if err != nil {
		usage, exact := c.endpoint.shape.Usage(b)
		if !exact {
			usage = c.estimate(c.endpoint.shape.Text(b), 0)
		}
		if clientLeft(ctx) {
			c.settle(usage, !exact, meter.ClientGone)
			return true, nil
		}
		c.s.log.Warn("an upstream broke off its reply", "id", c.id, "route", c.view.route.Name, "upstream", u.BaseURL, "bytes", len(b))
		c.settle(usage, !exact, meter.UpstreamCut)
		return false, &failure{status: http.StatusBadGateway, code: codeCut, message: "the model behind " + c.view.route.Name + " broke off its reply"}
	}
	if e, bad := u.Rules.FindError(b); bad {
		c.sunk(res)
		return false, c.vendorFailure(u, e)
	}
	b = u.Rules.Finish(b)
	usage, exact := c.endpoint.shape.Usage(b)
	if !exact {
		usage = c.estimate(c.endpoint.shape.Text(b), 0)
	} else if c.endpoint.streams && c.images == 0 && !c.s.ratios.Knows(c.model) { // once: streams teach it from then on
		c.s.ratios.Learn(c.model, c.prompt, c.msgs, usage.Input, c.endpoint.shape.Text(b), usage.Output)
	}
	outcome := meter.OK
	if c.r.Context().Err() != nil {
		outcome, gone = meter.ClientGone, true
	}
	if c.masked != nil {
		b = c.masked.Unmask(b)
	}
	c.hear(b)
	b = c.grounded(b)
	var frames []byte // where the client wants a stream
	if c.req.Stream && (c.endpoint == chat || c.endpoint == completion) {
		frames = gateway.Frames(b, c.req.IncludeUsage)
	}
	switch {
	case c.translated() && frames != nil:
		c.events = gateway.MessagesStream{Route: c.view.route.Name, Input: usage.Input}
		b = c.events.Feed(frames[:len(frames)-len("data: [DONE]\n\n")])
		b = append(b, c.events.End(nil, []int64{usage.Input - usage.CachedInput, usage.CachedInput, usage.Output})...)
	case frames != nil:
		b = frames
	case c.translated():
		if b, err = gateway.MessagesReply(b, c.view.route.Name); err != nil {
			c.settle(usage, !exact, outcome)
			return false, &failure{status: http.StatusBadGateway, code: codeUpstream, message: err.Error()}
		}
	}
	if c.endpoint == rerank {
		b = gateway.RerankReply(b, c.r.URL.Path == "/v2/rerank", c.view.route.Name, c.id, usage.Input)
	}
	if c.endpoint == embedding {
		if b, err = gateway.ConvertEmbeddings(b, c.req.Encoding == "base64"); err != nil {
			c.settle(usage, !exact, outcome)
			return false, &failure{status: http.StatusBadGateway, code: codeUpstream, message: err.Error()}
		}
	}
	c.settle(usage, !exact, outcome)
	h := c.w.Header()
	if ct := res.Header["Content-Type"]; frames != nil {
		h["Content-Type"] = eventStream
	} else if ct != nil {
		h["Content-Type"] = ct
	}
	h["Content-Length"] = []string{strconv.Itoa(len(b))}
	if len(b) > maxFrame {
		rc := http.NewResponseController(c.w)
		_ = rc.SetWriteDeadline(time.Now().Add(c.s.cfg.Patience))
		defer func() { _ = rc.SetWriteDeadline(time.Time{}) }()
	}
	_, _ = c.w.Write(b)
	c.keep(b)
	c.remember()
	c.sample()
	return gone, nil
}

// readReply reads a body into buf; what came is returned with an error too.
func readReply(res *http.Response, buf []byte) ([]byte, error) {
	n := res.ContentLength
	if n < 0 || n > maxReplyBytes {
		return readTo(res.Body, buf[:0], maxReplyBytes)
	}
	if int64(cap(buf)) <= n {
		buf = make([]byte, n+1)
	}
	m, err := io.ReadFull(res.Body, buf[:n])
	if err == nil { // the end, so that the connection can be used again
		_, _ = res.Body.Read(buf[n : n+1])
	}
	return buf[:m], err
}

// passStream passes a stream frame by frame. gone and err as in passReply.
func (c *call) passStream(ctx context.Context, cancel context.CancelCauseFunc, u *upstream, res *http.Response, strip bool) (gone bool, err error) {
	st := &c.stream
	st.Reset(strip, c.endpoint.shape)
	c.events = gateway.MessagesStream{Route: c.view.route.Name, Input: c.s.ratios.Input(c.model, c.prompt, c.msgs)}
	if cap(c.buf) < streamBuffer {
		c.buf = make([]byte, streamBuffer)
	}
	buf := c.buf[:0]
	defer func() { c.buf = buf[:0] }()
	out := streamWriter{c: c, rc: http.NewResponseController(c.w)}
	defer out.end()
	watch := time.AfterFunc(c.s.cfg.Silence, func() { cancel(errSilence) })
	defer watch.Stop()
	watched := c.start
	for {
		if len(buf) == cap(buf) {
			if cap(buf) < maxFrame {
				buf = append(buf, 0)[:len(buf)]
			} else {
				out.write(buf, res)
				buf = buf[:0]
			}
		}
		n, rerr := res.Body.Read(buf[len(buf):cap(buf)])
		buf = buf[:len(buf)+n]
		if n > 0 {
			now := time.Now()
			if c.first.IsZero() {
				c.first = now
			}
			if now.Sub(watched) > time.Second {
				watch.Reset(c.s.cfg.Silence)
				watched = now
			}
		}
		if !out.started {
			if first := gateway.NextFrame(buf); first > 0 || rerr != nil {
				if first == 0 {
					first = len(buf)
				}
				if e, bad := u.Rules.FirstFrameError(buf[:first]); bad {
					return false, c.vendorFailure(u, e)
				}
			}
		}
		used, pass := st.Pass(buf)
		if len(pass) > 0 {
			out.write(u.Rules.Finish(pass), res)
		}
		if used > 0 {
			buf = buf[:copy(buf, buf[used:])]
		}
		if rerr == io.EOF && len(buf) > 0 { // a last frame without its blank line
			tail := append(append([]byte(nil), buf...), "\n\n"...)
			if _, pass := st.Pass(tail); len(pass) > 0 {
				out.write(buf, res)
			}
		}
		if out.gone && c.cancels() && !st.Finished() {
			cancel(nil)
			rerr = context.Canceled
		}
		if rerr != nil {
			if u.native != nil && !st.Exact {
				st.Usage = native.UsageSoFar(res.Body)
			}
			return c.endStream(ctx, u, &out, rerr)
		}
	}
}

// cancels reports whether the key wants a reply stopped when its client leaves.
func (c *call) cancels() bool { return c.key.OnDisconnect != auth.Drain }

// endStream settles a stream that has come to its end, good or bad.
func (c *call) endStream(ctx context.Context, u *upstream, out *streamWriter, rerr error) (gone bool, err error) {
	st := &c.stream
	left := out.gone || clientLeft(ctx) || c.r.Context().Err() != nil
	whole := rerr == io.EOF && st.Finished() || st.Done
	if !out.started && !left {
		if st.Frames == 0 && !whole { // nothing came: somebody else may do better
			c.s.log.Warn("an upstream broke off before its stream began", "id", c.id, "route", c.view.route.Name, "upstream", u.BaseURL)
			return false, &failure{status: http.StatusBadGateway, code: codeCut, fallback: true, message: "the model behind " + c.view.route.Name + " broke off before its reply began"}
		}
		out.start(nil)
	}
	if c.masked != nil && out.started {
		if rest := c.masked.End(); len(rest) > 0 {
			c.hear(rest)
			if c.translated() {
				rest = c.events.Feed(rest)
			}
			out.raw(rest)
		}
	}
	if c.ground != nil && whole {
		out.grounded()
	}
	usage, exact := st.Usage, st.Exact
	if !exact {
		usage = c.estimate(st.Text, st.Spoken)
		if st.Usage.Input > 0 { // named before the end
			usage.Input, usage.CachedInput, usage.CacheWrite = st.Usage.Input, st.Usage.CachedInput, st.Usage.CacheWrite
		}
		if u.native != nil && st.Usage.Output > 0 { // and up to here
			usage.Output, usage.Reasoning = st.Usage.Output, st.Usage.Reasoning
		}
	}
	switch {
	case whole:
		if exact && c.images == 0 {
			c.s.ratios.Learn(c.model, c.prompt, c.msgs, usage.Input, st.Text, usage.Output)
		}
		if c.translated() && out.started {
			out.raw(c.events.End(nil, []int64{usage.Input - usage.CachedInput, usage.CachedInput, usage.Output}))
		}
		outcome := meter.OK
		if out.gone {
			outcome = meter.ClientGone
		}
		c.settle(usage, !exact, outcome)
		if !out.gone {
			c.remember()
			c.sample()
		}
		return out.gone, nil
	case left:
		c.settle(usage, !exact, meter.ClientGone)
		return true, nil
	}
	c.s.log.Warn("an upstream broke off its stream", "id", c.id, "route", c.view.route.Name, "upstream", u.BaseURL, "frames", st.Frames, "silent", ctx.Err() != nil)
	c.settle(usage, !exact, meter.UpstreamCut)
	message := "the model behind " + c.view.route.Name + " broke off its reply"
	event := appendError([]byte("data: "), http.StatusBadGateway, codeCut, message)
	if c.endpoint == messages {
		event = append([]byte("event: error\ndata: "), gateway.MessagesError(http.StatusBadGateway, message)...)
	}
	out.write(append(event, "\n\n"...), nil)
	return false, errSent
}

// streamWriter sends frames to a client, which may be slow or gone.
type streamWriter struct {
	c       *call
	rc      *http.ResponseController
	started bool
	gone    bool   // the client is not there any more
	held    []byte // the end of a stream, before which comes what it was grounded in
	patient time.Time
}

func (o *streamWriter) start(res *http.Response) {
	h := o.c.w.Header()
	h["Content-Type"] = eventStream
	if res != nil {
		if ct := res.Header["Content-Type"]; ct != nil {
			h["Content-Type"] = ct
		}
	}
	h["Cache-Control"] = noCache
	h["X-Accel-Buffering"] = noBuffer
	o.started = true
}

var (
	eventStream = []string{"text/event-stream; charset=utf-8"}
	noCache     = []string{"no-cache"}
	noBuffer    = []string{"no"}
)

// write sends b at once. A client that takes nothing for a minute is gone.
func (o *streamWriter) write(b []byte, res *http.Response) {
	if o.gone {
		return
	}
	if !o.started {
		o.start(res)
	}
	if o.c.masked != nil {
		b = o.c.masked.Stream(b, o.c.endpoint.shape)
	}
	o.c.hear(b)
	if o.c.ground != nil {
		b = o.hold(b)
	}
	if o.c.translated() {
		b = o.c.events.Feed(b)
	}
	o.raw(b)
}

// raw sends what is in the client's shape already.
func (o *streamWriter) raw(b []byte) {
	if o.gone || len(b) == 0 {
		return
	}
	if now := time.Now(); now.Sub(o.patient) > o.c.s.cfg.Patience/6 {
		_ = o.rc.SetWriteDeadline(now.Add(o.c.s.cfg.Patience))
		o.patient = now
	}
	o.c.keep(b)
	if _, err := o.c.w.Write(b); err != nil {
		o.gone = true
		return
	}
	if o.rc.Flush() != nil {
		o.gone = true
	}
}

// end takes the deadline off the connection, which may serve another call.
func (o *streamWriter) end() {
	if !o.patient.IsZero() {
		_ = o.rc.SetWriteDeadline(time.Time{})
	}
}
