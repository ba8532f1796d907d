package meter

import (
	"context"
	"sync/atomic"
	"time"
)

// limit is a budget with the window that the last call fell in.
type limit struct {
	Budget
	last atomic.Pointer[Window]
}

func (l *limit) window(t time.Time, zone *time.Location) *Window {
	if w := l.last.Load(); w != nil && !t.Before(w.From) && (w.To.IsZero() || t.Before(w.To)) {
		return w
	}
	w := l.Budget.Window(t, zone)
	l.last.Store(&w)
	return &w
}

// SetBudgets replaces the budgets; calls that are under way keep theirs. What
// this process has leased and does not hold goes back first, so that a lower
// limit holds from the next call on.
func (m *Meter) SetBudgets(ctx context.Context, budgets []Budget) error {
	for _, b := range budgets {
		if err := b.Check(); err != nil {
			return err
		}
	}
	limits := make([]*limit, len(budgets))
	for i, b := range budgets {
		limits[i] = &limit{Budget: b}
	}
	m.leaseMu.Lock()
	defer m.leaseMu.Unlock()
	m.budgets.Store(&limits)
	return m.giveBack(ctx)
}

// giveBack returns what is leased and free of every window, and has what
// becomes free returned too until the store leases again. leaseMu is held.
func (m *Meter) giveBack(ctx context.Context) error {
	var all []*account
	m.mu.Lock()
	for _, a := range m.accounts {
		a.lowered = true
		a.putBack()
		all = append(all, a)
	}
	m.mu.Unlock()
	for _, a := range all {
		if err := m.returnBack(ctx, a); err != nil {
			return err
		}
	}
	return nil
}

// covering appends the budgets that the call falls under.
func (m *Meter) covering(dst []*limit, c *Call) []*limit {
	for _, b := range *m.budgets.Load() {
		if b.Covers(c) {
			dst = append(dst, b)
		}
	}
	if c.Own == nil {
		return dst
	}
	l, ok := m.own.Load(*c.Own)
	if !ok {
		l, _ = m.own.LoadOrStore(*c.Own, &limit{Budget: *c.Own})
	}
	return append(dst, l.(*limit))
}

// Store is where the ledger is filled in.
func (m *Meter) Store() Store { return m.cfg.Store }

// Budgeted reports whether a budget applies to the call, so that its reply
// must have a limit.
func (m *Meter) Budgeted(c *Call) bool {
	var room [8]*limit
	return len(m.covering(room[:0], c)) > 0
}
