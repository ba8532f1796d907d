package storetest

import (
	"context"
	"fmt"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/luodi/luodi/internal/sizing/judge"
)

// Judge is what a judge.Labels must do.
func Judge(t *testing.T, open func(t *testing.T) judge.Labels) {
	ctx := context.Background()
	at := time.Date(2026, 11, 23, 9, 30, 0, 123456000, time.UTC)

	t.Run("nobody has said anything at first", func(t *testing.T) {
		if got, err := open(t).Labels(ctx, "s"); err != nil || got == nil || len(got) != 0 {
			t.Errorf("%v, %v; want an empty list", got, err)
		}
	})

	t.Run("the last label of a point stays, by scenario", func(t *testing.T) {
		s := open(t)
		b, a := judge.Label{Point: "point_b", Met: true, At: at}, judge.Label{Point: "point_a", At: at.Add(time.Second)}
		ok(t, s.PutLabels(ctx, "s", b, judge.Label{Point: "point_a", Met: true, At: at}))
		ok(t, s.PutLabels(ctx, "s", a))
		ok(t, s.PutLabels(ctx, "other", judge.Label{Point: "point_b", At: at}))
		ok(t, s.PutLabels(ctx, "s"))
		got, err := s.Labels(ctx, "s")
		ok(t, err)
		if d := cmp.Diff([]judge.Label{a, b}, got); d != "" {
			t.Errorf("(-want +got):\n%s", d)
		}
	})

	t.Run("goroutines label at once", func(t *testing.T) {
		s := open(t)
		all(t, together(8, func(i int) error {
			return s.PutLabels(ctx, "s", judge.Label{Point: fmt.Sprint("point_", i), At: at})
		}))
		if got, err := s.Labels(ctx, "s"); err != nil || len(got) != 8 {
			t.Errorf("%d labels, %v; want 8", len(got), err)
		}
	})
}
