// Package authtest has an auth.Store in memory, for tests of what checks keys.
//
// It obeys the same suite as the real ones (storetest.Auth).
package authtest

import (
	"cmp"
	"context"
	"slices"
	"sync"
	"time"

	"github.com/luodi/luodi/internal/auth"
	"github.com/luodi/luodi/internal/errs"
)

// Store keeps keys in memory. The zero value is empty and ready.
type Store struct {
	mu    sync.Mutex
	keys  map[auth.Hash]auth.Key
	Asked int   // how often ByHash was called
	Fail  error // returned by ByHash while set
}

var _ auth.Store = (*Store)(nil)

// Add is auth.Store's.
func (s *Store) Add(_ context.Context, k auth.Key, h auth.Hash) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.keys == nil {
		s.keys = map[auth.Hash]auth.Key{}
	}
	for have, old := range s.keys {
		if have == h || old.ID == k.ID {
			return errs.Conflict("key %s exists", k.ID)
		}
	}
	s.keys[h] = k
	return nil
}

// ByHash is auth.Store's.
func (s *Store) ByHash(_ context.Context, h auth.Hash) (auth.Key, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.Asked++
	if s.Fail != nil {
		return auth.Key{}, s.Fail
	}
	k, ok := s.keys[h]
	if !ok {
		return auth.Key{}, errs.NotFound("no such key")
	}
	return k, nil
}

// Keys is auth.Store's.
func (s *Store) Keys(context.Context) ([]auth.Key, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	var out []auth.Key
	for _, k := range s.keys {
		out = append(out, k)
	}
	slices.SortFunc(out, func(a, b auth.Key) int { return cmp.Or(a.Created.Compare(b.Created), cmp.Compare(a.ID, b.ID)) })
	return out, nil
}

// Revoke is auth.Store's.
func (s *Store) Revoke(_ context.Context, id string, at time.Time) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	for h, k := range s.keys {
		if k.ID == id {
			if k.Revoked.IsZero() {
				k.Revoked = at
				s.keys[h] = k
			}
			return nil
		}
	}
	return errs.NotFound("there is no key %s", id)
}

// Limit is auth.Store's.
func (s *Store) Limit(_ context.Context, k auth.Key) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	for h, old := range s.keys {
		if old.ID == k.ID {
			old.RequestsPerMinute, old.TokensPerMinute, old.PromptBytes, old.Budget, old.Log = k.RequestsPerMinute, k.TokensPerMinute, k.PromptBytes, k.Budget, k.Log
			s.keys[h] = old
			return nil
		}
	}
	return errs.NotFound("there is no key %s", k.ID)
}
