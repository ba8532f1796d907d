package index

// Weights are the fields' weights and BM25 parameters.
type Weights struct {
	Heading, Section, Title float32
	// Cited multiplies a document's scores by up to 1 + Cited, by the logarithm
	// of how many documents of the view mention it by name.
	Cited float32
	// Source multiplies a document's scores by 1 + the weight of its Group, else
	// of its source; what is missing weighs 0.
	Source map[string]float64
}

// source is the weight of a document's group or source.
func (w *Weights) source(d *Doc) float32 {
	if len(w.Source) == 0 {
		return 0
	}
	if x, ok := w.Source[d.Group()]; ok {
		return float32(x)
	}
	return float32(w.Source[d.Source])
}

// Group names a document's source and folder: "law/民法典", or "law".
func (d *Doc) Group() string {
	if d.Folder == "" {
		return d.Source
	}
	return d.Source + "/" + d.Folder
}

// BM25 parameters: the usual ones; others were tried and did not pay.
const (
	k1 = 1.2
	b  = .75
)

// demoted is the factor of a document that has a newer version in the view:
// enough to rank it after an equally good passage of the newer one.
const demoted = .9

// View is the part of a base that one search sees. It is immutable and may be
// used by many goroutines.
type View struct {
	segs   []segView
	w      Weights
	chunks int
	heads  int
	secs   int
	docs   int
	size   int // chunks of all segments, seen or not
}

// segView holds the length norms k1·(1−b+b·len/avg) of each unit; 0 marks a
// unit outside the view.
type segView struct {
	*Segment
	from   int // number of its first chunk in the dense accumulator
	body   []float32
	head   []float32
	sec    []float32
	title  []float32
	factor []float32 // of each document
	old    []bool    // has a newer version in the view
	cited  []float32 // share of the mentions of the most cited
}

// NewView makes the view of the documents that see allows. Document numbers
// count through Segment.Docs.
func NewView(segs []*Segment, w Weights, see func(segment, doc int) bool) *View {
	v := &View{segs: make([]segView, len(segs)), w: w}
	var body, head, sec, title float64
	newest, cited := kin(segs, w, see)
	for i, s := range segs {
		sv := segView{Segment: s, from: v.size, body: make([]float32, len(s.Doc)), head: make([]float32, len(s.headLen)),
			title: make([]float32, len(s.Docs)), factor: make([]float32, len(s.Docs)), old: make([]bool, len(s.Docs)), cited: make([]float32, len(s.Docs))}
		for d := range s.Docs {
			if s.Docs[d].Chunks > 0 && see(i, d) {
				sv.factor[d] = 1 + w.source(&s.Docs[d])
				if f := s.Docs[d].Family; f != 0 && s.Docs[d].Effective < newest[f] {
					sv.factor[d] *= demoted
					sv.old[d] = true
				}
				if w.Cited > 0 {
					sv.cited[d] = cited.share(s.Docs[d].Names)
					sv.factor[d] *= 1 + w.Cited*sv.cited[d]
				}
				sv.title[d] = 1
				title += float64(s.Docs[d].title)
				v.docs++
			}
		}
		if n := len(s.Doc); n > 0 {
			sv.sec = make([]float32, s.Sec[n-1]+1)
		}
		for c, d := range s.Doc {
			if sv.title[d] == 0 {
				continue
			}
			sv.body[c] = 1
			body += float64(s.length[c])
			v.chunks++
			if sv.head[s.Head[c]] == 0 {
				sv.head[s.Head[c]] = 1
				head += float64(s.headLen[s.Head[c]])
				v.heads++
			}
			if sv.sec[s.Sec[c]] == 0 {
				v.secs++
				sv.sec[s.Sec[c]] = 1
			}
			sv.sec[s.Sec[c]] += float32(s.length[c])
		}
		v.segs[i] = sv
		v.size += len(s.Doc)
	}
	sec = body
	for i := range v.segs {
		sv := &v.segs[i]
		set := func(norm []float32, sum float64, n int, length func(int) float32) {
			avg := float32(max(sum/float64(max(n, 1)), 1))
			for u := range norm {
				if norm[u] > 0 {
					norm[u] = k1 * (1 - b + b*length(u)/avg)
				}
			}
		}
		set(sv.body, body, v.chunks, func(u int) float32 { return float32(sv.length[u]) })
		set(sv.head, head, v.heads, func(u int) float32 { return float32(sv.headLen[u]) })
		set(sv.title, title, v.docs, func(u int) float32 { return float32(sv.Docs[u].title) })
		set(sv.sec, sec, v.secs, func(u int) float32 { return sv.sec[u] - 1 })
	}
	return v
}

// Superseded reports whether a document has a newer version in the view.
func (v *View) Superseded(segment, doc int) bool { return v.segs[segment].old[doc] }

// Chunks is the number of chunks in the view.
func (v *View) Chunks() int { return v.chunks }

// Docs is the number of documents in the view.
func (v *View) Docs() int { return v.docs }

// Segment returns the i-th segment.
func (v *View) Segment(i int) *Segment { return v.segs[i].Segment }
