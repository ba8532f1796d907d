package proxy

import (
	"context"
	"crypto/rand"
	"encoding/hex"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"go.opentelemetry.io/otel/trace"

	"github.com/luodi/luodi/internal/auth"
	"github.com/luodi/luodi/internal/errs"
	"github.com/luodi/luodi/internal/gateway"
	"github.com/luodi/luodi/internal/meter"
	"github.com/luodi/luodi/internal/requestlog"
)

// Config of a Server. Keys, Meter and Routes must be set.
type Config struct {
	Keys   *auth.Checker
	Rates  auth.Rates // where requests and tokens a minute are counted for all processes; nil: for this one
	Meter  *meter.Meter
	Routes *gateway.Table

	Reasons      func() []string  // what else is not well, for /healthz; nil: nothing
	Keyed        map[string]Keyed // by path: what else is served behind the same keys
	Other        http.Handler     // whatever is not the gateway's, such as the report at /; nil: 404
	Requests     *requestlog.Log  // what calls of some routes and keys say; nil: nothing is kept
	Tracer       trace.Tracer     // makes a span of every call; nil: none
	TraceContent bool             // spans carry texts too, redacted

	Collect []prometheus.Collector // further metrics

	Log       *slog.Logger      // what goes wrong; nil: slog.Default()
	MaxBody   int64             // bytes of a request; 0 is 32 MiB
	FirstByte time.Duration     // the longest wait for a reply to begin; 0 is 10 minutes
	Silence   time.Duration     // the longest pause within a stream; 0 is 5 minutes
	Patience  time.Duration     // for a client to send its body, and to take what it is sent; 0 is 1 minute
	Grace     time.Duration     // for calls under way when the server ends; 0 is 30 s
	Transport http.RoundTripper // to upstreams; nil: one pool of connections for each vendor
}

// Server answers /v1/chat/completions, /v1/completions, /v1/responses,
// /v1/messages (and its count_tokens), /v1/embeddings, /v1/rerank, /v1/files, /v1/batches,
// /v1/models, /healthz and /metrics. It may be used from any goroutine.
type Server struct {
	cfg     Config
	log     *slog.Logger
	mux     *http.ServeMux
	state   atomic.Pointer[routing]
	ratios  gateway.Ratios
	redact  requestlog.Redactor // of what spans say
	limiter auth.Limiter
	cache   cache
	metrics *metrics
	started time.Time
	prefix  string // of request ids
	serial  atomic.Uint64
	active  atomic.Int64 // calls under way

	mu        sync.Mutex // guards the maps, which live as long as the server
	upstreams map[*gateway.Upstream]*upstream
	pools     map[string]http.RoundTripper
	wires     map[string]*wire
}

// routing is the routes in force with what the server keeps for each.
type routing struct {
	table *gateway.Table
	views map[string]*view
}

// view is a route as it is served.
type view struct {
	route   *gateway.Route
	targets []target
	metrics *routeMetrics
	header  []string // x-luodi-route
}

type target struct {
	local gateway.Local
	up    *upstream

	weight float64 // among those that are balanced
}

// New makes a server; Serve starts it, or it is used as a handler.
func New(cfg Config) (*Server, error) {
	if cfg.Keys == nil || cfg.Meter == nil || cfg.Routes == nil {
		return nil, errs.Invalid("starting the gateway: keys, a ledger and routes are needed")
	}
	orInt(&cfg.MaxBody, 32<<20)
	orTime(&cfg.FirstByte, 10*time.Minute)
	orTime(&cfg.Silence, 5*time.Minute)
	orTime(&cfg.Patience, time.Minute)
	orTime(&cfg.Grace, 30*time.Second)
	if cfg.Log == nil {
		cfg.Log = slog.Default()
	}
	if cfg.Other == nil {
		cfg.Other = http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			writeError(w, http.StatusNotFound, "not_found", "there is nothing at "+r.URL.Path+"; the gateway is under /v1/")
		})
	}
	var random [4]byte
	rand.Read(random[:])
	s := &Server{
		cfg: cfg, log: cfg.Log, started: time.Now(), prefix: "req_" + hex.EncodeToString(random[:]) + "_",
		upstreams: map[*gateway.Upstream]*upstream{}, pools: map[string]http.RoundTripper{}, wires: map[string]*wire{},
	}
	s.limiter.Share(cfg.Rates)
	s.metrics = newMetrics(s)
	s.SetRoutes(cfg.Routes)
	s.mux = http.NewServeMux()
	s.mux.HandleFunc("/v1/models", s.models)
	s.mux.HandleFunc("/v1/models/", s.models)
	for _, p := range []string{"/v1/files", "/v1/files/", "/v1/batches", "/v1/batches/", messageBatches, messageBatches + "/"} {
		s.mux.HandleFunc(p, s.files)
	}
	s.mux.HandleFunc("/v1/", func(w http.ResponseWriter, r *http.Request) {
		writeError(w, http.StatusNotFound, "not_found", "the gateway does not serve "+r.URL.Path)
	})
	for path, serve := range cfg.Keyed {
		s.mux.HandleFunc(path, s.keyed(serve))
	}
	s.mux.HandleFunc("/healthz", s.health)
	s.mux.Handle("/metrics", s.metrics.handler())
	s.mux.Handle("/", cfg.Other)
	return s, nil
}

