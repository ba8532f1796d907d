// Package sourcetest has in-memory fakes of what package source and those
// above it need, for their tests: a Store that keeps the same contract as the
// databases (it passes the same suite), and Blobs.
//
// It is imported by tests only.
package sourcetest

import (
	"context"
	"maps"
	"slices"
	"sync"

	"github.com/luodi/luodi/internal/errs"
	"github.com/luodi/luodi/internal/lineage"
	"github.com/luodi/luodi/internal/source"
)

// Store is a source.Store in memory. Its zero value is empty. Fail, when set,
// is asked before each write and may fail it.
type Store struct {
	Fail func() error

	mu      sync.Mutex
	files   map[string]source.File
	current map[string]map[string]source.State // source, path
	placed  map[string]map[int]source.Record   // file, ordinal
	order   []string                           // file ids as committed
}

func (s *Store) lock() func() {
	s.mu.Lock()
	if s.files == nil {
		s.files = map[string]source.File{}
		s.current = map[string]map[string]source.State{}
		s.placed = map[string]map[int]source.Record{}
	}
	return s.mu.Unlock
}

func (s *Store) writable(ctx context.Context) error {
	if s.Fail != nil {
		if err := s.Fail(); err != nil {
			return err
		}
	}
	return ctx.Err()
}

// States implements source.Store.
func (s *Store) States(_ context.Context, name string) ([]source.State, error) {
	defer s.lock()()
	var out []source.State
	for _, p := range slices.Sorted(maps.Keys(s.current[name])) {
		st := s.current[name][p]
		st.Records = s.files[st.FileID].Records
		out = append(out, st)
	}
	return out, nil
}

// Append implements source.Store.
func (s *Store) Append(ctx context.Context, records []source.Record) error {
	defer s.lock()()
	if err := s.writable(ctx); err != nil {
		return err
	}
	s.append(records)
	return nil
}

func (s *Store) append(records []source.Record) {
	for _, r := range records {
		if s.placed[r.FileID] == nil {
			s.placed[r.FileID] = map[int]source.Record{}
		}
		r.Fields = slices.Clone(r.Fields)
		s.placed[r.FileID][r.Ordinal] = r
	}
}

// Commit implements source.Store.
func (s *Store) Commit(ctx context.Context, name string, c source.Change) error {
	defer s.lock()()
	if err := s.writable(ctx); err != nil {
		return err
	}
	s.append(c.Records)
	if s.current[name] == nil {
		s.current[name] = map[string]source.State{}
	}
	for _, f := range c.Files {
		if _, ok := s.files[f.ID]; !ok {
			s.files[f.ID] = f
			s.order = append(s.order, f.ID)
		}
		s.current[name][f.Path] = source.State{Path: f.Path, FileID: f.ID, Hash: f.Hash}
	}
	for _, f := range c.Failed {
		s.current[name][f.Path] = f
	}
	for _, p := range c.Removed {
		delete(s.current[name], p)
	}
	return nil
}

// Files implements source.Store.
func (s *Store) Files(_ context.Context, name string) ([]source.File, error) {
	defer s.lock()()
	return s.filesOf(name), nil
}

func (s *Store) filesOf(name string) []source.File {
	out := []source.File{}
	for _, p := range slices.Sorted(maps.Keys(s.current[name])) {
		if f, ok := s.files[s.current[name][p].FileID]; ok {
			out = append(out, f)
		}
	}
	return out
}

// Each implements source.Store.
func (s *Store) Each(_ context.Context, name string, fn func(source.Record) error) error {
	unlock := s.lock()
	var all []source.Record
	for _, f := range s.filesOf(name) {
		for i := range f.Records {
			r, ok := s.placed[f.ID][i]
			if !ok {
				unlock()
				return errs.Internal("record %d of %s is missing", i, f.ID)
			}
			all = append(all, r)
		}
	}
	unlock()
	for _, r := range all {
		if err := fn(r); err != nil {
			return err
		}
	}
	return nil
}

// Record implements source.Store.
func (s *Store) Record(ctx context.Context, id string) (source.Record, error) {
	places, err := s.Places(ctx, id)
	if err != nil {
		return source.Record{}, err
	}
	if len(places) == 0 {
		return source.Record{}, errs.NotFound("no record %q", id)
	}
	best := places[0]
	if i := slices.IndexFunc(places, func(p source.Place) bool { return p.Current }); i >= 0 {
		best = places[i]
	}
	defer s.lock()()
	return s.placed[best.FileID][best.Ordinal], nil
}

// Places implements source.Store.
func (s *Store) Places(_ context.Context, id string) ([]source.Place, error) {
	defer s.lock()()
	var out []source.Place
	for _, fid := range slices.Backward(s.order) {
		f := s.files[fid]
		for i := range f.Records {
			if r := s.placed[fid][i]; r.ID == id {
				out = append(out, source.Place{
					FileID: fid, Ordinal: i, Row: r.Row, Start: r.Start, End: r.End, At: r.At,
					Current: s.current[f.Source][f.Path].FileID == fid,
				})
			}
		}
	}
	return out, nil
}

// File implements source.Store.
func (s *Store) File(_ context.Context, id string) (source.File, error) {
	defer s.lock()()
	f, ok := s.files[id]
	if !ok {
		return source.File{}, errs.NotFound("no file version %q", id)
	}
	return f, nil
}

// FileRecords implements source.Store.
func (s *Store) FileRecords(_ context.Context, fileID string, limit int) ([]string, error) {
	defer s.lock()()
	ids := []string{}
	for i := 0; i < s.files[fileID].Records && i < limit; i++ {
		ids = append(ids, s.placed[fileID][i].ID)
	}
	return ids, nil
}

// Blobs is a blob store in memory. Its zero value is empty.
type Blobs struct {
	mu sync.Mutex
	m  map[string][]byte
}

// Put implements source.Blobs.
func (b *Blobs) Put(ctx context.Context, raw []byte) (string, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.m == nil {
		b.m = map[string][]byte{}
	}
	h := lineage.Hash(raw)
	b.m[h] = slices.Clone(raw)
	return h, ctx.Err()
}

// Get returns what was put, or errs.NotFound.
func (b *Blobs) Get(_ context.Context, hash string) ([]byte, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	raw, ok := b.m[hash]
	if !ok {
		return nil, errs.NotFound("no object %q", hash)
	}
	return raw, nil
}
