package knowledge

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"
	"sync"

	"github.com/luodi/luodi/internal/knowledge/index"
	"github.com/luodi/luodi/internal/knowledge/space"
)

// viewsKept is how many askers' views an open base keeps ready.
const viewsKept = 32

// Base is an open knowledge base. It follows commits by others: every search
// sees the newest generation. Its methods may be called from any goroutine.
type Base struct {
	name  string
	store Store
	cache *cache

	vectors  *vectors   // nil: lexical only
	reranker *reranking // nil: none

	mu    sync.Mutex
	state *state
}

// state is one generation, loaded. It is immutable but for the views.
type state struct {
	generation int64
	settings   settings
	segments   []*index.Segment
	access     [][]uint64 // label of each document of each segment

	mu    sync.Mutex
	views map[string]*index.View
}

// Open loads a base's index directory, but no postings; it returns
// errs.NotFound where the base was never built.
func Open(ctx context.Context, s Store, base string) (*Base, error) {
	b := &Base{name: base, store: s, cache: newCache(cacheBytes)}
	_, err := b.current(ctx)
	return b, err
}

// Name is the base's name.
func (b *Base) Name() string { return b.name }

// Digest is the content address of what the base holds, as Build reported it.
func (b *Base) Digest(ctx context.Context) (string, error) {
	st, err := b.current(ctx)
	if err != nil {
		return "", err
	}
	return st.settings.Digest, nil
}

// current returns the newest generation, loading what is not loaded yet.
func (b *Base) current(ctx context.Context) (*state, error) {
	h, err := b.store.Header(ctx, b.name)
	if err != nil {
		return nil, fmt.Errorf("opening knowledge base %s: %w", b.name, err)
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.state != nil && b.state.generation >= h.Generation {
		return b.state, nil
	}
	st, err := b.load(ctx, h)
	if err != nil {
		return nil, fmt.Errorf("opening knowledge base %s: %w", b.name, err)
	}
	b.state = st
	return st, nil
}

func (b *Base) load(ctx context.Context, h Header) (*state, error) {
	st := &state{generation: h.Generation, views: map[string]*index.View{}}
	var err error
	if st.settings, err = parseSettings(h); err != nil {
		return nil, err
	}
	loaded := map[int64]*index.Segment{}
	if b.state != nil {
		for _, s := range b.state.segments {
			loaded[s.ID] = s
		}
	}
	rows, err := b.store.Segments(ctx, b.name)
	if err != nil {
		return nil, err
	}
	for _, row := range rows {
		seg := loaded[row.ID]
		if seg == nil {
			if seg, err = index.Parse(row.ID, row.Meta); err != nil {
				return nil, err
			}
		}
		labels, err := parseAccess(row.Access, len(seg.Docs))
		if err != nil {
			return nil, err
		}
		st.segments = append(st.segments, seg)
		st.access = append(st.access, labels)
	}
	return st, nil
}

// view returns what the asker may see, ranked by body text alone when plain.
func (st *state) view(as Asker, plain bool) *index.View {
	return st.viewWith(as, plain, space.Fusion{})
}

// viewWith is view with a fusion's weights over the base's.
func (st *state) viewWith(as Asker, plain bool, f space.Fusion) *index.View {
	w := index.Weights{}
	if !plain {
		w = st.settings.over(f).weights()
	}
	may := make([]bool, len(st.settings.Labels)+1)
	var k strings.Builder
	fmt.Fprint(&k, plain, w.Heading, w.Section, w.Title, w.Source)
	for i, readers := range st.settings.Labels {
		may[i+1] = st.settings.may(as, readers)
		fmt.Fprint(&k, may[i+1])
	}
	st.mu.Lock()
	defer st.mu.Unlock()
	if v := st.views[k.String()]; v != nil {
		return v
	}
	if len(st.views) >= viewsKept {
		clear(st.views)
	}
	v := index.NewView(st.segments, w, func(s, d int) bool {
		l := st.access[s][d]
		return l < uint64(len(may)) && may[l]
	})
	st.views[k.String()] = v
	return v
}

// Default field weights; what each was measured to bring is in the design
// notes on retrieval.
const (
	headingWeight = .4
	sectionWeight = .4
	citedWeight   = .3
)

// over puts a fusion's weights over the base's own.
func (s settings) over(f space.Fusion) settings {
	for _, w := range []struct {
		to   *float64
		from float64
	}{{&s.Weights.Heading, f.Heading}, {&s.Weights.Section, f.Section}, {&s.Weights.Title, f.Title}} {
		if w.from != 0 {
			*w.to = w.from
		}
	}
	if len(f.Sources) > 0 {
		s.Weights.Source = maps.Clone(s.Weights.Source)
		if s.Weights.Source == nil {
			s.Weights.Source = map[string]float64{}
		}
		maps.Copy(s.Weights.Source, f.Sources)
	}
	return s
}

func (s settings) weights() index.Weights {
	pick := func(w, def float64) float32 {
		if w == 0 {
			w = def
		}
		return float32(max(w, 0))
	}
	return index.Weights{Heading: pick(s.Weights.Heading, headingWeight), Section: pick(s.Weights.Section, sectionWeight),
		Title: pick(s.Weights.Title, s.Title), Cited: pick(s.Weights.Cited, citedWeight), Source: s.Weights.Source}
}

// Access lists the distinct reader sets of the live documents, for reports;
// an empty set stands for the base's readers.
func (b *Base) Access(ctx context.Context) (readers []string, restricted [][]string, err error) {
	st, err := b.current(ctx)
	if err != nil {
		return nil, nil, err
	}
	for _, l := range st.settings.Labels {
		if len(l) > 0 {
			restricted = append(restricted, slices.Clone(l))
		}
	}
	return slices.Clone(st.settings.Readers), restricted, nil
}
