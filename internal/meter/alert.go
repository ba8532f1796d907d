package meter

import (
	"context"
	"fmt"
	"sync"
	"time"

	"github.com/luodi/luodi/internal/money"
)

// alerts are the windows that have passed their budget's alert. What is spent
// is the store's sum over all processes, looked up in the background: a mark is
// up to a second late, a limit never is. The zero value is empty.
type alerts struct {
	windows sync.Map // window id → money.Amount that was spent when it passed
	looked  time.Time
}

func (a *alerts) passed(l *limit, w *Window) bool {
	if l.Alert == 0 {
		return false
	}
	spent, ok := a.windows.Load(w.ID)
	return ok && spent.(money.Amount) >= l.Alert
}

// Degrade names the route that a call should take instead of the one it asks
// for: that of the first of its budgets that has passed its alert, or, where
// full is set, of the first that names one at all. "": none.
func (m *Meter) Degrade(c *Call, full bool) string {
	var room [8]*limit
	for _, l := range m.covering(room[:0], c) {
		if l.Budget.Degrade != "" && (full || m.alerts.passed(l, l.window(c.Time, m.cfg.Zone))) {
			return l.Budget.Degrade
		}
	}
	return ""
}

// look brings the alerts up to date, every few fills.
func (m *Meter) look(ctx context.Context) error {
	now := m.cfg.Now()
	if age := now.Sub(m.alerts.looked); age >= 0 && age < 5*m.cfg.Fill {
		return nil
	}
	m.alerts.looked = now
	watched := append([]*limit(nil), *m.budgets.Load()...)
	m.own.Range(func(_, l any) bool {
		watched = append(watched, l.(*limit))
		return true
	})
	for _, l := range watched {
		if l.Alert == 0 {
			continue
		}
		w := l.window(now, m.cfg.Zone)
		spent, _, err := m.cfg.Store.State(ctx, w.ID)
		if err != nil {
			return fmt.Errorf("looking up what the budget of %s has spent: %w", l.Scope, err)
		}
		before := m.alerts.passed(l, w)
		m.alerts.windows.Store(w.ID, spent)
		if m.cfg.Alert != nil && !before && spent >= l.Alert {
			m.cfg.Alert(*w, spent)
		}
	}
	return nil
}
