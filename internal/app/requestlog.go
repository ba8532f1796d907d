package app

import (
	"context"
	"errors"
	"io"
	"slices"
	"time"

	"github.com/luodi/luodi/internal/errs"
	"github.com/luodi/luodi/internal/gateway"
	"github.com/luodi/luodi/internal/project"
	"github.com/luodi/luodi/internal/requestlog"
)

const requestsDir = "requests"

// openRequestLog opens the writing side; the gateway tells it the vendors' keys.
func (a *App) openRequestLog() (*requestlog.Log, error) {
	l := a.Project.RequestLog
	return requestlog.Open(requestlog.Config{
		Dir: a.path(requestsDir), Keep: time.Duration(l.Keep), MaxBytes: int64(l.MaxSize), Allow: l.PII == project.PIIAllow,
		Now: a.now,
	})
}

// logged marks the routes whose calls are kept.
func (a *App) logged(routes []gateway.Route) {
	names := a.Project.RequestLog.Routes
	for i := range routes {
		routes[i].Log = slices.Contains(names, "*") || slices.Contains(names, routes[i].Name)
	}
}

// LogRecord is one logged call.
type LogRecord = requestlog.Record

// LogQuery is what `luodi log` asks for.
type LogQuery struct {
	Route, Key string
	Failed     bool
	Since      string // "" all, else 2h
	Last       int    // 0: all
}

func (q *LogQuery) takes(r *requestlog.Record) bool {
	return (q.Route == "" || q.Route == r.Route) && (q.Key == "" || q.Key == r.Key) && (!q.Failed || r.Error != "" || r.Outcome != "ok")
}

// LogResult is what `luodi log list --json` prints, the latest last, without
// the texts.
type LogResult struct {
	Calls []requestlog.Record `json:"calls"`
}

// sweepLog keeps the promise of request_log.keep also where no gateway runs.
func (a *App) sweepLog() (dir string, err error) {
	l := a.Project.RequestLog
	dir = a.path(requestsDir)
	_, err = requestlog.Sweep(dir, time.Duration(l.Keep), int64(l.MaxSize), a.now())
	return dir, err
}

// LogList lists logged calls.
func (a *App) LogList(q LogQuery) (LogResult, error) {
	out := LogResult{Calls: []requestlog.Record{}}
	dir, err := a.sweepLog()
	if err != nil {
		return out, err
	}
	since, err := lifetime("since", q.Since)
	if err != nil {
		return out, err
	}
	if q.Last < 0 {
		return out, misuse("--last %d: write a number above 0, or 0 for all", q.Last)
	}
	err = requestlog.Read(dir, func(r requestlog.Record) error {
		if !q.takes(&r) || since > 0 && a.now().Sub(r.Time) > since {
			return nil
		}
		r.Request, r.Reply = nil, nil
		if out.Calls = append(out.Calls, r); q.Last > 0 && len(out.Calls) >= 2*q.Last {
			out.Calls = slices.Clone(out.Calls[len(out.Calls)-q.Last:])
		}
		return nil
	})
	slices.SortStableFunc(out.Calls, func(x, y requestlog.Record) int { return x.Time.Compare(y.Time) })
	if q.Last > 0 && len(out.Calls) > q.Last {
		out.Calls = out.Calls[len(out.Calls)-q.Last:]
	}
	return out, err
}

// LogTail gives use each call as it is logged, until ctx ends.
func (a *App) LogTail(ctx context.Context, q LogQuery, use func(requestlog.Record) error) error {
	dir, err := a.sweepLog()
	if err != nil {
		return err
	}
	err = requestlog.Follow(dir, ctx.Done(), func(r requestlog.Record) error {
		if !q.takes(&r) {
			return nil
		}
		return use(r)
	})
	if errors.Is(err, io.EOF) {
		return nil
	}
	return err
}

// LogShow returns one call, by the id that its reply carried.
func (a *App) LogShow(id string) (requestlog.Record, error) {
	dir, err := a.sweepLog()
	if err != nil {
		return requestlog.Record{}, err
	}
	return requestlog.Find(dir, id)
}

// PurgeResult is what `luodi log purge` prints.
type PurgeResult struct {
	Files int `json:"files"`
}

// LogPurge deletes what is older than an age, "" for everything.
func (a *App) LogPurge(ctx context.Context, older string) (PurgeResult, error) {
	age, err := lifetime("older-than", older)
	if err != nil {
		return PurgeResult{}, err
	}
	before := a.now().Add(time.Hour) // a clock that was set back
	if age > 0 {
		before = a.now().Add(-age)
	}
	n, err := requestlog.Purge(a.path(requestsDir), before)
	if err != nil {
		return PurgeResult{}, err
	}
	what := "everything"
	if older != "" {
		what = "older than " + older
	}
	if err := a.did(ctx, "log.purge", requestsDir, what); err != nil {
		return PurgeResult{}, errs.Internal("the log is purged, but the audit trail does not say so: %w", err)
	}
	return PurgeResult{Files: n}, nil
}
