package auth_test

import (
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/luodi/luodi/internal/auth"
	"github.com/luodi/luodi/internal/auth/authtest"
	"github.com/luodi/luodi/internal/errs"
)

// What a key is bound to comes back with every check of its secret, from memory and
// from the store, and a secret is nobody else's however it is written.
func TestAKeyIsItsOwn(t *testing.T) {
	born := time.Date(2026, 3, 1, 0, 0, 0, 0, time.UTC)
	rapid.Check(t, func(t *rapid.T) {
		s := &authtest.Store{}
		c := &clock{born}
		check := auth.NewChecker(s, time.Second, c.now)
		type made struct {
			key    auth.Key
			secret string
		}
		var all []made
		for range rapid.IntRange(1, 5).Draw(t, "keys") {
			k, secret, err := auth.Create(t.Context(), s, auth.Key{
				Name: rapid.SampledFrom([]string{"a", "b"}).Draw(t, "name"), Department: rapid.SampledFrom([]string{"risk", "risk/till"}).Draw(t, "department"),
				Scenario: rapid.SampledFrom([]string{"", "intent"}).Draw(t, "scenario"), RequestsPerMinute: rapid.Int64Range(0, 9).Draw(t, "requests"),
				OnDisconnect: rapid.SampledFrom([]string{"", auth.Drain}).Draw(t, "when it leaves"),
			}, born)
			if err != nil {
				t.Fatal(err)
			}
			all = append(all, made{k, secret})
		}
		for range 10 {
			m := rapid.SampledFrom(all).Draw(t, "asks")
			c.t = c.t.Add(time.Duration(rapid.Int64Range(0, int64(5*time.Second)).Draw(t, "later")))
			got, err := check.Check(t.Context(), m.secret)
			if err != nil {
				t.Fatal(err)
			}
			if got.ID != m.key.ID || got.Name != m.key.Name || got.Department != m.key.Department || got.Scenario != m.key.Scenario || got.RequestsPerMinute != m.key.RequestsPerMinute || got.OnDisconnect != m.key.OnDisconnect {
				t.Fatalf("%+v, not %+v", got, m.key)
			}
			at := rapid.IntRange(0, len(m.secret)-1).Draw(t, "changed")
			other := []byte(m.secret)
			if other[at] ^= 1; string(other) == m.secret {
				continue
			}
			for _, wrong := range []string{string(other), m.secret[:at], m.secret + " ", " " + m.secret, m.secret + "\x00"} {
				if k, err := check.Check(t.Context(), wrong); !errs.Is(err, errs.CodeUnauthenticated) {
					t.Fatalf("%q is taken for %+v (%v)", wrong, k, err)
				}
			}
		}
	})
}

// A limit that is changed while a key is in use holds from the next call on.
func TestALimitIsChanged(t *testing.T) {
	now := time.Date(2026, 3, 1, 0, 0, 0, 0, time.UTC)
	var l auth.Limiter
	admitted := func(k *auth.Key) (n int) {
		for range 100 {
			if wait, _ := l.Admit(k, 1, now); wait == 0 {
				n++
			}
		}
		return n
	}
	key := func(requests int64) *auth.Key { return &auth.Key{ID: "key_1", RequestsPerMinute: requests} }
	for _, tt := range []struct {
		limit int64
		want  int
	}{{5, 5}, {5, 0}, {3, 3}, {50, 50}, {50, 0}, {0, 100}} {
		if got := admitted(key(tt.limit)); got != tt.want {
			t.Errorf("%d a minute: %d let in, want %d", tt.limit, got, tt.want)
		}
	}
	if wait, of := l.Admit(&auth.Key{ID: "key_2", RequestsPerMinute: 1}, 1, now); wait != 0 {
		t.Errorf("another key waits %v for its %s", wait, of)
	}
}
