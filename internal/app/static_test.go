package app_test

import (
	"context"
	"fmt"
	"path/filepath"
	"strings"
	"testing"

	"github.com/luodi/luodi/internal/app"
	"github.com/luodi/luodi/internal/knowledge"
)

// A base with enough passages learns a static space by itself, once.
func TestStaticSpaceOfALargeBase(t *testing.T) {
	if testing.Short() {
		t.Skip("skipped: 5,000 passages are left out of short runs")
	}
	ctx := context.Background()
	dir := t.TempDir()
	var rows strings.Builder
	for i := range knowledge.StaticFrom {
		fmt.Fprintf(&rows, `{"id":"%d","text":"%s 编号%d"}`+"\n", i, []string{"贷款利率与还款", "信用卡挂失与账单", "年假与考勤"}[i%3], i)
	}
	write(t, dir, map[string]string{
		"luodi.yaml": "project: p\ndepartments: [{name: ops}]\nsources: [{name: rows, department: ops, path: rows.jsonl, id: id, text: text}]\n" +
			"knowledge: [{name: kb, sources: [rows]}]\n",
		"rows.jsonl": rows.String(),
		"q.jsonl":    `{"id":"1","query":"编号17","relevant":[["rows.jsonl#17"]]}` + "\n",
	})
	a, err := app.Open(ctx, dir)
	if err != nil {
		t.Fatal(err)
	}
	defer a.Close()
	learnt := 0
	a.Progress = func(e app.Event) {
		if e.Note == "learning a static space from the base" {
			learnt++
		}
	}
	for range 2 {
		if _, err := a.Up(ctx, "index"); err != nil {
			t.Fatal(err)
		}
	}
	if learnt != 1 {
		t.Errorf("learnt %d times", learnt)
	}
	res, err := a.EvalBase(ctx, "kb", filepath.Join(dir, "q.jsonl"), []int{1})
	if err != nil || res["recall@1"] != 1 {
		t.Errorf("recall@1 %f, %v", res["recall@1"], err)
	}
	back, err := a.Swap(ctx, app.SwapConfig{Base: "kb", Rollback: true})
	if err != nil || !back.Swapped || back.Space != "" {
		t.Errorf("back to words alone: %+v, %v", back, err)
	}
}
