package storetest

import (
	"context"
	"fmt"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/luodi/luodi/internal/lineage"
)

// LineageIndex is what a lineage.Index must do beside Lineage.
func LineageIndex(t *testing.T, open func(t *testing.T) lineage.Index) {
	ctx := context.Background()

	t.Run("everything derived is reached, once, also around a cycle", func(t *testing.T) {
		s := open(t)
		ok(t, s.Link(ctx, []lineage.Edge{
			{From: "rec_1", To: "chk_1", Step: "chunk"}, {From: "rec_1", To: "set_1", Step: "measure"}, {From: "rec_2", To: "set_1", Step: "measure"},
			{From: "chk_1", To: "ans_1", Step: "cite"}, {From: "set_1", To: "std_1", Step: "measure"}, {From: "std_1", To: "dec_1", Step: "decide"},
			{From: "dec_1", To: "std_1", Step: "loop"}, {From: "rec_3", To: "set_2", Step: "measure"},
		}))
		got, err := s.Reached(ctx, []string{"rec_1"})
		ok(t, err)
		if d := cmp.Diff([]string{"ans_1", "chk_1", "dec_1", "set_1", "std_1"}, got); d != "" {
			t.Errorf("(-want +got):\n%s", d)
		}
		got, err = s.Reached(ctx, []string{"rec_9"})
		if err != nil || len(got) != 0 {
			t.Errorf("of an unknown address: %v, %v", got, err)
		}
		var many []string
		for i := range 1200 {
			many = append(many, fmt.Sprint("rec_", i))
		}
		if got, err = s.Reached(ctx, many); err != nil || len(got) != 6 {
			t.Errorf("of %d addresses: %v, %v", len(many), got, err)
		}
	})

	t.Run("versions of datasets and their runs are kept once", func(t *testing.T) {
		s := open(t)
		var want []lineage.Manifest
		for i := range 3 {
			var tree lineage.Tree
			tree.Add([]byte{byte(i)})
			m := lineage.Manifest{Version: 1, ID: lineage.DatasetID(tree.Root()), Name: "tickets", Root: tree.Root().String(), Records: 1, Inputs: []lineage.Source{{File: "file_1"}}}
			r := lineage.NewRun("clean tickets", "plan_1", []string{"file_1"}, m.ID, time.Unix(int64(i), 0).UTC())
			ok(t, s.PutDataset(ctx, m, r))
			ok(t, s.PutDataset(ctx, m, lineage.NewRun("clean tickets", "plan_1", []string{"file_1"}, m.ID, time.Unix(99, 0))))
			want = append([]lineage.Manifest{m}, want...)
			runs, err := s.Runs(ctx, m.ID)
			ok(t, err)
			if d := cmp.Diff([]lineage.Run{r}, runs); d != "" {
				t.Errorf("runs (-want +got):\n%s", d)
			}
		}
		got, err := s.Datasets(ctx, "tickets")
		ok(t, err)
		if d := cmp.Diff(want, got); d != "" {
			t.Errorf("versions (-want +got):\n%s", d)
		}
		if none, err := s.Datasets(ctx, "other"); err != nil || len(none) != 0 {
			t.Errorf("of another name: %v, %v", none, err)
		}
	})
}
