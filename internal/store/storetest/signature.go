package storetest

import (
	"context"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/luodi/luodi/internal/sizing"
)

// Signatures is what a sizing.Signatures must do.
func Signatures(t *testing.T, open func(t *testing.T) sizing.Signatures) {
	ctx := context.Background()
	at := time.Date(2026, 11, 23, 9, 30, 0, 123456000, time.UTC)
	sign := func(t *testing.T, decision, by, note string, at time.Time) sizing.Signature {
		s, err := sizing.NewSignature(sizing.Decision{ID: decision}, by, note, at)
		ok(t, err)
		return s
	}

	t.Run("nothing is signed at first", func(t *testing.T) {
		got, err := open(t).Signed(ctx, "dec_1")
		if ok(t, err); got == nil || len(got) != 0 {
			t.Errorf("%v, want an empty list", got)
		}
	})

	t.Run("sign-offs come back whole, once each, oldest first, of one decision", func(t *testing.T) {
		s := open(t)
		late, early := sign(t, "dec_1", "信息科技部", "同意 \"上线\"\n第二行", at.Add(time.Hour)), sign(t, "dec_1", "CIO", "", at)
		for _, sig := range []sizing.Signature{late, early, late, sign(t, "dec_2", "CIO", "", at)} {
			ok(t, s.Sign(ctx, sig))
		}
		got, err := s.Signed(ctx, "dec_1")
		ok(t, err)
		if d := cmp.Diff([]sizing.Signature{early, late}, got); d != "" {
			t.Errorf("(-want +got):\n%s", d)
		}
	})

	t.Run("goroutines sign at once", func(t *testing.T) {
		s := open(t)
		all(t, together(8, func(i int) error {
			sig, err := sizing.NewSignature(sizing.Decision{ID: "dec_1"}, "CIO", "", at.Add(time.Duration(i)*time.Second))
			if err != nil {
				return err
			}
			return s.Sign(ctx, sig)
		}))
		if got, err := s.Signed(ctx, "dec_1"); err != nil || len(got) != 8 {
			t.Errorf("%d sign-offs, %v; want 8", len(got), err)
		}
	})
}
