package storetest

import (
	"context"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/luodi/luodi/internal/auth"
)

// Rates is what an auth.Rates must do.
func Rates(t *testing.T, open func(t *testing.T) auth.Rates) {
	ctx := context.Background()
	at := time.Date(2026, 3, 31, 23, 50, 0, 0, time.UTC)

	t.Run("a bucket begins full, fills and is drawn from", func(t *testing.T) {
		r := open(t)
		for _, tt := range []struct {
			name  string
			id    string
			after time.Duration
			d     auth.Draw
			got   int64
			wait  time.Duration
		}{
			{"a part", "a", 0, auth.Draw{Limit: 60, Need: 1, Want: 10}, 10, 0},
			{"half of what is left", "a", 0, auth.Draw{Limit: 60, Need: 1, Want: 100}, 25, 0},
			{"as needed", "a", 0, auth.Draw{Limit: 60, Need: 25, Want: 25}, 25, 0},
			{"none left", "a", 500 * time.Millisecond, auth.Draw{Limit: 60, Need: 1, Want: 5}, 0, 500 * time.Millisecond},
			{"put back", "a", 500 * time.Millisecond, auth.Draw{Limit: 60, Back: 2, Need: 2, Want: 2}, 2, 0},
			{"of another", "b", time.Second, auth.Draw{Limit: 60, Need: 60, Want: 60}, 60, 0},
			{"more was used", "b", time.Second, auth.Draw{Limit: 60, Back: -3, Need: 1, Want: 1}, 0, 4 * time.Second},
			{"it was noted", "b", 4 * time.Second, auth.Draw{Limit: 60, Need: 1, Want: 1}, 0, time.Second},
		} {
			tt.d.Now = at.Add(tt.after)
			got, wait, err := r.Draw(ctx, tt.id, tt.d)
			ok(t, err)
			if got != tt.got || wait != tt.wait {
				t.Errorf("%s: %d and wait %v, want %d and %v", tt.name, got, wait, tt.got, tt.wait)
			}
		}
	})

	t.Run("all together draw no more than there is", func(t *testing.T) {
		r := open(t)
		var given atomic.Int64
		var wg sync.WaitGroup
		for range 8 {
			wg.Go(func() {
				for range 10 {
					got, _, err := r.Draw(ctx, "a", auth.Draw{Limit: 50, Need: 1, Want: 3, Now: at})
					if err != nil {
						t.Error(err)
					}
					given.Add(got)
				}
			})
		}
		wg.Wait()
		if given.Load() != 50 {
			t.Errorf("%d of 50 were given", given.Load())
		}
	})
}
