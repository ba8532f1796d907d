package proxy

import (
	"bytes"
	"context"
	"io"
	"net/http"
	"slices"
	"sync"
	"time"

	"github.com/luodi/luodi/internal/gateway"
	"github.com/luodi/luodi/internal/meter"
)

const (
	hedgeSamples = 64 // replies that the delay is taken from
	hedgeKnows   = 20 // fewer of them say too little
)

// begins remembers how long an upstream's latest replies took to begin.
type begins struct {
	mu   sync.Mutex
	last [hedgeSamples]time.Duration
	n    int // that were ever seen
}

func (b *begins) add(d time.Duration) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.last[b.n%hedgeSamples] = d
	b.n++
}

// p95 is the time that 95 % of the latest replies needed to begin; false while
// too few were seen.
func (b *begins) p95() (time.Duration, bool) {
	b.mu.Lock()
	defer b.mu.Unlock()
	n := min(b.n, hedgeSamples)
	if n < hedgeKnows {
		return 0, false
	}
	sorted := slices.Clone(b.last[:n])
	slices.Sort(sorted)
	return sorted[(n*95+99)/100-1], true
}

// second is the upstream that may be asked beside the first of the targets:
// the next one, where the route wants it and asking twice does no harm. A call
// that may leave something behind at a vendor, as /v1/responses may, is asked
// once.
func (c *call) second(targets []target) *upstream {
	if !c.view.route.Hedge || len(targets) < 2 || targets[0].up == nil || c.original != nil || c.endpoint == responses {
		return nil
	}
	return targets[1].up
}

// racer is an attempt that runs beside another: it has its own copy of what
// the call is while it is asked.
type racer struct {
	attempt
	hold        *meter.Hold
	masked      *gateway.Mask
	model       string
	prompt, msg int64
	images      int64
	done        chan struct{} // closed once a reply has begun, or none will
}

// race opens an attempt and sends it.
func (c *call) race(u *upstream) (*racer, error) {
	r := &racer{done: make(chan struct{})}
	err := c.open(&r.attempt, u)
	if err != nil {
		r.end()
		return nil, err
	}
	r.body = bytes.Clone(r.body) // the call's buffers serve the next attempt
	if r.cancel == nil {
		r.ctx, r.cancel = context.WithCancelCause(r.ctx)
	}
	r.hold, r.masked, r.model, r.prompt, r.msg, r.images = c.hold, c.masked, c.model, c.prompt, c.msgs, c.images
	silence := c.s.cfg.Silence
	go func() {
		defer close(r.done)
		r.send()
		if !r.well() {
			return
		}
		watch := time.AfterFunc(silence, func() { r.cancel(errSilence) })
		defer watch.Stop()
		first := make([]byte, 1)
		n, err := io.ReadFull(r.res.Body, first)
		r.began = time.Since(r.sent)
		r.res.Body = begun{io.MultiReader(bytes.NewReader(first[:n]), failing{err}, r.res.Body), r.res.Body}
	}()
	return r, nil
}

// begun is a body whose first byte was read.
type begun struct {
	io.Reader
	io.Closer
}

// failing is a reader of nothing: it fails with err, or ends.
type failing struct{ err error }

func (f failing) Read([]byte) (int, error) {
	if f.err == nil {
		return 0, io.EOF
	}
	return 0, f.err
}

func (r *racer) well() bool { return r.err == nil && r.res.StatusCode == http.StatusOK }

// serveHedged asks the first upstream and, once 95 % of its replies would have
// begun, the second one too. Whose reply begins first is passed on; the other
// is cancelled before the client has seen a byte of it, and both are charged.
// asked tells whether the second was.
func (c *call) serveHedged(u, next *upstream) (asked bool, err error) {
	a, err := c.race(u)
	if err != nil {
		return false, err
	}
	if delay, known := u.begins.p95(); known {
		late := time.NewTimer(delay)
		select {
		case <-a.done:
		case <-late.C:
		}
		late.Stop()
	} else {
		<-a.done
	}
	var b *racer
	select {
	case <-a.done:
	default:
		id := c.id
		c.id, c.hold = c.id+".2", nil
		if b, err = c.race(next); err != nil && c.hold != nil {
			c.hold.Release()
		}
		c.id = id
	}
	if b == nil { // in time; or the second has no room, no such endpoint or no rest
		<-a.done
		return false, c.win(a, nil)
	}
	select {
	case <-a.done:
	case <-b.done:
		a, b = b, a
	}
	if !a.well() { // the other may do better
		<-b.done
		a, b = b, a
	}
	return true, c.win(a, b)
}

// win delivers the reply of r and charges the loser, nil where there is none:
// its prompt, and as much of a reply as the winner's has where it may have been
// written already. What never began is not charged.
func (c *call) win(r, loser *racer) error {
	failed := false // the loser, by itself
	if loser != nil {
		select {
		case <-loser.done:
			failed = !loser.well()
		default:
		}
		loser.cancel(nil)
		<-loser.done
		loser.u.begins.add(time.Since(loser.sent)) // at least
	}
	if r.well() {
		r.u.begins.add(r.began)
	}
	defer r.end()
	c.hold, c.masked, c.model, c.prompt, c.msgs, c.images = r.hold, r.masked, r.model, r.prompt, r.msg, r.images
	c.used = meter.Usage{}
	err := c.deliver(&r.attempt)
	if loser == nil {
		return err
	}
	if failed {
		loser.hold.Release()
		loser.end()
		return err
	}
	usage := meter.Usage{Input: c.s.ratios.Input(loser.model, loser.prompt, loser.msg) + loser.images}
	if !c.req.Stream {
		usage.Output = c.used.Output
	}
	final := meter.Final{Usage: usage, Estimated: true, Outcome: meter.Hedged, Latency: time.Since(loser.sent)}
	if row, ok := loser.hold.Settle(final); ok {
		c.s.limiter.Correct(c.key, usage.Input+usage.Output)
		c.view.metrics.settled(&row)
	}
	loser.ok = nil
	loser.end()
	return err
}
