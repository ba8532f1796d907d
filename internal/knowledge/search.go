package knowledge

import (
	"cmp"
	"context"
	"fmt"
	"strings"

	"github.com/luodi/luodi/internal/errs"
	"github.com/luodi/luodi/internal/knowledge/chunk"
	"github.com/luodi/luodi/internal/knowledge/index"
	"github.com/luodi/luodi/internal/knowledge/space"
	"github.com/luodi/luodi/internal/knowledge/token"
	"github.com/luodi/luodi/internal/lineage"
)

// defaultK is the number of hits where a query does not say; deepest is how
// many chunks are ranked for hit counts up to a quarter of it.
const (
	defaultK = 10
	deepest  = 200
)

// retries is how often a search starts anew when segments that it reads are
// merged away meanwhile.
const retries = 5

// Search returns the best chunks for the asker, best first: at most one for
// each parent context, near-duplicates collapsed into the newest version.
// Text is loaded only of documents that the asker may read at that moment.
func (b *Base) Search(ctx context.Context, q Query) ([]Hit, error) {
	r, err := b.rankBy(ctx, q, token.Query(q.Text), ranking{})
	return r.hits, err
}

// SearchPlain ranks by BM25 over the chunks' text alone, the question taken as
// it is: what the field ships by default, to compare with.
func (b *Base) SearchPlain(ctx context.Context, q Query) ([]Hit, error) {
	r, err := b.rankBy(ctx, q, token.Terms(q.Text), ranking{plain: true})
	return r.hits, err
}

// result is what one search found, what its terms weigh, and why it had to do
// without vectors.
type result struct {
	hits     []Hit
	weights  []index.Weight
	chunks   int // in the asker's view
	degraded string
	words    float64 // score of the best passage by words
	lead     float64 // of the nearest passage, in leads of chance questions; 0 unknown
}

// evidence is that of words.
func (r result) evidence() float64 { return evidence(r.words, r.weights, r.chunks) }

// evidenceFor is that of words or of nearness, whichever is more, on the scale
// of a threshold.
func (r result) evidenceFor(threshold float64) float64 {
	e := r.evidence()
	if len(r.hits) == 0 || threshold <= 0 {
		return e
	}
	by := r.lead / telling * threshold
	return max(e, min(by, (1+threshold)/2))
}

func (b *Base) rankBy(ctx context.Context, q Query, terms []token.Term, r ranking) (result, error) {
	if q.K <= 0 {
		q.K = defaultK
	}
	for try := 0; ; try++ {
		st, err := b.current(ctx)
		if err != nil {
			return result{}, err
		}
		res, err := b.searchIn(ctx, st, q, terms, r)
		if errs.Is(err, errs.CodeNotFound) && try < retries {
			continue // a merge dropped a segment between looking and reading
		}
		if err != nil {
			return result{}, fmt.Errorf("searching knowledge base %s: %w", b.name, err)
		}
		return res, nil
	}
}

func (b *Base) searchIn(ctx context.Context, st *state, q Query, terms []token.Term, r ranking) (res result, err error) {
	use, generation, err := b.using(ctx, r)
	if err != nil {
		return res, err
	}
	v := st.viewWith(q.As, r.plain, use.Fusion)
	near, use, degraded, err := b.nearOr(ctx, st, v, q, use, generation)
	if err != nil {
		return res, err
	}
	found, weights, words, err := b.find(ctx, v, terms, max(deepest, 4*q.K), use, near)
	if err != nil {
		return res, err
	}
	if !r.plain {
		if found, err = b.adjacent(ctx, v, q, use, found, weights); err != nil {
			return res, err
		}
	}
	read := q.K
	if b.reranker != nil && !r.plain {
		read = max(read, b.reranker.depth)
	}
	groups, err := b.collapse(ctx, v, found, read)
	if err != nil {
		return res, err
	}
	hits, err := b.loadHits(ctx, v, groups, q.As)
	if err == nil && b.reranker != nil && !r.plain {
		var skipped string
		hits, skipped, err = b.rerank(ctx, q, hits)
		degraded = cmp.Or(degraded, skipped)
	}
	hits = hits[:min(q.K, len(hits))]
	res = result{hits: hits, weights: weights, chunks: v.Chunks(), degraded: degraded}
	if len(hits) > 0 {
		res.words = cmp.Or(words, hits[0].Score)
	}
	if c := use.Fusion.Chance; c > 0 {
		res.lead = near.lead(v, use) / c
	}
	return res, err
}

