package proxy

import (
	"bufio"
	"context"
	"errors"
	"io"
	"math"
	"net"
	"net/http"
	"net/url"
	"strconv"
	"sync"
	"time"
)

const (
	wireIdle    = 90 * time.Second // after which a connection is not used again
	wireMaxIdle = 1024
	wireBuffer  = 8 << 10
	wireHeader  = 1 << 20 // the most bytes of replies' headers to one request
)

// wire talks HTTP/1.1 to one host in the clear, as local model servers do. It
// is an http.Transport without its two goroutines for each connection: the
// call's own goroutine writes and reads, which spares four hand-overs a request
// and lets the request's buffer be used again. Replies are read by net/http.
// Everything else (https, proxies) goes through http.Transport.
type wire struct {
	addr      string
	firstByte time.Duration
	dialer    net.Dialer

	mu   sync.Mutex
	idle []*wireConn // the one used last is last
}

type wireConn struct {
	net.Conn
	w     *wire
	br    *bufio.Reader
	since time.Time // idle since
	left  int       // bytes that a header may still have
}

// Read is for br. Only a header has a limit: a body is read as the client takes
// it.
func (c *wireConn) Read(p []byte) (int, error) {
	if c.left <= 0 {
		return 0, errors.New("the upstream's header does not end")
	}
	n, err := c.Conn.Read(p)
	c.left -= n
	return n, err
}

// newWire returns nil where u is not for a wire.
func newWire(u *url.URL, firstByte time.Duration) *wire {
	if u.Scheme != "http" || u.User != nil {
		return nil
	}
	if p, err := http.ProxyFromEnvironment(&http.Request{URL: u}); p != nil || err != nil {
		return nil
	}
	port := u.Port()
	if port == "" {
		port = "80"
	}
	return &wire{
		addr: net.JoinHostPort(u.Hostname(), port), firstByte: firstByte,
		dialer: net.Dialer{Timeout: 5 * time.Second, KeepAlive: 30 * time.Second},
	}
}

// wireHead is all of a request up to its length.
func wireHead(u *url.URL, header http.Header) []byte {
	b := []byte("POST " + u.RequestURI() + " HTTP/1.1\r\nHost: " + u.Host + "\r\n")
	for name, values := range header {
		for _, v := range values {
			b = append(b, name+": "+v+"\r\n"...)
		}
	}
	return append(b, "Content-Length: "...)
}

// take returns an idle connection that the peer has not closed, or nil.
func (w *wire) take(now time.Time) *wireConn {
	for {
		w.mu.Lock()
		n := len(w.idle)
		if n == 0 {
			w.mu.Unlock()
			return nil
		}
		c := w.idle[n-1]
		w.idle = w.idle[:n-1]
		w.mu.Unlock()
		if now.Sub(c.since) < wireIdle && quiet(c.Conn) {
			return c
		}
		c.Close()
	}
}

func (w *wire) put(c *wireConn) {
	c.since = time.Now()
	var old *wireConn
	w.mu.Lock()
	if len(w.idle) > 0 && (len(w.idle) == wireMaxIdle || c.since.Sub(w.idle[0].since) > wireIdle) {
		old = w.idle[0]
		w.idle = append(w.idle[:0], w.idle[1:]...)
	}
	w.idle = append(w.idle, c)
	w.mu.Unlock()
	if old != nil {
		old.Close()
	}
}

// CloseIdleConnections closes what is not in use.
func (w *wire) CloseIdleConnections() {
	w.mu.Lock()
	idle := w.idle
	w.idle = nil
	w.mu.Unlock()
	for _, c := range idle {
		c.Close()
	}
}

// post sends head, the body's length and the body, and reads the reply's
// header. body is not used any more when post returns.
func (w *wire) post(ctx context.Context, head, body []byte) (*http.Response, error) {
	now := time.Now()
	c := w.take(now)
	if c == nil {
		conn, err := w.dialer.DialContext(ctx, "tcp", w.addr)
		if err != nil {
			return nil, err
		}
		c = &wireConn{Conn: conn, w: w}
		c.br = bufio.NewReaderSize(c, wireBuffer)
	}
	stop := context.AfterFunc(ctx, func() { _ = c.SetDeadline(time.Unix(1, 0)) })
	_ = c.SetDeadline(now.Add(w.firstByte))
	if ctx.Err() != nil { // between the two
		stop()
		c.Close()
		return nil, ctx.Err()
	}
	res, err := c.exchange(head, body)
	if err != nil {
		stop()
		c.Close()
		if ctx.Err() != nil {
			err = ctx.Err()
		}
		return nil, err
	}
	if isStream(res) { // it may go on for hours; its pauses are watched
		_ = c.SetDeadline(time.Time{})
		if ctx.Err() != nil {
			_ = c.SetDeadline(time.Unix(1, 0))
		}
	}
	res.Body = &wireBody{c: c, body: res.Body, ctx: ctx, stop: stop, keep: !res.Close}
	return res, nil
}

var scratch = sync.Pool{New: func() any { b := make([]byte, 0, wireBuffer); return &b }}

// exchange writes the request, in one write where it is small, and reads the
// reply's header. An upstream that answers before it has read everything is
// heard out.
func (c *wireConn) exchange(head, body []byte) (*http.Response, error) {
	p := scratch.Get().(*[]byte)
	b := append((*p)[:0], head...)
	b = strconv.AppendInt(b, int64(len(body)), 10)
	b = append(b, "\r\n\r\n"...)
	var werr error
	if len(b)+len(body) <= wireBuffer {
		b = append(b, body...)
		_, werr = c.Write(b)
	} else {
		parts := net.Buffers{b, body}
		_, werr = parts.WriteTo(c.Conn)
	}
	*p = b
	scratch.Put(p)
	c.left = wireHeader
	for {
		res, err := http.ReadResponse(c.br, nil)
		switch {
		case err != nil && werr != nil:
			return nil, werr
		case errors.Is(err, io.EOF):
			return nil, io.ErrUnexpectedEOF
		case err != nil:
			return nil, err
		case res.StatusCode >= 200:
			c.left = math.MaxInt
			res.Close = res.Close || werr != nil
			return res, nil
		case res.StatusCode == http.StatusSwitchingProtocols:
			return nil, errors.New("the upstream wants another protocol")
		}
	}
}

// wireBody gives the connection back at the end of the reply; one that is
// closed before is not used again.
type wireBody struct {
	c    *wireConn
	body io.ReadCloser
	ctx  context.Context
	stop func() bool
	keep bool
}

func (b *wireBody) Read(p []byte) (int, error) {
	if b.c == nil {
		return 0, io.EOF
	}
	n, err := b.body.Read(p)
	if err == io.EOF {
		c := b.c
		b.c = nil
		if b.stop() && b.keep && c.br.Buffered() == 0 {
			c.w.put(c)
		} else {
			c.Close()
		}
	} else if err != nil && b.ctx.Err() != nil {
		err = b.ctx.Err()
	}
	return n, err
}

func (b *wireBody) Close() error {
	if b.c != nil {
		b.stop()
		b.c.Close()
		b.c = nil
	}
	return nil
}
