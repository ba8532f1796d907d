package auth

import (
	"context"
	"math"
	"time"
)

// Rates keeps the buckets of keys for all processes. Methods may be called from
// any goroutine.
type Rates interface {
	// Draw is Bucket.Draw of the bucket with that id, which begins full. It is
	// atomic across processes.
	Draw(ctx context.Context, id string, d Draw) (got int64, wait time.Duration, err error)
}

// Draw asks a bucket that holds limit, and is filled with limit a minute.
type Draw struct {
	Limit int64
	Back  int64 // what is put in first; below 0: taken out, for what was used beyond what was drawn
	Need  int64 // the least that is wanted; above Limit: a full bucket, which is left in debt
	Want  int64 // the most
	Now   time.Time
}

// Bucket is what a key may still use of its minute. Level is in parts of
// perMinute, so that a microsecond fills in a whole number.
type Bucket struct {
	Level int64
	At    time.Time
}

const (
	perMinute = 60_000_000
	maxLimit  = math.MaxInt64 / perMinute / 4
	maxWait   = 24 * 60 * perMinute // microseconds
)

// Full is a bucket that nobody has used.
func Full(limit int64, now time.Time) Bucket { return Bucket{min(limit, maxLimit) * perMinute, now} }

// Draw fills the bucket up to now and takes Need or, while at least as much is
// left for others, up to Want. Where Need is not there it takes nothing, and wait
// is how long until it is. A clock that goes back fills in nothing.
func (b *Bucket) Draw(d Draw) (got int64, wait time.Duration) {
	limit := min(d.Limit, maxLimit)
	if passed := d.Now.Sub(b.At).Microseconds(); passed > 0 {
		b.At = d.Now
		b.Level += limit * min(passed, (limit*perMinute-b.Level)/limit+1) // then it is full
	}
	back := max(-maxLimit, min(d.Back, maxLimit))
	b.Level = max(-2*maxLimit*perMinute, min(b.Level+back*perMinute, limit*perMinute))
	need := min(max(0, d.Need), maxLimit)
	if missing := min(need, limit)*perMinute - b.Level; need > 0 && missing > 0 {
		return 0, time.Duration(min((missing+limit-1)/limit, maxWait)) * time.Microsecond
	}
	got = max(need, min(d.Want, b.Level/perMinute/2))
	b.Level -= got * perMinute
	return got, 0
}

const (
	parts     = 16              // a process draws one of so many parts of a minute
	freshFor  = 2 * time.Second // and what it has not used by then it puts back
	drawIn    = time.Second     // for the store to answer
	aloneFor  = 5 * time.Second // how long a store that did not is left alone
	requestsN = "requests"
	tokensN   = "tokens"
)

// Share makes the buckets those of all processes on r, from now on. Each draws a
// sixteenth of a key's minute and uses it in memory; what it does not use within
// 2 seconds is no longer used by it and goes back with its next draw. So a key
// gets, at any moment and from each process, at most what fills in within 2
// seconds (a thirtieth of its minute) above its limit. A process that dies takes
// at most a sixteenth with it, which fills in again within 4 seconds, and forgets
// the replies of its calls under way. While r does not answer, each process lets a
// key have its limits by itself.
func (l *Limiter) Share(r Rates) { l.rates, l.began = r, time.Now() }

// steady is now by a clock that was set once and goes on evenly: the buckets of all
// processes keep times, and one that was set back would fill nothing until the
// clock has caught up.
func (l *Limiter) steady(now time.Time) time.Time { return l.began.Add(now.Sub(l.began)) }

// share is this process's part of a bucket.
type share struct {
	level  int64 // drawn and not used; below 0: used beyond it
	until  time.Time
	refuse int64 // as much was just refused
	again  time.Time
}

// take uses n of the share, or draws more. ok is false where the store does not
// answer.
func (s *share) take(r Rates, id string, limit, n int64, now time.Time) (wait time.Duration, ok bool) {
	if now.Before(s.until) && s.level >= n && s.until.Sub(now) <= freshFor {
		s.level -= n
		return 0, true
	}
	if wait := s.again.Sub(now); s.refuse > 0 && n >= s.refuse && wait > 0 && wait <= time.Minute {
		return wait, true
	}
	got, wait, err := draw(r, id, Draw{Limit: limit, Back: s.level, Need: n, Want: max(n, limit/parts), Now: now})
	if err != nil {
		return 0, false
	}
	s.level, s.until, s.refuse = 0, now.Add(freshFor), 0
	if wait > 0 {
		s.refuse, s.again = n, now.Add(wait)
		return wait, true
	}
	s.level = got - n
	return 0, true
}

func draw(r Rates, id string, d Draw) (int64, time.Duration, error) {
	ctx, cancel := context.WithTimeout(context.Background(), drawIn)
	defer cancel()
	return r.Draw(ctx, id, d)
}

// admitShared is Admit by the buckets of all processes; b.mu is held. ok is false
// where they cannot be asked.
func (l *Limiter) admitShared(b *buckets, k *Key, tokens int64, now time.Time) (wait time.Duration, of string, ok bool) {
	if now.Before(b.alone) {
		return 0, "", false
	}
	defer func() {
		if !ok {
			b.alone = now.Add(aloneFor)
		}
	}()
	if limit := k.RequestsPerMinute; limit > 0 {
		if wait, ok = b.sharedRequests.take(l.rates, requestsN+":"+k.ID, limit, 1, now); !ok || wait > 0 {
			return wait, requestsN, ok
		}
	}
	if limit := k.TokensPerMinute; limit > 0 && tokens > 0 {
		wait, ok = b.sharedTokens.take(l.rates, tokensN+":"+k.ID, limit, tokens, now)
		if wait > 0 && k.RequestsPerMinute > 0 {
			b.sharedRequests.level++
		}
		return wait, tokensN, ok
	}
	return 0, "", true
}

// correctShared is Correct; a debt of more than a part is told to the others.
// b.mu is held.
func (l *Limiter) correctShared(b *buckets, k *Key, n int64) {
	s := &b.sharedTokens
	if s.level = min(s.level-n, k.TokensPerMinute); s.level >= -k.TokensPerMinute/parts || b.telling {
		return
	}
	debt, now := s.level, b.last
	s.level, b.telling = 0, true
	go func() {
		_, _, err := draw(l.rates, tokensN+":"+k.ID, Draw{Limit: k.TokensPerMinute, Back: debt, Now: now})
		b.mu.Lock()
		defer b.mu.Unlock()
		if b.telling = false; err != nil {
			s.level += debt
		}
	}()
}
