package app

import (
	"context"
	"fmt"
	"maps"
	"os"
	"runtime/debug"
	"slices"
	"strings"

	"github.com/luodi/luodi/internal/clean"
	"github.com/luodi/luodi/internal/errs"
	"github.com/luodi/luodi/internal/lineage"
	"github.com/luodi/luodi/internal/project"
	"github.com/luodi/luodi/internal/reader/html"
	"github.com/luodi/luodi/internal/source"
)

// extractors take the content out of marked-up documents, by format.
var extractors = map[string]clean.Extractor{"html": html.Extractor{}}

// cleanOutput is what cleaning a source gave.
type cleanOutput struct {
	Digest  string       `json:"digest"`  // of the cleaned source
	Dataset string       `json:"dataset"` // the version of its dataset, where it was made at once
	Report  clean.Report `json:"report"`
}

// cleanMemory is what the collector tries to keep the heap below while a source
// is cleaned, in bytes.
const cleanMemory = 320 << 20

// clean applies the cleaning plan to one source.
func (r *run) clean(ctx context.Context, s project.Source) error {
	name := join(verbClean, s.Name)
	var in source.Report
	if err := r.need(join(verbIngest, s.Name), &in); err != nil {
		return r.skip(name, err)
	}
	plan, err := r.plan(s)
	if err != nil {
		return r.skip(name, err)
	}
	inputs := []string{datasetVersion, plan.ID(), in.Digest}
	for _, c := range checks(s) {
		inputs = append(inputs, c.String())
		other, _, _ := strings.Cut(c.References, ".")
		inputs = append(inputs, r.done[join(verbIngest, other)])
	}
	released, err := r.released(ctx, s.Name)
	if err != nil {
		return r.skip(name, err)
	}
	inputs = append(inputs, slices.Sorted(maps.Keys(released))...)
	var out cleanOutput
	return r.stage(ctx, name, inputs, &out, func(ctx context.Context) error {
		// Documents of megabytes leave much behind: collect it early.
		defer debug.SetMemoryLimit(debug.SetMemoryLimit(cleanMemory))
		var tree lineage.Tree
		rep, err := clean.Run(ctx, clean.Config{
			Source: s.Name, Sources: r.db.Source(), Store: r.db.Clean(), Plan: plan, Checks: checks(s), Vault: r.db.Vault(), Released: released, Temp: r.spill(),
			Progress: func(done int) { r.tell(Event{Stage: name, Done: done, Total: in.Records}) },
			Kept: func(c clean.Cleaned) error {
				line, err := leaf(c)
				tree.Add(line)
				return err
			},
		})
		if err != nil {
			return err
		}
		out = cleanOutput{Digest: rep.Digest, Report: rep}
		if tree.Len() != uint64(rep.Kept) || r.drops(s.Name) {
			return nil // it was cleaned before, or records are still to go: see version
		}
		m, err := r.keepVersion(ctx, s.Name, rep, &tree)
		out.Dataset = m.ID
		return err
	})
}

// spill is the folder for what does not fit into memory while sources are read
// and compared: the disk of the project, which has room for their bytes, and
// not the system's temporary folder, which often is memory.
func (a *App) spill() string {
	dir := a.path("tmp")
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return "" // the system's; what keeps this one from being made will show there too
	}
	return dir
}

// ExplainResult is what `luodi clean --explain` prints: each step's before and
// after.
type ExplainResult struct {
	Record string       `json:"record"`
	Where  string       `json:"where"`
	Steps  []clean.Step `json:"steps"`
}

// Explain shows what cleaning did to a record, step by step.
func (a *App) Explain(ctx context.Context, id string) (ExplainResult, error) {
	if lineage.KindOf(id) != lineage.Record {
		return ExplainResult{}, errs.Invalid("explaining %q: not a record; records look like rec_…", id)
	}
	rec, file, raw, at, err := a.part(ctx, id)
	if err != nil {
		return ExplainResult{}, fmt.Errorf("explaining %s: %w", id, err)
	}
	plan, err := a.planOf(rec.Source)
	if err != nil {
		return ExplainResult{}, err
	}
	x, err := plan.Explain(ctx, a.readers(), raw, file, rec)
	if err != nil {
		return ExplainResult{}, fmt.Errorf("explaining %s: %w", id, err)
	}
	rec.Start, rec.End = rec.Start+at, rec.End+at
	return ExplainResult{Record: id, Where: where(rec), Steps: x.Steps}, nil
}

// cleanProvenance says what cleaning made of a record.
func (a *App) cleanProvenance(ctx context.Context, res *TraceResult) error {
	c, err := a.db.Clean().Get(ctx, res.ID)
	if err != nil {
		return ignoreMissing(err)
	}
	same, err := a.db.Clean().Duplicates(ctx, res.ID)
	if err != nil {
		return err
	}
	cleaned := map[string]any{"language": c.Lang, "repairs": c.Repairs, "dropped": c.Dropped, "duplicate_of": c.DuplicateOf, "duplicates": same}
	pii := map[string]int{}
	for _, t := range c.PII {
		pii[string(t.Type)]++
	}
	cleaned["pii"] = pii
	res.Provenance["cleaned"] = cleaned
	return nil
}
