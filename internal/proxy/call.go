package proxy

import (
	"context"
	"errors"
	"net/http"
	"sync"
	"time"

	"go.opentelemetry.io/otel/trace"

	"github.com/luodi/luodi/internal/auth"
	"github.com/luodi/luodi/internal/errs"
	"github.com/luodi/luodi/internal/gateway"
	"github.com/luodi/luodi/internal/meter"
)

const (
	perMessage    = 16        // tokens held for the frame of each message
	keepBuffer    = 256 << 10 // larger buffers are not kept for the next call
	maxReplyBytes = 256 << 20 // of a reply that is not streamed
)

// call is one request from its first byte to its row in the ledger.
type call struct {
	s        *Server
	w        http.ResponseWriter
	r        *http.Request
	endpoint *endpoint
	req      gateway.Request
	body     []byte // as the client sent it
	buf      []byte // for the reply
	out      []byte // as it goes to the upstream
	id       string
	key      *auth.Key
	view     *view
	start    time.Time
	first    time.Time // the reply's first byte
	changes  []gateway.Change
	stream   gateway.Stream
	original []byte                 // a call in Anthropic's shape, where body is its chat
	events   gateway.MessagesStream // writes its stream

	masked   *gateway.Mask // what the upstream does not see; nil: nothing
	cacheKey cacheKey
	kept     []byte                                     // the reply, for the cache
	drawn    bool                                       // for a label
	ground   func(context.Context, string) (any, error) // of the attempt under way; nil: nothing goes beside its reply
	heard    []byte                                     // the reply before it is translated, where it is listened to
	seen     observed
	ctx      context.Context // of the call's span
	span     trace.Span

	hold   *meter.Hold
	mark   string      // for the row
	used   meter.Usage // as it was settled
	taken  int64       // tokens that the key's limit was charged so far
	model  string      // the upstream's, for estimates
	prompt int64       // bytes of the prompt as it was sent
	msgs   int64
	images int64 // the most tokens of the prompt's pictures
}

var calls = sync.Pool{New: func() any { return &call{} }}

func (s *Server) call(w http.ResponseWriter, r *http.Request, e *endpoint) {
	if r.Method != http.MethodPost {
		w.Header().Set("Allow", http.MethodPost)
		writeError(w, http.StatusMethodNotAllowed, "method_not_allowed", r.URL.Path+" takes POST")
		return
	}
	s.active.Add(1)
	defer s.active.Add(-1)
	c := calls.Get().(*call)
	c.s, c.w, c.r, c.endpoint, c.start = s, w, r, e, time.Now()
	c.id = s.requestID()
	w.Header()["X-Luodi-Request-Id"] = []string{c.id}
	defer c.settlePanic()
	if s.cfg.Tracer != nil {
		c.startTrace()
	}
	err := c.serve()
	if err != nil && err != errSent {
		if c.hold != nil { // no vendor will bill it
			c.settle(meter.Usage{}, false, unserved(err))
		}
		c.refuse(err)
	}
	if c.taken > 0 { // it used nothing
		c.s.limiter.Correct(c.key, -c.taken)
	}
	c.told(err)
	c.recycle()
}

// settlePanic settles a call that a bug, or a Local's, has ended.
func (c *call) settlePanic() {
	if p := recover(); p != nil {
		if c.hold != nil {
			c.settle(c.estimate(gateway.Text{}, 0), true, meter.Lost)
		}
		panic(p)
	}
}

// recycle keeps what the next call can use. A call that panicked is not.
func (c *call) recycle() {
	keep := call{body: kept(c.body), buf: kept(c.buf), out: kept(c.out), changes: c.changes[:0], stream: c.stream}
	keep.req.Fields = c.req.Fields[:0]
	*c = keep
	calls.Put(c)
}

func kept(b []byte) []byte {
	if cap(b) > keepBuffer {
		return nil
	}
	return b[:0]
}

// refuse answers a call that got no reply.
func (c *call) refuse(err error) {
	if errs.Of(err) == errs.CodeExhausted && c.s.cfg.Meter.Trouble() != nil {
		err = &failure{status: http.StatusServiceUnavailable, code: "ledger_unavailable", message: "the gateway cannot keep its ledger now and takes no calls; try again later"}
	}
	f := fail(err)
	c.s.metrics.refused.WithLabelValues(f.code).Inc()
	if f.status >= 500 {
		c.s.log.Error("a call was not served", "id", c.id, "status", f.status, "code", f.code, "error", err)
	}
	if c.original != nil || c.endpoint.shape == gateway.MessagesShape {
		f.shape = gateway.MessagesShape
	}
	f.write(c.w)
}

