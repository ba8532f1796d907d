package job_test

import (
	"cmp"
	"context"
	"slices"
	"sync"
	"testing"

	"github.com/luodi/luodi/internal/errs"
	"github.com/luodi/luodi/internal/job"
	"github.com/luodi/luodi/internal/store/storetest"
)

// memory is a journal in a map; swapErr, when set, is asked before each Swap.
type memory struct {
	mu      sync.Mutex
	entries map[string]job.Entry
	swaps   int
	swapErr func(n int) error
}

func newMemory() *memory { return &memory{entries: map[string]job.Entry{}} }

func (m *memory) Entry(_ context.Context, name string) (job.Entry, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	e, ok := m.entries[name]
	if !ok {
		return job.Entry{}, errs.NotFound("stage %q has never run", name)
	}
	return e, nil
}

func (m *memory) Entries(context.Context) (out []job.Entry, _ error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	for _, e := range m.entries {
		out = append(out, e)
	}
	slices.SortFunc(out, func(a, b job.Entry) int { return cmp.Compare(a.Name, b.Name) })
	return out, nil
}

func (m *memory) Swap(_ context.Context, token string, e job.Entry) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.swaps++
	if m.swapErr != nil {
		if err := m.swapErr(m.swaps); err != nil {
			return err
		}
	}
	if m.entries[e.Name].Lease.Token != token {
		return errs.Conflict("stage %q was taken by another run", e.Name)
	}
	m.entries[e.Name] = e
	return nil
}

func TestMemory(t *testing.T) {
	storetest.Job(t, func(*testing.T) job.Store { return newMemory() })
}
