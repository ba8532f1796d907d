package index

import (
	"fmt"
	"math"
	"sort"
	"sync"

	"github.com/luodi/luodi/internal/knowledge/token"
)

// Found is a scored chunk.
type Found struct {
	Segment, Chunk int // Chunk counts through the segment
	Score          float32
}

// Weight is what a query term weighs: BM25's idf over chunks of the view,
// times its count in the query.
type Weight struct {
	token.Term
	IDF float64
	DF  int
}

// Fetch returns a page of a segment; the slice must not change afterwards.
type Fetch func(segment int64, page int) ([]byte, error)

// scratch is reused between searches.
type scratch struct {
	score []float32
	head  [][]float32
	sec   [][]float32
	title [][]float32
	unit  []uint32
	tf    []uint16
	ends  []int
}

var pool = sync.Pool{New: func() any { return new(scratch) }}

// Search returns the n best chunks for the terms, best first, ties by version
// id and position, and what the terms weigh in the view.
func (v *View) Search(terms []token.Term, n int, fetch Fetch) ([]Found, []Weight, error) {
	s := pool.Get().(*scratch)
	defer pool.Put(s)
	weights, err := v.score(s, terms, fetch)
	if err != nil {
		return nil, nil, err
	}
	return v.top(s, n), weights, nil
}

// score sums the terms' parts into the scratch.
func (v *View) score(s *scratch, terms []token.Term, fetch Fetch) ([]Weight, error) {
	s.reset(v)
	weights := make([]Weight, len(terms))
	for i, t := range terms {
		df, err := v.body(s, t, fetch)
		if err != nil {
			return nil, err
		}
		weights[i] = Weight{Term: t, DF: df, IDF: idf(v.chunks, df)}
		if v.w.Heading > 0 {
			if err := v.field(s, headGram, t, v.heads, v.w.Heading, fetch); err != nil {
				return nil, err
			}
		}
		if v.w.Title > 0 {
			if err := v.field(s, titleGram, t, v.docs, v.w.Title, fetch); err != nil {
				return nil, err
			}
		}
	}
	return weights, nil
}

// A term in more than half of the chunks tells none from another; from this
// many chunks on it is left out, which ranks the same and saves time.
const commonFrom = 1000

// idf is ln(1 + (N − df + ½)/(df + ½)).
func idf(n, df int) float64 {
	return math.Log(1 + (float64(n-df)+.5)/(float64(df)+.5))
}

// Full is about what a chunk with every term of a query that the view has
// scores.
func Full(weights []Weight) float32 {
	full := float32(0)
	for _, w := range weights {
		if w.DF > 0 { // what no passage has, none can miss
			full += float32(w.IDF * float64(w.Count) * (k1 + 1))
		}
	}
	return full
}

// Saturated is what a term of an idf adds that stands n times in a passage of
// average length.
func Saturated(idf float64, n int) float32 {
	return float32(idf) * (k1 + 1) * float32(n) / (float32(n) + k1)
}

func (s *scratch) reset(v *View) {
	s.score = zero(s.score, v.size)
	s.head, s.sec, s.title = fit(s.head, len(v.segs)), fit(s.sec, len(v.segs)), fit(s.title, len(v.segs))
	for i := range v.segs {
		sv := &v.segs[i]
		s.head[i], s.sec[i], s.title[i] = zero(s.head[i], len(sv.head)), zero(s.sec[i], len(sv.sec)), zero(s.title[i], len(sv.title))
	}
}

func fit(s [][]float32, n int) [][]float32 {
	for len(s) < n {
		s = append(s, nil)
	}
	return s
}

func zero(s []float32, n int) []float32 {
	if cap(s) < n {
		return make([]float32, n, n+n/4)
	}
	s = s[:n]
	clear(s)
	return s
}

// load reads a term's postings of one field over all segments into the
// scratch, units outside the view left out, and returns how many there are.
func (v *View) load(s *scratch, field byte, t token.Term, norms func(*segView) []float32, fetch Fetch) error {
	if t.Gram == 0 {
		field++
	}
	key := string([]byte{field}) + t.Text
	s.unit, s.tf, s.ends = s.unit[:0], s.tf[:0], s.ends[:0]
	for i := range v.segs {
		sv := &v.segs[i]
		if p := sv.page(key); p >= 0 {
			page, err := fetch(sv.ID, p)
			if err != nil {
				return fmt.Errorf("reading page %d of index segment %d: %w", p, sv.ID, err)
			}
			s.unit, s.tf = decode(find(page, key), norms(sv), s.unit, s.tf)
		}
		s.ends = append(s.ends, len(s.unit))
	}
	return nil
}