func orInt(v *int64, otherwise int64) {
	if *v == 0 {
		*v = otherwise
	}
}

func orTime(v *time.Duration, otherwise time.Duration) {
	if *v == 0 {
		*v = otherwise
	}
}

// ServeHTTP answers one request.
func (s *Server) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	switch r.URL.Path {
	case "/v1/chat/completions":
		s.call(w, r, chat)
	case "/v1/completions":
		s.call(w, r, completion)
	case "/v1/embeddings":
		s.call(w, r, embedding)
	case "/v1/rerank", "/v1/reranks", "/v2/rerank":
		s.call(w, r, rerank)
	case "/v1/responses":
		s.call(w, r, responses)
	case "/v1/messages":
		s.call(w, r, messages)
	case "/v1/messages/count_tokens":
		s.countTokens(w, r)
	default:
		if r.ContentLength != 0 && !strings.HasPrefix(r.URL.Path, "/v1/files") { // uploads take their time
			_ = http.NewResponseController(w).SetReadDeadline(time.Now().Add(s.cfg.Patience))
		}
		s.mux.ServeHTTP(w, r)
	}
}

// SetRoutes replaces the routes. Calls under way keep theirs.
func (s *Server) SetRoutes(t *gateway.Table) {
	next := &routing{table: t, views: make(map[string]*view, len(t.Names()))}
	for _, name := range t.Names() {
		r := t.Lookup(name)
		v := &view{route: r, metrics: s.metrics.route(name), header: []string{name}}
		for _, gt := range r.Targets {
			tt := target{local: gt.Local, weight: gt.Weight}
			if tt.weight <= 0 {
				tt.weight = 1
			}
			if gt.Upstream != nil {
				tt.up = s.upstream(gt.Upstream)
			}
			v.targets = append(v.targets, tt)
		}
		next.views[name] = v
	}
	s.state.Store(next)
	s.forget(next)
}

// forget drops the upstreams that no route has any more; calls under way keep
// theirs, and connections are shared by host.
func (s *Server) forget(now *routing) {
	used := map[*upstream]bool{}
	for _, v := range now.views {
		for _, t := range v.targets {
			used[t.up] = true
		}
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	for g, u := range s.upstreams {
		if !used[u] {
			delete(s.upstreams, g)
		}
	}
}

// Ratios is what the server has learnt of its models' tokens.
func (s *Server) Ratios() *gateway.Ratios { return &s.ratios }

// Registry is where the server's metrics are, for more of them.
func (s *Server) Registry() prometheus.Registerer { return s.metrics.registry }

// Serve answers on l until ctx ends; then it takes no new calls, lets those
// under way end for at most Config.Grace, and returns nil. Any other end is an
// error.
func (s *Server) Serve(ctx context.Context, l net.Listener) error {
	srv := &http.Server{
		Handler:           s,
		ReadHeaderTimeout: 10 * time.Second,
		IdleTimeout:       2 * time.Minute,
		MaxHeaderBytes:    64 << 10,
		ErrorLog:          slog.NewLogLogger(s.log.Handler(), slog.LevelDebug),
	}
	f := newFront(l, s, s.log)
	ended := make(chan error, 1)
	go func() { ended <- f.run() }()
	go func() { _ = srv.Serve(f) }() // until f has ended
	select {
	case err := <-ended:
		return fmt.Errorf("serving on %s: %w", l.Addr(), err)
	case <-ctx.Done():
	}
	grace, cancel := context.WithTimeout(context.WithoutCancel(ctx), s.cfg.Grace)
	defer cancel()
	f.end()
	err := srv.Shutdown(grace)
	if !f.wait(grace) || err != nil {
		s.log.Warn("calls were still under way when the gateway ended", "grace", s.cfg.Grace)
		err = srv.Close() // their clients are gone now; each settles itself
		s.idle(10 * time.Second)
		if err != nil && !errors.Is(err, net.ErrClosed) {
			return fmt.Errorf("ending the gateway: %w", err)
		}
	}
	<-ended
	s.closeIdle()
	return nil
}

func (s *Server) requestID() string {
	return s.prefix + strconv.FormatUint(s.serial.Add(1), 36)
}
