package auth_test

import (
	"errors"
	"math"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/luodi/luodi/internal/auth"
	"github.com/luodi/luodi/internal/auth/authtest"
)

func shared(r auth.Rates) *auth.Limiter {
	l := &auth.Limiter{}
	l.Share(r)
	return l
}

var nine = time.Date(2026, 3, 1, 9, 0, 0, 0, time.UTC)

// Two processes under bursts let through what one would.
func TestTwoProcessesShareAMinute(t *testing.T) {
	r := &authtest.Rates{}
	limiters := []*auth.Limiter{shared(r), shared(r)}
	k := &auth.Key{ID: "k", RequestsPerMinute: 100, TokensPerMinute: 1_000_000}
	var given atomic.Int64
	var wg sync.WaitGroup
	for i := range 64 {
		wg.Go(func() {
			for range 10 {
				if wait, _ := limiters[i%2].Admit(k, 5, nine); wait == 0 {
					given.Add(1)
				}
			}
		})
	}
	wg.Wait()
	if n := given.Load(); n > 100 || n < 100-100/16 { // what one holds when the other is refused
		t.Errorf("%d of 640 were let through", n)
	}
	if r.Drawn() > 150 {
		t.Errorf("%d draws for 640 calls", r.Drawn())
	}
	if wait, of := limiters[0].Admit(k, 5, nine.Add(time.Minute)); wait != 0 || of != "" {
		t.Errorf("a minute later: %v for %q", wait, of)
	}
}

// Whatever calls come to whichever of three processes: at no time was more given
// than the limit, what has filled in, and a thirtieth of a minute for each.
func TestProcessesNeverGiveMuchMore(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		r := &authtest.Rates{}
		limiters := []*auth.Limiter{shared(r), shared(r), shared(r)}
		k := &auth.Key{ID: "k", RequestsPerMinute: rapid.Int64Range(1, 300).Draw(t, "limit")}
		now, given := nine, int64(0)
		for range rapid.IntRange(1, 300).Draw(t, "calls") {
			now = now.Add(time.Duration(rapid.IntRange(0, 1500).Draw(t, "ms")) * time.Millisecond)
			if wait, _ := limiters[rapid.IntRange(0, 2).Draw(t, "process")].Admit(k, 0, now); wait == 0 {
				given++
			}
			if most := float64(k.RequestsPerMinute) * (1 + now.Sub(nine).Minutes() + 3.0/30); float64(given) > most+1e-6 {
				t.Fatalf("%d given, at most %v", given, most)
			}
		}
	})
}

// What calls used beyond their guess is a debt of all processes; a share that was
// not used goes back.
func TestDebtsAreShared(t *testing.T) {
	r := &authtest.Rates{}
	a, b := shared(r), shared(r)
	k := &auth.Key{ID: "k", TokensPerMinute: 1600}
	if wait, _ := a.Admit(k, 10, nine); wait != 0 {
		t.Fatal(wait)
	}
	a.Correct(k, 3000)
	for range 100 { // told in the background
		if wait, of := b.Admit(k, 10, nine); wait > 30*time.Second && of == "tokens" {
			break
		}
		time.Sleep(5 * time.Millisecond)
	}
	if wait, of := b.Admit(k, 10, nine); wait < 30*time.Second || of != "tokens" {
		t.Errorf("the other waits %v for %q", wait, of)
	}
	if wait, _ := b.Admit(k, 10, nine.Add(2*time.Minute)); wait != 0 {
		t.Errorf("once it is paid: %v", wait)
	}
}

func TestAStoreThatDoesNotAnswerLeavesEachItsOwn(t *testing.T) {
	r := &authtest.Rates{}
	l := shared(r)
	k := &auth.Key{ID: "k", RequestsPerMinute: 2, TokensPerMinute: 1000}
	r.SetFail(errors.New("gone"))
	for i, want := range []bool{true, true, false} {
		if wait, _ := l.Admit(k, 1, nine); (wait == 0) != want {
			t.Errorf("call %d waits %v", i, wait)
		}
		l.Correct(k, 1)
	}
	if r.Drawn() != 1 {
		t.Errorf("it was asked %d times", r.Drawn())
	}
	r.SetFail(nil)
	if wait, _ := l.Admit(k, 1, nine.Add(6*time.Second)); wait != 0 || r.Drawn() < 2 {
		t.Errorf("once it answers: %v, %d draws", wait, r.Drawn())
	}
}

// A bucket stays within its limits whatever is asked of it.
func TestBuckets(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		limit := rapid.OneOf(rapid.Int64Range(1, 100), rapid.Int64Range(1, math.MaxInt64)).Draw(t, "limit")
		b := auth.Full(limit, nine)
		most := b.Level
		for range rapid.IntRange(1, 20).Draw(t, "draws") {
			d := auth.Draw{Limit: limit, Now: nine.Add(time.Duration(rapid.Int64().Draw(t, "now"))),
				Back: rapid.OneOf(rapid.Int64Range(-100, 100), rapid.Int64()).Draw(t, "back"), Need: rapid.OneOf(rapid.Int64Range(0, 100), rapid.Int64Min(0)).Draw(t, "need")}
			d.Want = d.Need
			got, wait := b.Draw(d)
			if b.Level > most || wait < 0 || wait > 0 && got > 0 || got < 0 {
				t.Fatalf("%+v of %d: got %d, wait %v, level %d", d, limit, got, wait, b.Level)
			}
		}
	})
}
