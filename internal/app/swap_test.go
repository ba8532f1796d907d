package app_test

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/luodi/luodi/internal/app"
)

// embeddings is a server that places texts by three ideas, in two languages,
// until somebody asks for /down.
func embeddings(t *testing.T) (url string, texts *int) {
	texts = new(int)
	var down atomic.Bool
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if down.Load() || strings.HasSuffix(r.URL.Path, "/down") {
			down.Store(true)
			http.Error(w, "down", http.StatusUnauthorized)
			return
		}
		var req struct{ Input []string }
		if err := json.NewDecoder(r.Body).Decode(&req); err != nil {
			t.Error(err)
		}
		type item struct {
			Index     int       `json:"index"`
			Embedding []float32 `json:"embedding"`
		}
		var out struct {
			Data []item `json:"data"`
		}
		for i, text := range req.Input {
			*texts++
			v := []float32{.01, .01, .01}
			for k, words := range [][]string{{"贷款", "loan"}, {"挂失", "lost"}, {"年假", "leave"}} {
				for _, word := range words {
					v[k] += float32(strings.Count(text, word))
				}
			}
			out.Data = append(out.Data, item{i, v})
		}
		if err := json.NewEncoder(w).Encode(out); err != nil {
			t.Error(err)
		}
	}))
	t.Cleanup(s.Close)
	return s.URL + "/v1", texts
}

func write(t *testing.T, dir string, files map[string]string) {
	t.Helper()
	for name, text := range files {
		path := filepath.Join(dir, name)
		if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
}

func TestSwapAndBack(t *testing.T) {
	ctx := context.Background()
	url, texts := embeddings(t)
	dir := t.TempDir()
	golden := ""
	for i := range 30 {
		golden += fmt.Sprintf(`{"id":"%d","query":"my %s number%d","relevant":[["%s"]]}`+"\n", i, []string{"loan", "lost", "leave"}[i%3], i, []string{"规则/甲.md", "规则/乙.md", "规则/丙.md"}[i%3])
	}
	write(t, dir, map[string]string{
		"luodi.yaml": "project: p\ndepartments: [{name: ops}]\nsources: [{name: rules, department: ops, path: \"规则/*.md\"}]\n" +
			"knowledge: [{name: kb, sources: [rules], embedding: e5}]\nmodels: [{name: e5, vendor: local, model: multilingual-e5-small, endpoint: \"" + url + "\"}]\n",
		"规则/甲.md": "# 甲\n\n贷款按月归还。\n", "规则/乙.md": "# 乙\n\n遗失后请立即挂失。\n", "规则/丙.md": "# 丙\n\n年假每年十天。\n",
		"golden.jsonl": golden,
	})
	a, err := app.Open(ctx, dir)
	if err != nil {
		t.Fatal(err)
	}
	defer a.Close()
	up := func() {
		t.Helper()
		if _, err := a.Up(ctx, ""); err != nil {
			t.Fatal(err)
		}
	}
	recall := func() (ours, plain float64) {
		t.Helper()
		res, err := a.EvalBase(ctx, "kb", filepath.Join(dir, "golden.jsonl"), []int{1})
		if err != nil {
			t.Fatal(err)
		}
		return res["recall@1"], res["plain_recall@1"]
	}
	up()
	if ours, plain := recall(); ours != 0 || plain != 0 {
		t.Fatalf("English questions find Chinese text by words: %f, %f", ours, plain)
	}
	c := app.SwapConfig{Base: "kb", Queries: filepath.Join(dir, "golden.jsonl")}
	*texts = 0
	res, err := a.Swap(ctx, c)
	if err != nil || res.Swapped || res.Missing != 3 || *texts != 3 {
		t.Fatalf("the estimate: %+v after %d texts (3 probes), %v", res, *texts, err)
	}
	c.Yes = true
	if res, err = a.Swap(ctx, c); err != nil || !res.Swapped || res.Compared["ndcg@10"].Low <= 0 {
		t.Fatalf("%+v, %v", res, err)
	}
	if ours, plain := recall(); ours != 1 || plain != 0 {
		t.Errorf("recall@1 is %f, plain %f", ours, plain)
	}
	// A new document is embedded by the next up, and nothing else is.
	write(t, dir, map[string]string{"规则/丁.md": "# 丁\n\n贷款 贷款 贷款。\n"})
	*texts = 0
	up()
	if *texts != 4 {
		t.Errorf("one new document: %d texts sent, want 3 probes and it", *texts)
	}
	up()
	if *texts != 4 {
		t.Errorf("nothing new: %d texts sent, want none", *texts-4)
	}
	// Swapping again shows no gain; tuning keeps what is proven only.
	if res, err = a.Swap(ctx, c); err != nil || res.Swapped {
		t.Errorf("%+v, %v", res, err)
	}
	if _, err := a.TuneBase(ctx, "kb", filepath.Join(dir, "golden.jsonl")); err != nil {
		t.Error(err)
	}
	c.Rollback = true
	if res, err = a.Swap(ctx, c); err != nil || !res.Swapped {
		t.Errorf("%+v, %v", res, err)
	}
}
