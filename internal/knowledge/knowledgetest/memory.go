// Package knowledgetest holds a knowledge.Store in memory, for tests and
// examples of what builds on package knowledge.
//
// It keeps the contract of knowledge.Store, the conformance suite of package
// storetest included, and nothing beyond the process.
package knowledgetest

import (
	"bytes"
	"context"
	"maps"
	"slices"
	"sync"

	"github.com/luodi/luodi/internal/errs"
	"github.com/luodi/luodi/internal/knowledge"
)

// Memory is a knowledge.Store in memory. Its zero value is empty and ready.
type Memory struct {
	mu    sync.RWMutex
	bases map[string]*base
}

type base struct {
	header   knowledge.Header
	versions map[string]knowledge.Version
	texts    map[string][]knowledge.Text
	segments map[int64]knowledge.Segment
}

func (m *Memory) base(name string) (*base, error) {
	if b := m.bases[name]; b != nil {
		return b, nil
	}
	return nil, errs.NotFound("no knowledge base %q; luodi index builds it", name)
}

// Header implements knowledge.Store.
func (m *Memory) Header(_ context.Context, name string) (knowledge.Header, error) {
	m.mu.RLock()
	defer m.mu.RUnlock()
	b, err := m.base(name)
	if err != nil {
		return knowledge.Header{}, err
	}
	return b.header, nil
}

// Bases implements knowledge.Store.
func (m *Memory) Bases(context.Context) ([]string, error) {
	m.mu.RLock()
	defer m.mu.RUnlock()
	return slices.Sorted(maps.Keys(m.bases)), nil
}

// Commit implements knowledge.Store.
func (m *Memory) Commit(_ context.Context, name string, c knowledge.Change) (int64, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	b := m.bases[name]
	if b == nil {
		b = &base{header: knowledge.Header{Base: name}, versions: map[string]knowledge.Version{}, texts: map[string][]knowledge.Text{}, segments: map[int64]knowledge.Segment{}}
	}
	if b.header.Generation != c.Expect {
		return 0, errs.Conflict("knowledge base %s is at generation %d, not %d: another build was faster", name, b.header.Generation, c.Expect)
	}
	if m.bases == nil {
		m.bases = map[string]*base{}
	}
	m.bases[name] = b
	b.header.Generation++
	if c.Settings != nil {
		b.header.Settings = bytes.Clone(c.Settings)
	}
	for _, v := range c.Versions {
		b.versions[v.ID] = v
	}
	for _, t := range c.Texts {
		b.texts[t.Version] = append(b.texts[t.Version], t)
	}
	b.change(c)
	for _, s := range c.Segments {
		b.segments[s.ID] = s
	}
	for id, a := range c.Access {
		s := b.segments[id]
		s.Access = bytes.Clone(a)
		b.segments[id] = s
	}
	for _, id := range c.Drop {
		delete(b.segments, id)
	}
	return b.header.Generation, nil
}

func (b *base) change(c knowledge.Change) {
	edit := func(id string, fn func(*knowledge.Version)) {
		v := b.versions[id]
		fn(&v)
		b.versions[id] = v
	}
	for id, s := range c.States {
		edit(id, func(v *knowledge.Version) { v.State = s })
	}
	for id, s := range c.Moved {
		edit(id, func(v *knowledge.Version) { v.Segment = s })
	}
	for id, r := range c.Readers {
		edit(id, func(v *knowledge.Version) { v.Readers = r })
	}
}

// Segments implements knowledge.Store.
func (m *Memory) Segments(_ context.Context, name string) ([]knowledge.Segment, error) {
	m.mu.RLock()
	defer m.mu.RUnlock()
	b := m.bases[name]
	if b == nil {
		return nil, nil
	}
	var out []knowledge.Segment
	for _, id := range slices.Sorted(maps.Keys(b.segments)) {
		s := b.segments[id]
		s.Pages = nil
		out = append(out, s)
	}
	return out, nil
}

