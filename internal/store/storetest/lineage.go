package storetest

import (
	"context"
	"fmt"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/luodi/luodi/internal/lineage"
)

// Lineage is what a lineage.Store must do.
func Lineage(t *testing.T, open func(t *testing.T) lineage.Store) {
	ctx := context.Background()

	t.Run("nothing is linked to an unknown address", func(t *testing.T) {
		s := open(t)
		for name, f := range map[string]func(context.Context, string) ([]lineage.Edge, error){"parents": s.Parents, "children": s.Children} {
			got, err := f(ctx, "rec_00")
			if err != nil || len(got) != 0 {
				t.Errorf("%s: %v, %v; want none and no error", name, got, err)
			}
		}
	})

	t.Run("edges come back from both ends in the order of bytes", func(t *testing.T) {
		s := open(t)
		in := []lineage.Edge{
			{From: "rec_b", To: "chk_1", Step: "chunk"},
			{From: "rec-b", To: "chk_1", Step: "chunk"}, // "-" sorts before "_" and letters, in no language's order
			{From: "REC_c", To: "chk_1", Step: "chunk"},
			{From: "记录", To: "chk_1", Step: "chunk"},
			{From: "rec_b", To: "chk_0", Step: "chunk"},
			{From: "rec_b", To: "chk_1", Step: "answer"},
		}
		ok(t, s.Link(ctx, in))
		got, err := s.Parents(ctx, "chk_1")
		ok(t, err)
		want := []lineage.Edge{in[2], in[1], in[5], in[0], in[3]}
		if d := cmp.Diff(want, got); d != "" {
			t.Errorf("parents (-want +got):\n%s", d)
		}
		got, err = s.Children(ctx, "rec_b")
		ok(t, err)
		if d := cmp.Diff([]lineage.Edge{in[4], in[5], in[0]}, got); d != "" {
			t.Errorf("children (-want +got):\n%s", d)
		}
	})

	t.Run("linking is idempotent, in one call and over calls", func(t *testing.T) {
		s := open(t)
		e := lineage.Edge{From: "file_1", To: "rec_1", Step: "ingest"}
		ok(t, s.Link(ctx, []lineage.Edge{e, e}))
		ok(t, s.Link(ctx, []lineage.Edge{e}))
		ok(t, s.Link(ctx, nil))
		got, err := s.Parents(ctx, "rec_1")
		ok(t, err)
		if d := cmp.Diff([]lineage.Edge{e}, got); d != "" {
			t.Errorf("(-want +got):\n%s", d)
		}
	})

	t.Run("the caller's slice is left as it was", func(t *testing.T) {
		s := open(t)
		in := []lineage.Edge{{From: "b", To: "x", Step: "s"}, {From: "a", To: "x", Step: "s"}}
		before := slices.Clone(in)
		ok(t, s.Link(ctx, in))
		if d := cmp.Diff(before, in); d != "" {
			t.Errorf("(-before +after):\n%s", d)
		}
	})

	t.Run("thousands of edges in one call", func(t *testing.T) {
		s := open(t)
		var in []lineage.Edge
		for i := range 3001 {
			in = append(in, lineage.Edge{From: "file_1", To: fmt.Sprintf("rec_%04d", i), Step: "ingest"})
		}
		ok(t, s.Link(ctx, in))
		got, err := s.Children(ctx, "file_1")
		ok(t, err)
		if d := cmp.Diff(in, got); d != "" {
			t.Errorf("%d edges came back, %d were linked", len(got), len(in))
		}
	})

	t.Run("goroutines may link the same edges in any order", func(t *testing.T) {
		s := open(t)
		var in []lineage.Edge
		for i := range 200 {
			in = append(in, lineage.Edge{From: fmt.Sprintf("f%03d", i), To: "set_1", Step: "train"})
		}
		all(t, together(8, func(i int) error {
			mine := slices.Clone(in)
			if i%2 == 1 {
				slices.Reverse(mine)
			}
			return s.Link(ctx, mine)
		}))
		got, err := s.Parents(ctx, "set_1")
		ok(t, err)
		if d := cmp.Diff(in, got); d != "" {
			t.Errorf("(-want +got):\n%s", d)
		}
	})

	t.Run("values are data, whatever they hold", func(t *testing.T) {
		s := open(t)
		e := lineage.Edge{From: `it's "quoted" \ ? ?0 %s $1 :a`, To: "x'; DROP TABLE lineage_edge; --", Step: "ステップ"}
		ok(t, s.Link(ctx, []lineage.Edge{e}))
		got, err := s.Parents(ctx, e.To)
		ok(t, err)
		if d := cmp.Diff([]lineage.Edge{e}, got); d != "" {
			t.Errorf("(-want +got):\n%s", d)
		}
	})

	t.Run("a cancelled call writes nothing", func(t *testing.T) {
		s := open(t)
		stopped, cancel := context.WithCancel(ctx)
		cancel()
		if err := s.Link(stopped, []lineage.Edge{{From: "a", To: "b", Step: "s"}}); err == nil {
			t.Error("no error")
		}
		if got, err := s.Parents(ctx, "b"); err != nil || len(got) != 0 {
			t.Errorf("%v, %v; want none", got, err)
		}
	})
}
