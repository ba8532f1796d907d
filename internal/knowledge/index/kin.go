package index

import "math"

// manyCites is the least that counts as much cited: in a base where the most
// cited document has fewer mentions, none gets the whole weight.
const manyCites = 32

// citations counts the documents of a view that mention a name.
type citations struct {
	by   map[uint64]int
	norm float64
}

// share is log(1+n) of the document's mentions relative to the most cited
// one's, in [0,1].
func (c citations) share(names []uint64) float32 {
	n := 0
	for _, h := range names {
		n = max(n, c.by[h])
	}
	if n == 0 {
		return 0
	}
	return float32(math.Log(1+float64(n)) / c.norm)
}

// kin relates the documents of a view: the newest effective date of each
// family, and who is mentioned how often. A name that no document bears counts
// for nothing, and nobody's mention of himself counts.
func kin(segs []*Segment, w Weights, see func(segment, doc int) bool) (newest map[uint64]int64, cited citations) {
	newest = map[uint64]int64{}
	cited = citations{by: map[uint64]int{}, norm: math.Log(1 + manyCites)}
	borne := map[uint64]bool{}
	for i, s := range segs {
		for d := range s.Docs {
			doc := &s.Docs[d]
			if doc.Family == 0 && len(doc.Names)+len(doc.Refs) == 0 || !see(i, d) {
				continue
			}
			if doc.Family != 0 && doc.Effective > newest[doc.Family] {
				newest[doc.Family] = doc.Effective
			}
			if w.Cited <= 0 {
				continue
			}
			for _, h := range doc.Names {
				borne[h] = true
			}
		refs:
			for _, h := range doc.Refs {
				for _, own := range doc.Names {
					if h == own {
						continue refs
					}
				}
				cited.by[h]++
			}
		}
	}
	for h, n := range cited.by {
		if borne[h] {
			cited.norm = max(cited.norm, math.Log(1+float64(n)))
		}
	}
	return newest, cited
}
