package knowledge

import (
	"context"
	"maps"
	"slices"

	"github.com/luodi/luodi/internal/knowledge/chunk"
)

// A segment is rewritten when fewer than half of its chunks are live; small
// segments are merged when mergeAt of about the same size (within a factor of
// eight) have gathered, so that a document is rewritten a few times at most.
const (
	mergeAt    = 8
	mergeBelow = 4 << 10
)

// merge rewrites segments as said above. Rankings do not change by it.
func (b *build) merge(ctx context.Context) error {
	for {
		ids := b.toMerge()
		if len(ids) == 0 {
			return nil
		}
		if err := b.rewrite(ctx, ids); err != nil {
			return err
		}
	}
}

func (b *build) toMerge() []int64 {
	tiers := map[int][]int64{}
	for _, id := range slices.Sorted(maps.Keys(b.segments)) {
		s := b.segments[id]
		all, docs, live := 0, 0, s.liveChunks()
		for i, d := range s.docs {
			all += d.Chunks
			if s.labels[i] > 0 {
				docs++
			}
		}
		if live*2 < all || docs == 0 {
			return []int64{id}
		}
		if live < mergeBelow {
			tier := 0
			for n := live; n >= 8; n /= 8 {
				tier++
			}
			tiers[tier] = append(tiers[tier], id)
		}
	}
	for _, t := range slices.Sorted(maps.Keys(tiers)) {
		if len(tiers[t]) >= mergeAt {
			return tiers[t]
		}
	}
	return nil
}

// rewrite indexes the live documents of some segments anew and drops those.
func (b *build) rewrite(ctx context.Context, segments []int64) error {
	var ids []string
	for _, id := range segments {
		s := b.segments[id]
		for i, d := range s.docs {
			if s.labels[i] > 0 {
				ids = append(ids, d.Version)
			}
		}
	}
	b.pending.drop = segments
	if err := b.reindex(ctx, ids); err != nil {
		return err
	}
	return b.flush(ctx)
}

// reindex puts stored versions into the segment under construction.
func (b *build) reindex(ctx context.Context, ids []string) error {
	for part := range slices.Chunk(ids, 256) {
		vs, err := b.config.Store.Versions(ctx, b.config.Base, part)
		if err != nil {
			return err
		}
		slices.SortFunc(vs, func(x, y Version) int { return int(x.Order - y.Order) })
		for _, v := range vs {
			o, err := chunk.Decode(v.Outline)
			if err != nil {
				return err
			}
			text, err := readText(ctx, b.config.Store, nil, b.config.Base, v.ID, 0, v.Size)
			if err != nil {
				return err
			}
			family, _ := familyOf(v.Source, v.Address, text)
			b.live[key(v.Source, v.Address)] = b.indexed(v, text, o, family)
		}
	}
	return nil
}

// reindexLost indexes live versions whose segment is gone: the index was
// deleted, and is derived from the store again.
func (b *build) reindexLost(ctx context.Context) error {
	var ids []string
	for _, k := range slices.Sorted(maps.Keys(b.live)) {
		v := b.live[k]
		s := b.segments[v.Segment]
		if s != nil {
			if _, ok := s.at[v.ID]; ok {
				continue
			}
		}
		ids = append(ids, v.ID)
		if len(ids)%256 == 0 {
			if err := b.reindex(ctx, ids); err != nil {
				return err
			}
			if err := b.flushIfFull(ctx); err != nil {
				return err
			}
			ids = nil
		}
	}
	if err := b.reindex(ctx, ids); err != nil {
		return err
	}
	return b.flush(ctx)
}