// body adds a term's part to chunks and sections; it returns its df.
func (v *View) body(s *scratch, t token.Term, fetch Fetch) (int, error) {
	if err := v.load(s, bodyGram, t, func(sv *segView) []float32 { return sv.body }, fetch); err != nil {
		return 0, err
	}
	df, sections, from := len(s.unit), 0, 0
	if df == 0 || df > v.chunks/2 && v.chunks > commonFrom {
		return df, nil
	}
	for i, end := range s.ends {
		last := int64(-1)
		sec := v.segs[i].Sec
		for _, u := range s.unit[from:end] {
			if x := int64(sec[u]); x != last {
				sections++
				last = x
			}
		}
		from = end
	}
	w := float32(idf(v.chunks, df)*float64(t.Count)) * (k1 + 1)
	ws := float32(idf(v.secs, sections)*float64(t.Count)) * (k1 + 1) * v.w.Section
	from = 0
	for i, end := range s.ends {
		sv := &v.segs[i]
		score := s.score[sv.from : sv.from+len(sv.body)]
		sum, last := float32(0), uint32(0)
		for k := from; k < end; k++ {
			u, tf := s.unit[k], float32(s.tf[k])
			score[u] += w * tf / (tf + sv.body[u])
			if x := sv.Sec[u]; x != last {
				if sum > 0 {
					s.sec[i][last] += ws * sum / (sum + sv.sec[last])
				}
				sum, last = 0, x
			}
			sum += tf
		}
		if sum > 0 {
			s.sec[i][last] += ws * sum / (sum + sv.sec[last])
		}
		from = end
	}
	return df, nil
}

// field adds a term's part to headings or titles.
func (v *View) field(s *scratch, field byte, t token.Term, n int, weight float32, fetch Fetch) error {
	norms, to := func(sv *segView) []float32 { return sv.head }, s.head
	if field == titleGram {
		norms, to = func(sv *segView) []float32 { return sv.title }, s.title
	}
	if err := v.load(s, field, t, norms, fetch); err != nil {
		return err
	}
	w := float32(idf(n, len(s.unit))*float64(t.Count)) * (k1 + 1) * weight
	from := 0
	for i, end := range s.ends {
		norm := norms(&v.segs[i])
		for k := from; k < end; k++ {
			u, tf := s.unit[k], float32(s.tf[k])
			to[i][u] += w * tf / (tf + norm[u])
		}
		from = end
	}
	return nil
}

// top returns the n best chunks of the view with a score above 0.
func (v *View) top(s *scratch, n int) []Found {
	h := make([]Found, 0, n+1) // min-heap by score
	for i := range v.segs {
		sv := &v.segs[i]
		for c, norm := range sv.body {
			if norm == 0 {
				continue
			}
			d := sv.Doc[c]
			score := (s.score[sv.from+c] + s.sec[i][sv.Sec[c]] + s.head[i][sv.Head[c]] + s.title[i][d]) * sv.factor[d]
			if score <= 0 || len(h) == n && score < h[0].Score {
				continue
			}
			h = v.push(h, Found{Segment: i, Chunk: c, Score: score}, n)
		}
	}
	sort.Slice(h, func(a, b int) bool { return v.before(h[a], h[b]) })
	return h
}

// before orders by score, then by version and position, which do not depend
// on how documents lie in segments.
func (v *View) before(a, b Found) bool {
	if a.Score != b.Score {
		return a.Score > b.Score
	}
	x, y := v.segs[a.Segment].Segment, v.segs[b.Segment].Segment
	if p, q := x.Docs[x.Doc[a.Chunk]].Version, y.Docs[y.Doc[b.Chunk]].Version; p != q {
		return p < q
	}
	return x.Start[a.Chunk] < y.Start[b.Chunk]
}

// push keeps the n best in a heap whose root is the worst.
func (v *View) push(h []Found, f Found, n int) []Found {
	if len(h) == n {
		if !v.before(f, h[0]) {
			return h
		}
		h[0] = f
		for i := 0; ; {
			c := 2*i + 1
			if c >= n {
				return h
			}
			if c+1 < n && v.before(h[c], h[c+1]) {
				c++
			}
			if !v.before(h[i], h[c]) {
				return h
			}
			h[i], h[c] = h[c], h[i]
			i = c
		}
	}
	h = append(h, f)
	for i := len(h) - 1; i > 0; {
		p := (i - 1) / 2
		if !v.before(h[p], h[i]) {
			break
		}
		h[i], h[p] = h[p], h[i]
		i = p
	}
	return h
}
