package knowledge_test

import (
	"context"
	"encoding/csv"
	"encoding/json"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/luodi/luodi/internal/knowledge"
	"github.com/luodi/luodi/internal/knowledge/knowledgetest"
)

// TestOtherSets measures questions that no goal was ever set for: by nDCG@10
// none may come out below plain BM25, and what words in a row should gain in
// reports without titles must be there.
func TestOtherSets(t *testing.T) {
	for _, set := range []struct {
		name string
		of   func(testing.TB) questioned
		over float64 // least nDCG@10 over plain BM25
	}{
		{"tat-qa", tatqa, .04},
		{"fin-eva", fineva, 0},
		{"cn-finance-law", finlaw, 0},
	} {
		t.Run(set.name, func(t *testing.T) {
			ctx := context.Background()
			a := set.of(t)
			store := &knowledgetest.Memory{}
			report, err := knowledge.Build(ctx, knowledge.Config{Base: "b", Store: store, Now: time.Now}, each(a.docs))
			if err != nil {
				t.Fatal(err)
			}
			base := opened(t, store)
			t.Logf("%d documents, %d chunks, %d questions", report.Documents, report.Chunks, len(a.questions))
			var ndcg [2]float64
			for i, rank := range []knowledge.Ranker{base.SearchPlain, base.Search} {
				f, err := knowledge.Eval(ctx, rank, a.questions, knowledge.EvalConfig{K: []int{10, 20}, As: owner, Now: time.Now})
				if err != nil {
					t.Fatal(err)
				}
				t.Logf("%-5s r@10 %.4f r@20 %.4f mrr@10 %.4f ndcg@10 %.4f", []string{"plain", "ours"}[i], f["recall@10"], f["recall@20"], f["mrr@10"], f["ndcg@10"])
				ndcg[i] = f["ndcg@10"]
			}
			if ndcg[1] < ndcg[0]+set.over {
				t.Errorf("nDCG@10 %.4f, plain BM25 %.4f, wanted %.2f more", ndcg[1], ndcg[0], set.over)
			}
		})
	}
}

// questioned is a set of questions with the documents that answer them.
type questioned struct {
	docs      []knowledge.Document
	questions []knowledge.Question
}

// tatqa are annual reports: a table and paragraphs without a title, and
// questions about each.
func tatqa(t testing.TB) (a questioned) {
	var reports []struct {
		Table struct {
			UID   string
			Table [][]string
		}
		Paragraphs []struct{ Text string }
		Questions  []struct{ UID, Question string }
	}
	if err := json.NewDecoder(open(t, "tat-qa/tatqa_dataset_dev.json")).Decode(&reports); err != nil {
		t.Fatal(err)
	}
	for _, r := range reports {
		var b strings.Builder
		for _, p := range r.Paragraphs {
			b.WriteString(p.Text + "\n\n")
		}
		for i, row := range r.Table.Table {
			b.WriteString("| " + strings.Join(row, " | ") + " |\n")
			if i == 0 {
				b.WriteString(strings.Repeat("| --- ", len(row)) + "|\n")
			}
		}
		at := "tatqa.jsonl#" + r.Table.UID
		a.docs = append(a.docs, document(at, "", b.String()))
		for _, q := range r.Questions {
			a.questions = append(a.questions, knowledge.Question{ID: q.UID, Query: q.Question, Relevant: [][]string{{at}}})
		}
	}
	return a
}

// fineva are Chinese clauses, reports and news, and questions about each.
func fineva(t testing.TB) (a questioned) {
	open(t, "fin-eva/Ant")
	files, err := filepath.Glob(filepath.Join(shared, "fin-eva/Ant/*/*.csv"))
	if err != nil {
		t.Fatal(err)
	}
	at, times := map[string]string{}, map[string]int{}
	for _, f := range files {
		raw, err := os.ReadFile(f)
		if err != nil {
			t.Fatal(err)
		}
		rows, err := csv.NewReader(strings.NewReader(strings.TrimPrefix(string(raw), "\ufeff"))).ReadAll()
		if err != nil {
			t.Fatal(err)
		}
		c, q := slices.Index(rows[0], "context"), slices.Index(rows[0], "question")
		if c < 0 {
			continue
		}
		for i, row := range rows[1:] {
			text := strings.TrimSpace(row[c])
			if at[text] == "" {
				at[text] = fmt.Sprintf("%s#%d", filepath.Base(f), i)
				a.docs = append(a.docs, document(at[text], "", text))
			}
			a.questions = append(a.questions, knowledge.Question{ID: fmt.Sprint(filepath.Base(f), i), Query: row[q], Relevant: [][]string{{at[text]}}})
			times[row[q]]++
		}
	}
	// What is asked of many clauses alike asks for none of them.
	a.questions = slices.DeleteFunc(a.questions, func(q knowledge.Question) bool { return times[q.Query] > 1 })
	return a
}

// finlaw are the laws about banks and insurance as plain files, and those of
// lecoqa's questions that they answer.
func finlaw(t testing.TB) (a questioned) {
	open(t, "cn-finance-law")
	root := filepath.Join(shared, "cn-finance-law")
	has := map[string]bool{}
	err := filepath.WalkDir(root, func(p string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() || filepath.Ext(p) != ".md" || d.Name() == "SOURCE.md" {
			return err
		}
		raw, err := os.ReadFile(p)
		if err != nil {
			return err
		}
		at, _ := filepath.Rel(root, p)
		has[at] = true
		a.docs = append(a.docs, document(at, "", string(raw)))
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	for _, q := range questionsOf(t, "lecoqa") {
		var things [][]string
		for _, alternatives := range q.Relevant {
			here := slices.DeleteFunc(slices.Clone(alternatives), func(at string) bool { p, _, _ := strings.Cut(at, "#"); return !has[p] })
			if len(here) > 0 {
				things = append(things, here)
			}
		}
		if len(things) > 0 {
			q.Relevant = things
			a.questions = append(a.questions, q)
		}
	}
	return a
}
