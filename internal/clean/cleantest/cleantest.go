// Package cleantest has an in-memory fake of clean.Store for the tests of
// package clean and of those above it. It passes the same suite as the
// databases.
//
// It is imported by tests only.
package cleantest

import (
	"context"
	"maps"
	"slices"
	"sync"

	"github.com/luodi/luodi/internal/clean"
	"github.com/luodi/luodi/internal/errs"
)

// Store is a clean.Store in memory. Its zero value is empty. Fail, when set,
// is asked before each write and may fail it.
type Store struct {
	Fail func() error

	mu      sync.Mutex
	pending map[string]map[int]clean.Cleaned // by source with generation, and position
	current map[string]generation            // by source
}

type generation struct {
	id      string
	report  []byte
	records []clean.Cleaned
}

func (s *Store) writable(ctx context.Context) error {
	if s.Fail != nil {
		if err := s.Fail(); err != nil {
			return err
		}
	}
	return ctx.Err()
}

// Append implements clean.Store.
func (s *Store) Append(ctx context.Context, source, _, id string, position int, records []clean.Cleaned) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if err := s.writable(ctx); err != nil {
		return err
	}
	id = source + " " + id
	if s.pending == nil {
		s.pending = map[string]map[int]clean.Cleaned{}
	}
	if s.pending[id] == nil {
		s.pending[id] = map[int]clean.Cleaned{}
	}
	for i, r := range records {
		s.pending[id][position+i] = r
	}
	return nil
}

// Commit implements clean.Store.
func (s *Store) Commit(ctx context.Context, source, _, id string, n int, report []byte) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if err := s.writable(ctx); err != nil {
		return err
	}
	g := generation{id: id, report: slices.Clone(report)}
	for i := range n {
		r, ok := s.pending[source+" "+id][i]
		if !ok {
			return errs.Internal("committing %s: record %d of %d was not appended", id, i, n)
		}
		g.records = append(g.records, r)
	}
	if s.current == nil {
		s.current = map[string]generation{}
	}
	s.current[source] = g
	return nil
}

// Current implements clean.Store.
func (s *Store) Current(_ context.Context, source string) (string, []byte, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	g := s.current[source]
	return g.id, g.report, nil
}

// Each implements clean.Store.
func (s *Store) Each(_ context.Context, source string, fn func(clean.Cleaned) error) error {
	s.mu.Lock()
	records := s.current[source].records
	s.mu.Unlock()
	for _, r := range records {
		if err := fn(r); err != nil {
			return err
		}
	}
	return nil
}

func (s *Store) all() []clean.Cleaned {
	var out []clean.Cleaned
	for _, name := range slices.Sorted(maps.Keys(s.current)) {
		out = append(out, s.current[name].records...)
	}
	return out
}

// Get implements clean.Store.
func (s *Store) Get(_ context.Context, id string) (clean.Cleaned, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, r := range s.all() {
		if r.RecordID == id {
			return r, nil
		}
	}
	return clean.Cleaned{}, errs.NotFound("no cleaned record %q", id)
}

// Duplicates implements clean.Store.
func (s *Store) Duplicates(_ context.Context, id string) ([]string, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	out := []string{}
	for _, r := range s.all() {
		if r.DuplicateOf == id {
			out = append(out, r.RecordID)
		}
	}
	return out, nil
}
