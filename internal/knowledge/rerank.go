package knowledge

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strings"
	"sync"
	"time"
)

// Reranker reads a question and passages and says how well each answers it.
type Reranker interface {
	// Rerank returns a score for each passage, the higher the better, in their
	// order. It may be called from any goroutine; any error makes the search go
	// on in the order that it has, marked as degraded.
	Rerank(ctx context.Context, question string, passages []string) ([]float64, error)
}

// reranking is the part of an open base that holds its reranker.
type reranking struct {
	Reranker
	depth int
	mu    sync.Mutex
	known map[string][]float64 // question and passages → scores
}

// rerankDepth is how many hits a reranker reads where its depth is not said,
// rerankKept how many lists of scores an open base remembers, and rerankTimeout
// how long a search waits for it.
const (
	rerankDepth   = 50
	rerankKept    = 1024
	rerankTimeout = 20 * time.Second
)

// WithReranker lets a reranker order the best depth hits of each search anew,
// and returns the base. Call it before the first search.
func (b *Base) WithReranker(r Reranker, depth int) *Base {
	b.reranker = &reranking{Reranker: r, depth: cmp.Or(depth, rerankDepth), known: map[string][]float64{}}
	return b
}

// rerank orders hits anew; where the reranker cannot be asked they stay, and
// the mark says why. The scores are dealt out anew, the best to the first.
func (b *Base) rerank(ctx context.Context, q Query, hits []Hit) ([]Hit, string, error) {
	n := min(len(hits), b.reranker.depth)
	if n < 2 {
		return hits, "", nil
	}
	scores, err := b.reranker.scores(ctx, q.Text, hits[:n])
	if err != nil {
		if q.Strict || ctx.Err() != nil {
			return nil, "", fmt.Errorf("reranking: %w", err)
		}
		b.tellDegraded(err)
		return hits, "not reranked: " + err.Error(), nil
	}
	place := make([]int, n)
	for i := range place {
		place[i] = i
	}
	slices.SortStableFunc(place, func(x, y int) int { return cmp.Compare(scores[y], scores[x]) })
	out := slices.Clone(hits)
	for i, k := range place {
		out[i] = hits[k]
		out[i].Score = hits[i].Score
	}
	return out, "", nil
}

// scores asks the reranker, or remembers what it said of the same passages.
func (r *reranking) scores(ctx context.Context, question string, hits []Hit) ([]float64, error) {
	key, texts := question, make([]string, len(hits))
	for i, h := range hits {
		texts[i] = strings.Join(slices.Concat([]string{h.Title}, h.Heading, []string{h.Text}), "\n")
		key += "\x00" + h.Version + "\x00" + h.Chunk
	}
	r.mu.Lock()
	known := r.known[key]
	r.mu.Unlock()
	if known != nil {
		return known, nil
	}
	asking, cancel := context.WithTimeout(ctx, rerankTimeout)
	defer cancel()
	scores, err := r.Rerank(asking, question, texts)
	if err == nil && len(scores) != len(texts) {
		err = fmt.Errorf("%d passages were given %d scores", len(texts), len(scores))
	}
	if err != nil {
		return nil, err
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	if len(r.known) >= rerankKept {
		clear(r.known)
	}
	r.known[key] = scores
	return scores, nil
}

// tellDegraded tells whoever listens that a search went without something.
func (b *Base) tellDegraded(err error) {
	if b.vectors != nil && b.vectors.Degraded != nil {
		b.vectors.Degraded(b.name, err)
	}
}
