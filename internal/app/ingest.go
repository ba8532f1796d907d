package app

import (
	"context"
	"encoding/json"
	"os"
	"strings"

	"github.com/luodi/luodi/internal/errs"
	"github.com/luodi/luodi/internal/job"
	"github.com/luodi/luodi/internal/project"
	"github.com/luodi/luodi/internal/source"
)

type field = source.Field

// ingest brings one source up to date. It looks at the files every time, so
// it is the stage that knows what has changed; the journal keeps its report.
func (r *run) ingest(ctx context.Context, s project.Source) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	name := join(verbIngest, s.Name)
	r.tell(Event{Stage: name})
	origin, closer, err := r.origin(ctx, s)
	if err != nil {
		return r.skip(name, err)
	}
	if closer != nil {
		defer closer.Close()
	}
	if origin == nil && !strings.ContainsAny(s.Path, "*?[") {
		if _, err := os.Stat(r.Project.Abs(s.Path)); missing(err) {
			return r.skip(name, errs.NotFound("source %s: there is no file %s; what was read of it before is kept", s.Name, s.Path))
		}
	}
	start := r.now()
	rep, err := source.Ingest(ctx, source.Config{
		Project: r.Project.Dir, Spec: spec(s), Store: r.db.Source(), Blobs: r.blobs,
		Now: r.now, Readers: r.readers(), Origin: origin, Temp: r.spill(),
		Progress: func(done, total int, path string) {
			r.tell(Event{Stage: name, Note: path, Done: done, Total: total})
		},
	})
	seconds := r.now().Sub(start).Seconds()
	if err != nil {
		r.end(name, job.Failed, seconds, err)
		return err
	}
	for _, f := range rep.Failed {
		kept := "; it is left out"
		if f.Kept {
			kept = "; its last good version stays in use"
		}
		r.warn("source %s: %s: %s%s", s.Name, f.Path, f.Reason, kept)
	}
	for _, w := range rep.Warnings {
		r.warn("source %s: %s", s.Name, w)
	}
	status := job.Cached
	if rep.Added+rep.Changed+rep.Removed > 0 {
		status = job.Ran
	}
	kept := rep
	kept.Added, kept.Changed, kept.Removed, kept.Unchanged = 0, 0, 0, rep.Files
	b, err := json.Marshal(kept)
	if err == nil {
		_, err = job.Run(ctx, r.db.Job(), job.Stage{Name: name, Inputs: []string{string(b)}},
			func(context.Context) (string, error) { return string(b), nil })
	}
	r.end(name, status, seconds, err)
	if err == nil {
		r.done[name] = string(b)
	}
	return err
}

func spec(s project.Source) source.Spec {
	return source.Spec{
		Name: s.Name, Department: s.Department, Root: s.Root, Path: s.Path,
		Columns: source.Columns{ID: s.ID, Title: s.Title, Text: s.Text, Label: s.Label},
	}
}
