package gateway

import (
	"sync"
	"time"
)

const (
	breakAfter = 5                // failures in a row
	breakFor   = 10 * time.Second // before one call is let through again
)

// Breaker keeps calls from an upstream that has just failed five times in a
// row: for ten seconds none goes through, then one as a probe, until one
// succeeds. The zero value is closed; methods may be called from any goroutine.
type Breaker struct {
	mu       sync.Mutex
	failures int
	until    time.Time // no call before
	probing  bool
}

// Allow reports whether a call may go; then Done must follow.
func (b *Breaker) Allow(now time.Time) bool {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.failures < breakAfter {
		return true
	}
	if b.probing || now.Before(b.until) {
		return false
	}
	b.probing = true
	return true
}

// Done takes in how a call went. A call that the client ended is neither a
// success nor a failure: ok nil.
func (b *Breaker) Done(now time.Time, ok *bool) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.probing = false
	switch {
	case ok == nil:
	case *ok:
		b.failures = 0
	default:
		b.failures++
		b.until = now.Add(breakFor)
	}
}

// Open reports whether calls are kept back.
func (b *Breaker) Open(now time.Time) bool {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.failures >= breakAfter && now.Before(b.until)
}
