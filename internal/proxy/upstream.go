package proxy

import (
	"bytes"
	"context"
	"io"
	"maps"
	"net"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/luodi/luodi/internal/gateway"
)

// endpoint is one of the OpenAI paths that are forwarded.
type endpoint struct {
	path      string // below an upstream's base URL
	streams   bool
	embedding bool
	prompt    string // the member that holds the prompt
}

var (
	chat       = &endpoint{path: "/chat/completions", streams: true, prompt: "messages"}
	completion = &endpoint{path: "/completions", streams: true, prompt: "prompt"}
	embedding  = &endpoint{path: "/embeddings", embedding: true, prompt: "input"}
	endpoints  = []*endpoint{chat, completion, embedding}
)

// upstream is a gateway.Upstream made ready: its URLs parsed, its header
// built, its connections pooled.
type upstream struct {
	*gateway.Upstream
	urls      map[*endpoint]*url.URL
	wire      *wire // nil: transport is used
	heads     map[*endpoint][]byte
	header    http.Header // shared by all requests; nobody changes it
	transport http.RoundTripper
	breaker   gateway.Breaker
	model     string // the model's name as raw JSON
	setNames  []string
}

func (s *Server) upstream(g *gateway.Upstream) *upstream {
	s.mu.Lock()
	defer s.mu.Unlock()
	if u := s.upstreams[g]; u != nil {
		return u
	}
	u := &upstream{Upstream: g, urls: map[*endpoint]*url.URL{}, model: gateway.Quote(g.Model),
		setNames: slices.Sorted(maps.Keys(g.Set))}
	host := ""
	for _, e := range endpoints {
		if parsed, err := url.Parse(strings.TrimRight(g.BaseURL, "/") + e.path); err == nil {
			u.urls[e] = parsed
			host = parsed.Scheme + "://" + parsed.Host
		}
	}
	u.header = http.Header{"Content-Type": {"application/json"}, "User-Agent": {"luodi"}}
	if g.Key != "" && g.Header != "" {
		u.header.Set(g.Header, string(g.Key))
	} else if g.Key != "" {
		u.header.Set("Authorization", "Bearer "+string(g.Key))
	}
	u.wire = s.wire(host, u.urls[chat])
	if u.wire != nil {
		u.heads = map[*endpoint][]byte{}
		for e, parsed := range u.urls {
			u.heads[e] = wireHead(parsed, u.header)
		}
	} else {
		u.transport = s.pool(host)
	}
	s.upstreams[g] = u
	return u
}

// wire is the host's wire, or nil where it has none.
func (s *Server) wire(host string, u *url.URL) *wire {
	if s.cfg.Transport != nil || u == nil {
		return nil
	}
	if w := s.wires[host]; w != nil {
		return w
	}
	w := newWire(u, s.cfg.FirstByte)
	if w != nil {
		s.wires[host] = w
	}
	return w
}

// pool is the transport to a host: vendors do not share connections, so that
// a slow one takes none from the others.
func (s *Server) pool(host string) http.RoundTripper {
	if s.cfg.Transport != nil {
		return s.cfg.Transport
	}
	if p := s.pools[host]; p != nil {
		return p
	}
	dial := &net.Dialer{Timeout: 5 * time.Second, KeepAlive: 30 * time.Second}
	p := &http.Transport{
		Proxy:                 http.ProxyFromEnvironment,
		DialContext:           dial.DialContext,
		TLSHandshakeTimeout:   10 * time.Second,
		ResponseHeaderTimeout: s.cfg.FirstByte,
		IdleConnTimeout:       90 * time.Second,
		MaxIdleConnsPerHost:   1024,
		ForceAttemptHTTP2:     true,
		DisableCompression:    true, // replies are passed as they are
		WriteBufferSize:       8 << 10,
		ReadBufferSize:        8 << 10,
	}
	s.pools[host] = p
	return p
}

func (s *Server) closeIdle() {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, w := range s.wires {
		w.CloseIdleConnections()
	}
	for _, p := range s.pools {
		if t, ok := p.(*http.Transport); ok {
			t.CloseIdleConnections()
		}
	}
}

// send forwards body.
func (u *upstream) send(ctx context.Context, e *endpoint, body []byte) (*http.Response, error) {
	if u.wire != nil {
		return u.wire.post(ctx, u.heads[e], body)
	}
	// The transport may read the body even after the reply is read.
	body = append([]byte(nil), body...)
	req := &http.Request{
		Method: http.MethodPost, URL: u.urls[e], Host: u.urls[e].Host, Header: u.header,
		Proto: "HTTP/1.1", ProtoMajor: 1, ProtoMinor: 1,
		ContentLength: int64(len(body)),
		// A reader that the transport knows to be in memory goes out with the
		// header, in one write.
		Body:    io.NopCloser(bytes.NewReader(body)),
		GetBody: func() (io.ReadCloser, error) { return io.NopCloser(bytes.NewReader(body)), nil },
	}
	return u.transport.RoundTrip(req.WithContext(ctx))
}
