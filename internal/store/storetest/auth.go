package storetest

import (
	"context"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/luodi/luodi/internal/auth"
	"github.com/luodi/luodi/internal/errs"
	"github.com/luodi/luodi/internal/meter"
	"github.com/luodi/luodi/internal/money"
)

// Auth is what an auth.Store must do.
func Auth(t *testing.T, open func(t *testing.T) auth.Store) {
	ctx := context.Background()
	at := time.Date(2026, 3, 1, 9, 0, 0, 5000, time.UTC)
	full := auth.Key{ID: "key_2", Name: "客服 bot", Department: "service", Scenario: "intent", Expires: at.AddDate(0, 3, 0), OnDisconnect: auth.Drain, Created: at,
		RequestsPerMinute: 60, TokensPerMinute: 100_000, Cache: 10 * time.Minute, Files: true, Log: true, PromptBytes: 32 << 10,
		Budget: &meter.Budget{Scope: meter.Scope{Kind: meter.Key, Name: "key_2"}, Per: "month", Limit: 50 * money.Unit, Currency: money.CNY, Alert: 40 * money.Unit, Degrade: "cheap"}}
	plain := auth.Key{ID: "key_1", Name: "batch", Department: "risk", OnDisconnect: auth.Cancel, Created: at.Add(time.Second)}

	t.Run("keys come back by their hash and in order", func(t *testing.T) {
		s := open(t)
		ok(t, s.Add(ctx, plain, auth.HashOf("b")))
		ok(t, s.Add(ctx, full, auth.HashOf("a")))
		got, err := s.ByHash(ctx, auth.HashOf("a"))
		ok(t, err)
		if d := cmp.Diff(full, got); d != "" {
			t.Errorf("(-want +got):\n%s", d)
		}
		list, err := s.Keys(ctx)
		ok(t, err)
		if d := cmp.Diff([]auth.Key{full, plain}, list); d != "" {
			t.Errorf("(-want +got):\n%s", d)
		}
		_, err = s.ByHash(ctx, auth.HashOf("c"))
		code(t, err, errs.CodeNotFound)
	})

	t.Run("a key's limits are replaced, all of them, and nothing else", func(t *testing.T) {
		s := open(t)
		ok(t, s.Add(ctx, full, auth.HashOf("a")))
		want := full
		want.RequestsPerMinute, want.TokensPerMinute, want.PromptBytes, want.Budget, want.Log = 0, 7, 0, nil, false
		ok(t, s.Limit(ctx, auth.Key{ID: full.ID, TokensPerMinute: 7}))
		got, err := s.ByHash(ctx, auth.HashOf("a"))
		ok(t, err)
		if d := cmp.Diff(want, got); d != "" {
			t.Errorf("(-want +got):\n%s", d)
		}
		code(t, s.Limit(ctx, auth.Key{ID: "key_none"}), errs.CodeNotFound)
	})

	t.Run("an id and a hash are used once", func(t *testing.T) {
		s := open(t)
		ok(t, s.Add(ctx, full, auth.HashOf("a")))
		code(t, s.Add(ctx, full, auth.HashOf("z")), errs.CodeConflict)
		code(t, s.Add(ctx, plain, auth.HashOf("a")), errs.CodeConflict)
	})

	t.Run("a key is revoked once and stays so", func(t *testing.T) {
		s := open(t)
		ok(t, s.Add(ctx, full, auth.HashOf("a")))
		ok(t, s.Revoke(ctx, full.ID, at.Add(time.Hour)))
		ok(t, s.Revoke(ctx, full.ID, at.Add(2*time.Hour)))
		got, err := s.ByHash(ctx, auth.HashOf("a"))
		ok(t, err)
		if !got.Revoked.Equal(at.Add(time.Hour)) {
			t.Errorf("revoked at %v", got.Revoked)
		}
		code(t, s.Revoke(ctx, "key_none", at), errs.CodeNotFound)
	})
}
