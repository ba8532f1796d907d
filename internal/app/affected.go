package app

import (
	"context"
	"fmt"
	"maps"
	"math"
	"slices"

	"github.com/luodi/luodi/internal/errs"
	"github.com/luodi/luodi/internal/lineage"
)

// AffectedResult is everything that has to be looked at when a row or a file
// is erased or changed.
type AffectedResult struct {
	ID      string              `json:"id"`
	Records int                 `json:"records"` // the rows themselves
	Derived map[string][]string `json:"derived"` // by kind: chunk, dataset, small model, study, decision, answer …
	// Served are the scenarios whose published route rests on a decision among
	// them.
	Served []string `json:"served"`
	// Bytes are the files that hold it, in every version that is kept, and
	// Same the records that say the same and were dropped in favour of it.
	Bytes []Held   `json:"bytes"`
	Same  []string `json:"same"`
}

// Held is a range of a raw file that is kept.
type Held struct {
	File    string `json:"file"`
	Path    string `json:"path"`
	SHA256  string `json:"sha256"`
	Row     int    `json:"row,omitempty"`
	Start   int    `json:"start"`
	End     int    `json:"end"`
	Current bool   `json:"current"`
}

// Affected lists all that was made of a record, a file or anything derived.
func (a *App) Affected(ctx context.Context, id string) (AffectedResult, error) {
	res := AffectedResult{ID: id, Derived: map[string][]string{}, Served: []string{}, Bytes: []Held{}, Same: []string{}}
	fail := func(err error) (AffectedResult, error) {
		return res, fmt.Errorf("looking for what %s affects: %w", id, err)
	}
	kind := lineage.KindOf(id)
	if kindNames[kind] == "" {
		return fail(errs.Invalid("%q is not an address; addresses look like rec_…, file_…, chk_…", id))
	}
	from := []string{id}
	switch kind {
	case lineage.File:
		f, err := a.db.Source().File(ctx, id)
		if err != nil {
			return fail(err)
		}
		records, err := a.db.Source().FileRecords(ctx, id, math.MaxInt32)
		if err != nil {
			return fail(err)
		}
		res.Records = len(records)
		from = append(from, records...)
		res.Bytes = append(res.Bytes, Held{File: id, Path: f.Path, SHA256: f.Hash, End: int(f.Size), Current: true})
	case lineage.Record:
		if err := a.held(ctx, id, &res); err != nil {
			return fail(err)
		}
	}
	reached, err := a.db.Lineage().Reached(ctx, from)
	if err != nil {
		return fail(err)
	}
	files := map[string]bool{}
	for _, h := range res.Bytes {
		files[h.File] = true
	}
	versions, err := a.versionsWith(ctx, func(m lineage.Manifest) bool { return holds(m, files) })
	if err != nil {
		return fail(err)
	}
	for _, m := range versions {
		reached = append(reached, m.ID)
	}
	decisions := map[string]bool{}
	for _, r := range append(reached, id) {
		name := kindNames[lineage.KindOf(r)]
		if name == "" {
			name = string(lineage.KindOf(r))
		}
		if r != id {
			res.Derived[name] = append(res.Derived[name], r)
		}
		decisions[r] = lineage.KindOf(r) == lineage.Decision
	}
	published, err := a.routes(ctx)
	if err != nil {
		return fail(err)
	}
	served := map[string]bool{}
	for _, e := range published {
		if decisions[e.Decision] {
			served[e.Scenario] = true
		}
	}
	res.Served = append(res.Served, slices.Sorted(maps.Keys(served))...)
	return res, nil
}

// held says where the bytes of a record are, and which records say the same.
func (a *App) held(ctx context.Context, id string, res *AffectedResult) error {
	places, err := a.db.Source().Places(ctx, id)
	if err != nil {
		return err
	}
	if len(places) == 0 {
		return errs.NotFound("this project holds no such record")
	}
	res.Records = 1
	for _, p := range places {
		f, err := a.db.Source().File(ctx, p.FileID)
		if err != nil {
			return err
		}
		res.Bytes = append(res.Bytes, Held{p.FileID, f.Path, f.Hash, p.Row, p.Start, p.End, p.Current})
	}
	same, err := a.db.Clean().Duplicates(ctx, id)
	res.Same = append(res.Same, same...)
	return err
}
