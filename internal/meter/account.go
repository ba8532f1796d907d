package meter

import (
	"context"
	"fmt"
	"time"

	"github.com/luodi/luodi/internal/errs"
	"github.com/luodi/luodi/internal/money"
)

const (
	blocks       = 64                     // a lease asks for one of so many parts of a limit
	leaseTimeout = 10 * time.Second       // for the store to answer
	refusedFor   = 100 * time.Millisecond // how long an exhausted budget is not asked again
	idleFor      = 5 * time.Second        // after which a lease that nobody uses is returned
)

// account is this process's part of one window. Meter.mu guards it.
type account struct {
	window  Window
	leased  money.Amount // from the store, less what was returned
	used    money.Amount // held and settled
	open    int          // holds
	touched time.Time    // when a hold was last asked for

	// lowered: the budget may have been lowered below what is leased. What
	// becomes free goes back to the store until it leases again, which shows
	// that all processes together are within the limit.
	lowered bool
	back    money.Amount // no longer in leased, to be returned

	refused     time.Time    // when the store last had no room for
	refusedNeed money.Amount // this much more
}

// putBack sets aside what is free, for the store.
func (a *account) putBack() {
	if n := a.free(); n > 0 {
		a.leased, a.back = a.leased-n, a.back+n
	}
}

// free is what can be held without asking the store. It is negative where
// vendors billed more than was held.
func (a *account) free() money.Amount { return a.leased - a.used }

// refuses reports whether the store has just refused as much.
func (a *account) refuses(amount money.Amount, now time.Time) bool {
	age, long := now.Sub(a.refused), refusedFor
	if a.window.Budget.Currency == Tokens {
		long = emptyFor
	}
	return a.refusedNeed > 0 && amount-a.free() >= a.refusedNeed && age >= 0 && age < long
}

// acquire holds the charges of h in all its windows, or in none.
func (m *Meter) acquire(ctx context.Context, h *Hold) error {
	for {
		now := m.cfg.Now()
		m.mu.Lock()
		a, amount := m.short(h, now)
		if a == nil {
			for i := range h.windows {
				c := &h.row.Charges[i]
				a := m.accounts[c.Budget]
				a.used += c.Amount
				a.open++
			}
			m.mu.Unlock()
			return nil
		}
		refused := a.refuses(amount, now)
		m.mu.Unlock()
		if refused {
			return exhausted(a.window)
		}
		if err := m.lease(ctx, a, amount, true); err != nil {
			return err
		}
	}
}

// short returns the first account without room for its charge, and the
// charge; nil when all have room. What a package covers needs none. mu is held.
func (m *Meter) short(h *Hold, now time.Time) (*account, money.Amount) {
	for i, w := range h.windows {
		amount := h.row.Charges[i].Amount
		if a := m.account(w, now); amount > 0 && a.free() < amount {
			return a, amount
		}
	}
	return nil, 0
}

// account is that of a window; mu is held.
func (m *Meter) account(w *Window, now time.Time) *account {
	a := m.accounts[w.ID]
	if a == nil {
		a = &account{}
		m.accounts[w.ID] = a
	}
	if a.window.Budget != w.Budget { // new, or its limit was changed
		a.window, a.refusedNeed = *w, 0
	}
	a.touched = now
	return a
}

// lease gets a block of the account's window from the store, unless another
// goroutine got one meanwhile: with room for amount or, where it need not be
// whole, for a part of it.
func (m *Meter) lease(ctx context.Context, a *account, amount money.Amount, whole bool) error {
	m.leaseMu.Lock()
	defer m.leaseMu.Unlock()
	m.mu.Lock()
	if !whole {
		amount = min(amount, max(0, a.free())+1)
	}
	w, need, refused := a.window, amount-a.free(), a.refuses(amount, m.cfg.Now())
	m.mu.Unlock()
	if need <= 0 {
		return nil
	}
	if refused {
		return exhausted(w)
	}
	// A client that leaves now must not leave a block that nobody knows of.
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), leaseTimeout)
	defer cancel()
	if err := m.returnBack(ctx, a); err != nil {
		return err
	}
	got, err := m.cfg.Store.Lease(ctx, m.node, w, need, max(need, w.Budget.Limit/blocks))
	m.mu.Lock()
	defer m.mu.Unlock()
	switch {
	case errs.Is(err, errs.CodeExhausted):
		a.refused, a.refusedNeed = m.cfg.Now(), need
		return exhausted(w)
	case err != nil:
		if w.Budget.Currency == Tokens { // calls go on at their price
			a.refused, a.refusedNeed = m.cfg.Now(), 1
		}
		return fmt.Errorf("asking for a part of the budget of %s: %w", w.Budget.Scope, err)
	}
	a.leased += got
	a.refusedNeed, a.lowered = 0, false
	return nil
}

func exhausted(w Window) error {
	until := ""
	if !w.To.IsZero() {
		until = " until " + w.To.Format("2006-01-02")
	}
	return errs.Exhausted("the budget of %s, %s %s, has no room for this call%s", w.Budget.Scope, w.Budget.Limit, w.Budget.Currency, until)
}

// settleCharges puts what was charged in place of what was held; charged is
// nil where nothing was.
func (m *Meter) settleCharges(held, charged []Charge) {
	if len(held) == 0 {
		return
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	for i, c := range held {
		a := m.accounts[c.Budget]
		a.used -= c.Amount
		if charged != nil {
			a.used += charged[i].Amount
		}
		a.open--
		if a.window.Budget.Currency != Tokens {
			a.refusedNeed = 0 // there may be room again
		}
		if a.lowered {
			a.putBack()
		}
	}
}

// sweep returns what was leased for windows that nobody has asked for lately
// and forgets them. leaseMu is held.
func (m *Meter) sweep(ctx context.Context) error {
	now := m.cfg.Now()
	if now.Sub(m.swept) < idleFor {
		return nil
	}
	m.swept = now
	var idle []*account
	m.mu.Lock()
	for id, a := range m.accounts {
		if a.open == 0 && now.Sub(a.touched) >= idleFor {
			idle = append(idle, a)
			delete(m.accounts, id)
		}
	}
	m.mu.Unlock()
	for _, a := range idle {
		m.mu.Lock()
		a.putBack()
		m.mu.Unlock()
		if err := m.returnBack(ctx, a); err != nil {
			return err
		}
	}
	return nil
}

// returnBack gives the store what was put back. leaseMu is held.
func (m *Meter) returnBack(ctx context.Context, a *account) error {
	m.mu.Lock()
	n := a.back
	m.mu.Unlock()
	if n == 0 {
		return nil
	}
	if err := m.cfg.Store.Return(ctx, m.node, a.window.ID, n); err != nil {
		return fmt.Errorf("returning a part of the budget of %s: %w", a.window.Budget.Scope, err)
	}
	m.mu.Lock()
	a.back -= n
	m.mu.Unlock()
	return nil
}

// State is what this process holds and has settled against the windows that
// are in use, for metrics.
type State struct {
	Window       Window
	Leased, Used money.Amount
	Alert        bool // all processes together have passed the budget's alert
}

// States lists the windows in use, in no order.
func (m *Meter) States() []State {
	m.mu.Lock()
	defer m.mu.Unlock()
	out := make([]State, 0, len(m.accounts))
	for _, a := range m.accounts {
		out = append(out, State{Window: a.window, Leased: a.leased, Used: a.used, Alert: m.alerts.passed(&limit{Budget: a.window.Budget}, &a.window)})
	}
	return out
}
