package knowledge

import (
	"context"
	"iter"
	"time"

	"github.com/luodi/luodi/internal/errs"
	"github.com/luodi/luodi/internal/lineage"
)

// Config says which base to build and how. Store, Base and Now are needed.
type Config struct {
	Base     string
	Readers  []string // principals that may read the base; empty: only the owner
	Store    Store
	Now      func() time.Time
	Weights  Weights        // zero values take the defaults
	Lineage  lineage.Store  // nil: no record → chunk edges are written
	Progress func(done int) // documents looked at so far; may be nil
}

// Weights are the ranking parameters of a base. Zero means the default.
type Weights struct {
	Heading float64            `json:"heading,omitempty"` // default .4
	Section float64            `json:"section,omitempty"` // default .4
	Title   float64            `json:"title,omitempty"`   // default by chunks per title, .1–1
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
	NewChunks int    // chunk ids that the base did not hold before
	Digest    string // content address of the live documents, settings and code version
}

// Build makes the base hold exactly docs: new and changed documents are
// chunked and indexed, missing ones removed, the rest is not touched. It
// commits in parts, each whole or not at all, so that a killed build goes on
// where it stopped; versions that are replaced stay resolvable.
func Build(ctx context.Context, c Config, docs iter.Seq2[Document, error]) (Report, error) {
	return Report{}, errs.Internal("building knowledge base %s: not yet", c.Base)
}
