package app

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"os/signal"
	"path/filepath"
	"strings"
	"sync/atomic"
	"syscall"
	"time"

	"github.com/luodi/luodi/internal/errs"
	"github.com/luodi/luodi/internal/meter"
	"github.com/luodi/luodi/internal/project"
	"github.com/luodi/luodi/internal/proxy"
	"github.com/luodi/luodi/internal/strictyaml"
)

// follower keeps a running gateway at what luodi.yaml, the project's prices and
// the published routes say now. Calls under way keep what they began with. A
// file that is wrong changes nothing; why is in the log and at /healthz.
type follower struct {
	app    *App // as it is in force
	server *proxy.Server
	meter  *meter.Meter

	forgot  time.Time // when questions that are too old were last dropped
	routes  time.Time // when routes were last published
	prices  string
	config  string // digest of luodi.yaml
	trouble atomic.Pointer[string]
}

func (a *App) follower() *follower {
	return &follower{app: a, prices: a.catalogStamp(), config: a.configDigest()}
}

// configDigest names the content of luodi.yaml; "" where it cannot be read.
func (a *App) configDigest() string {
	b, err := os.ReadFile(filepath.Join(a.Project.Dir, project.File))
	if err != nil {
		return ""
	}
	sum := sha256.Sum256(b)
	return hex.EncodeToString(sum[:6])
}

// reasons are what is not well with the configuration.
func (f *follower) reasons() []string {
	if p := f.trouble.Load(); p != nil {
		return []string{*p}
	}
	return nil
}

// run looks every two seconds, and at once on SIGHUP, until ctx ends.
func (f *follower) run(ctx context.Context) {
	hup := make(chan os.Signal, 1)
	signal.Notify(hup, syscall.SIGHUP)
	defer signal.Stop(hup)
	tick := time.NewTicker(routeCheck)
	defer tick.Stop()
	f.routes = f.app.finished(ctx, verbRoute)
	for {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		case <-hup:
		}
		f.look(ctx)
		f.forget(ctx)
	}
}

// forget drops, once an hour, questions to knowledge bases that are older than
// luodi.yaml wants them kept.
func (f *follower) forget(ctx context.Context) {
	if now := f.app.now(); now.Sub(f.forgot) >= time.Hour {
		f.forgot = now
		for _, k := range f.app.Project.Knowledge {
			if err := f.app.remembered(ctx, k.Name); err != nil && ctx.Err() == nil {
				slog.Error("questions that are too old are not dropped yet", "base", k.Name, "error", err)
			}
		}
	}
}

// look takes over what has changed since.
func (f *follower) look(ctx context.Context) {
	published, prices, config := f.app.finished(ctx, verbRoute), f.app.catalogStamp(), f.app.configDigest()
	if (published.IsZero() || published.Equal(f.routes)) && prices == f.prices && config == f.config {
		return
	}
	reload := config != f.config
	err := f.take(ctx, reload)
	f.routes, f.prices, f.config = published, prices, config // the same is not tried again
	if err != nil {
		why := "the configuration that was in force before stays: " + withoutLines(err)
		f.trouble.Store(&why)
		slog.Error(why)
		return
	}
	f.trouble.Store(nil)
}

// withoutLines is an error without the lines of the file that it shows: one may
// hold a key that was written there by mistake.
func withoutLines(err error) string {
	var problems strictyaml.Problems
	if !errors.As(err, &problems) || len(problems) == 0 {
		return err.Error()
	}
	var out []string
	for _, p := range problems {
		out = append(out, fmt.Sprintf("%s:%d:%d: %s", project.File, p.Line, p.Column, p.Message))
	}
	return strings.Join(out, "; ")
}

func (f *follower) take(ctx context.Context, reload bool) error {
	next := *f.app
	next.opened = &opened{}
	var err error
	if reload || f.trouble.Load() != nil {
		if next.Project, err = project.Load(f.app.Project.Dir); err != nil {
			return err
		}
		if next.Project.Store != f.app.Project.Store {
			return errs.Conflict("store in %s has changed; end this luodi serve and start it again", project.File)
		}
	}
	if next.catalog, err = loadCatalog(next.Project.Dir); err != nil {
		return fmt.Errorf("reading the project's prices: %w", err)
	}
	table, err := next.table(ctx, f.meter)
	if err != nil {
		return err
	}
	if err := f.meter.SetBudgets(ctx, next.budgets()); err != nil {
		return err
	}
	f.server.SetRoutes(table)
	changes := configChanges(f.app.Project, next.Project)
	f.app = &next
	next.current.Store(&next)
	if changes == "" {
		return nil
	}
	slog.Info("a new luodi.yaml is in force", "changes", changes)
	err = next.auditBudgets(ctx)
	if err == nil {
		err = next.did(ctx, "config.reload", project.File+" "+next.configDigest(), changes)
	}
	if err != nil {
		slog.Error("writing the reload into the audit trail", "error", err)
	}
	return nil
}
