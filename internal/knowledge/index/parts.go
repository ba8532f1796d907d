package index

import "github.com/luodi/luodi/internal/knowledge/token"

// Parts are what a found chunk's score is made of, for a ranker that weighs
// them itself.
type Parts struct {
	Body, Heading, Section, Title float32 // by field, the view's weights included
	Near                          float32 // nearness, where a blend has it
	Cited                         float32 // in [0,1]: how much its document is mentioned
	Old                           bool    // its document has a newer version in the view
	Terms                         int     // of its body
}

// Words is what the words of a query give.
func (p Parts) Words() float32 { return p.Body + p.Heading + p.Section + p.Title }

// SearchParts is Search, or SearchBlend with a blend, and tells the parts of
// what was found, in its order.
func (v *View) SearchParts(terms []token.Term, n int, fetch Fetch, b *Blend) ([]Found, []Parts, []Weight, error) {
	s := pool.Get().(*scratch)
	defer pool.Put(s)
	weights, err := v.score(s, terms, fetch)
	if err != nil || v.chunks == 0 {
		return nil, nil, weights, err
	}
	var found []Found
	if b == nil {
		found = v.top(s, n)
	} else if found, err = v.joined(s, weights, n, *b); err != nil {
		return nil, nil, weights, err
	}
	parts := make([]Parts, len(found))
	for i, f := range found {
		sv := &v.segs[f.Segment]
		d := sv.Doc[f.Chunk]
		parts[i] = Parts{Body: s.score[sv.from+f.Chunk], Heading: s.head[f.Segment][sv.Head[f.Chunk]], Section: s.sec[f.Segment][sv.Sec[f.Chunk]],
			Title: s.title[f.Segment][d], Cited: sv.cited[d], Old: sv.old[d], Terms: int(sv.length[f.Chunk])}
		if b != nil {
			parts[i].Near = b.Near[f.Segment][f.Chunk]
		}
	}
	return found, parts, weights, nil
}
