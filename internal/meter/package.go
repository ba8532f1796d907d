package meter

import (
	"context"
	"strings"
	"sync/atomic"
	"time"

	"github.com/luodi/luodi/internal/errs"
	"github.com/luodi/luodi/internal/money"
)

// Package is a number of tokens that calls need not pay for: bought before, or
// free, once or anew in each period. They are leased and held as a budget's money
// is, in a window of tokens of their own, so that no token is used twice, by
// whatever number of processes, nor by one that was killed. Packages are handed
// on by pointer.
type Package struct {
	Name     string // without "/"
	Tokens   int64  // in each period
	Per      string // "day", "month", "year"; "" once
	Counts   string // "input", "output"; "" both
	Of       Scope  // whose calls it covers; without a kind: all
	From, To time.Time
	Zone     *time.Location // of its periods; nil is UTC

	last atomic.Pointer[Window]
}

// Tokens is the currency of the windows of packages: amounts are whole tokens.
const Tokens money.Currency = "tokens"

// OpenReply is how many tokens are held of packages for a reply without a limit.
// Where a budget covers the call, the gateway sends it as the reply's limit.
const OpenReply = 4096

const (
	packageScope = "package"
	emptyFor     = 10 * time.Second // how long an empty package is not asked again
)

// Window is the period that t falls in; ok is false where the package does not
// hold then.
func (p *Package) Window(t time.Time) (w *Window, ok bool) {
	if t.Before(p.From) || !p.To.IsZero() && !t.Before(p.To) {
		return nil, false
	}
	zone := p.Zone
	if zone == nil {
		zone = time.UTC
	}
	if w := p.last.Load(); w != nil && !t.Before(w.From) && (w.To.IsZero() || t.Before(w.To)) {
		return w, true
	}
	b := Budget{Scope: Scope{Kind: packageScope, Name: p.Name}, Per: p.Per, Limit: money.Amount(p.Tokens), Currency: Tokens}
	now := b.Window(t, zone)
	p.last.Store(&now)
	return &now, true
}

// of is how many of so many tokens the package may cover, and what of them is
// left once it has covered n.
func (p *Package) of(in, out int64) int64 {
	switch p.Counts {
	case "input":
		return in
	case "output":
		return out
	}
	return in + out
}

func (p *Package) rest(in, out, n int64) (int64, int64) {
	fromInput := min(in, n)
	if p.Counts == "output" {
		fromInput = 0
	}
	return in - fromInput, out - (n - fromInput)
}

// covers reports whether the package is for a call.
func (p *Package) covers(r *Row) bool {
	return p.Of.Kind == "" || p.Of.covers(r.Key, r.Department, r.Scenario)
}

// cover holds tokens of the call's packages, and reports whether they cover the
// most that it can use. A package that is empty, or cannot be asked, covers
// nothing: the call is held in money then.
func (m *Meter) cover(ctx context.Context, h *Hold, c *Call) (whole bool) {
	if len(c.Price.Packages) == 0 {
		return false
	}
	in, out := c.Most.Input, c.Most.Output
	if out == 0 {
		out = OpenReply
	}
	for _, p := range c.Price.Packages {
		want := p.of(in, out)
		w, holds := p.Window(c.Time)
		if want == 0 || !holds || !p.covers(&h.row) {
			continue
		}
		if n := m.take(ctx, w, money.Amount(want), 1); n > 0 {
			in, out = p.rest(in, out, int64(n))
			h.covered = append(h.covered, Charge{Budget: w.ID, Amount: n})
		}
	}
	return in == 0 && out == 0
}

// take holds want tokens of a window, or as many as are left, for so many more
// holds.
func (m *Meter) take(ctx context.Context, w *Window, want money.Amount, holds int) money.Amount {
	err := error(nil)
	for whole := true; ; {
		now := m.cfg.Now()
		m.mu.Lock()
		a := m.account(w, now)
		if n := min(want, max(0, a.free())); n == want || err != nil || n == 0 && a.refuses(1, now) {
			if n > 0 {
				a.used += n
				a.open += holds
			}
			m.mu.Unlock()
			return n
		}
		m.mu.Unlock()
		if err = m.lease(ctx, a, want, whole); errs.Is(err, errs.CodeExhausted) && whole {
			whole, err = false, nil
		}
	}
}

// use puts what packages cover of a usage in place of what was held of them. Where
// the vendor counted more than was held, more is taken, of packages that were not
// needed before too. It returns what is counted as used of each, the charges, and
// how many tokens of the input and of the output they are.
func (m *Meter) use(h *Hold, u Usage) (held, used []Charge, in, out int64) {
	in, out = u.Input, u.Output
	before := h.covered
	for _, p := range h.price.Packages {
		w, ok := p.Window(h.row.Time)
		if !ok || !p.covers(&h.row) {
			continue
		}
		c, want, holds := Charge{Budget: w.ID}, money.Amount(p.of(in, out)), 1
		if len(before) > 0 && before[0].Budget == w.ID {
			c, before, holds = before[0], before[1:], 0
		}
		if more := want - c.Amount; more > 0 {
			c.Amount += m.take(context.Background(), w, more, holds)
		}
		if c.Amount == 0 {
			continue
		}
		n := min(want, c.Amount)
		in, out = p.rest(in, out, int64(n))
		held = append(held, c)
		used = append(used, Charge{Budget: c.Budget, Amount: n})
	}
	return held, used, u.Input - in, u.Output - out
}

// cover fills in what packages covered, by the charges.
func (r *Row) cover() {
	for _, c := range r.Charges {
		name, ok := strings.CutPrefix(c.Budget, packageScope+":")
		if !ok || c.Amount == 0 {
			continue
		}
		name, _, _ = strings.Cut(name, "/")
		if r.Covered += int64(c.Amount); r.Package != "" {
			name = r.Package + "+" + name
		}
		r.Package = name
	}
}
