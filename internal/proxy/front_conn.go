package proxy

import (
	"context"
	"io"
	"net"
	"net/http"
	"runtime/debug"
	"sync"
	"sync/atomic"
	"time"
)

const (
	frontBuffer = 4 << 10
	frontDrain  = 256 << 10 // of a body that nobody reads, to keep its connection
)

// frontConn is a client's connection. Its own goroutine reads requests and
// serves them, one after the other; buf[r:w] is what came and is not used yet.
type frontConn struct {
	f       *front
	tcp     *net.TCPConn
	remote  string
	buf     []byte
	r, w    int
	idle    time.Time    // until when the connection may be idle; its read deadline, unless moved
	moved   bool         // the read deadline is another than idle
	left    int64        // bytes of the body that are not read yet
	served  bool         // a call, after which no byte was looked at yet
	request http.Request // the call's, but for its context
	reply   frontReply
	cancel  context.CancelFunc // the call's

	calling atomic.Uint32 // 0 without a call, 1 with one, 2 with one that a sweep has seen
	mu      sync.Mutex    // guards what follows
	whole   bool          // the body is read, so that the client can be watched
	watched chan struct{} // closed when the watching ends; nil: nobody watches
	aborted bool          // watching is being ended from here
	waits   bool          // for a request, so that an ending server may close it
	closed  bool          // it has
	broken  bool          // the client is gone
}

func newFrontConn(f *front, tcp *net.TCPConn) *frontConn {
	c := &frontConn{f: f, tcp: tcp, remote: tcp.RemoteAddr().String(), buf: make([]byte, frontBuffer), waits: true}
	c.reply.c = c
	return c
}

// serve serves calls until the connection ends or net/http takes it.
func (c *frontConn) serve() {
	defer c.f.remove(c)
	for {
		switch c.readHead() {
		case serves:
			if !c.call() {
				c.close()
				return
			}
		case ends:
			c.tcp.Close()
			return
		case handsOn:
			_ = c.tcp.SetReadDeadline(time.Time{})
			c.f.hand(&handedConn{TCPConn: c.tcp, prefix: c.buf[c.r:c.w]})
			return
		}
	}
}

// handedConn gives net/http first what was read already.
type handedConn struct {
	*net.TCPConn
	prefix []byte
}

func (h *handedConn) Read(p []byte) (int, error) {
	if len(h.prefix) > 0 {
		n := copy(p, h.prefix)
		h.prefix = h.prefix[n:]
		return n, nil
	}
	return h.TCPConn.Read(p)
}

// call serves one call and reports whether the connection can serve another.
func (c *frontConn) call() (keep bool) {
	ctx, cancel := context.WithCancel(context.Background())
	c.cancel = cancel
	defer cancel()
	c.mu.Lock()
	c.whole = c.left == 0
	c.mu.Unlock()
	c.calling.Store(1)
	c.f.stir()
	c.reply.reset()
	defer func() {
		if p := recover(); p != nil {
			c.unwatch()
			keep = false
			if p != http.ErrAbortHandler {
				c.f.log.Error("a call was ended by a bug", "panic", p, "stack", string(debug.Stack()))
			}
		}
	}()
	c.served = true
	c.f.handler.ServeHTTP(&c.reply, c.request.WithContext(ctx))
	c.unwatch()
	c.reply.finish()
	if c.reply.broken || c.isBroken() || c.left > 0 {
		return false
	}
	if c.moved {
		c.idle = time.Time{}
		c.moved = false
	}
	return c.wait()
}

// wait makes the connection one that waits for a request; false: the server ends.
func (c *frontConn) wait() bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.waits = true
	return !c.f.ending.Load()
}

func (c *frontConn) isBroken() bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.broken
}

// skip reads what nobody has read of a body, before the reply, as net/http does.
// One that does not end soon ends the connection.
func (c *frontConn) skip() bool {
	if c.left == 0 {
		return true
	}
	if c.left > frontDrain {
		return false
	}
	_, err := io.Copy(io.Discard, (*frontBody)(c))
	return err == nil
}

// close ends the connection. A client that still sends would take a reset for
// the reply's end: it is given a moment to read it.
func (c *frontConn) close() {
	if c.left > 0 && c.tcp.CloseWrite() == nil {
		time.Sleep(500 * time.Millisecond)
	}
	c.tcp.Close()
}

func (c *frontConn) closeIdle() {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.waits {
		c.closed = true
		c.tcp.Close()
	}
}

// frontBody is the body of the call under way.
type frontBody frontConn

func (b *frontBody) Read(p []byte) (n int, err error) {
	if b.left == 0 {
		return 0, io.EOF
	}
	if int64(len(p)) > b.left {
		p = p[:b.left]
	}
	if b.r < b.w {
		n = copy(p, b.buf[b.r:b.w])
		b.r += n
	} else {
		n, err = b.tcp.Read(p)
	}
	if b.left -= int64(n); b.left == 0 {
		b.mu.Lock()
		b.whole = true
		b.mu.Unlock()
		return n, nil
	}
	if err == io.EOF {
		err = io.ErrUnexpectedEOF
	}
	return n, err
}

func (b *frontBody) Close() error { return nil }

// watchLong watches the client of a call that a sweep before this one has seen,
// and reports whether there is a call.
func (c *frontConn) watchLong() bool {
	if c.calling.Load() == 0 {
		return false
	}
	if c.calling.CompareAndSwap(1, 2) {
		return true
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.calling.Load() == 2 && c.whole && c.watched == nil && !c.aborted && !c.broken {
		if c.r == c.w {
			c.r, c.w = 0, 0
		}
		if c.w < len(c.buf) { // else the next request came already
			c.watched = make(chan struct{})
			_ = c.tcp.SetReadDeadline(time.Time{})
			go c.watch(c.watched)
		}
	}
	return true
}

// watch ends the call when its client goes. A client that sends its next
// request is not watched any more.
func (c *frontConn) watch(over chan struct{}) {
	n, err := c.tcp.Read(c.buf[c.w:])
	c.mu.Lock()
	defer c.mu.Unlock()
	c.w += n
	if err != nil && !c.aborted {
		c.broken = true
		c.cancel()
	}
	close(over)
}

// unwatch ends the call for the sweeper and waits until nobody watches.
func (c *frontConn) unwatch() {
	c.calling.Store(0)
	c.mu.Lock()
	over := c.watched
	if over != nil {
		c.aborted = true
		_ = c.tcp.SetReadDeadline(time.Unix(1, 0))
	}
	c.mu.Unlock()
	if over == nil {
		return
	}
	<-over
	c.mu.Lock()
	c.watched, c.aborted = nil, false
	c.mu.Unlock()
	c.idle = time.Time{} // the deadline is past
}
