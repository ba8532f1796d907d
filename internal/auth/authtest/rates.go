package authtest

import (
	"context"
	"sync"
	"time"

	"github.com/luodi/luodi/internal/auth"
)

// Rates keeps buckets in memory. The zero value is empty and ready.
type Rates struct {
	mu      sync.Mutex
	buckets map[string]auth.Bucket
	drawn   int
	fail    error
}

var _ auth.Rates = (*Rates)(nil)

// Draw is auth.Rates'.
func (r *Rates) Draw(_ context.Context, id string, d auth.Draw) (int64, time.Duration, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.drawn++
	if r.fail != nil {
		return 0, 0, r.fail
	}
	b, ok := r.buckets[id]
	if !ok {
		b = auth.Full(d.Limit, d.Now)
	}
	got, wait := b.Draw(d)
	if r.buckets == nil {
		r.buckets = map[string]auth.Bucket{}
	}
	r.buckets[id] = b
	return got, wait, nil
}

// Drawn is how often it was drawn from.
func (r *Rates) Drawn() int {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.drawn
}

// SetFail makes every draw return err, nil makes them work again.
func (r *Rates) SetFail(err error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.fail = err
}
