package app

import (
	"context"
	"fmt"
	"strings"

	"github.com/luodi/luodi/internal/clean"
	"github.com/luodi/luodi/internal/errs"
)

// Release lets a record be used that a plan has put into quarantine, from the
// next `luodi up` on. Who did it and why is kept and audited.
func (a *App) Release(ctx context.Context, record, reason string) (clean.Release, error) {
	fail := func(err error) (clean.Release, error) {
		return clean.Release{}, fmt.Errorf("releasing %s: %w", record, err)
	}
	if strings.TrimSpace(reason) == "" {
		return fail(errs.Invalid("it needs a reason, which is kept; say it with --reason"))
	}
	c, err := a.db.Clean().Get(ctx, record)
	if err != nil {
		return fail(err)
	}
	if clean.ReasonOf(c.Dropped) != clean.ReasonOf(clean.DropQuarantine) {
		return fail(errs.Conflict("the record is not in quarantine; `luodi clean removed --reason quarantine` lists those that are"))
	}
	r := clean.Release{Record: record, Source: c.Source, Who: operator(), Reason: reason, At: a.now()}
	if err := a.did(ctx, "clean.release", record, c.Dropped+": "+reason); err != nil {
		return fail(err)
	}
	return r, a.db.CleanDecided().Release(ctx, r)
}

// TakeBack puts a released record back into quarantine, from the next `luodi
// up` on.
func (a *App) TakeBack(ctx context.Context, record, reason string) error {
	if strings.TrimSpace(reason) == "" {
		return errs.Invalid("taking the release of %s back: it needs a reason, which is kept; say it with --reason", record)
	}
	if err := a.db.CleanDecided().TakeBack(ctx, record); err != nil {
		return err
	}
	return a.did(ctx, "clean.takeback", record, reason)
}

// released are the records of a source that may leave quarantine; nil for none.
func (a *App) released(ctx context.Context, source string) (map[string]bool, error) {
	list, err := a.db.CleanDecided().Released(ctx, source)
	if err != nil || len(list) == 0 {
		return nil, err
	}
	out := map[string]bool{}
	for _, r := range list {
		out[r.Record] = true
	}
	return out, nil
}
