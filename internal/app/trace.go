package app

import (
	"context"
	"fmt"

	"github.com/luodi/luodi/internal/errs"
	"github.com/luodi/luodi/internal/lineage"
	"github.com/luodi/luodi/internal/source"
)

// traceLimit bounds how many edges a trace prints in each direction.
const traceLimit = 500

// TraceResult is what `luodi trace --json` prints: the whole way back and
// everything made from it.
type TraceResult struct {
	ID         string         `json:"id"`
	Kind       string         `json:"kind"`
	From       []TraceStep    `json:"from"`
	To         []TraceStep    `json:"to"`
	Provenance map[string]any `json:"provenance"`
	Truncated  bool           `json:"truncated,omitempty"`
}

// TraceStep is one edge on the way.
type TraceStep struct {
	ID    string `json:"id"`
	Kind  string `json:"kind"`
	Step  string `json:"step"`
	Of    string `json:"of"`              // the address it was made from, or that was made from it
	Where string `json:"where,omitempty"` // source rows: path, row and bytes
}

var kindNames = map[lineage.Kind]string{
	lineage.File: "file", lineage.Record: "record", lineage.Chunk: "chunk", lineage.Dataset: "dataset", lineage.Model: "small model",
	lineage.Config: "configuration", lineage.Study: "study", lineage.Decision: "decision", lineage.Answer: "answer",
}

// Trace walks from an address back to source rows and forward to everything
// derived from it.
func (a *App) Trace(ctx context.Context, id string) (TraceResult, error) {
	kind, ok := kindNames[lineage.KindOf(id)]
	if !ok {
		return TraceResult{}, errs.Invalid("tracing %q: not an address; addresses look like rec_…, chk_…, ans_…, dec_…", id)
	}
	res := TraceResult{ID: id, Kind: kind, From: []TraceStep{}, To: []TraceStep{}, Provenance: map[string]any{}}
	g := graph{a}
	back, cut1, err := lineage.Walk(ctx, g, id, false, traceLimit)
	if err != nil {
		return res, fmt.Errorf("tracing %s: %w", id, err)
	}
	fwd, cut2, err := lineage.Walk(ctx, g, id, true, traceLimit)
	if err != nil {
		return res, fmt.Errorf("tracing %s: %w", id, err)
	}
	res.Truncated = cut1 || cut2
	for _, e := range back {
		res.From = append(res.From, a.step(ctx, e.From, e.Step, e.To))
	}
	for _, e := range fwd {
		res.To = append(res.To, a.step(ctx, e.To, e.Step, e.From))
	}
	if err := a.provenance(ctx, &res); err != nil {
		return res, err
	}
	if len(res.From)+len(res.To)+len(res.Provenance) == 0 {
		return res, errs.NotFound("tracing %s: this project holds no such %s", id, kind)
	}
	return res, nil
}

func (a *App) step(ctx context.Context, id, step, of string) TraceStep {
	s := TraceStep{ID: id, Kind: kindNames[lineage.KindOf(id)], Step: step, Of: of}
	if rec, err := a.record(ctx, id); err == nil {
		s.Where = where(rec)
	}
	return s
}

func where(r source.Record) string {
	if r.At != (source.Location{}) {
		return r.Path + " " + r.At.String()
	}
	if r.Class == source.ClassDocument {
		return fmt.Sprintf("%s bytes %d–%d", r.Path, r.Start, r.End)
	}
	return fmt.Sprintf("%s row %d bytes %d–%d", r.Path, r.Row, r.Start, r.End)
}

func (a *App) record(ctx context.Context, id string) (source.Record, error) {
	if lineage.KindOf(id) != lineage.Record {
		return source.Record{}, errs.NotFound("%s is no record", id)
	}
	return a.db.Source().Record(ctx, id)
}

