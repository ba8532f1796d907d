package storetest

import (
	"context"
	"fmt"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/luodi/luodi/internal/sizing/drift"
)

// Drift is what a drift.Store must do.
func Drift(t *testing.T, open func(t *testing.T) drift.Store) {
	ctx := context.Background()
	at := time.Date(2026, 11, 23, 9, 30, 0, 123456000, time.UTC)
	sample := func(i int) drift.Sample {
		return drift.Sample{ID: fmt.Sprintf("req_%03d", i), Scenario: "intent", Decision: "dec_1", Time: at.Add(time.Duration(-i) * time.Minute), Input: "我的卡丢了 \"急\"", Output: "card"}
	}
	all3 := func(t *testing.T, s drift.Store) {
		for i := range 3 {
			ok(t, s.PutSample(ctx, sample(i)))
		}
		other := sample(7)
		other.Decision = "dec_2"
		ok(t, s.PutSample(ctx, other))
	}
	read := func(t *testing.T, s drift.Store) []drift.Sample {
		got, err := s.Samples(ctx, "dec_1")
		ok(t, err)
		return got
	}

	t.Run("samples come back whole by time, those of one decision", func(t *testing.T) {
		s := open(t)
		all3(t, s)
		all3(t, s) // again changes nothing
		if d := cmp.Diff([]drift.Sample{sample(2), sample(1), sample(0)}, read(t, s)); d != "" {
			t.Errorf("(-want +got):\n%s", d)
		}
		if got, err := s.Samples(ctx, "dec_3"); err != nil || len(got) != 0 {
			t.Errorf("%v, %v", got, err)
		}
	})

	t.Run("a label is kept, the first one, and the texts are forgotten", func(t *testing.T) {
		s := open(t)
		all3(t, s)
		one, two := sample(1), sample(2)
		one.Score, two.Passed = .5, true
		n, err := s.Finish(ctx, one, two, drift.Sample{ID: "req_none"})
		if ok(t, err); n != 2 {
			t.Errorf("%d finished, want 2", n)
		}
		one.Score = 1
		if n, err = s.Finish(ctx, one); err != nil || n != 0 {
			t.Errorf("the second label: %d, %v", n, err)
		}
		one.Score = .5
		for _, x := range []*drift.Sample{&one, &two} {
			x.Done, x.Input, x.Output = true, "", ""
		}
		if d := cmp.Diff([]drift.Sample{two, one, sample(0)}, read(t, s)); d != "" {
			t.Errorf("(-want +got):\n%s", d)
		}
		if ok(t, s.PutSample(ctx, sample(1))); !read(t, s)[1].Done {
			t.Error("a sample that is kept again has lost its label")
		}
	})

	t.Run("old samples without a label are forgotten", func(t *testing.T) {
		s := open(t)
		all3(t, s)
		_, err := s.Finish(ctx, sample(2))
		ok(t, err)
		n, err := s.Forget(ctx, at.Add(-time.Second))
		if ok(t, err); n != 2 { // req_001 and that of the other decision
			t.Errorf("%d forgotten, want 2", n)
		}
		if got := read(t, s); len(got) != 2 || got[0].ID != "req_002" || got[1].ID != "req_000" {
			t.Errorf("%+v", got)
		}
	})

	t.Run("goroutines keep samples at once", func(t *testing.T) {
		s := open(t)
		all(t, together(8, func(i int) error { return s.PutSample(ctx, sample(i%4)) }))
		if got := read(t, s); len(got) != 4 {
			t.Errorf("%d samples, want 4", len(got))
		}
	})
}
