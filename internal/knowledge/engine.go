package knowledge

import (
	"context"

	"github.com/luodi/luodi/internal/knowledge/index"
	"github.com/luodi/luodi/internal/knowledge/space"
)

// engineNear is how many passages an engine is asked for; the others of the
// view count as their mean.
const engineNear = 1000

// engineBlend is blend where an engine compares the vectors. A ranker's map
// needs the vectors themselves, and is left out.
func (b *Base) engineBlend(ctx context.Context, st *state, v *index.View, q Query, use space.Use, alias int64) (*nearby, error) {
	l, err := b.synced(ctx, st, use.Space, alias)
	if err != nil {
		return nil, err
	}
	vec, err := b.vectors.question(ctx, l, q)
	if err != nil {
		return nil, err
	}
	versions, first := versionsOf(st, v)
	found, rest, err := b.vectors.Engine.Nearest(ctx, b.name, l.space, vec, versions, engineNear)
	if err != nil {
		return nil, err
	}
	out := &nearby{blend: index.Blend{Join: joins[use.Fusion.Kind], Lambda: float32(use.Fusion.Lambda), Near: make([][]float32, v.Segments())}}
	for i := range out.blend.Near {
		row := make([]float32, v.Segment(i).Chunks())
		for c := range row {
			row[c] = rest
		}
		out.blend.Near[i] = row
	}
	for _, n := range found {
		if p, ok := first[n.Version]; ok && n.Chunk < v.Segment(p.segment).Docs[v.Segment(p.segment).Doc[p.chunk]].Chunks {
			out.blend.Near[p.segment][p.chunk+n.Chunk] = n.Cosine
		}
	}
	return out, nil
}

// synced is a space whose vectors of this generation the engine holds.
func (b *Base) synced(ctx context.Context, st *state, id string, alias int64) (*loadedSpace, error) {
	vs := b.vectors
	vs.mu.Lock()
	defer vs.mu.Unlock()
	l, err := vs.open(ctx, id, alias)
	if err != nil {
		return nil, err
	}
	if l.synced == st.generation && l.alias == alias && vs.loaded[id] != nil {
		return l, nil
	}
	if err := vs.Engine.Sync(ctx, b.name, l.space); err != nil {
		return nil, err
	}
	l = &loadedSpace{space: l.space, embedder: l.embedder, alias: alias, synced: st.generation}
	vs.keep(l)
	return l, nil
}

// versionsOf names the versions of a view, and where each begins.
func versionsOf(st *state, v *index.View) (versions []string, first map[string]passage) {
	first = map[string]passage{}
	for s, seg := range st.segments {
		at := 0
		for _, d := range seg.Docs {
			if d.Chunks > 0 && v.Sees(s, at) {
				first[d.Version] = passage{s, at}
				versions = append(versions, d.Version)
			}
			at += d.Chunks
		}
	}
	return versions, first
}
