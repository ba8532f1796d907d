package knowledge

import (
	"context"

	"github.com/luodi/luodi/internal/knowledge/index"
)

// Near-duplicates are sought among the first hits only, by sketch first and
// then exactly. Versions of one document collapse at Jaccard .7 of bigram
// sets; other documents only when they say practically the same, since two
// product pages may differ in nothing but a number.
const (
	collapseTop   = 50
	sketchAtLeast = .4
	versionsAlike = .7
	othersAlike   = .95
)

// place is a found chunk with its segment.
type place struct {
	found index.Found
	seg   *index.Segment
}

func (p place) docIndex() int   { return int(p.seg.Doc[p.found.Chunk]) }
func (p place) doc() *index.Doc { return &p.seg.Docs[p.docIndex()] }
func (p place) span() Span {
	return Span{int(p.seg.Start[p.found.Chunk]), int(p.seg.End[p.found.Chunk])}
}

// context is the range of the chunks that share the parent.
func (p place) context() Span {
	s, c := p.span(), p.found.Chunk
	for i := c - 1; i >= 0 && p.seg.Parent[i] == p.seg.Parent[c]; i-- {
		s.Start = int(p.seg.Start[i])
	}
	for i := c + 1; i < len(p.seg.Parent) && p.seg.Parent[i] == p.seg.Parent[c]; i++ {
		s.End = int(p.seg.End[i])
	}
	return s
}

// hitGroup is what becomes one hit.
type hitGroup struct {
	shown    place
	score    float32
	siblings []place // chunks of the same parent, best first
	others   []place // near-duplicates
}

type parentKey struct {
	segment int
	parent  uint32
}

// collapse groups found chunks by parent, then near-duplicates, into k groups.
func (b *Base) collapse(ctx context.Context, v *index.View, found []index.Found, k int) ([]hitGroup, error) {
	var groups []hitGroup
	at := map[parentKey]int{}
	for _, f := range found {
		p := place{f, v.Segment(f.Segment)}
		key := parentKey{f.Segment, p.seg.Parent[f.Chunk]}
		if g, ok := at[key]; ok {
			groups[g].siblings = append(groups[g].siblings, p)
			continue
		}
		at[key] = len(groups)
		groups = append(groups, hitGroup{shown: p, score: f.Score})
	}
	groups, err := b.collapseVersions(ctx, groups)
	return groups[:min(k, len(groups))], err
}

func (b *Base) collapseVersions(ctx context.Context, groups []hitGroup) ([]hitGroup, error) {
	gone := make([]bool, len(groups))
	top := min(collapseTop, len(groups))
	for i := range top {
		if gone[i] {
			continue
		}
		for j := i + 1; j < top; j++ {
			if gone[j] {
				continue
			}
			same, err := b.alike(ctx, groups[i].shown, groups[j].shown)
			if err != nil {
				return nil, err
			}
			if same {
				gone[j] = true
				groups[i].take(groups[j].shown)
			}
		}
	}
	out := groups[:0]
	for i, g := range groups {
		if !gone[i] {
			out = append(out, g)
		}
	}
	return out, nil
}

// take adds a near-duplicate; the newest of the group is shown.
func (g *hitGroup) take(p place) {
	x, y := g.shown.doc(), p.doc()
	if y.Effective > x.Effective && x.Effective != 0 {
		g.shown, p = p, g.shown
		g.siblings = nil // they are the older version's
	}
	g.others = append(g.others, p)
}

func (b *Base) alike(ctx context.Context, x, y place) (bool, error) {
	most := othersAlike
	if f := x.doc().Family; f != 0 && f == y.doc().Family {
		most = versionsAlike
	}
	if index.Similar(&x.seg.Sketch[x.found.Chunk], &y.seg.Sketch[y.found.Chunk]) < sketchAtLeast {
		return false, nil
	}
	s, err := b.text(ctx, x)
	if err != nil {
		return false, err
	}
	t, err := b.text(ctx, y)
	if err != nil {
		return false, err
	}
	return index.Jaccard(s, t) >= most, nil
}

// text reads a chunk of a document in the view; it is compared, not shown.
func (b *Base) text(ctx context.Context, p place) (string, error) {
	s := p.span()
	return readText(ctx, b.store, b.cache, b.name, p.doc().Version, s.Start, s.End)
}
