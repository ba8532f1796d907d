package knowledge_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/luodi/luodi/internal/errs"
	"github.com/luodi/luodi/internal/knowledge"
	"github.com/luodi/luodi/internal/knowledge/knowledgetest"
	"github.com/luodi/luodi/internal/lineage"
)

var (
	ctx   = context.Background()
	owner = knowledge.Asker{Owner: true}
)

func clock() time.Time { return time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC) }

// tester is what both *testing.T and *rapid.T are.
type tester interface {
	Helper()
	Fatal(...any)
	Fatalf(string, ...any)
}

func build(t tester, s knowledge.Store, docs ...knowledge.Document) knowledge.Report {
	t.Helper()
	r, err := knowledge.Build(ctx, knowledge.Config{Base: "b", Store: s, Now: clock, Readers: []string{"department:service", "department:risk"}}, each(docs))
	if err != nil {
		t.Fatal(err)
	}
	return r
}

func opened(t tester, s knowledge.Store) *knowledge.Base {
	t.Helper()
	b, err := knowledge.Open(ctx, s, "b")
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// found lists what a search returns, scores to the last bit.
func found(t tester, b *knowledge.Base, query string, as knowledge.Asker) []string {
	t.Helper()
	hits, err := b.Search(ctx, knowledge.Query{Text: query, K: 30, As: as})
	if err != nil {
		t.Fatal(err)
	}
	var out []string
	for _, h := range hits {
		out = append(out, fmt.Sprintf("%s %d-%d %x %v %d", h.Address, h.Start, h.End, h.Score, h.Superseded, len(h.Versions)))
	}
	return out
}

var vocabulary = strings.Fields("合同 利率 存款 贷款逾期 信用卡年费 第三条 refund Fee INV-2024-01 银行 账户 冻结 挂失 外汇 loan")

// drawDocument makes a document of articles, so that its chunks do not depend
// on earlier versions of it.
func drawDocument(t *rapid.T, n int) knowledge.Document {
	word := rapid.SampledFrom(vocabulary)
	var b strings.Builder
	for i := range rapid.IntRange(1, 4).Draw(t, "articles") {
		fmt.Fprintf(&b, "第%d条 %s。\n", i+1, strings.Join(rapid.SliceOfN(word, 1, 8).Draw(t, "words"), "，"))
	}
	d := document(fmt.Sprintf("规则/%d.md", n), word.Draw(t, "title"), b.String())
	d.Readers = rapid.SampledFrom([][]string{nil, nil, {"department:service"}, {"user:a@b", "department:risk"}}).Draw(t, "readers")
	return d
}

var queries = []string{"合同 利率", "信用卡年费怎么收", "loan fee INV-2024-01", "第3条 冻结"}

// However a base came to hold its documents, by additions, edits, removals,
// merges or a killed build, it ranks as if it had been built from them anew.
func TestBuildIsIncremental(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		store := &knowledgetest.Memory{}
		docs := map[int]knowledge.Document{}
		list := func() (out []knowledge.Document) {
			for i := range 12 {
				if d, ok := docs[i]; ok {
					out = append(out, d)
				}
			}
			return out
		}
		last := knowledge.Report{}
		for range rapid.IntRange(1, 14).Draw(t, "builds") {
			for range rapid.IntRange(0, 3).Draw(t, "edits") {
				n := rapid.IntRange(0, 11).Draw(t, "document")
				if rapid.IntRange(0, 3).Draw(t, "remove") == 0 {
					delete(docs, n)
				} else {
					docs[n] = drawDocument(t, n)
				}
			}
			failing := &failingStore{Store: store, left: rapid.IntRange(0, 5).Draw(t, "commits before the kill")}
			_, _ = knowledge.Build(ctx, knowledge.Config{Base: "b", Store: failing, Now: clock}, each(list()))
			last = build(t, store, list()...)
		}
		if n := last.Documents; n != len(docs) {
			t.Fatalf("%d documents, want %d", n, len(docs))
		}
		again := build(t, store, list()...)
		if again.Added+again.Changed+again.Removed+again.NewChunks != 0 || again.Unchanged != len(docs) || again.Digest != last.Digest || again.Chunks != last.Chunks {
			t.Fatalf("building again: %+v after %+v", again, last)
		}
		fresh := &knowledgetest.Memory{}
		anew := build(t, fresh, list()...)
		if anew.Digest != last.Digest || anew.Chunks != last.Chunks {
			t.Fatalf("built anew: %+v, want %+v", anew, last)
		}
		for _, q := range queries {
			for _, as := range []knowledge.Asker{owner, {Principals: []string{"department:risk"}}} {
				got, want := found(t, opened(t, store), q, as), found(t, opened(t, fresh), q, as)
				if !slices.Equal(got, want) {
					t.Fatalf("query %s as %v\n%s\nanew\n%s", q, as, strings.Join(got, "\n"), strings.Join(want, "\n"))
				}
			}
		}
	})
}

