package storetest

import (
	"context"
	"strconv"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/luodi/luodi/internal/auth"
)

// Acts is what an auth.Acts must do.
func Acts(t *testing.T, open func(t *testing.T) auth.Acts) {
	ctx := context.Background()
	at := time.Date(2026, 3, 1, 9, 0, 0, 123456789, time.UTC)

	t.Run("acts come back in order and verify", func(t *testing.T) {
		s := open(t)
		var want []auth.Act
		for _, what := range []string{"key.create", "price.set", "key.revoke"} {
			a, err := s.Append(ctx, auth.Act{Time: at, Who: "安@host", What: what, Object: "key_1", Detail: "部门 service"})
			ok(t, err)
			want = append(want, a)
		}
		got, err := s.Acts(ctx)
		ok(t, err)
		if d := cmp.Diff(want, got); d != "" {
			t.Errorf("(-want +got):\n%s", d)
		}
		ok(t, auth.VerifyActs(got))
	})

	t.Run("many at once make one chain", func(t *testing.T) {
		s := open(t)
		var wg sync.WaitGroup
		for i := range 4 {
			wg.Go(func() {
				for n := range 5 {
					if _, err := s.Append(ctx, auth.Act{Time: at, What: "x", Object: strconv.Itoa(10*i + n)}); err != nil {
						t.Error(err)
					}
				}
			})
		}
		wg.Wait()
		got, err := s.Acts(ctx)
		ok(t, err)
		if err := auth.VerifyActs(got); err != nil || len(got) != 20 {
			t.Errorf("%d acts: %v", len(got), err)
		}
	})
}
