// Package cleantest has an in-memory fake of clean.Store, and of pii.VaultStore, for the tests of
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
	"github.com/luodi/luodi/internal/clean/pii"
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
	plan    string
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

// Appended implements clean.Store.
func (s *Store) Appended(_ context.Context, source, id string) (int, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return len(s.pending[source+" "+id]), nil
}

// Known implements clean.Store.
func (s *Store) Known(ctx context.Context, source, plan string, ids []string, fn func(clean.Cleaned) error) error {
	s.mu.Lock()
	same := s.current[source].plan == plan
	s.mu.Unlock()
	return s.Each(ctx, source, func(c clean.Cleaned) error {
		if !same || !slices.Contains(ids, c.RecordID) {
			return nil
		}
		return fn(c)
	})
}

// Outline implements clean.Store.
func (s *Store) Outline(ctx context.Context, source string, fn func(clean.Cleaned) error) error {
	return s.Each(ctx, source, func(c clean.Cleaned) error { return fn(c.Outline()) })
}

// Removed implements clean.Store.
func (s *Store) Removed(ctx context.Context, source string, fn func(clean.Cleaned) error) error {
	return s.Each(ctx, source, func(c clean.Cleaned) error {
		if c.Dropped == "" && c.DuplicateOf == "" {
			return nil
		}
		return fn(c)
	})
}

// Commit implements clean.Store.
func (s *Store) Commit(ctx context.Context, source, plan, id string, n int, report []byte) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if err := s.writable(ctx); err != nil {
		return err
	}
	g := generation{id: id, plan: plan, report: slices.Clone(report)}
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

// Vault is a pii.VaultStore in memory. Its zero value is empty.
type Vault struct {
	mu     sync.Mutex
	sealed map[string]pii.Sealed
}

// PutSealed implements pii.VaultStore.
func (v *Vault) PutSealed(_ context.Context, values []pii.Sealed) error {
	v.mu.Lock()
	defer v.mu.Unlock()
	if v.sealed == nil {
		v.sealed = map[string]pii.Sealed{}
	}
	for _, s := range values {
		if _, ok := v.sealed[s.Token]; !ok {
			v.sealed[s.Token] = s
		}
	}
	return nil
}

// GetSealed implements pii.VaultStore.
func (v *Vault) GetSealed(_ context.Context, token string) (pii.Sealed, error) {
	v.mu.Lock()
	defer v.mu.Unlock()
	s, ok := v.sealed[token]
	if !ok {
		return s, errs.NotFound("nothing is sealed under %s", token)
	}
	return s, nil
}