// Page implements knowledge.Store.
func (m *Memory) Page(_ context.Context, name string, segment int64, page int) ([]byte, error) {
	m.mu.RLock()
	defer m.mu.RUnlock()
	b, err := m.base(name)
	if err != nil {
		return nil, err
	}
	s, ok := b.segments[segment]
	if !ok || page < 0 || page >= len(s.Pages) {
		return nil, errs.NotFound("knowledge base %s has no page %d of segment %d", name, page, segment)
	}
	return s.Pages[page], nil
}

// EachVersion implements knowledge.Store.
func (m *Memory) EachVersion(_ context.Context, name string, state knowledge.State, fn func(knowledge.Version) error) error {
	vs, err := m.find(name, func(v knowledge.Version) bool { return state == "" || v.State == state })
	if err != nil {
		return err
	}
	slices.Reverse(vs)
	for _, v := range vs {
		v.Outline = nil
		if err := fn(v); err != nil {
			return err
		}
	}
	return nil
}

// Versions implements knowledge.Store.
func (m *Memory) Versions(_ context.Context, name string, ids []string) ([]knowledge.Version, error) {
	m.mu.RLock()
	defer m.mu.RUnlock()
	b := m.bases[name]
	if b == nil {
		return nil, nil
	}
	var out []knowledge.Version
	for _, id := range slices.Compact(slices.Sorted(slices.Values(ids))) {
		if v, ok := b.versions[id]; ok {
			out = append(out, v)
		}
	}
	return out, nil
}

// OfDocument implements knowledge.Store.
func (m *Memory) OfDocument(_ context.Context, name, document string) ([]knowledge.Version, error) {
	return m.find(name, func(v knowledge.Version) bool { return v.Document == document })
}

// AtAddress implements knowledge.Store.
func (m *Memory) AtAddress(_ context.Context, name, address string) ([]knowledge.Version, error) {
	return m.find(name, func(v knowledge.Version) bool { return v.Address == address })
}

// find returns versions newest first.
func (m *Memory) find(name string, ok func(knowledge.Version) bool) ([]knowledge.Version, error) {
	m.mu.RLock()
	defer m.mu.RUnlock()
	b := m.bases[name]
	if b == nil {
		return nil, nil
	}
	var out []knowledge.Version
	for _, v := range b.versions {
		if ok(v) {
			out = append(out, v)
		}
	}
	slices.SortFunc(out, func(x, y knowledge.Version) int { return int(y.Order - x.Order) })
	return out, nil
}

// Texts implements knowledge.Store.
func (m *Memory) Texts(_ context.Context, name, version string, from, to int) ([]knowledge.Text, error) {
	m.mu.RLock()
	defer m.mu.RUnlock()
	b, err := m.base(name)
	if err != nil {
		return nil, err
	}
	var out []knowledge.Text
	for _, t := range b.texts[version] {
		if t.Block >= from && t.Block <= to {
			out = append(out, t)
		}
	}
	if len(out) < to-from+1 {
		return nil, errs.NotFound("knowledge base %s has no blocks %d–%d of version %s", name, from, to, version)
	}
	return out, nil
}

// Delete implements knowledge.Store.
func (m *Memory) Delete(_ context.Context, name string) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	delete(m.bases, name)
	return nil
}

// Bytes is about what a base takes on disk: texts, outlines and index.
func (m *Memory) Bytes(name string) (text, outline, meta, pages int) {
	m.mu.RLock()
	defer m.mu.RUnlock()
	b := m.bases[name]
	for _, ts := range b.texts {
		for _, t := range ts {
			text += len(t.Data)
		}
	}
	for _, v := range b.versions {
		outline += len(v.Outline)
	}
	for _, s := range b.segments {
		meta += len(s.Meta)
		for _, p := range s.Pages {
			pages += len(p)
		}
	}
	return text, outline, meta, pages
}
