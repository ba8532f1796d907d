package knowledge

import (
	"context"
	"strings"

	"github.com/luodi/luodi/internal/knowledge/chunk"
	"github.com/luodi/luodi/internal/lineage"
)

// Content is the digest of what an address holds now: a document or row, or
// the sections of a document that its fragment names. It is "" where nothing
// is there. Who labels by what a document says can tell by it whether the
// document still says it.
func (b *Base) Content(ctx context.Context, address string) (string, error) {
	v, ok, err := b.liveAt(ctx, address)
	if err != nil || ok {
		return v.SHA256, err
	}
	path, fragment, _ := strings.Cut(address, "#")
	if fragment == "" {
		return "", nil
	}
	if v, ok, err = b.liveAt(ctx, path); err != nil || !ok {
		return "", err
	}
	outline, err := chunk.Decode(v.Outline)
	if err != nil {
		return "", err
	}
	var sections []string
	want := fragmentTerm(fragment)
	for _, m := range outline.Marks {
		if fragmentTerm(m.Text) != want {
			continue
		}
		text, err := readText(ctx, b.store, b.cache, b.name, v.ID, m.Start, m.End)
		if err != nil {
			return "", err
		}
		sections = append(sections, strings.TrimSpace(text))
	}
	if sections == nil {
		return "", nil
	}
	return lineage.Hash([]byte(strings.Join(sections, "\x00"))), nil
}

// liveAt is the version that stands at an address now.
func (b *Base) liveAt(ctx context.Context, address string) (Version, bool, error) {
	versions, err := b.store.AtAddress(ctx, b.name, address)
	if err != nil {
		return Version{}, false, err
	}
	for _, v := range versions {
		if v.State == Live {
			return v, true, nil
		}
	}
	return Version{}, false, nil
}
