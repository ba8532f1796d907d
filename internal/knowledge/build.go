package knowledge

import (
	"context"
	"fmt"
	"iter"
	"slices"
	"time"

	"github.com/luodi/luodi/internal/errs"
	"github.com/luodi/luodi/internal/lineage"
)

// Config says which base to build and how. Base, Store and Now are needed.
type Config struct {
	Base     string
	Readers  []string // principals that may read the base; empty: only the owner
	Store    Store
	Now      func() time.Time
	Weights  Weights
	Lineage  lineage.Store  // nil: no record → chunk edges are written
	Progress func(done int) // documents looked at so far; may be nil
}

// Weights are the ranking parameters of a base. Zero means the
// default, a negative weight none.
type Weights struct {
	Heading float64            `json:"heading,omitempty"` // default .4
	Section float64            `json:"section,omitempty"` // default .4
	Title   float64            `json:"title,omitempty"`   // default by chunks per title, .1–1
	Cited   float64            `json:"cited,omitempty"`   // default .3: for documents that others mention by name
	Source  map[string]float64 `json:"source,omitempty"`  // score × (1 + weight of the document's source)
	Refuse  float64            `json:"refuse,omitempty"`  // evidence threshold of Ask; default calibrated by Build
}

// Report says what a Build did.
type Report struct {
	Documents int // live after the build
	Added     int
	Changed   int
	Removed   int
	Unchanged int
	Chunks    int    // live after the build
	NewChunks int    // chunk ids that their documents' former versions did not have
	Digest    string // content address of the live documents, settings and code version
}

// Build makes the base hold exactly docs: new and changed documents are
// chunked and indexed, missing ones removed, the rest is not touched. It
// commits in parts, each whole or not at all, so that a killed build goes on
// where it stopped; versions that are replaced stay resolvable. Two documents
// of one source must not share an address: errs.Invalid. One build of a base
// at a time: errs.Conflict tells that another one was faster.
func Build(ctx context.Context, c Config, docs iter.Seq2[Document, error]) (Report, error) {
	if c.Base == "" || c.Store == nil || c.Now == nil {
		return Report{}, errs.Invalid("building a knowledge base: name, store and clock are needed")
	}
	b, err := startBuild(ctx, c)
	if err != nil {
		return Report{}, fmt.Errorf("building knowledge base %s: %w", c.Base, err)
	}
	if err := b.run(ctx, docs); err != nil {
		return b.report, fmt.Errorf("building knowledge base %s: %w", c.Base, err)
	}
	return b.report, nil
}

func (b *build) run(ctx context.Context, docs iter.Seq2[Document, error]) error {
	if err := b.reindexLost(ctx); err != nil {
		return err
	}
	done := 0
	for d, err := range docs {
		if err != nil {
			return err
		}
		if err := ctx.Err(); err != nil {
			return err
		}
		if err := b.add(ctx, d); err != nil {
			return fmt.Errorf("document %s: %w", d.Address, err)
		}
		if done++; b.config.Progress != nil {
			b.config.Progress(done)
		}
	}
	if err := b.flush(ctx); err != nil {
		return err
	}
	if err := b.removeUnseen(ctx); err != nil {
		return err
	}
	if err := b.merge(ctx); err != nil {
		return err
	}
	return b.finish(ctx)
}

// finish stores settings and digest where they changed.
func (b *build) finish(ctx context.Context) error {
	b.settings.Weights = b.config.Weights
	if err := b.measure(ctx); err != nil {
		return err
	}
	ids := make([]string, 0, len(b.live)+4)
	for _, v := range b.live {
		ids = append(ids, v.ID)
	}
	slices.Sort(ids)
	b.report.Documents = len(b.live)
	b.settings.Digest = ""
	b.settings.Digest = lineage.NewID("kb", append(ids, b.settings.signature())...)
	b.report.Digest = b.settings.Digest
	return b.commit(ctx, Change{})
}
