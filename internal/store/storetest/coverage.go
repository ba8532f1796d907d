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

	t.Run("questions come back newest first, of one base", func(t *testing.T) {
		s := open(t)
		first := coverage.Question{Base: "faq", Time: at, Department: "service", Asker: "a1", Owner: "risk", Text: "几天？", Outcome: coverage.NotCovered,
			Passages: 3, Evidence: .2, Threshold: .45, Address: "a.md", Chunk: "chk_1", Latency: 1500 * time.Microsecond}
		second := first
		second.Time, second.Text, second.Outcome, second.Cited = at.Add(time.Second), "多少？", coverage.Answered, 2
		other := first
		other.Base = "law"
		ok(t, s.Record(ctx, []coverage.Question{first, second, other, first}, nil))
		for _, tt := range []struct {
			name  string
			base  string
			since time.Time
			of    []coverage.Outcome
			want  []coverage.Question
		}{
			{"all", "faq", time.Time{}, nil, []coverage.Question{second, first, first}},
			{"since", "faq", at.Add(time.Second), nil, []coverage.Question{second}},
			{"of an outcome", "faq", time.Time{}, []coverage.Outcome{coverage.Unquoted, coverage.NotCovered}, []coverage.Question{first, first}},
			{"of another base", "none", time.Time{}, nil, []coverage.Question{}},
		} {
			got, err := s.Questions(ctx, tt.base, tt.since, tt.of...)
			ok(t, err)
			if d := cmp.Diff(tt.want, got); d != "" {
				t.Errorf("%s (-want +got):\n%s", tt.name, d)
			}
		}
		ok(t, s.Forget(ctx, "faq", at.Add(time.Second)))
		ok(t, s.Forget(ctx, "faq", at)) // nothing is left before
		got, err := s.Questions(ctx, "faq", time.Time{})
		ok(t, err)
		if d := cmp.Diff([]coverage.Question{second}, got); d != "" {
			t.Errorf("after forgetting (-want +got):\n%s", d)
		}
		if got, err := s.Questions(ctx, "law", time.Time{}); err != nil || len(got) != 1 {
			t.Errorf("another base's: %v %v", got, err)
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
		var many []coverage.Question
		for i := range coverage.Keep + 3 {
			many = append(many, coverage.Question{Base: "faq", Time: at.Add(time.Duration(i) * time.Second), Text: strconv.Itoa(i)})
		}
		ok(t, s.Record(ctx, many, nil))
		got, err := s.Questions(ctx, "faq", time.Time{})
		ok(t, err)
		if len(got) != coverage.Keep || got[len(got)-1].Text != "3" {
			t.Errorf("%d kept, the oldest is %s", len(got), got[len(got)-1].Text)
		}
	})
}
