package auth

import (
	"math"
	"sync"
	"time"
)

// Limiter holds keys to their requests and tokens a minute. Its buckets are
// this process's, unless they are shared. A bucket starts full and holds one
// minute's worth; what flows in is spread evenly. The zero value is ready;
// methods may be called from any goroutine.
type Limiter struct {
	keys  sync.Map  // Key.ID → *buckets
	rates Rates     // nil: not shared
	began time.Time // when they were shared
}

type buckets struct {
	mu       sync.Mutex
	requests bucket
	tokens   bucket

	sharedRequests, sharedTokens share
	last                         time.Time // when they were last used
	alone                        time.Time // until then the two above are used
	telling                      bool      // the others, of a debt
}

type bucket struct {
	level float64
	limit int64
	at    time.Time
}

// fill brings the level up to now; a limit that has changed starts anew.
func (b *bucket) fill(limit int64, now time.Time) {
	if b.limit != limit || b.at.IsZero() {
		*b = bucket{level: float64(limit), limit: limit, at: now}
		return
	}
	if d := now.Sub(b.at); d > 0 {
		b.level = math.Min(float64(limit), b.level+float64(limit)*d.Minutes())
		b.at = now
	}
}

// wait is how long until the bucket holds n, or is full where it never will.
func (b *bucket) wait(n float64) time.Duration {
	missing := math.Min(n, float64(b.limit)) - b.level
	if b.limit == 0 || missing <= 1e-9 {
		return 0
	}
	return time.Duration(missing / float64(b.limit) * float64(time.Minute))
}

// Limited reports whether the key has a limit at all.
func (k *Key) Limited() bool { return k.RequestsPerMinute > 0 || k.TokensPerMinute > 0 }

// Admit takes one request and about so many tokens from the key's buckets, or
// nothing and returns after what time to ask again. of is the limit that has
// no room: "requests" or "tokens". A call that is larger than its key's minute
// waits for a full bucket and leaves it in debt.
func (l *Limiter) Admit(k *Key, tokens int64, now time.Time) (wait time.Duration, of string) {
	if !k.Limited() {
		return 0, ""
	}
	b := l.of(k)
	b.mu.Lock()
	defer b.mu.Unlock()
	if l.rates != nil {
		now = l.steady(now)
		if wait, of, ok := l.admitShared(b, k, tokens, now); ok {
			if b.last = now; wait == 0 {
				of = ""
			}
			return wait, of
		}
	}
	b.requests.fill(k.RequestsPerMinute, now)
	b.tokens.fill(k.TokensPerMinute, now)
	if w := b.requests.wait(1); w > wait {
		wait, of = w, "requests"
	}
	if w := b.tokens.wait(float64(tokens)); w > wait {
		wait, of = w, "tokens"
	}
	if wait == 0 {
		b.requests.level--
		b.tokens.level -= float64(tokens)
	}
	return wait, of
}

// Correct takes more tokens, or gives back where n is below 0, once it is
// known what a call has used.
func (l *Limiter) Correct(k *Key, n int64) {
	if k.TokensPerMinute == 0 || n == 0 {
		return
	}
	b := l.of(k)
	b.mu.Lock()
	defer b.mu.Unlock()
	if l.rates != nil && !b.last.Before(b.alone) {
		l.correctShared(b, k, n)
		return
	}
	b.tokens.level = math.Min(b.tokens.level-float64(n), float64(b.tokens.limit))
}

func (l *Limiter) of(k *Key) *buckets {
	v, ok := l.keys.Load(k.ID)
	if !ok {
		v, _ = l.keys.LoadOrStore(k.ID, &buckets{})
	}
	return v.(*buckets)
}
