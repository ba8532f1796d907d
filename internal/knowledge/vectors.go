package knowledge

import (
	"cmp"
	"context"
	"fmt"
	"maps"
	"slices"
	"sync"
	"time"

	"github.com/luodi/luodi/internal/errs"
	"github.com/luodi/luodi/internal/knowledge/index"
	"github.com/luodi/luodi/internal/knowledge/space"
	"github.com/luodi/luodi/internal/knowledge/token"
)

// Dots multiplies a matrix by a vector: to[i] becomes the product of q and row
// i. It may be called from any goroutine.
type Dots interface {
	Dots(to, matrix, q []float32)
	// Small does so in integers, exactly; no value of q is beyond Finest.
	Small(to []float32, matrix []int8, q []int16)
}

// Vectors is what a base needs to rank by meaning too.
type Vectors struct {
	Spaces space.Store
	// Embedder returns what embeds for a space.
	Embedder func(ctx context.Context, s space.Space) (space.Embedder, error)
	Dots     Dots         // nil is plain Go
	Engine   space.Engine // compares the vectors where they are kept; nil: in memory
	Small    bool         // in memory as 8-bit integers, the best compared again as they are stored
	// Degraded is told when a search goes without vectors that it should have
	// had, and why; nil: nobody is. It may be called from any goroutine.
	Degraded func(base string, err error)
	Now      func() time.Time // nil: a failed endpoint is asked again at once
}

// plainDots is Dots without wide registers.
type plainDots struct{}

func (plainDots) Dots(to, matrix, q []float32) {
	for i := range to {
		sum := float32(0)
		for k, x := range matrix[i*len(q) : (i+1)*len(q)] {
			sum += x * q[k]
		}
		to[i] = sum
	}
}

// Small implements Dots.
func (plainDots) Small(to []float32, matrix []int8, q []int16) {
	for i := range to {
		to[i] = float32(space.Dot8(matrix[i*len(q):(i+1)*len(q)], q))
	}
}

// vectors is the part of an open base that holds spaces.
type vectors struct {
	Vectors
	mu      sync.Mutex
	loaded  map[string]*loadedSpace
	asked   map[string][]float32 // vectors of questions
	rankers map[string]*ranker
	down    map[string]time.Time // spaces whose endpoint failed → when to ask again
}

// spacesKept is how many spaces an open base holds: the one in use, and the
// one before it for searches under way.
const spacesKept = 2

// askedKept is how many questions' vectors it holds.
const askedKept = 4096

// loadedSpace is a space's vectors as the segments' chunks have them. The maps
// are replaced, never changed.
type loadedSpace struct {
	space    space.Space
	embedder space.Embedder
	alias    int64 // generation of the alias when it was loaded
	parts    map[int64]*part
	synced   int64 // generation of the base that the engine holds
}

// part is the vectors of one segment; chunks without one have zeros.
type part struct {
	rows    []float32
	small   *smallRows // instead of rows
	missing int        // documents without vectors
}

// WithVectors lets the base's searches use what its alias says, and returns
// the base. Call it before the first search.
func (b *Base) WithVectors(v Vectors) *Base {
	if v.Dots == nil {
		v.Dots = plainDots{}
	}
	b.vectors = &vectors{Vectors: v, loaded: map[string]*loadedSpace{}, asked: map[string][]float32{}, rankers: map[string]*ranker{}, down: map[string]time.Time{}}
	return b
}

// SearchWith ranks as Search would if the alias said use.
func (b *Base) SearchWith(use space.Use) Ranker {
	return func(ctx context.Context, q Query) ([]Hit, error) {
		q.Strict = true // what is compared must be what is named
		r, err := b.rankBy(ctx, q, token.Query(q.Text), ranking{use: &use})
		return r.hits, err
	}
}

// ranking says how one search ranks.
type ranking struct {
	plain bool
	use   *space.Use // nil: what the alias says
}

