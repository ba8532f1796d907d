package auth

import (
	"context"
	"sync"
	"sync/atomic"
	"time"

	"github.com/luodi/luodi/internal/errs"
)

const (
	defaultTTL = 5 * time.Second
	maxUnknown = 10_000 // wrong keys remembered, against floods
	askTimeout = 10 * time.Second
)

// Checker answers from memory which key a secret is. Make one with NewChecker;
// its methods may be called from any goroutine.
type Checker struct {
	store Store
	ttl   time.Duration
	now   func() time.Time

	known   sync.Map // Hash → *entry
	unknown atomic.Int64
}

type entry struct {
	mu     sync.Mutex // one goroutine asks the store
	key    atomic.Pointer[Key]
	asked  atomic.Int64 // unix nanoseconds of the last answer
	asking atomic.Bool
}

// NewChecker checks against s. An answer is used for ttl, zero is 5 seconds:
// so long a revoked key goes on working. now nil is time.Now.
func NewChecker(s Store, ttl time.Duration, now func() time.Time) *Checker {
	if ttl == 0 {
		ttl = defaultTTL
	}
	if now == nil {
		now = time.Now
	}
	return &Checker{store: s, ttl: ttl, now: now}
}

// Check returns the key of a secret. It asks the store for a secret never
// seen; one seen within two TTL is answered from memory and, when older than
// one, asked for in the background, so that a busy key never waits. It returns
// errs.Unauthenticated for a secret that is unknown, revoked or expired; why
// is in the message only where the key exists.
func (c *Checker) Check(ctx context.Context, secret string) (*Key, error) {
	if len(secret) < len(Prefix) || secret[:len(Prefix)] != Prefix {
		return nil, errs.Unauthenticated("the API key is not one of luodi's; make one with luodi key create")
	}
	h := HashOf(secret)
	now := c.now()
	v, ok := c.known.Load(h)
	if !ok {
		if c.unknown.Load() >= maxUnknown {
			c.forget()
		}
		var loaded bool
		if v, loaded = c.known.LoadOrStore(h, &entry{}); !loaded {
			c.unknown.Add(1)
		}
	}
	e := v.(*entry)
	age := now.Sub(time.Unix(0, e.asked.Load()))
	switch {
	case age >= 0 && age < c.ttl:
	case age >= 0 && age < 2*c.ttl && e.key.Load() != nil:
		if e.asking.CompareAndSwap(false, true) {
			go func() {
				defer e.asking.Store(false)
				ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), askTimeout)
				defer cancel()
				_ = c.ask(ctx, h, e) // the next one asks again
			}()
		}
	default:
		if err := c.ask(ctx, h, e); err != nil {
			return nil, err
		}
	}
	k := e.key.Load()
	switch {
	case k == nil:
		return nil, errs.Unauthenticated("the API key is unknown; make one with luodi key create")
	case !k.Revoked.IsZero():
		return nil, errs.Unauthenticated("the API key %s is revoked", k.ID)
	case !k.Expires.IsZero() && !now.Before(k.Expires):
		return nil, errs.Unauthenticated("the API key %s has expired on %s", k.ID, k.Expires.Format(time.DateOnly))
	}
	return k, nil
}

// Key is the key of that id, as the store has it now.
func (c *Checker) Key(ctx context.Context, id string) (Key, error) {
	keys, err := c.store.Keys(ctx)
	if err != nil {
		return Key{}, err
	}
	for _, k := range keys {
		if k.ID == id {
			return k, nil
		}
	}
	return Key{}, errs.NotFound("there is no key %s", id)
}

// ask reads the entry's key from the store. An answer that is "none" is an
// answer; only a store that cannot be asked is an error, and then a key that
// was known before stays known.
func (c *Checker) ask(ctx context.Context, h Hash, e *entry) error {
	e.mu.Lock()
	defer e.mu.Unlock()
	if age := c.now().Sub(time.Unix(0, e.asked.Load())); age >= 0 && age < c.ttl {
		return nil // another goroutine has just asked
	}
	k, err := c.store.ByHash(ctx, h)
	switch {
	case err == nil:
		e.key.Store(&k)
	case errs.Is(err, errs.CodeNotFound):
		e.key.Store(nil)
	case e.key.Load() != nil:
	default:
		return err
	}
	e.asked.Store(c.now().UnixNano())
	return nil
}

// forget drops the secrets that are no keys.
func (c *Checker) forget() {
	c.known.Range(func(h, v any) bool {
		if v.(*entry).key.Load() == nil {
			c.known.Delete(h)
		}
		return true
	})
	c.unknown.Store(0)
}
