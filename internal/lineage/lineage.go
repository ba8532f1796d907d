// Package lineage answers where a thing came from and what was made of it.
//
// Everything luodi derives has a content address (NewID) and edges to what it
// was derived from: an answer to its chunks, a chunk to its record, a record
// to its file, a decision to its study, eval set and small model, those to
// their records. Trace walks the edges backward to source rows and forward to
// everything affected.
//
// Edges are facts written by whoever derives a thing; this package does not
// derive anything, and knows no storage.
package lineage

import "context"

// Edge says that To was derived from From by a step ("chunk", "train", …).
type Edge struct {
	From, To string // addresses
	Step     string
}

// Store keeps edges. Link is idempotent: an edge that exists is kept once.
// From and To return edges in a stable order (by address). All methods may be
// called from any goroutine.
type Store interface {
	Link(ctx context.Context, edges []Edge) error
	// Parents returns the edges whose To is id: what id was made from.
	Parents(ctx context.Context, id string) ([]Edge, error)
	// Children returns the edges whose From is id: what was made from id.
	Children(ctx context.Context, id string) ([]Edge, error)
}

// Walk returns every edge reachable from id, breadth first, backward (to its
// sources) or forward (to everything derived), at most limit edges; truncated
// tells whether there were more. A cycle, which correct derivations never
// make, is walked once.
func Walk(ctx context.Context, s Store, id string, forward bool, limit int) (edges []Edge, truncated bool, err error) {
	seen := map[string]bool{id: true}
	queue := []string{id}
	for len(queue) > 0 {
		cur := queue[0]
		queue = queue[1:]
		var next []Edge
		if forward {
			next, err = s.Children(ctx, cur)
		} else {
			next, err = s.Parents(ctx, cur)
		}
		if err != nil {
			return nil, false, err
		}
		for _, e := range next {
			if len(edges) == limit {
				return edges, true, nil
			}
			edges = append(edges, e)
			to := e.From
			if forward {
				to = e.To
			}
			if !seen[to] {
				seen[to] = true
				queue = append(queue, to)
			}
		}
	}
	return edges, false, nil
}
