package proxy

import (
	"bytes"
	"io"
	"net/http"
	"net/textproto"
	"net/url"
	"strconv"
	"strings"
	"time"
)

// frontPaths are those of the calls that a front serves itself.
var frontPaths = func() map[string]*url.URL {
	m := map[string]*url.URL{}
	for _, p := range []string{"/v1/chat/completions", "/v1/completions", "/v1/embeddings", "/v1/responses", "/v1/messages", "/v1/rerank", "/v1/reranks", "/v2/rerank"} {
		m[p] = &url.URL{Path: p}
	}
	return m
}()

const headLeast = 4 // bytes that net/http takes for a next request

// next is what becomes of a connection.
type next int

const (
	serves  next = iota // a call
	handsOn             // what came is for net/http
	ends
)

// readHead waits for a request and reads its header. Of one that net/http must
// judge nothing is used up.
func (c *frontConn) readHead() next {
	if c.r == c.w {
		c.r, c.w = 0, 0
	}
	now := time.Now()
	if c.idle.Sub(now) < frontIdle { // set seldom
		c.idle = now.Add(frontIdle + frontIdle/8)
		_ = c.tcp.SetReadDeadline(c.idle)
	}
	for seen := 0; ; {
		have := c.buf[c.r:c.w]
		if c.served && len(have) >= headLeast { // as net/http: old clients end a body with a line of its own
			c.served = false
			for i := 0; i < headLeast && (have[i] == '\r' || have[i] == '\n'); i++ {
				c.r++
			}
			continue
		}
		if i := bytes.Index(have[seen:], headEnd); i >= 0 {
			n := seen + i + len(headEnd)
			if !c.parse(have[:n]) {
				return handsOn
			}
			c.r += n
			return c.begin()
		}
		if len(have) >= headLeast && (!bytes.HasPrefix(have, headStart[:min(len(have), len(headStart))]) || bareLine(have[seen:])) {
			return handsOn
		}
		seen = max(0, len(have)-len(headEnd)+1)
		if len(have) > 0 && !c.moved {
			c.moved = true
			_ = c.tcp.SetReadDeadline(time.Now().Add(frontHead))
		}
		if c.w == len(c.buf) {
			if c.r == 0 {
				return handsOn
			}
			c.w, c.r = copy(c.buf, have), 0
		}
		n, err := c.tcp.Read(c.buf[c.w:])
		c.w += n
		switch {
		case n > 0 || err == nil:
		case err == io.EOF && len(have) >= headLeast:
			return handsOn
		default:
			return ends
		}
	}
}

// bareLine reports whether a line ends without a carriage return.
func bareLine(b []byte) bool {
	for i := 1; i < len(b); i++ {
		if b[i] == '\n' && b[i-1] != '\r' {
			return true
		}
	}
	return false
}

var (
	headStart = []byte("POST /v")
	headEnd   = []byte("\r\n\r\n")
)

// begin makes the connection one that is in use, unless the server has closed
// it just now.
func (c *frontConn) begin() next {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.closed {
		return ends
	}
	c.waits = false
	return serves
}

// parse reads a header of the plainest form: a path that is served here, no
// header twice that says where the request ends or for whom it is, nothing that
// asks for more than a reply. false: it is not of it.
func (c *frontConn) parse(head []byte) bool {
	s := string(head[:len(head)-len(headEnd)])
	line, rest, _ := strings.Cut(s, "\r\n")
	path, ok := strings.CutPrefix(line, "POST ")
	if !ok {
		return false
	}
	path, ok = strings.CutSuffix(path, " HTTP/1.1")
	u := frontPaths[path]
	if !ok || u == nil {
		return false
	}
	fields := strings.Count(rest, "\r\n") + 1
	header, values := make(http.Header, fields), make([]string, 0, fields)
	host, length := "", int64(-1)
	for rest != "" {
		line, rest, _ = strings.Cut(rest, "\r\n")
		name, value, ok := strings.Cut(line, ":")
		if value = strings.Trim(value, " \t"); !ok || !isToken(name) || !isText(value) {
			return false
		}
		name = textproto.CanonicalMIMEHeaderKey(name)
		switch name {
		case "Host":
			if host != "" || value == "" || !isHost(value) {
				return false
			}
			host = value
			continue
		case "Content-Length":
			n, err := strconv.ParseUint(value, 10, 62)
			if length >= 0 || err != nil {
				return false
			}
			length = int64(n)
		case "Connection":
			if !strings.EqualFold(value, "keep-alive") {
				return false
			}
		case "Transfer-Encoding", "Expect", "Upgrade", "Te", "Trailer", "Proxy-Connection":
			return false
		}
		if had := header[name]; had != nil {
			header[name] = append(had, value)
			continue
		}
		values = append(values, value)
		header[name] = values[len(values)-1 : len(values) : len(values)]
	}
	if host == "" || length < 0 {
		return false
	}
	c.left = length
	c.request = http.Request{
		Method: http.MethodPost, URL: u, Proto: "HTTP/1.1", ProtoMajor: 1, ProtoMinor: 1, Header: header,
		Body: (*frontBody)(c), ContentLength: length, Host: host, RequestURI: u.Path, RemoteAddr: c.remote,
	}
	return true
}

const tokenMarks = "!#$%&'*+-.^_`|~"

func isAlnum(b byte) bool {
	return '0' <= b && b <= '9' || 'a' <= b|0x20 && b|0x20 <= 'z'
}

func isToken(s string) bool {
	for i := range len(s) {
		if !isAlnum(s[i]) && strings.IndexByte(tokenMarks, s[i]) < 0 {
			return false
		}
	}
	return s != ""
}

func isText(s string) bool {
	for i := range len(s) {
		if s[i] < ' ' && s[i] != '\t' || s[i] == 0x7f {
			return false
		}
	}
	return true
}

func isHost(s string) bool {
	for i := range len(s) {
		if !isAlnum(s[i]) && strings.IndexByte("-._:[]", s[i]) < 0 {
			return false
		}
	}
	return true
}
