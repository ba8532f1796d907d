package proxy

import (
	"net"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"sync/atomic"
	"time"
)

// frontReply writes the reply of one call: a short one in one write, a stream
// with one write for each flush.
type frontReply struct {
	c       *frontConn
	header  http.Header
	names   []string
	status  int
	sent    bool   // the header has gone out
	chunked bool   // the body goes out in chunks
	close   bool   // the connection ends with this reply
	broken  bool   // it cannot be used any more
	length  int64  // that the header names; -1: none
	wrote   int64  // bytes of the body
	pending []byte // of the body, not sent yet
	out     []byte
}

func (w *frontReply) reset() {
	if w.header == nil {
		w.header = http.Header{}
	}
	clear(w.header)
	*w = frontReply{c: w.c, header: w.header, names: w.names[:0], pending: w.pending[:0], out: w.out[:0]}
	if cap(w.pending) > 2*streamBuffer { // of a connection that may be idle for long
		w.pending, w.out = nil, nil
	}
}

func (w *frontReply) Header() http.Header { return w.header }

func (w *frontReply) WriteHeader(status int) {
	if w.status == 0 && status >= 200 {
		w.status = status
	}
}

func (w *frontReply) Write(p []byte) (int, error) {
	w.WriteHeader(http.StatusOK)
	if w.broken {
		return 0, net.ErrClosed
	}
	w.wrote += int64(len(p))
	if !w.sent && len(w.pending) == 0 && w.header["Content-Length"] != nil { // whole, as a rule
		w.begin(int64(len(p)), p)
		return len(p), w.send(p)
	}
	if w.sent && !w.chunked {
		return len(p), w.send(p)
	}
	w.pending = append(w.pending, p...)
	if len(w.pending) > streamBuffer {
		return len(p), w.FlushError()
	}
	return len(p), nil
}

// FlushError sends what is pending, as a chunk.
func (w *frontReply) FlushError() error {
	w.WriteHeader(http.StatusOK)
	if w.broken {
		return net.ErrClosed
	}
	if !w.sent {
		w.begin(-1, w.pending)
	}
	if !w.chunked {
		return w.send(nil)
	}
	if len(w.pending) == 0 {
		return w.send(nil)
	}
	w.out = strconv.AppendInt(w.out, int64(len(w.pending)), 16)
	w.out = append(w.out, "\r\n"...)
	w.out = append(append(w.out, w.pending...), "\r\n"...)
	w.pending = w.pending[:0]
	return w.send(nil)
}

func (w *frontReply) Flush() { _ = w.FlushError() }

// finish sends what is left.
func (w *frontReply) finish() {
	w.WriteHeader(http.StatusOK)
	switch {
	case w.broken:
	case !w.sent:
		w.begin(int64(len(w.pending)), w.pending)
		_ = w.send(w.pending)
	case w.chunked:
		if len(w.pending) > 0 {
			w.out = strconv.AppendInt(w.out, int64(len(w.pending)), 16)
			w.out = append(append(append(w.out, "\r\n"...), w.pending...), "\r\n"...)
		}
		w.out = append(w.out, "0\r\n\r\n"...)
		_ = w.send(nil)
	}
	if w.close || !w.chunked && w.length != w.wrote {
		w.broken = true
	}
}

// send writes out and then p, in one go.
func (w *frontReply) send(p []byte) (err error) {
	switch {
	case len(w.out) == 0 && len(p) == 0:
		return nil
	case len(p) == 0:
		_, err = w.c.tcp.Write(w.out)
	case len(w.out) == 0:
		_, err = w.c.tcp.Write(p)
	case len(p) <= frontBuffer:
		w.out = append(w.out, p...)
		_, err = w.c.tcp.Write(w.out)
	default:
		parts := net.Buffers{w.out, p}
		_, err = parts.WriteTo(w.c.tcp)
	}
	w.out = w.out[:0]
	w.broken = w.broken || err != nil
	return err
}

// begin writes the header of a body that starts with p. whole is its length
// where it is known; a header that names one is believed.
func (w *frontReply) begin(whole int64, p []byte) {
	w.sent, w.length = true, whole
	h := w.header
	if l := h["Content-Length"]; l != nil {
		w.length, _ = strconv.ParseInt(l[0], 10, 64)
	} else if w.chunked = whole < 0; w.chunked {
		h["Transfer-Encoding"] = chunkedValue
	} else {
		h["Content-Length"] = []string{strconv.FormatInt(whole, 10)}
	}
	if h["Content-Type"] == nil && len(p) > 0 {
		h["Content-Type"] = []string{http.DetectContentType(p)}
	}
	if w.close = h.Get("Connection") == "close"; !w.close && (!w.c.skip() || w.c.f.ending.Load()) {
		h["Connection"] = closeValue
		w.close = true
	}
	w.out = append(w.out, "HTTP/1.1 "...)
	w.out = strconv.AppendInt(w.out, int64(w.status), 10)
	w.out = append(append(append(w.out, ' '), http.StatusText(w.status)...), "\r\nDate: "...)
	w.out = append(append(w.out, httpDate()...), "\r\n"...)
	for name := range h {
		w.names = append(w.names, name)
	}
	slices.Sort(w.names)
	for _, name := range w.names {
		for _, v := range h[name] {
			w.out = append(append(w.out, name...), ": "...)
			if strings.ContainsAny(v, "\r\n") {
				v = lineEnds.Replace(v)
			}
			w.out = append(append(w.out, v...), "\r\n"...)
		}
	}
	w.out = append(w.out, "\r\n"...)
}

var (
	chunkedValue = []string{"chunked"}
	closeValue   = []string{"close"}
	lineEnds     = strings.NewReplacer("\r", " ", "\n", " ")
)

// SetReadDeadline is for the body. One that has come already needs none.
func (w *frontReply) SetReadDeadline(t time.Time) error {
	c := w.c
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.watched != nil || !c.moved && (t.IsZero() || int64(c.w-c.r) >= c.left) {
		return nil
	}
	c.moved = true
	return c.tcp.SetReadDeadline(t)
}

func (w *frontReply) SetWriteDeadline(t time.Time) error { return w.c.tcp.SetWriteDeadline(t) }

type dated struct {
	second int64
	text   string
}

var lastDate atomic.Pointer[dated]

// httpDate is the time of a reply.
func httpDate() string {
	now := time.Now()
	d := lastDate.Load()
	if d == nil || d.second != now.Unix() {
		d = &dated{now.Unix(), now.UTC().Format(http.TimeFormat)}
		lastDate.Store(d)
	}
	return d.text
}
