package app_test

import (
	"context"
	"encoding/json"
	"fmt"
	"path/filepath"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/luodi/luodi/internal/app"
)

// An import reads no file and embeds no text: the run after it finds every
// stage done, and the base with its HTTP space, its rights and its questions
// answers byte for byte as before. Moving a second time, from what was
// imported, changes nothing either.
func TestImportEmbedsNothing(t *testing.T) {
	ctx := context.Background()
	url, texts := embeddings(t)
	dir := t.TempDir()
	golden := ""
	for i := range 30 {
		golden += fmt.Sprintf(`{"id":"%d","query":"my %s number%d","relevant":[["%s"]]}`+"\n", i, []string{"loan", "lost", "leave"}[i%3], i, []string{"规则/甲.md", "规则/乙.md", "内部/丙.md"}[i%3])
	}
	write(t, dir, map[string]string{
		"luodi.yaml": "project: p\ndepartments: [{name: ops}, {name: staff}]\n" +
			"sources:\n- {name: rules, department: ops, path: \"规则/*.md\"}\n- {name: own, department: staff, path: \"内部/*.md\", readers: [staff]}\n" +
			"knowledge: [{name: kb, sources: [rules, own], readers: [ops, staff], embedding: e5}]\n" +
			"models: [{name: e5, vendor: local, model: multilingual-e5-small, endpoint: \"" + url + "\"}]\n",
		"规则/甲.md": "# 甲\n\n贷款按月归还。\n", "规则/乙.md": "# 乙\n\n遗失后请立即挂失。\n", "内部/丙.md": "# 丙\n\n年假每年十天。\n",
		"golden.jsonl": golden,
	})
	a, err := app.Open(ctx, dir)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { a.Close() }()
	if _, err := a.Up(ctx, ""); err != nil {
		t.Fatal(err)
	}
	if res, err := a.Swap(ctx, app.SwapConfig{Base: "kb", Queries: filepath.Join(dir, "golden.jsonl"), Yes: true}); err != nil || !res.Swapped {
		t.Fatalf("%+v, %v", res, err)
	}
	if _, err := a.Up(ctx, ""); err != nil {
		t.Fatal(err)
	}
	answers := func() string {
		t.Helper()
		var all []app.AskResult
		for _, as := range []string{"", "department:ops", "department:staff", "user:nobody@example.com"} {
			for _, q := range []string{"my loan", "lost", "年假几天"} {
				res, err := a.Ask(ctx, "kb", q, as)
				if err != nil {
					t.Fatal(err)
				}
				all = append(all, res)
			}
		}
		b, err := json.MarshalIndent(all, "", " ")
		if err != nil {
			t.Fatal(err)
		}
		return string(b)
	}
	before := answers()
	if *texts == 0 {
		t.Fatal("the server of embeddings was never asked")
	}
	for _, form := range []string{"moved.tar.gz", "folder"} {
		out, to := filepath.Join(t.TempDir(), form), filepath.Join(t.TempDir(), "p")
		*texts = 0
		wrote, err := a.Export(ctx, out)
		if err != nil {
			t.Fatal(err)
		}
		read, err := app.Import(ctx, out, to)
		if err != nil {
			t.Fatal(err)
		}
		if d := cmp.Diff(wrote.Rows, read.Rows); d != "" {
			t.Errorf("%s: rows:\n%s", form, d)
		}
		if err := a.Close(); err != nil {
			t.Fatal(err)
		}
		if a, err = app.Open(ctx, to); err != nil {
			t.Fatal(err)
		}
		up, err := a.Up(ctx, "")
		if err != nil {
			t.Fatal(err)
		}
		for _, s := range up.Stages {
			if s.Status != "cached" {
				t.Errorf("%s: stage %s is %s", form, s.Name, s.Status)
			}
		}
		if *texts != 0 {
			t.Errorf("%s: %d texts were embedded, want none", form, *texts)
		}
		if d := cmp.Diff(before, answers()); d != "" {
			t.Errorf("%s: answers:\n%s", form, d)
		}
		t.Logf("%s: %d stages cached, 0 texts embedded, %d tables", form, len(up.Stages), len(read.Rows))
	}
}