// failingStore fails every commit after some, as if the process was killed.
type failingStore struct {
	knowledge.Store
	left int
}

func (s *failingStore) Commit(ctx context.Context, base string, c knowledge.Change) (int64, error) {
	if s.left--; s.left < 0 {
		return 0, errors.New("killed")
	}
	return s.Store.Commit(ctx, base, c)
}

func TestBuildReport(t *testing.T) {
	store := &knowledgetest.Memory{}
	a, b := document("a.md", "甲", "第一条 甲乙丙丁。\n\n第二条 戊己庚辛。"), document("b.md", "乙", "子丑寅卯。")
	steps := []struct {
		name string
		docs []knowledge.Document
		want knowledge.Report
	}{
		{"two documents", []knowledge.Document{a, b}, knowledge.Report{Documents: 2, Added: 2, Chunks: 3, NewChunks: 3}},
		{"nothing new", []knowledge.Document{b, a}, knowledge.Report{Documents: 2, Unchanged: 2, Chunks: 3}},
		{"one article changed", []knowledge.Document{document("a.md", "甲", "第一条 甲乙丙丁。\n\n第二条 改了。"), b}, knowledge.Report{Documents: 2, Changed: 1, Unchanged: 1, Chunks: 3, NewChunks: 1}},
		{"changed back", []knowledge.Document{a, b}, knowledge.Report{Documents: 2, Changed: 1, Unchanged: 1, Chunks: 3, NewChunks: 1}},
		{"one removed", []knowledge.Document{a}, knowledge.Report{Documents: 1, Removed: 1, Unchanged: 1, Chunks: 2}},
		{"all removed", nil, knowledge.Report{Removed: 1}},
		{"an empty document", []knowledge.Document{document("e.md", "", " \n")}, knowledge.Report{Documents: 1, Added: 1}},
	}
	for _, step := range steps {
		t.Run(step.name, func(t *testing.T) {
			got := build(t, store, step.docs...)
			if got.Digest == "" {
				t.Error("no digest")
			}
			got.Digest = ""
			if d := cmp.Diff(step.want, got); d != "" {
				t.Error(d)
			}
		})
	}
}

func TestBuildWritesNothingWhenNothingChanged(t *testing.T) {
	store := &knowledgetest.Memory{}
	doc := document("a.md", "", "甲乙丙丁。")
	build(t, store, doc)
	before, err := store.Header(ctx, "b")
	if err != nil {
		t.Fatal(err)
	}
	build(t, store, doc)
	after, err := store.Header(ctx, "b")
	if err != nil || after.Generation != before.Generation {
		t.Errorf("generation %d after %d, %v", after.Generation, before.Generation, err)
	}
}

func TestBuildRefuses(t *testing.T) {
	stop := errors.New("the source broke")
	tests := []struct {
		name string
		docs []knowledge.Document
		err  error
		code errs.Code
		says string
	}{
		{"text that is not UTF-8", []knowledge.Document{document("a.md", "", "a\xff")}, nil, errs.CodeInvalid, "UTF-8"},
		{"no address", []knowledge.Document{{ID: "rec_1", Text: "a"}}, nil, errs.CodeInvalid, "address"},
		{"one address twice", []knowledge.Document{document("a.md", "", "a"), document("a.md", "", "b")}, nil, errs.CodeInvalid, "a.md"},
		{"a source that breaks", nil, stop, errs.CodeInternal, "the source broke"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			store := &knowledgetest.Memory{}
			kept := document("kept.md", "", "甲乙丙丁。")
			build(t, store, kept)
			_, err := knowledge.Build(ctx, knowledge.Config{Base: "b", Store: store, Now: clock}, func(yield func(knowledge.Document, error) bool) {
				for _, d := range tt.docs {
					if !yield(d, nil) {
						return
					}
				}
				if tt.err != nil {
					yield(knowledge.Document{}, tt.err)
				}
			})
			if !errs.Is(err, tt.code) || !strings.Contains(err.Error(), tt.says) {
				t.Errorf("error %v", err)
			}
			if got := found(t, opened(t, store), "甲乙丙丁", owner); len(got) != 1 {
				t.Errorf("a failed build removed what it had not seen: %v", got)
			}
		})
	}
	if _, err := knowledge.Build(ctx, knowledge.Config{}, each(nil)); !errs.Is(err, errs.CodeInvalid) {
		t.Errorf("an empty config: %v", err)
	}
	if _, err := knowledge.Open(ctx, &knowledgetest.Memory{}, "none"); !errs.Is(err, errs.CodeNotFound) {
		t.Errorf("a base that was never built: %v", err)
	}
}

