package knowledge

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/luodi/luodi/internal/errs"
	"github.com/luodi/luodi/internal/knowledge/chunk"
	"github.com/luodi/luodi/internal/knowledge/space"
	"github.com/luodi/luodi/internal/knowledge/static"
)

// EmbedReport says what embedding a base in a space takes or took.
type EmbedReport struct {
	Chunks     int // live
	Versions   int // live document versions that are not whole in the space
	Missing    int // distinct texts without a vector in the space
	Characters int // of those, about the tokens of Chinese text
}

// EmbedEstimate says what Embed would have to embed, asking nobody.
func (b *Base) EmbedEstimate(ctx context.Context, s space.Space) (EmbedReport, error) {
	return b.embed(ctx, s, nil, nil)
}

// Embed gives every live chunk a vector in the space; texts that have one are
// not embedded again. What is stored stays when it is interrupted, and no
// search uses it before an alias says so.
func (b *Base) Embed(ctx context.Context, s space.Space, e space.Embedder, progress func(done int)) (EmbedReport, error) {
	if err := b.vectors.Spaces.Put(ctx, s); err != nil {
		return EmbedReport{}, err
	}
	return b.embed(ctx, s, e, progress)
}

// embedBatch is about how many texts are embedded and stored at once: what an
// interrupted run loses. versionBatch is how many versions are read at once.
const (
	embedBatch   = 64
	versionBatch = 256
)

func (b *Base) embed(ctx context.Context, s space.Space, e space.Embedder, progress func(int)) (r EmbedReport, err error) {
	has := map[string]bool{}
	if err := b.vectors.Spaces.Docs(ctx, b.name, s.ID, func(d space.Doc) error { has[d.Version] = true; return nil }); err != nil {
		return r, err
	}
	known := map[space.Key]bool{} // of the versions looked at
	var docs []space.Doc
	var keys []space.Key
	var texts []string
	flush := func() error {
		if e == nil || len(docs) == 0 {
			keys, texts, docs = nil, nil, nil
			return nil
		}
		vs, err := e.Passages(ctx, texts)
		if err != nil {
			return err
		}
		packed := make([]space.Vector, len(vs))
		for i, v := range vs {
			packed[i] = space.Vector{Key: keys[i], Data: space.Pack(v, s.Provider == static.Name)}
		}
		if err := b.vectors.Spaces.Add(ctx, b.name, s.ID, packed, docs); err != nil {
			return err
		}
		if progress != nil {
			progress(r.Missing)
		}
		keys, texts, docs = nil, nil, nil
		return nil
	}
	lacks := func(version string, chunks int) bool {
		r.Chunks += chunks
		return !has[version]
	}
	err = b.eachLive(ctx, lacks, func(v Version, chunks []string) error {
		r.Versions++
		d := space.Doc{Version: v.ID}
		for _, text := range chunks {
			d.Keys = append(d.Keys, space.KeyOf(text))
		}
		if err := b.vectors.Spaces.VectorsOf(ctx, s.ID, d.Keys, func(v space.Vector) error { known[v.Key] = true; return nil }); err != nil {
			return err
		}
		for i, text := range chunks {
			if k := d.Keys[i]; !known[k] {
				known[k] = true
				keys, texts = append(keys, k), append(texts, text)
				r.Missing++
				r.Characters += len([]rune(text))
			}
		}
		docs = append(docs, d)
		if len(texts) >= embedBatch || len(docs) >= versionBatch {
			return flush()
		}
		return nil
	})
	if err == nil {
		err = flush()
	}
	if err != nil {
		return r, fmt.Errorf("embedding knowledge base %s in %s: %w", b.name, s.Model, err)
	}
	return r, nil
}

// eachLive calls fn with every live version that want wants by its id and its
// number of chunks, and its chunks' texts, each under its title and headings.
// Others are not read.
func (b *Base) eachLive(ctx context.Context, want func(version string, chunks int) bool, fn func(v Version, chunks []string) error) error {
	st, err := b.current(ctx)
	if err != nil {
		return err
	}
	var ids []string
	for i, seg := range st.segments {
		for d, doc := range seg.Docs {
			if st.access[i][d] > 0 && doc.Chunks > 0 && want(doc.Version, doc.Chunks) {
				ids = append(ids, doc.Version)
			}
		}
	}
	slices.Sort(ids)
	for part := range slices.Chunk(ids, versionBatch) {
		rows, err := b.store.Versions(ctx, b.name, part)
		if err != nil {
			return err
		}
		slices.SortFunc(rows, func(x, y Version) int { return strings.Compare(x.ID, y.ID) })
		for _, v := range rows {
			o, err := chunk.Decode(v.Outline)
			if err != nil {
				return err
			}
			text, err := readText(ctx, b.store, nil, b.name, v.ID, 0, v.Size)
			if err != nil {
				return err
			}
			chunks := make([]string, len(o.Chunks))
			for i, c := range o.Chunks {
				lead := v.Title
				if h := headingText(o.Path(c.Span), v.Title); h != "" {
					lead += "\n" + h
				}
				chunks[i] = lead + "\n" + text[c.Start:c.End]
			}
			if err := fn(v, chunks); err != nil {
				return err
			}
		}
	}
	return nil
}

// StaticFrom is how many chunks a base needs for a static space by default:
// below, it was measured to do harm.
const StaticFrom = 5000

// StaticLambda is the weight of a static space; more lowered known-good sets.
const StaticLambda = .1

// TrainStatic learns a static space from the base's live chunks. A base
// without enough text is errs.Invalid.
func (b *Base) TrainStatic(ctx context.Context, c static.Config) (space.Space, error) {
	n := 0
	m, err := static.Train(func(yield func(string, error) bool) {
		stopped := errs.Internal("stopped")
		all := func(string, int) bool { return true }
		err := b.eachLive(ctx, all, func(_ Version, chunks []string) error {
			for _, t := range chunks {
				n++
				if !yield(t, nil) {
					return stopped
				}
			}
			return nil
		})
		if err != nil && err != error(stopped) {
			yield("", err)
		}
	}, c)
	if err != nil {
		return space.Space{}, fmt.Errorf("training the static space of knowledge base %s: %w", b.name, err)
	}
	return space.Space{Provider: static.Name, Model: static.Name, Revision: fmt.Sprintf(revision, n), Dim: m.Dim(), Data: m.Encode()}.Named(), nil
}

// revision is that of a static space: how it was learnt, from how much.
const revision = static.Revision + " of %d chunks"

// Outgrown reports whether a static space was learnt from less than half of
// what its base holds now.
func Outgrown(s space.Space, chunks int) bool {
	n := 0
	_, err := fmt.Sscanf(s.Revision, revision, &n)
	return s.Provider == static.Name && err == nil && chunks > 2*n
}

// Static embeds for a static space.
func Static(s space.Space) (space.Embedder, error) {
	m, err := static.Decode(s.Data)
	if err != nil {
		return nil, err
	}
	return staticEmbedder{m}, nil
}

type staticEmbedder struct{ m *static.Model }

func (e staticEmbedder) Passages(_ context.Context, texts []string) ([][]float32, error) {
	out := make([][]float32, len(texts))
	for i, t := range texts {
		out[i] = e.m.Passage(t)
	}
	return out, nil
}

func (e staticEmbedder) Query(_ context.Context, text string) ([]float32, error) {
	return e.m.Query(text), nil
}
