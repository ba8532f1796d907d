package proxy

import (
	"context"
	"log/slog"
	"net"
	"net/http"
	"sync"
	"sync/atomic"
	"time"
)

const (
	frontIdle  = 2 * time.Minute  // for a client's next request
	frontHead  = 10 * time.Second // for a request's header to come in whole
	frontSweep = 20 * time.Millisecond
)

// front accepts connections and serves model calls on them itself; a connection
// on which anything else comes goes to net/http with what was read of it, for
// good. net/http watches for the client leaving with a goroutine for every
// request, which at few connections costs more than the call: here a call is
// watched once it has lasted longer than a sweep, and what a call needs is kept
// for the next one of its connection. A header must be of the plainest form
// (readHead); whatever is doubtful, net/http judges.
type front struct {
	net.Listener // the real one
	handler      http.Handler
	log          *slog.Logger
	other        chan net.Conn // for net/http, whose listener this is
	closed       chan struct{}
	awake        chan struct{} // for the sweeper, while it sleeps

	mu     sync.Mutex
	conns  map[*frontConn]struct{}
	gone   sync.WaitGroup // of conns
	ending atomic.Bool
}

func newFront(l net.Listener, handler http.Handler, log *slog.Logger) *front {
	return &front{Listener: l, handler: handler, log: log, other: make(chan net.Conn), closed: make(chan struct{}), awake: make(chan struct{}, 1), conns: map[*frontConn]struct{}{}}
}

// run accepts until the listener is closed, and returns why it ended.
func (f *front) run() error {
	go f.sweep()
	defer close(f.closed)
	for pause := time.Duration(0); ; {
		conn, err := f.Listener.Accept()
		if err != nil {
			if ne, ok := err.(interface{ Temporary() bool }); !ok || !ne.Temporary() { // such as too many open files
				return err
			}
			pause = min(max(2*pause, 5*time.Millisecond), time.Second)
			f.log.Warn("accepting a connection", "error", err, "again", pause)
			time.Sleep(pause)
			continue
		}
		pause = 0
		tcp, ok := conn.(*net.TCPConn)
		if !ok {
			go f.hand(conn)
			continue
		}
		c := newFrontConn(f, tcp)
		if !f.add(c) {
			conn.Close()
			continue
		}
		go func() {
			defer f.gone.Done()
			c.serve()
		}()
	}
}

func (f *front) add(c *frontConn) bool {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.ending.Load() {
		return false
	}
	f.conns[c] = struct{}{}
	f.gone.Add(1)
	return true
}

func (f *front) remove(c *frontConn) {
	f.mu.Lock()
	defer f.mu.Unlock()
	delete(f.conns, c)
}

// Accept is net/http's: it takes the connections that are handed over.
func (f *front) Accept() (net.Conn, error) {
	select {
	case c := <-f.other:
		return c, nil
	case <-f.closed:
		return nil, net.ErrClosed
	}
}

func (f *front) hand(c net.Conn) {
	select {
	case f.other <- c:
	case <-f.closed:
		c.Close()
	}
}

// end takes no further connections and closes those without a call.
func (f *front) end() {
	f.Listener.Close()
	f.mu.Lock()
	defer f.mu.Unlock()
	f.ending.Store(true)
	for c := range f.conns {
		c.closeIdle()
	}
}

// wait waits for the calls under way until ctx ends, which ends them, and
// reports whether all had ended before.
func (f *front) wait(ctx context.Context) bool {
	gone := make(chan struct{})
	go func() { f.gone.Wait(); close(gone) }()
	select {
	case <-gone:
		return true
	case <-ctx.Done():
	}
	f.mu.Lock()
	for c := range f.conns {
		c.tcp.Close()
	}
	f.mu.Unlock()
	return false
}

// stir wakes the sweeper, if it sleeps: a call has begun.
func (f *front) stir() {
	select {
	case f.awake <- struct{}{}:
	default:
	}
}

// sweep has those clients watched whose calls have begun before the last sweep.
// It sleeps once nothing has been called for a while.
func (f *front) sweep() {
	tick := time.NewTicker(frontSweep)
	defer tick.Stop()
	for quiet := 0; ; {
		select {
		case <-f.closed: // calls under way are still watched
			f.mu.Lock()
			left := len(f.conns)
			f.mu.Unlock()
			if left == 0 {
				return
			}
			time.Sleep(frontSweep)
		case <-tick.C:
		}
		quiet++
		f.mu.Lock()
		for c := range f.conns {
			if c.watchLong() {
				quiet = 0
			}
		}
		f.mu.Unlock()
		if quiet > 100 {
			tick.Stop()
			select {
			case <-f.awake:
			case <-f.closed:
			}
			tick.Reset(frontSweep)
			quiet = 0
		}
	}
}
