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
	"github.com/luodi/luodi/internal/gateway/native"
)

// endpoint is one of the OpenAI paths that are forwarded.
type endpoint struct {
	path      string // below an upstream's base URL
	streams   bool
	embedding bool          // has no output tokens
	askUsage  bool          // a stream sends its usage only where asked
	shape     gateway.Shape // of its replies
}

var (
	chat       = &endpoint{path: "/chat/completions", streams: true, askUsage: true}
	completion = &endpoint{path: "/completions", streams: true, askUsage: true}
	embedding  = &endpoint{path: "/embeddings", embedding: true}
	rerank     = &endpoint{path: "/rerank", embedding: true}
	responses  = &endpoint{path: "/responses", streams: true, shape: gateway.ResponsesShape}
	messages   = &endpoint{path: "/messages", streams: true, shape: gateway.MessagesShape}
	counting   = &endpoint{path: "/messages/count_tokens", shape: gateway.MessagesShape}
	endpoints  = []*endpoint{chat, completion, embedding, rerank, responses, messages, counting}
)

// upstream is a gateway.Upstream made ready: its URLs parsed, its header
// built, its connections pooled.
type upstream struct {
	*gateway.Upstream
	urls      map[*endpoint]*url.URL
	wire      *wire // nil: transport is used
	heads     map[*endpoint][]byte
	native    native.Shape // what chats are written in; nil: OpenAI's
	header    http.Header  // shared by all requests; nobody changes it
	messages  http.Header  // of the messages endpoint
	transport http.RoundTripper
	breaker   gateway.Breaker
	load      load
	begins    begins
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
		setNames: slices.Sorted(maps.Keys(g.Set)), native: nativeShape(g)}
	host := ""
	for _, e := range endpoints {
		if parsed, err := url.Parse(address(g, e)); err == nil && parsed.Host != "" {
			u.urls[e] = parsed
		}
	}
	if c := u.urls[chat]; c != nil {
		host = c.Scheme + "://" + c.Host
	}
	u.header = http.Header{"Content-Type": {"application/json"}, "User-Agent": {"luodi"}}
	if g.Key != "" && g.Header != "" {
		u.header.Set(g.Header, string(g.Key))
	} else if g.Key != "" {
		u.header.Set("Authorization", "Bearer "+string(g.Key))
	}
	u.messages = http.Header{"Content-Type": {"application/json"}, "User-Agent": {"luodi"}, "Anthropic-Version": {"2023-06-01"}}
	if g.Key != "" && g.MessagesHeader != "" {
		u.messages.Set(g.MessagesHeader, string(g.Key))
	}
	if u.native == nil {
		u.wire = s.wire(host, u.urls[chat])
	}
	if u.wire != nil {
		u.heads = map[*endpoint][]byte{}
		for e, parsed := range u.urls {
			if parsed.Scheme+"://"+parsed.Host == host { // others by transport
				u.heads[e] = wireHead(parsed, u.headerOf(e))
			}
		}
	}
	u.transport = s.pool(host)
	s.upstreams[g] = u
	s.hide(g)
	return u
}

// hide keeps an upstream's key out of all that is written of calls, also of
// those that end after the key has left the configuration.
func (s *Server) hide(g *gateway.Upstream) {
	key := string(g.Key)
	secrets := []string{key}
	if _, secret, ok := strings.Cut(key, ":"); ok && g.Native != "" { // signed calls: the first part is a name
		secrets = append(secrets, secret)
	}
	s.redact.Hide(secrets...)
	if s.cfg.Requests != nil {
		s.cfg.Requests.Hide(secrets...)
	}
}

// address is where an upstream has an endpoint; "" for nowhere.
func address(g *gateway.Upstream, e *endpoint) string {
	if e == messages {
		return g.Messages
	}
	if e == counting {
		if g.Messages == "" {
			return ""
		}
		return strings.TrimRight(g.Messages, "/") + "/count_tokens"
	}
	if g.Native != "" { // chats only; where they go is its shape's to say
		if s := nativeShape(g); s != nil && e == chat {
			return s.Address(g.BaseURL, g.Model, false)
		}
		return ""
	}
	switch p := g.Paths[e.path]; {
	case p == "none":
		return ""
	case strings.Contains(p, "://"):
		return p
	case p != "":
		return strings.TrimRight(g.BaseURL, "/") + p
	}
	return strings.TrimRight(g.BaseURL, "/") + e.path
}

func (u *upstream) headerOf(e *endpoint) http.Header {
	if e.shape == gateway.MessagesShape {
		return u.messages
	}
	return u.header
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

// send forwards body. stream says whether the reply is wanted as one.
func (u *upstream) send(ctx context.Context, e *endpoint, body []byte, stream bool) (*http.Response, error) {
	if u.native != nil && e == chat {
		return u.sendNative(ctx, body, stream)
	}
	if e == embedding && u.Rules.InputsAtOnce > 0 {
		if parts := gateway.SplitInputs(body, u.Rules.InputsAtOnce); parts != nil {
			return u.sendParts(ctx, parts)
		}
	}
	return u.sendOne(ctx, e, body)
}

// sendOne forwards a body as it is.
func (u *upstream) sendOne(ctx context.Context, e *endpoint, body []byte) (*http.Response, error) {
	if head := u.heads[e]; u.wire != nil && head != nil {
		return u.wire.post(ctx, head, body)
	}
	// The transport may read the body even after the reply is read.
	body = append([]byte(nil), body...)
	req := &http.Request{
		Method: http.MethodPost, URL: u.urls[e], Host: u.urls[e].Host, Header: u.headerOf(e),
		Proto: "HTTP/1.1", ProtoMajor: 1, ProtoMinor: 1,
		ContentLength: int64(len(body)),
		// A reader that the transport knows to be in memory goes out with the
		// header, in one write.
		Body:    io.NopCloser(bytes.NewReader(body)),
		GetBody: func() (io.ReadCloser, error) { return io.NopCloser(bytes.NewReader(body)), nil },
	}
	return u.transport.RoundTrip(req.WithContext(ctx))
}