// The index is derived: deleted, it is built again to the same ranking.
func TestIndexDeleted(t *testing.T) {
	store := &knowledgetest.Memory{}
	var docs []knowledge.Document
	for i := range 30 {
		docs = append(docs, document(fmt.Sprintf("%d.md", i), "", fmt.Sprintf("第%d条 信用卡年费%d元，%s。", i+1, i*10, vocabulary[i%len(vocabulary)])))
	}
	build(t, store, docs...)
	want := found(t, opened(t, store), "信用卡年费 外汇", owner)
	h, err := store.Header(ctx, "b")
	if err != nil {
		t.Fatal(err)
	}
	segs, err := store.Segments(ctx, "b")
	if err != nil || len(segs) == 0 {
		t.Fatal(segs, err)
	}
	if _, err := store.Commit(ctx, "b", knowledge.Change{Expect: h.Generation, Drop: []int64{segs[0].ID}}); err != nil {
		t.Fatal(err)
	}
	if got := found(t, opened(t, store), "信用卡年费 外汇", owner); len(got) != 0 {
		t.Fatalf("without an index: %v", got)
	}
	if r := build(t, store, docs...); r.Unchanged != 30 || r.NewChunks != 0 {
		t.Errorf("rebuilding the index: %+v", r)
	}
	if got := found(t, opened(t, store), "信用卡年费 外汇", owner); !slices.Equal(got, want) {
		t.Errorf("rebuilt: %v, want %v", got, want)
	}
}

// Every small build makes a segment; merging keeps their number low.
func TestSegmentsAreMerged(t *testing.T) {
	store := &knowledgetest.Memory{}
	var docs []knowledge.Document
	for i := range 60 {
		docs = append(docs, document(fmt.Sprintf("%d.md", i), "", fmt.Sprintf("第%d条 甲乙%d。", i, i)))
		build(t, store, docs...)
	}
	segs, err := store.Segments(ctx, "b")
	if err != nil || len(segs) > 16 {
		t.Errorf("%d segments after 60 builds, %v", len(segs), err)
	}
}

func TestLineage(t *testing.T) {
	links := &edges{}
	doc := document("a.md", "", "第一条 甲。\n\n第二条 乙。")
	_, err := knowledge.Build(ctx, knowledge.Config{Base: "b", Store: &knowledgetest.Memory{}, Now: clock, Lineage: links}, each([]knowledge.Document{doc}))
	if err != nil || len(links.all) != 2 || links.all[0].From != doc.ID || lineage.KindOf(links.all[0].To) != lineage.Chunk {
		t.Errorf("edges %v, %v", links.all, err)
	}
}

type edges struct {
	lineage.Store
	all []lineage.Edge
}

func (e *edges) Link(_ context.Context, l []lineage.Edge) error {
	e.all = append(e.all, l...)
	return nil
}

// An index of another version of the code is built anew, from what is stored.
func TestIndexOfOtherCode(t *testing.T) {
	store := &knowledgetest.Memory{}
	docs := []knowledge.Document{document("a.md", "", "第一条 利率。"), document("b.md", "", "第一条 外汇利率。")}
	build(t, store, docs...)
	want := found(t, opened(t, store), "外汇利率", owner)
	h, err := store.Header(ctx, "b")
	if err != nil {
		t.Fatal(err)
	}
	settings := strings.Replace(string(h.Settings), `"code":"`, `"code":"old`, 1)
	if _, err := store.Commit(ctx, "b", knowledge.Change{Expect: h.Generation, Settings: []byte(settings)}); err != nil {
		t.Fatal(err)
	}
	before, err := store.Segments(ctx, "b")
	if err != nil {
		t.Fatal(err)
	}
	if r := build(t, store, docs...); r.Unchanged != 2 || r.NewChunks != 0 {
		t.Errorf("%+v", r)
	}
	after, err := store.Segments(ctx, "b")
	if err != nil || len(after) != 1 || after[0].ID == before[0].ID {
		t.Errorf("segments %v, %v", after, err)
	}
	if got := found(t, opened(t, store), "外汇利率", owner); !slices.Equal(got, want) {
		t.Errorf("%v, want %v", got, want)
	}
}
