package storetest

import (
	"context"
	"strconv"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/luodi/luodi/internal/knowledge/coverage"
)

// Coverage is what a coverage.Store must do.
func Coverage(t *testing.T, open func(t *testing.T) coverage.Store) {
	ctx := context.Background()
	at := time.Date(2026, 3, 1, 9, 0, 0, 0, time.UTC)

	t.Run("refusals come back newest first, of one base", func(t *testing.T) {
		s := open(t)
		first := coverage.Refusal{Base: "faq", Time: at, Department: "service", Owner: "risk", Question: "几天？", Evidence: .2, Threshold: .45, Address: "a.md", Chunk: "chk_1"}
		second := first
		second.Time, second.Question = at.Add(time.Second), "多少？"
		other := first
		other.Base = "law"
		ok(t, s.Record(ctx, []coverage.Refusal{first, second, other, first}, nil))
		got, err := s.Refusals(ctx, "faq")
		ok(t, err)
		if d := cmp.Diff([]coverage.Refusal{second, first, first}, got); d != "" {
			t.Errorf("(-want +got):\n%s", d)
		}
		if got, err := s.Refusals(ctx, "none"); err != nil || len(got) != 0 {
			t.Errorf("%v %v", got, err)
		}
	})

	t.Run("uses add up", func(t *testing.T) {
		s := open(t)
		ok(t, s.Record(ctx, nil, []coverage.Use{{Base: "faq", Found: 1}, {Base: "faq", Chunk: "chk_1", Found: 2, Cited: 1}}))
		ok(t, s.Record(ctx, nil, []coverage.Use{{Base: "faq", Chunk: "chk_1", Found: 3, Down: 1}, {Base: "law", Chunk: "chk_1", Found: 9}}))
		ok(t, s.Record(ctx, nil, nil))
		got, err := s.Uses(ctx, "faq")
		ok(t, err)
		want := []coverage.Use{{Base: "faq", Found: 1}, {Base: "faq", Chunk: "chk_1", Found: 5, Cited: 1, Down: 1}}
		if d := cmp.Diff(want, got); d != "" {
			t.Errorf("(-want +got):\n%s", d)
		}
	})

	t.Run("the oldest go", func(t *testing.T) {
		s := open(t)
		var many []coverage.Refusal
		for i := range coverage.Keep + 3 {
			many = append(many, coverage.Refusal{Base: "faq", Time: at.Add(time.Duration(i) * time.Second), Question: strconv.Itoa(i)})
		}
		ok(t, s.Record(ctx, many, nil))
		got, err := s.Refusals(ctx, "faq")
		ok(t, err)
		if len(got) != coverage.Keep || got[len(got)-1].Question != "3" {
			t.Errorf("%d kept, the oldest is %s", len(got), got[len(got)-1].Question)
		}
	})
}
