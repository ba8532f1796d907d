// Package spacetest holds a space.Store in memory, for tests of what builds on
// package space.
//
// It keeps the contract of space.Store, the conformance suite of package
// storetest included, and nothing beyond the process.
package spacetest

import (
	"bytes"
	"context"
	"maps"
	"slices"
	"strings"
	"sync"

	"github.com/luodi/luodi/internal/errs"
	"github.com/luodi/luodi/internal/knowledge/space"
)

// Memory is a space.Store in memory. Its zero value is empty and ready.
type Memory struct {
	mu      sync.RWMutex
	spaces  map[string]space.Space
	vectors map[string]map[space.Key][]byte
	docs    map[string]map[string][]space.Key // base and space → version
	aliases map[string]space.Alias
	rankers map[string]space.Ranker
}

// Put implements space.Store.
func (m *Memory) Put(_ context.Context, s space.Space) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.spaces == nil {
		m.spaces = map[string]space.Space{}
	}
	if _, ok := m.spaces[s.ID]; !ok {
		m.spaces[s.ID] = s
	}
	return nil
}

// Get implements space.Store.
func (m *Memory) Get(_ context.Context, id string) (space.Space, error) {
	m.mu.RLock()
	defer m.mu.RUnlock()
	s, ok := m.spaces[id]
	if !ok {
		return s, errs.NotFound("no embedding space %s", id)
	}
	return s, nil
}

// Add implements space.Store.
func (m *Memory) Add(_ context.Context, base, id string, vectors []space.Vector, docs []space.Doc) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.vectors == nil {
		m.vectors, m.docs = map[string]map[space.Key][]byte{}, map[string]map[string][]space.Key{}
	}
	at := base + "\x00" + id
	if m.vectors[id] == nil {
		m.vectors[id] = map[space.Key][]byte{}
	}
	if m.docs[at] == nil {
		m.docs[at] = map[string][]space.Key{}
	}
	for _, v := range vectors {
		if _, ok := m.vectors[id][v.Key]; !ok {
			m.vectors[id][v.Key] = bytes.Clone(v.Data)
		}
	}
	for _, d := range docs {
		if _, ok := m.docs[at][d.Version]; !ok {
			m.docs[at][d.Version] = slices.Clone(d.Keys)
		}
	}
	return nil
}

// PutRanker implements space.Store.
func (m *Memory) PutRanker(_ context.Context, r space.Ranker) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.rankers == nil {
		m.rankers = map[string]space.Ranker{}
	}
	if _, ok := m.rankers[r.ID]; !ok {
		r.Data = bytes.Clone(r.Data)
		m.rankers[r.ID] = r
	}
	return nil
}

// Ranker implements space.Store.
func (m *Memory) Ranker(_ context.Context, id string) (space.Ranker, error) {
	m.mu.RLock()
	defer m.mu.RUnlock()
	r, ok := m.rankers[id]
	if !ok {
		return r, errs.NotFound("no fitted ranker %s", id)
	}
	return r, nil
}

// Docs implements space.Store.
func (m *Memory) Docs(_ context.Context, base, id string, fn func(space.Doc) error) error {
	m.mu.RLock()
	docs := maps.Clone(m.docs[base+"\x00"+id])
	m.mu.RUnlock()
	for _, v := range slices.Sorted(maps.Keys(docs)) {
		if err := fn(space.Doc{Version: v, Keys: docs[v]}); err != nil {
			return err
		}
	}
	return nil
}

// Vectors implements space.Store.
func (m *Memory) Vectors(_ context.Context, id string, fn func(space.Vector) error) error {
	m.mu.RLock()
	vectors := maps.Clone(m.vectors[id])
	m.mu.RUnlock()
	keys := slices.SortedFunc(maps.Keys(vectors), func(a, b space.Key) int { return strings.Compare(string(a[:]), string(b[:])) })
	for _, k := range keys {
		if err := fn(space.Vector{Key: k, Data: vectors[k]}); err != nil {
			return err
		}
	}
	return nil
}

// VectorsOf implements space.Store.
func (m *Memory) VectorsOf(ctx context.Context, id string, keys []space.Key, fn func(space.Vector) error) error {
	return m.Vectors(ctx, id, func(v space.Vector) error {
		if !slices.Contains(keys, v.Key) {
			return nil
		}
		return fn(v)
	})
}

// Alias implements space.Store.
func (m *Memory) Alias(_ context.Context, base string) (space.Alias, error) {
	m.mu.RLock()
	defer m.mu.RUnlock()
	return m.aliases[base], nil
}

// Flip implements space.Store.
func (m *Memory) Flip(_ context.Context, base string, a space.Alias) (space.Alias, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.aliases[base].Generation != a.Generation {
		return a, errs.Conflict("the alias of %s is not at generation %d", base, a.Generation)
	}
	if m.aliases == nil {
		m.aliases = map[string]space.Alias{}
	}
	a.Generation++
	m.aliases[base] = a
	return a, nil
}