// provenance fills what is known of the address itself.
func (a *App) provenance(ctx context.Context, res *TraceResult) error {
	p := res.Provenance
	switch lineage.KindOf(res.ID) {
	case lineage.Record:
		rec, err := a.record(ctx, res.ID)
		if err != nil {
			return ignoreMissing(err)
		}
		f, err := a.db.Source().File(ctx, rec.FileID)
		if err != nil {
			return ignoreMissing(err)
		}
		p["department"], p["source"], p["path"], p["file"] = rec.Department, rec.Source, rec.Path, rec.FileID
		p["file_sha256"], p["charset"], p["row"], p["start"], p["end"] = rec.FileHash, f.Charset, rec.Row, rec.Start, rec.End
		p["ingested"] = f.ReadAt.UTC()
		if rec.At != (source.Location{}) {
			p["at"] = rec.At
		}
		return a.cleanProvenance(ctx, res)
	case lineage.File:
		f, err := a.db.Source().File(ctx, res.ID)
		if err != nil {
			return ignoreMissing(err)
		}
		p["department"], p["source"], p["path"], p["file_sha256"] = f.Department, f.Source, f.Path, f.Hash
		p["charset"], p["bytes"], p["ingested"] = f.Charset, f.Size, f.ReadAt.UTC()
	case lineage.Dataset:
		list, err := a.versionsWith(ctx, func(m lineage.Manifest) bool { return m.ID == res.ID })
		for _, m := range list {
			p["source"], p["root"], p["records"], p["plan"] = m.Name, m.Root, m.Records, m.Plan
		}
		return err
	case lineage.Chunk:
		return a.chunkProvenance(ctx, res)
	case lineage.Answer:
		return a.answerProvenance(ctx, res)
	case lineage.Decision:
		if _, rec, err := a.cascadeOf(ctx, res.ID); err != nil || rec != nil {
			if rec != nil {
				p["scenario"], p["status"], p["seed"], p["certificate"], p["items"] = rec.Scenario, rec.Status, rec.Seed, rec.Certificate, rec.Items
			}
			return err
		}
		d, err := a.db.Sizing().Decision(ctx, res.ID)
		if err != nil {
			return ignoreMissing(err)
		}
		p["scenario"], p["status"], p["study"], p["seed"] = d.Result.Scenario, d.Result.Status, d.Result.Study, d.Result.Seed
		p["certificate"], p["items"], p["outcomes"] = d.Result.Certificate, d.Result.Digest, d.Outcomes
	}
	return nil
}

// graph is the edges that were written, and those that records and versions of
// datasets imply: each record is of a file, without an edge being kept for every
// row, and each version was made from files.
type graph struct{ *App }

func (g graph) Link(ctx context.Context, edges []lineage.Edge) error {
	return g.db.Lineage().Link(ctx, edges)
}

func (g graph) Parents(ctx context.Context, id string) ([]lineage.Edge, error) {
	edges, err := g.db.Lineage().Parents(ctx, id)
	if err != nil {
		return nil, err
	}
	if rec, rerr := g.record(ctx, id); rerr == nil {
		edges = append(edges, lineage.Edge{From: rec.FileID, To: id, Step: "ingest"})
	}
	if lineage.KindOf(id) != lineage.Dataset {
		return edges, nil
	}
	list, err := g.versionsWith(ctx, func(m lineage.Manifest) bool { return m.ID == id })
	for _, m := range list {
		for _, in := range m.Inputs {
			edges = append(edges, lineage.Edge{From: in.File, To: id, Step: "clean"})
		}
	}
	return edges, err
}

func (g graph) Children(ctx context.Context, id string) ([]lineage.Edge, error) {
	edges, err := g.db.Lineage().Children(ctx, id)
	if err != nil || lineage.KindOf(id) != lineage.File {
		return edges, err
	}
	ids, err := g.db.Source().FileRecords(ctx, id, traceLimit)
	if ignoreMissing(err) != nil {
		return nil, err
	}
	for _, rec := range ids {
		edges = append(edges, lineage.Edge{From: id, To: rec, Step: "ingest"})
	}
	list, err := g.versionsWith(ctx, func(m lineage.Manifest) bool { return holds(m, map[string]bool{id: true}) })
	for _, m := range list {
		edges = append(edges, lineage.Edge{From: id, To: m.ID, Step: "clean"})
	}
	return edges, err
}