func (c *call) serve() error {
	if err := c.take(); err != nil {
		return err
	}
	if hit, err := c.fromCache(); hit || err != nil {
		return err
	}
	c.degrade(false)
	err := c.tryTargets()
	if errs.Is(err, errs.CodeExhausted) && c.degrade(true) {
		return c.tryTargets()
	}
	return err
}

// tryTargets serves the call by the first target that can.
func (c *call) tryTargets() error {
	var last error
	targets := c.view.order(c.start)
	for i := 0; i < len(targets); i++ {
		t := targets[i]
		err := c.speak(t.up)
		if err != nil {
			return err
		}
		if next := c.second(targets[i:]); next != nil {
			var asked bool
			if asked, err = c.serveHedged(t.up, next); asked {
				i++
			}
		} else if t.local != nil {
			err = c.serveLocal(t.local)
		} else {
			err = c.serveUpstream(t.up)
		}
		if err == nil {
			return nil
		}
		var f *failure
		declined := errors.Is(err, gateway.ErrDecline)
		// A budget that has no room for one model may have it for a cheaper one.
		next := declined || errs.Is(err, errs.CodeExhausted) || errors.As(err, &f) && f.fallback
		if !next {
			return err
		}
		if last == nil || !declined {
			last = err
		}
	}
	if errors.Is(last, gateway.ErrDecline) {
		return &failure{status: http.StatusServiceUnavailable, code: "no_answer", message: "the route " + c.view.route.Name + " is not sure of an answer and has no further model to ask"}
	}
	return last
}

// speak gives the call the shape that its target takes: one in Anthropic's is
// a chat for all but vendors that speak it. up is nil for a local target.
func (c *call) speak(up *upstream) error {
	if c.original == nil {
		return nil
	}
	want := chat
	if up != nil && up.urls[messages] != nil && up.Prepare == nil {
		want = messages
	}
	if c.endpoint == want {
		return nil
	}
	body := c.original
	if want == chat {
		var err error
		if body, err = gateway.ChatFromMessages(body); err != nil {
			return err
		}
	}
	c.endpoint, c.body = want, body
	return c.req.Read(body)
}

// translated reports whether replies are written anew in Anthropic's shape.
func (c *call) translated() bool { return c.original != nil && c.endpoint == chat }

// reserve holds the most that the call can cost at a target.
func (c *call) reserve(vendor, model string, price meter.Price, most meter.Usage) error {
	if c.hold != nil {
		c.hold.Release() // the target before this one did not serve
		c.hold = nil
	}
	rt := c.view.route
	h, err := c.s.cfg.Meter.Reserve(c.r.Context(), meter.Call{
		ID: c.id, Time: c.start, Key: c.key.ID, Department: c.key.Department, Scenario: rt.Scenario,
		Configuration: rt.Configuration, Model: model, Vendor: vendor, Price: price, Most: most, Own: c.key.Budget, Mark: c.mark,
	})
	c.hold = h
	return err
}

// settle writes the call's row: once, whatever comes later.
func (c *call) settle(u meter.Usage, estimated bool, o meter.Outcome) {
	f := meter.Final{Usage: u, Estimated: estimated, Outcome: o, Latency: time.Since(c.start)}
	if !c.first.IsZero() {
		f.FirstToken = c.first.Sub(c.start)
	}
	if row, ok := c.hold.Settle(f); ok {
		c.used, c.seen.row = u, row
		c.s.limiter.Correct(c.key, u.Input+u.Output-c.taken)
		c.taken = 0
		c.view.metrics.settled(&row)
	}
}

// estimate counts what was received of a reply whose usage did not come.
func (c *call) estimate(t gateway.Text, frames int64) meter.Usage {
	return meter.Usage{
		Input:  c.s.ratios.Input(c.model, c.prompt, c.msgs) + c.images,
		Output: c.s.ratios.Output(c.model, t, frames),
	}
}

// context is the upstream call's: it ends when the client leaves, unless its
// key wants the reply read to the end. A stream can also be ended from here.
func (c *call) context() (context.Context, context.CancelCauseFunc) {
	ctx := c.r.Context()
	if c.key.OnDisconnect == auth.Drain {
		ctx = context.WithoutCancel(ctx)
	}
	if !c.req.Stream {
		return ctx, nil
	}
	return context.WithCancelCause(ctx)
}
