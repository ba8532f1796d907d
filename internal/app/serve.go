package app

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"os"
	"syscall"
	"time"

	"github.com/luodi/luodi/internal/auth"
	"github.com/luodi/luodi/internal/errs"
	"github.com/luodi/luodi/internal/gateway"
	"github.com/luodi/luodi/internal/proxy"
)

const (
	keyTTL     = 2 * time.Second // how long a checked key is believed
	routeCheck = 2 * time.Second // how often the published routes are looked at
)

// Serve runs the gateway and the report on one port until ctx ends; started is
// told the address. Routes that `luodi up` publishes and prices that are set
// meanwhile are taken over without dropping a call.
func (a *App) Serve(ctx context.Context, listen string, started func(addr string)) error {
	m, err := a.openMeter(ctx, false)
	if err != nil {
		return fmt.Errorf("opening the ledger: %w", err)
	}
	defer m.Close(context.WithoutCancel(ctx))
	defer a.startSampler(ctx)()
	a.books.lend(m)
	a.current.Store(a)
	if err := a.auditBudgets(ctx); err != nil {
		return err
	}
	stray, err := a.strayPackages(ctx)
	if err != nil {
		return err
	}
	for _, note := range stray {
		slog.Warn(note)
	}
	f := a.follower()
	routes, err := a.table(ctx, m)
	if err != nil {
		return err
	}
	cfg := proxy.Config{
		Keys: auth.NewChecker(a.db.Auth(), keyTTL, a.now), Rates: a.db.Rates(), Meter: m, Routes: routes,
		Keyed: map[string]proxy.Keyed{"/mcp": a.tools(m)}, Other: http.HandlerFunc(a.page), Reasons: func() []string { return append(f.reasons(), a.missed.reasons(a.now())...) }, Log: slog.New(slog.NewTextHandler(os.Stderr, nil)),
	}
	end, err := a.observe(&cfg)
	if err != nil {
		return err
	}
	defer end()
	s, err := proxy.New(cfg)
	if err != nil {
		return err
	}
	a.recallRatios(s.Ratios())
	defer a.keepRatios(s.Ratios())
	ln, err := net.Listen("tcp", listen)
	if err != nil {
		return listenError(listen, err)
	}
	forgetStart()
	started(ln.Addr().String())
	watch, stop := context.WithCancel(ctx)
	defer stop()
	f.server, f.meter = s, m
	go f.run(watch)
	return s.Serve(ctx, ln)
}

func listenError(listen string, err error) error {
	switch {
	case errors.Is(err, syscall.EADDRINUSE):
		return errs.Conflict("listening on %s: the port is in use; stop the other program or choose another with --listen", listen)
	case errors.Is(err, syscall.EACCES):
		return errs.Forbidden("listening on %s: not allowed; choose a port above 1024 with --listen", listen)
	}
	if _, _, perr := net.SplitHostPort(listen); perr != nil {
		return misuse("--listen %q: write host:port, such as 127.0.0.1:8420", listen)
	}
	return errs.Invalid("listening on %s: %w; choose another address with --listen", listen, err)
}

// ratiosFile keeps what the gateway has learnt of its models' tokens, so that a
// restart does not begin to guess again.
const ratiosFile = "ratios.json"

func (a *App) recallRatios(r *gateway.Ratios) {
	var learnt map[string]gateway.Ratio
	if b, err := os.ReadFile(a.path(ratiosFile)); err == nil && json.Unmarshal(b, &learnt) == nil {
		r.Recall(learnt)
	}
}

// keepRatios writes the file anew; losing it costs exactness, nothing else.
func (a *App) keepRatios(r *gateway.Ratios) {
	b, err := json.Marshal(r.All())
	if err == nil {
		tmp := a.path(ratiosFile + ".new")
		if err = os.WriteFile(tmp, b, 0o600); err == nil {
			err = os.Rename(tmp, a.path(ratiosFile))
		}
	}
	if err != nil {
		slog.Warn("keeping what was learnt of the models' tokens", "error", err)
	}
}

// page is the report, until the console exists.
func (a *App) page(w http.ResponseWriter, r *http.Request) {
	if r.URL.Path != "/" {
		http.NotFound(w, r)
		return
	}
	b, err := os.ReadFile(a.ReportPath())
	if missing(err) {
		w.Header().Set("Content-Type", "text/plain; charset=utf-8")
		fmt.Fprintln(w, "There is no report yet; run luodi up.")
		return
	}
	if err != nil {
		http.Error(w, "the report cannot be read", http.StatusInternalServerError)
		return
	}
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	w.Header().Set("Content-Security-Policy", "default-src 'none'; style-src 'unsafe-inline'; script-src 'unsafe-inline'; img-src data:")
	w.Write(b)
}
