package auth_test

import (
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/luodi/luodi/internal/auth"
)

func TestLimiter(t *testing.T) {
	at := time.Date(2026, 3, 1, 9, 0, 0, 0, time.UTC)
	k := &auth.Key{ID: "key_1", RequestsPerMinute: 3, TokensPerMinute: 100}
	type step struct {
		name    string
		after   time.Duration
		tokens  int64
		correct int64 // once it is admitted
		wait    time.Duration
		of      string
	}
	for name, steps := range map[string][]step{
		"three requests, then one each twenty seconds": {
			{name: "1", tokens: 1}, {name: "2", tokens: 1}, {name: "3", tokens: 1},
			{name: "4", tokens: 1, wait: 20 * time.Second, of: "requests"},
			{name: "early", after: 15 * time.Second, tokens: 1, wait: 5 * time.Second, of: "requests"},
			{name: "due", after: 5 * time.Second, tokens: 1},
		},
		"tokens that were used beyond the guess are a debt": {
			{name: "guessed small", tokens: 10, correct: 150},
			{name: "in debt", tokens: 10, wait: 42 * time.Second, of: "tokens"},
			{name: "paid", after: 42 * time.Second, tokens: 10},
		},
		"what was not used comes back": {
			{name: "guessed large", tokens: 100, correct: -90}, {name: "room", tokens: 90},
		},
		"a call larger than the minute waits for a full bucket": {
			{name: "one", tokens: 40}, {name: "huge", tokens: 1000, wait: 24 * time.Second, of: "tokens"},
			{name: "full", after: 24 * time.Second, tokens: 1000}, {name: "after", tokens: 1, wait: 546*time.Second - 6*time.Second + 600*time.Millisecond, of: "tokens"},
		},
		"a clock that jumps back gives nothing": {
			{name: "1", tokens: 1}, {name: "2", tokens: 1}, {name: "3", tokens: 1},
			{name: "back", after: -time.Hour, tokens: 1, wait: 20 * time.Second, of: "requests"},
		},
	} {
		t.Run(name, func(t *testing.T) {
			var l auth.Limiter
			now := at
			for _, s := range steps {
				now = now.Add(s.after)
				wait, of := l.Admit(k, s.tokens, now)
				if wait.Round(time.Millisecond) != s.wait || of != s.of {
					t.Fatalf("%s: wait %v for %q, want %v for %q", s.name, wait, of, s.wait, s.of)
				}
				l.Correct(k, s.correct)
			}
		})
	}
}

// TestLimiterNeverGivesMore: in any minute a key gets at most what was in its
// bucket and one minute's worth.
func TestLimiterNeverGivesMore(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		k := &auth.Key{ID: "k", RequestsPerMinute: rapid.Int64Range(1, 50).Draw(t, "limit")}
		var l auth.Limiter
		start := time.Date(2026, 3, 1, 9, 0, 0, 0, time.UTC)
		now, given := start, int64(0)
		for range rapid.IntRange(1, 200).Draw(t, "calls") {
			now = now.Add(time.Duration(rapid.IntRange(0, 3000).Draw(t, "ms")) * time.Millisecond)
			if wait, _ := l.Admit(k, 0, now); wait == 0 {
				given++
			} else if again, _ := l.Admit(k, 0, now.Add(wait+time.Millisecond)); again != 0 {
				t.Fatalf("told to wait %v, and then %v", wait, again)
			} else {
				given, now = given+1, now.Add(wait+time.Millisecond)
			}
		}
		if most := float64(k.RequestsPerMinute) * (1 + now.Sub(start).Minutes()); float64(given) > most+1e-6 {
			t.Fatalf("%d given, at most %v", given, most)
		}
	})
}

func TestLimiterConcurrently(t *testing.T) {
	var l auth.Limiter
	k := &auth.Key{ID: "k", RequestsPerMinute: 10}
	now := time.Now()
	var given atomic.Int64
	var wg sync.WaitGroup
	for range 64 {
		wg.Go(func() {
			if wait, _ := l.Admit(k, 5, now); wait == 0 {
				given.Add(1)
			}
		})
	}
	wg.Wait()
	if given.Load() != 10 {
		t.Errorf("%d of 64 were let through", given.Load())
	}
	if wait, of := l.Admit(&auth.Key{ID: "free"}, 1e9, now); wait != 0 || of != "" {
		t.Errorf("a key without limits waits %v for %s", wait, of)
	}
}
