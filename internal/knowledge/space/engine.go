package space

import "context"

// Engine compares a question with a base's vectors where they are kept, for
// bases whose vectors do not fit into memory. Where there is none, package
// knowledge scans them itself. Its methods may be called from any goroutine.
type Engine interface {
	// Sync makes the engine hold what a base's documents have in a space. It is
	// called before the first search of a generation, and again after changes.
	Sync(ctx context.Context, base string, s Space) error
	// Nearest returns the n passages nearest to q among those of the versions,
	// best first, ties by version and chunk: others are left out before ranking.
	// Rest is the mean cosine of the versions' other passages, 0 without any.
	Nearest(ctx context.Context, base string, s Space, q []float32, versions []string, n int) (near []Near, rest float32, err error)
}

// Near is a passage with the cosine of its vector and the question's.
type Near struct {
	Version string
	Chunk   int // counts through the version
	Cosine  float32
}