// using is what one search uses, read once, and the alias's generation.
func (b *Base) using(ctx context.Context, r ranking) (space.Use, int64, error) {
	if b.vectors == nil || r.plain {
		return space.Use{}, 0, nil
	}
	a, err := b.vectors.Spaces.Alias(ctx, b.name)
	if r.use != nil {
		a.Now = *r.use
	}
	return a.Now, a.Generation, err
}

// blend computes every allowed chunk's nearness, in one space from beginning
// to end; nil where words alone rank.
func (b *Base) blend(ctx context.Context, st *state, v *index.View, q Query, use space.Use, generation int64) (*nearby, error) {
	if use.Space == "" || use.Fusion.Lambda <= 0 || v.Chunks() == 0 {
		return nil, nil
	}
	if b.vectors.Engine != nil {
		return b.engineBlend(ctx, st, v, q, use, generation)
	}
	l, parts, err := b.vectors.load(ctx, b.name, use.Space, generation, st)
	if err != nil {
		return nil, err
	}
	vec, err := b.vectors.question(ctx, l, q)
	if err != nil {
		return nil, err
	}
	out := &nearby{question: vec, parts: parts, blend: index.Blend{Join: joins[use.Fusion.Kind], Lambda: float32(use.Fusion.Lambda), Near: make([][]float32, v.Segments())}}
	for i := range out.blend.Near {
		out.blend.Near[i] = make([]float32, v.Segment(i).Chunks())
	}
	dots := b.vectors.Dots
	if !b.vectors.Small {
		out.blend.Fill = func(i, from, to int) {
			dots.Dots(out.blend.Near[i][from:to], parts[i].rows[from*len(vec):to*len(vec)], vec)
		}
		return out, nil
	}
	question := refine(vec)
	out.blend.Fill = func(i, from, to int) { parts[i].small.near(dots, out.blend.Near[i][from:to], from, question) }
	out.blend.Exactly = exactly * cmp.Or(q.K, defaultK)
	out.blend.Exact = func(found []index.Found) error { return b.exact(ctx, l.space.ID, out, found) }
	return out, nil
}

// nearby is how near a view's passages are to a question.
type nearby struct {
	question []float32
	parts    []*part
	blend    index.Blend
}

// vectors reports whether the passages' vectors are at hand.
func (n *nearby) vectors() bool { return n != nil && n.question != nil }

// joined is the blend of a search; nil where words alone rank.
func (n *nearby) joined() *index.Blend {
	if n == nil {
		return nil
	}
	return &n.blend
}

// row is the vector of a passage.
func (n *nearby) row(f index.Found) []float32 {
	dim, p := len(n.question), n.parts[f.Segment]
	if p.small != nil {
		return p.small.row(f.Chunk, dim)
	}
	return p.rows[f.Chunk*dim : (f.Chunk+1)*dim]
}

var joins = map[string]index.Join{space.Linear: index.Scale, space.Coverage: index.Cover, space.RRF: index.Ranks}

// question embeds a question, or remembers it.
func (vs *vectors) question(ctx context.Context, l *loadedSpace, q Query) ([]float32, error) {
	key := l.space.ID + "\x00" + q.Text
	vs.mu.Lock()
	v := vs.asked[key]
	vs.mu.Unlock()
	if v != nil {
		return v, nil
	}
	v, err := vs.ask(ctx, l.embedder, l.space.ID, q)
	if err != nil {
		return nil, fmt.Errorf("embedding the question: %w", err)
	}
	if len(v) != l.space.Dim {
		return nil, unavailable{errs.Conflict("the question's vector has %d dimensions and the space %s %d", len(v), l.space.ID, l.space.Dim)}
	}
	vs.mu.Lock()
	defer vs.mu.Unlock()
	if len(vs.asked) >= askedKept {
		clear(vs.asked)
	}
	vs.asked[key] = v
	return v, nil
}

