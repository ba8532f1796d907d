// Package metertest has a meter.Store in memory, for tests of what meters.
//
// It obeys the same suite as the real ones (storetest.Meter). It keeps nothing
// when the process ends.
package metertest

import (
	"context"
	"slices"
	"sort"
	"sync"
	"time"

	"github.com/luodi/luodi/internal/errs"
	"github.com/luodi/luodi/internal/meter"
	"github.com/luodi/luodi/internal/money"
)

// Store is a ledger in memory. The zero value is empty and ready.
type Store struct {
	mu      sync.Mutex
	rows    []meter.Row
	cursors map[string]int64
	spent   map[string]money.Amount            // by window
	leases  map[string]map[string]money.Amount // by window and node
	once    map[string]bool
	began   map[string]meter.Starter
	Fail    error // returned by every method while set
}

var _ meter.Store = (*Store)(nil)

// Ledger is a copy of the rows as they came.
func (s *Store) Ledger() []meter.Row {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.Clone(s.rows)
}

// SetFail makes every method return err, nil makes them work again.
func (s *Store) SetFail(err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.Fail = err
}

func (s *Store) lock() (func(), error) {
	s.mu.Lock()
	if s.cursors == nil {
		s.cursors, s.spent, s.leases = map[string]int64{}, map[string]money.Amount{}, map[string]map[string]money.Amount{}
	}
	return s.mu.Unlock, s.Fail
}

// Fill is meter.Store's.
func (s *Store) Fill(_ context.Context, b meter.Batch) error {
	unlock, err := s.lock()
	defer unlock()
	if err != nil {
		return err
	}
	if s.cursors[b.Segment] != b.From {
		return errs.Conflict("segment %s is filled up to %d, not %d", b.Segment, s.cursors[b.Segment], b.From)
	}
	s.cursors[b.Segment] = b.To
	for _, r := range b.Rows {
		r.Segment = b.Segment
		s.rows = append(s.rows, r)
		for _, c := range r.Charges {
			if of := s.leases[c.Budget]; of != nil { // else its first lease will count the row
				s.spent[c.Budget] += c.Amount
				of[b.Node] = max(0, of[b.Node]-c.Amount)
			}
		}
	}
	return nil
}

// Filled is meter.Store's.
func (s *Store) Filled(_ context.Context, segment string) (int64, error) {
	unlock, err := s.lock()
	defer unlock()
	return s.cursors[segment], err
}

func (s *Store) leased(window string) (sum money.Amount) {
	for _, a := range s.leases[window] {
		sum += a
	}
	return sum
}

// Lease is meter.Store's.
func (s *Store) Lease(_ context.Context, node string, w meter.Window, need, want money.Amount) (money.Amount, error) {
	unlock, err := s.lock()
	defer unlock()
	if err != nil {
		return 0, err
	}
	if s.leases[w.ID] == nil {
		s.leases[w.ID] = map[string]money.Amount{}
		for _, r := range s.rows {
			if in(r.Time, w.From, w.To) && r.Currency == w.Budget.Currency &&
				w.Budget.Covers(&meter.Call{Key: r.Key, Department: r.Department, Scenario: r.Scenario}) {
				s.spent[w.ID] += r.Cost
			}
		}
	}
	room := w.Budget.Limit - s.spent[w.ID] - s.leased(w.ID)
	if room < need {
		return 0, errs.Exhausted("budget %s has %s left", w.ID, max(0, room))
	}
	got := max(need, min(want, room/2))
	s.leases[w.ID][node] += got
	return got, nil
}

// Return is meter.Store's.
func (s *Store) Return(_ context.Context, node, window string, amount money.Amount) error {
	unlock, err := s.lock()
	defer unlock()
	if of := s.leases[window]; err == nil && of != nil {
		of[node] = max(0, of[node]-amount)
	}
	return err
}

// Reclaim is meter.Store's.
func (s *Store) Reclaim(_ context.Context, node string) error {
	unlock, err := s.lock()
	defer unlock()
	if err == nil {
		for _, of := range s.leases {
			delete(of, node)
		}
	}
	return err
}

// Once is meter.Store's.
func (s *Store) Once(_ context.Context, id string, _ time.Time) (bool, error) {
	unlock, err := s.lock()
	defer unlock()
	if err != nil || s.once[id] {
		return false, err
	}
	if s.once == nil {
		s.once = map[string]bool{}
	}
	s.once[id] = true
	return true, nil
}

// Begin is meter.Store's.
func (s *Store) Begin(_ context.Context, id string, by meter.Starter, _ time.Time) error {
	unlock, err := s.lock()
	defer unlock()
	if _, noted := s.began[id]; err != nil || noted {
		return err
	}
	if s.began == nil {
		s.began = map[string]meter.Starter{}
	}
	s.began[id] = by
	return nil
}

// Began is meter.Store's.
func (s *Store) Began(_ context.Context, id string) (meter.Starter, bool, error) {
	unlock, err := s.lock()
	defer unlock()
	by, ok := s.began[id]
	return by, ok && err == nil, err
}

// State is meter.Store's.
func (s *Store) State(_ context.Context, window string) (spent, leased money.Amount, err error) {
	unlock, err := s.lock()
	defer unlock()
	return s.spent[window], s.leased(window), err
}

func in(t, from, to time.Time) bool {
	return (from.IsZero() || !t.Before(from)) && (to.IsZero() || t.Before(to))
}

// Rows is meter.Store's.
func (s *Store) Rows(_ context.Context, from, to time.Time, fn func(meter.Row) error) error {
	unlock, err := s.lock()
	rows := slices.Clone(s.rows)
	unlock()
	if err != nil {
		return err
	}
	sort.SliceStable(rows, func(i, j int) bool {
		a, b := rows[i], rows[j]
		if !a.Time.Equal(b.Time) {
			return a.Time.Before(b.Time)
		}
		if a.Segment != b.Segment {
			return a.Segment < b.Segment
		}
		return a.Offset < b.Offset
	})
	for _, r := range rows {
		if in(r.Time, from, to) {
			r.Charges = nil
			if err := fn(r); err != nil {
				return err
			}
		}
	}
	return nil
}

// Sum is meter.Store's.
func (s *Store) Sum(_ context.Context, q meter.Query) ([]meter.Sum, error) {
	unlock, err := s.lock()
	defer unlock()
	if err != nil {
		return nil, err
	}
	var out []meter.Sum
	for _, r := range s.rows {
		if !in(r.Time, q.From, q.To) {
			continue
		}
		g := meter.Sum{Currency: r.Currency}
		for _, by := range q.By {
			switch by {
			case "day":
				g.Quarter = r.Time.Unix() / 900
			case "department":
				g.Department = r.Department
			case "scenario":
				g.Scenario = r.Scenario
			case "key":
				g.Key = r.Key
			case "configuration":
				g.Configuration = r.Configuration
			case "model":
				g.Model = r.Model
			case "outcome":
				g.Outcome = string(r.Outcome)
			case "mark":
				g.Mark = r.Mark
			case "package":
				g.Package = r.Package
			}
		}
		i := slices.IndexFunc(out, func(o meter.Sum) bool {
			o.Requests, o.Input, o.Output, o.Cost, o.Estimated, o.Covered = 0, 0, 0, 0, 0, 0
			return o == g
		})
		if i < 0 {
			out, i = append(out, g), len(out)
		}
		t := &out[i]
		t.Requests++
		t.Input += r.Usage.Input
		t.Output += r.Usage.Output
		t.Cost += r.Cost
		t.Covered += r.Covered
		if r.Estimated {
			t.Estimated++
		}
	}
	return out, nil
}