// find ranks the view's passages by words, nearness and, where golden
// questions taught one, a ranker. Where that gives scores of another kind,
// words is the most that words alone give one of the best; else it is 0.
func (b *Base) find(ctx context.Context, v *index.View, terms []token.Term, n int, use space.Use, near *nearby) (found []index.Found, weights []index.Weight, words float64, err error) {
	r, err := b.vectors.ranker(ctx, use)
	if err != nil {
		return nil, nil, 0, err
	}
	if r != nil {
		n = max(n, ranked)
	}
	found, parts, weights, err := v.SearchParts(terms, n, b.fetch(ctx), near.joined())
	if err != nil || r == nil && (near == nil || use.Fusion.Kind == space.Linear) {
		return found, weights, 0, err
	}
	byWords := map[passage]float32{}
	for i, f := range found {
		byWords[passage{f.Segment, f.Chunk}] = parts[i].Words()
	}
	if r != nil {
		found = r.order(v, found, parts, near)
	}
	for _, f := range found[:min(answerPassages, len(found))] {
		words = max(words, float64(byWords[passage{f.Segment, f.Chunk}]))
	}
	return found, weights, words, nil
}

func (b *Base) fetch(ctx context.Context) index.Fetch {
	return func(segment int64, page int) ([]byte, error) {
		return b.cache.get(blobKey{segment: segment, number: page}, func() ([]byte, error) {
			return b.store.Page(ctx, b.name, segment, page)
		})
	}
}

// loadHits reads the groups' texts, rights checked again with what the store
// says now: state and readers of each version, readers of the base.
func (b *Base) loadHits(ctx context.Context, v *index.View, groups []hitGroup, as Asker) ([]Hit, error) {
	var ids []string
	for _, g := range groups {
		ids = append(ids, g.shown.doc().Version)
		for _, o := range g.others {
			ids = append(ids, o.doc().Version)
		}
	}
	h, err := b.store.Header(ctx, b.name)
	if err != nil {
		return nil, err
	}
	now, err := parseSettings(h)
	if err != nil {
		return nil, err
	}
	rows, err := b.store.Versions(ctx, b.name, ids)
	if err != nil {
		return nil, err
	}
	may := map[string]Version{}
	outlines := map[string]chunk.Outline{}
	for _, r := range rows {
		if r.State != Live || !now.may(as, r.Readers) {
			continue
		}
		may[r.ID] = r
		if outlines[r.ID], err = chunk.Decode(r.Outline); err != nil {
			return nil, err
		}
	}
	var hits []Hit
	for _, g := range groups {
		row, ok := may[g.shown.doc().Version]
		if !ok {
			continue
		}
		hit, err := b.hit(ctx, row, outlines[row.ID], g.shown)
		if err != nil {
			return nil, err
		}
		hit.Score = float64(g.score)
		hit.Superseded = v.Superseded(g.shown.found.Segment, g.shown.docIndex())
		for _, s := range g.siblings {
			hit.Siblings = append(hit.Siblings, s.span())
			o := outlines[row.ID]
			hit.Labels = append(hit.Labels, o.Labels(chunk.Span(s.span()))...)
		}
		for _, o := range g.others {
			if r, ok := may[o.doc().Version]; ok {
				other, err := b.hit(ctx, r, outlines[r.ID], o)
				if err != nil {
					return nil, err
				}
				hit.Versions = append(hit.Versions, other.Cite())
			}
		}
		hits = append(hits, hit)
	}
	return hits, nil
}

func (b *Base) hit(ctx context.Context, row Version, o chunk.Outline, p place) (Hit, error) {
	s := p.span()
	text, err := readText(ctx, b.store, b.cache, b.name, row.ID, s.Start, s.End)
	if err != nil {
		return Hit{}, err
	}
	hit := Hit{Address: row.Address, At: row.Address, Document: row.Document, Version: row.ID, Title: row.Title, Source: row.Source, Department: row.Department,
		Span: s, Text: text, Context: p.context(), Labels: o.Labels(chunk.Span(s)), Heading: o.Path(chunk.Span(s))}
	for _, c := range o.Chunks {
		if c.Start == s.Start && c.End == s.End {
			hit.Chunk = c.ID
		}
	}
	hit.outline = o
	hit.Address = hit.address(s)
	return hit, nil
}

// Cite returns the citation of the whole hit.
func (h Hit) Cite() Citation { return h.CiteSpan(h.Span) }

// address is the document's address and the section that a range lies in.
func (h Hit) address(s Span) string {
	if label := h.outline.Section(chunk.Span(s)); label != "" && !strings.Contains(h.At, "#") {
		return h.At + "#" + label
	}
	return h.At
}

// CiteSpan returns the citation of a range inside the hit.
func (h Hit) CiteSpan(s Span) Citation {
	q := h.Text[s.Start-h.Start : s.End-h.Start]
	return Citation{Address: h.address(s), Document: h.Document, Version: h.Version, Chunk: h.Chunk, Quote: q, Start: s.Start, End: s.End, SHA256: lineage.Hash([]byte(q))}
}
