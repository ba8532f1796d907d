package proxy

import (
	"context"
	"errors"
	"io"
	"math"
	"math/rand/v2"
	"net/http"
	"strconv"
	"strings"
	"sync"
	"time"

	"go.opentelemetry.io/otel/trace"

	"github.com/luodi/luodi/internal/auth"
	"github.com/luodi/luodi/internal/errs"
	"github.com/luodi/luodi/internal/gateway"
	"github.com/luodi/luodi/internal/meter"
)

const (
	defaultMax    = 4096      // tokens of a reply without a limit, under a budget
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

// take reads the call and lets it in, or not.
func (c *call) take() (err error) {
	// It stays where the body is not read: net/http reads on to its end after
	// the reply, for ever if the client wants it so.
	_ = http.NewResponseController(c.w).SetReadDeadline(c.start.Add(c.s.cfg.Patience))
	if c.key, err = c.s.authorise(c.r); err != nil {
		return err
	}
	if err := c.readBody(); err != nil {
		return err
	}
	if err := c.req.Read(c.body); err != nil {
		return err
	}
	if c.endpoint == messages {
		c.original = c.body
	}
	if err := c.find(); err != nil {
		return err
	}
	if err := c.admit(); err != nil {
		return err
	}
	return c.deny()
}

// authorise finds the key of a request.
func (s *Server) authorise(r *http.Request) (*auth.Key, error) {
	secret := ""
	if h := r.Header["Authorization"]; len(h) > 0 {
		if len(h[0]) > 7 && strings.EqualFold(h[0][:7], "bearer ") {
			secret = h[0][7:]
		}
	} else if h := r.Header["X-Api-Key"]; len(h) > 0 {
		secret = h[0]
	}
	if secret == "" {
		return nil, errs.Unauthenticated("no API key was sent; send Authorization: Bearer luodi_…")
	}
	return s.cfg.Keys.Check(r.Context(), secret)
}

// find looks the route up; a key that is bound to a scenario knows no other.
func (c *call) find() error {
	v := c.s.state.Load().views[c.req.Model]
	if v == nil || !may(c.key, v) {
		return errs.NotFound("the model %q does not exist or this key may not use it; GET /v1/models lists those that it may", c.req.Model)
	}
	c.view = v
	c.w.Header()["X-Luodi-Route"] = v.header
	c.observe()
	c.drawn = c.endpoint.streams && v.route.Sample != nil && rand.Float64() < v.route.Sample.Share
	return nil
}

// admit holds the key to its requests and tokens a minute. Tokens are counted
// by a guess of the prompt first, and as they were used when the call settles.
func (c *call) admit() error {
	if !c.key.Limited() {
		return nil
	}
	tokens := c.s.ratios.Input("", c.req.PromptBytes, c.req.Messages)
	wait, of := c.s.limiter.Admit(c.key, tokens, c.start)
	if wait == 0 {
		c.taken = tokens
		return nil
	}
	seconds := strconv.FormatInt(int64(math.Ceil(wait.Seconds())), 10)
	return &failure{status: http.StatusTooManyRequests, code: codeRate, retryAfter: seconds,
		message: "this key has used up its " + of + " a minute; try again in " + seconds + " s"}
}

// readBody reads the request whole, in time and within its limit.
func (c *call) readBody() error {
	limit := c.s.cfg.MaxBody
	tooLarge := &failure{status: http.StatusRequestEntityTooLarge, code: "request_too_large", message: "the request is larger than this gateway takes"}
	n := c.r.ContentLength
	if n > limit {
		return tooLarge
	}
	var err error
	if n >= 0 {
		if int64(cap(c.body)) < n {
			c.body = make([]byte, n)
		}
		c.body = c.body[:n]
		_, err = io.ReadFull(c.r.Body, c.body)
		if err == nil { // reach the end, so that the server watches for the client leaving
			var end [1]byte
			_, _ = c.r.Body.Read(end[:])
		}
	} else {
		c.body, err = readTo(c.r.Body, c.body[:0], limit)
	}
	if err == nil {
		_ = http.NewResponseController(c.w).SetReadDeadline(time.Time{})
	} else {
		c.w.Header().Set("Connection", "close")
	}
	switch {
	case errors.Is(err, errTooLarge):
		return tooLarge
	case err != nil:
		return &failure{status: http.StatusBadRequest, code: "incomplete_request", message: "the request's body did not come in whole"}
	}
	return nil
}

// errSent: the call failed, and the client was told within its stream.
var errSent = errors.New("the error was sent")

var errTooLarge = errors.New("too large")

// readTo appends r to dst, at most limit bytes in all.
func readTo(r io.Reader, dst []byte, limit int64) ([]byte, error) {
	if cap(dst) < 4096 {
		dst = make([]byte, 0, 4096)
	}
	for {
		if len(dst) == cap(dst) {
			dst = append(dst, 0)[:len(dst)]
		}
		n, err := r.Read(dst[len(dst):cap(dst)])
		dst = dst[:len(dst)+n]
		if int64(len(dst)) > limit {
			return dst, errTooLarge
		}
		if err == io.EOF {
			return dst, nil
		}
		if err != nil {
			return dst, err
		}
	}
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
