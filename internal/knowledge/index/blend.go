package index

import (
	"sort"

	"github.com/luodi/luodi/internal/knowledge/token"
)

// Join is a way to join nearness with the lexical score.
type Join int

// Scale adds Lambda·(best score)·near. Cover divides a score by what a chunk
// with every query term would about have, and adds Lambda times the nearness
// between the view's mean (0) and its best (1), times what the best chunk has by
// words: of a long question every chunk has little, and nearness, which always
// reaches 1, would outweigh it. Where words find nothing nearness stands alone.
// Ranks sums 1/(60+rank) over both lists, the list by nearness weighted by
// Lambda.
const (
	Scale Join = iota
	Cover
	Ranks
)

// Ranks takes this many of each list; rankOffset is its usual constant.
const (
	rankDepth  = 200
	rankOffset = 60
)

// Blend joins nearness, such as a cosine, with the lexical score.
type Blend struct {
	Join   Join
	Lambda float32
	Near   [][]float32 // of each chunk of each segment, in [-1,1]; read where Sees only
	// Fill computes Near[segment][from:to], chunks that the view sees. Chunks that
	// cannot come into the result are not asked for. nil: Near is whole.
	Fill func(segment, from, to int)
	// Exact is called with the Exactly best chunks where Fill only comes close,
	// and sets their Near to what it is, before they are ranked again. nil: never.
	Exact   func(best []Found) error
	Exactly int
}

// Sees reports whether a chunk is in the view.
func (v *View) Sees(segment, chunk int) bool { return v.segs[segment].body[chunk] != 0 }

// Segments is the number of segments.
func (v *View) Segments() int { return len(v.segs) }

// SearchBlend is Search with nearness joined in; every chunk of the view may
// be found, whether it has a term of the query or not.
func (v *View) SearchBlend(terms []token.Term, n int, fetch Fetch, b Blend) ([]Found, []Weight, error) {
	s := pool.Get().(*scratch)
	defer pool.Put(s)
	weights, err := v.score(s, terms, fetch)
	if err != nil || v.chunks == 0 {
		return nil, weights, err
	}
	found, err := v.joined(s, weights, n, b)
	return found, weights, err
}

// joined ranks what is scored in the scratch together with nearness, in two
// steps where nearness is only close at first.
func (v *View) joined(s *scratch, weights []Weight, n int, b Blend) ([]Found, error) {
	found := v.join(s, weights, n, b)
	if b.Exact == nil {
		return found, nil
	}
	if err := b.Exact(found[:min(b.Exactly, len(found))]); err != nil {
		return nil, err
	}
	b.Fill = nil // what was not compared cannot come into the result
	return v.join(s, weights, n, b), nil
}

func (v *View) join(s *scratch, weights []Weight, n int, b Blend) []Found {
	if b.Join == Scale {
		return v.scaled(s, n, b)
	}
	v.fill(s, b, 0)
	full := Full(weights)
	if b.Join == Ranks {
		return v.ranks(s, n, b)
	}
	mean, nearest := 0., float32(-2)
	v.each(s, func(i, c int, _ float32) {
		mean += float64(b.Near[i][c])
		nearest = max(nearest, b.Near[i][c])
	})
	mid := float32(mean / float64(v.chunks))
	span := max(nearest-mid, 1e-6)
	lambda := b.Lambda
	if best := v.top(s, 1); len(best) > 0 && best[0].Score < full {
		lambda *= best[0].Score / full
	}
	return v.best(s, n, func(i, c int, score float32) float32 {
		return score/max(full, 1e-6) + lambda*(b.Near[i][c]-mid)/span
	})
}

// most is the largest nearness that a chunk is taken to have: vectors that are
// kept as 8-bit integers may come out a little longer than 1.
const most = 1.02

// scaled ranks by score + Lambda·best·near. Nearness adds little, so only what
// words rank within its reach of the n-th is compared at all; the result is
// exactly that of comparing everything.
func (v *View) scaled(s *scratch, n int, b Blend) []Found {
	words := v.top(s, n)
	best := float32(0)
	if len(words) > 0 {
		best = words[0].Score
	}
	add := b.Lambda * best
	least := float32(0)
	if len(words) == n && b.Fill != nil {
		least = words[0].Score + add*most
		for _, f := range words {
			b.Fill(f.Segment, f.Chunk, f.Chunk+1)
			least = min(least, f.Score+add*b.Near[f.Segment][f.Chunk])
		}
		least -= add * most
	}
	v.fill(s, b, least)
	return v.best(s, n, func(i, c int, score float32) float32 { return score + add*b.Near[i][c] })
}

// fill computes the nearness of the chunks of the view that words give at
// least a score, in runs.
func (v *View) fill(s *scratch, b Blend, least float32) {
	if b.Fill == nil {
		return
	}
	segment, from, to := -1, 0, 0
	v.each(s, func(i, c int, score float32) {
		if score < least {
			return
		}
		if i != segment || c != to {
			if segment >= 0 {
				b.Fill(segment, from, to)
			}
			segment, from = i, c
		}
		to = c + 1
	})
	if segment >= 0 {
		b.Fill(segment, from, to)
	}
}

// each calls fn with every chunk of the view and its lexical score.
func (v *View) each(s *scratch, fn func(segment, chunk int, score float32)) {
	for i := range v.segs {
		sv := &v.segs[i]
		for c, norm := range sv.body {
			if norm != 0 {
				d := sv.Doc[c]
				fn(i, c, (s.score[sv.from+c]+s.sec[i][sv.Sec[c]]+s.head[i][sv.Head[c]]+s.title[i][d])*sv.factor[d])
			}
		}
	}
}

// best returns the n best chunks by a score made of the lexical one.
func (v *View) best(s *scratch, n int, of func(segment, chunk int, score float32) float32) []Found {
	h := make([]Found, 0, n+1)
	v.each(s, func(i, c int, score float32) {
		if score = of(i, c, score); score > 0 && (len(h) < n || score >= h[0].Score) {
			h = v.push(h, Found{Segment: i, Chunk: c, Score: score}, n)
		}
	})
	sort.Slice(h, func(a, b int) bool { return v.before(h[a], h[b]) })
	return h
}

func (v *View) ranks(s *scratch, n int, b Blend) []Found {
	type place struct{ segment, chunk int }
	sum := map[place]float32{}
	for r, f := range v.top(s, rankDepth) {
		sum[place{f.Segment, f.Chunk}] += 1 / float32(rankOffset+r+1)
	}
	for r, f := range v.best(s, rankDepth, func(i, c int, _ float32) float32 { return 2 + b.Near[i][c] }) {
		sum[place{f.Segment, f.Chunk}] += b.Lambda / float32(rankOffset+r+1)
	}
	out := make([]Found, 0, len(sum))
	for p, score := range sum {
		out = append(out, Found{Segment: p.segment, Chunk: p.chunk, Score: score})
	}
	sort.Slice(out, func(a, b int) bool { return v.before(out[a], out[b]) })
	return out[:min(n, len(out))]
}
