package auth_test

import (
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/luodi/luodi/internal/auth"
	"github.com/luodi/luodi/internal/auth/authtest"
	"github.com/luodi/luodi/internal/errs"
)

// A key works up to its last nanosecond and not at the moment it expires, whether
// it was asked for before or not, in whatever zone that moment is written.
func TestAKeyEndsAtItsInstant(t *testing.T) {
	born := time.Date(2026, 3, 1, 0, 0, 0, 0, time.UTC)
	rapid.Check(t, func(t *rapid.T) {
		life := time.Duration(rapid.Int64Range(int64(time.Microsecond), int64(400*24*time.Hour)).Draw(t, "life"))
		zone := time.FixedZone("", 60*rapid.IntRange(-12*60, 14*60).Draw(t, "zone"))
		end := born.Add(life).In(zone)
		s := &authtest.Store{}
		_, secret, err := auth.Create(t.Context(), s, auth.Key{Name: "k", Department: "risk", Expires: end}, born)
		if err != nil {
			t.Fatal(err)
		}
		c := &clock{born}
		check := auth.NewChecker(s, time.Duration(rapid.Int64Range(1, int64(time.Hour)).Draw(t, "ttl")), c.now)
		if rapid.Bool().Draw(t, "asked before") {
			if _, err := check.Check(t.Context(), secret); err != nil {
				t.Fatal(err)
			}
		}
		for _, near := range []time.Duration{-1, 0, 1, -1} { // back too: a clock may jump
			c.t = end.Add(near)
			if _, err := check.Check(t.Context(), secret); (err == nil) != (near < 0) || err != nil && !errs.Is(err, errs.CodeUnauthenticated) {
				t.Fatalf("%v from its end: %v", near, err)
			}
		}
	})
}

// A clock that jumps, back too, never lets a revoked key go on for longer than an
// answer is believed, and never has the store asked for each call.
func TestAClockThatJumpsAndRevokedKeys(t *testing.T) {
	for name, jump := range map[string]time.Duration{"past what is believed": 3 * time.Second, "an hour on": time.Hour, "an hour back": -time.Hour, "a year back": -365 * 24 * time.Hour} {
		t.Run(name, func(t *testing.T) {
			c := &clock{time.Date(2026, 3, 1, 0, 0, 0, 0, time.UTC)}
			s := &authtest.Store{}
			k, secret, _ := auth.Create(t.Context(), s, auth.Key{Name: "a", Department: "risk"}, c.t)
			check := auth.NewChecker(s, time.Second, c.now)
			if _, err := check.Check(t.Context(), secret); err != nil {
				t.Fatal(err)
			}
			if err := s.Revoke(t.Context(), k.ID, c.t); err != nil {
				t.Fatal(err)
			}
			c.t = c.t.Add(jump)
			if _, err := check.Check(t.Context(), secret); !errs.Is(err, errs.CodeUnauthenticated) || !strings.Contains(err.Error(), "revoked") {
				t.Errorf("a revoked key: %v", err)
			}
			asked := s.Asked
			for range 50 {
				_, _ = check.Check(t.Context(), secret)
			}
			if s.Asked > asked {
				t.Errorf("the store was asked %d times more", s.Asked-asked)
			}
		})
	}
}

// Whatever the clock does, no minute of it lets through more than what was there
// and what flowed in: a jump on fills a bucket once, one back fills in nothing.
func TestBucketsUnderAnyClock(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		limit := rapid.Int64Range(1, 1000).Draw(t, "limit")
		now := time.Date(2026, 3, 1, 0, 0, 0, 0, time.UTC)
		b := auth.Full(limit, now)
		latest, bound, got := now, limit, int64(0)
		for range rapid.IntRange(1, 60).Draw(t, "draws") {
			step := time.Duration(rapid.SampledFrom([]int64{0, 1, 1000, 1_000_000, 59_999_999, 60_000_001, -1, -3_600_000_000, 3_600_000_000}).Draw(t, "step")) * time.Microsecond
			now = now.Add(step)
			if passed := now.Sub(latest); passed > 0 { // a bucket takes in a minute's at most, one in debt two
				bound += (limit*min(passed.Microseconds(), 120_000_000) + 59_999_999) / 60_000_000
				latest = now
			}
			need := rapid.Int64Range(0, 2*limit).Draw(t, "need")
			n, wait := b.Draw(auth.Draw{Limit: limit, Need: need, Want: need, Now: now})
			got += n
			if n != 0 && n < need || n == 0 && need > 0 && wait <= 0 || wait > 25*time.Hour {
				t.Fatalf("asked for %d: %d, in %v", need, n, wait)
			}
			if got > bound+2*limit { // one call may leave a full bucket in debt
				t.Fatalf("%d drawn of %d", got, bound)
			}
		}
	})
}