// open returns a space as it is loaded, or with no vectors yet. mu is held.
func (vs *vectors) open(ctx context.Context, id string, alias int64) (*loadedSpace, error) {
	if l := vs.loaded[id]; l != nil {
		return l, nil
	}
	s, err := vs.Spaces.Get(ctx, id)
	if err != nil {
		return nil, err
	}
	e, err := vs.Embedder(ctx, s)
	if err != nil {
		return nil, unavailable{fmt.Errorf("opening embedding space %s (%s): %w", id, s.Model, err)}
	}
	return &loadedSpace{space: s, embedder: e, alias: alias}, nil
}

// keep makes a space the loaded one. mu is held.
func (vs *vectors) keep(l *loadedSpace) {
	if vs.loaded[l.space.ID] == nil && len(vs.loaded) >= spacesKept {
		clear(vs.loaded)
	}
	vs.loaded[l.space.ID] = l
}

// load returns a space with its vectors for the state's segments. Segments
// are immutable, so a complete part is kept; one with gaps is read again when
// the alias was touched since.
func (vs *vectors) load(ctx context.Context, base, id string, alias int64, st *state) (*loadedSpace, []*part, error) {
	vs.mu.Lock()
	defer vs.mu.Unlock()
	old, err := vs.open(ctx, id, alias)
	if err != nil {
		return nil, nil, err
	}
	l := &loadedSpace{space: old.space, embedder: old.embedder, alias: alias, parts: map[int64]*part{}}
	var want []*index.Segment
	for _, seg := range st.segments {
		p := old.parts[seg.ID]
		if p == nil || p.missing > 0 && alias != old.alias {
			want = append(want, seg)
			continue
		}
		l.parts[seg.ID] = p
	}
	if len(want) > 0 {
		if err := vs.read(ctx, base, l, want); err != nil {
			return nil, nil, err
		}
	}
	vs.keep(l)
	parts := make([]*part, len(st.segments))
	for i, seg := range st.segments {
		parts[i] = l.parts[seg.ID]
	}
	return l, parts, nil
}

// read fills the parts of segments from the store.
func (vs *vectors) read(ctx context.Context, base string, l *loadedSpace, segs []*index.Segment) error {
	type place struct {
		p     *part
		chunk int
	}
	first := map[string]place{} // a version's first chunk
	chunks := map[string]int{}
	for _, seg := range segs {
		p := &part{}
		if vs.Small {
			p.small = newSmallRows(seg.Chunks(), l.space.Dim)
		} else {
			p.rows = make([]float32, seg.Chunks()*l.space.Dim)
		}
		l.parts[seg.ID] = p
		at := 0
		for _, d := range seg.Docs {
			if d.Chunks > 0 {
				first[d.Version], chunks[d.Version] = place{p, at}, d.Chunks
				p.missing++
			}
			at += d.Chunks
		}
	}
	at := map[space.Key][]place{}
	err := vs.Spaces.Docs(ctx, base, l.space.ID, func(d space.Doc) error {
		w, ok := first[d.Version]
		if !ok || len(d.Keys) != chunks[d.Version] {
			return nil
		}
		w.p.missing--
		for i, k := range d.Keys {
			at[k] = append(at[k], place{w.p, w.chunk + i})
		}
		return nil
	})
	if err != nil {
		return err
	}
	if len(at) == 0 {
		return nil
	}
	dim := l.space.Dim
	room := make([]float32, dim)
	fill := func(v space.Vector) error {
		for _, w := range at[v.Key] {
			if w.p.small != nil {
				if err := w.p.small.set(w.chunk, v, room); err != nil {
					return err
				}
				continue
			}
			if err := space.Unpack(v.Data, w.p.rows[w.chunk*dim:(w.chunk+1)*dim]); err != nil {
				return err
			}
		}
		return nil
	}
	if len(at) <= fewVectors { // a segment that an edit made
		return vs.Spaces.VectorsOf(ctx, l.space.ID, slices.Collect(maps.Keys(at)), fill)
	}
	return vs.Spaces.Vectors(ctx, l.space.ID, fill)
}

// fewVectors is up to how many vectors are read by their keys; more are found
// faster by reading the space through.
const fewVectors = 4096
