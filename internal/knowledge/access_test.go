package knowledge_test

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"

	"pgregory.net/rapid"

	"github.com/luodi/luodi/internal/errs"
	"github.com/luodi/luodi/internal/knowledge"
	"github.com/luodi/luodi/internal/knowledge/knowledgetest"
)

func TestWhoMayRead(t *testing.T) {
	open, restricted := document("open.md", "", "利率百分之三。"), document("secret.md", "", "利率百分之九。")
	restricted.Readers = []string{"user:boss@bank", "department:risk"}
	store := &knowledgetest.Memory{}
	build(t, store, open, restricted) // readers of the base: service and risk
	b := opened(t, store)
	tests := []struct {
		name string
		as   knowledge.Asker
		want string
	}{
		{"nobody", knowledge.Asker{}, ""},
		{"the owner", owner, "open.md secret.md"},
		{"a reader of the base", knowledge.Asker{Principals: []string{"department:service"}}, "open.md"},
		{"a reader of both", knowledge.Asker{Principals: []string{"department:risk"}}, "open.md secret.md"},
		{"a reader of the document, not of the base", knowledge.Asker{Principals: []string{"user:boss@bank"}}, ""},
		{"with two principals", knowledge.Asker{Principals: []string{"user:boss@bank", "department:service"}}, "open.md secret.md"},
		{"a part of a principal", knowledge.Asker{Principals: []string{"department:ris", "risk", ""}}, ""},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			hits, err := b.Search(ctx, knowledge.Query{Text: "利率", As: tt.as})
			if err != nil {
				t.Fatal(err)
			}
			var got []string
			for _, h := range hits {
				got = append(got, h.At)
			}
			slices.Sort(got)
			if s := strings.Join(got, " "); s != tt.want {
				t.Errorf("reads %q, want %q", s, tt.want)
			}
			a, err := b.Ask(ctx, knowledge.Query{Text: "利率百分之九", As: tt.as})
			if err != nil {
				t.Fatal(err)
			}
			if !strings.Contains(tt.want, "secret") && (strings.Contains(a.Text, "九") || len(a.Citations) > 0 && strings.Contains(a.Citations[0].Quote, "九")) {
				t.Errorf("the answer leaks: %+v", a)
			}
		})
	}
}

func TestNoReadersMeansOwnerOnly(t *testing.T) {
	store := &knowledgetest.Memory{}
	_, err := knowledge.Build(ctx, knowledge.Config{Base: "b", Store: store, Now: clock, Readers: []string{" "}}, each([]knowledge.Document{document("a.md", "", "利率")}))
	if err != nil {
		t.Fatal(err)
	}
	for _, p := range []string{"", " ", "department:service"} {
		if got := found(t, opened(t, store), "利率", knowledge.Asker{Principals: []string{p}}); len(got) != 0 {
			t.Errorf("%q reads %v", p, got)
		}
	}
}

// What an asker finds is what a base of his documents alone would give.
func TestRankingKnowsAllowedDocumentsOnly(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		var docs, allowed []knowledge.Document
		for i := range rapid.IntRange(1, 12).Draw(t, "documents") {
			d := drawDocument(t, i)
			docs = append(docs, d)
			if d.Readers == nil || slices.Contains(d.Readers, "department:risk") {
				allowed = append(allowed, d)
			}
		}
		all, alone := &knowledgetest.Memory{}, &knowledgetest.Memory{}
		config := func(s knowledge.Store) knowledge.Config {
			return knowledge.Config{Base: "b", Store: s, Now: clock, Readers: []string{"department:risk"}, Weights: knowledge.Weights{Title: .5}}
		}
		for s, d := range map[*knowledgetest.Memory][]knowledge.Document{all: docs, alone: allowed} {
			if _, err := knowledge.Build(ctx, config(s), each(d)); err != nil {
				t.Fatal(err)
			}
		}
		as := knowledge.Asker{Principals: []string{"department:risk"}}
		for _, q := range queries {
			if got, want := found(t, opened(t, all), q, as), found(t, opened(t, alone), q, as); !slices.Equal(got, want) {
				t.Fatalf("query %s\n%v\nalone\n%v", q, got, want)
			}
		}
	})
}

// A right that is taken away counts from the next search on, also for a base
// that is open, and between ranking and loading.
func TestRightsChangeAtOnce(t *testing.T) {
	doc := document("a.md", "", "利率百分之三。")
	store := &knowledgetest.Memory{}
	build(t, store, doc)
	b := opened(t, store)
	as := knowledge.Asker{Principals: []string{"department:service"}}
	if len(found(t, b, "利率", as)) != 1 {
		t.Fatal("the document is not found")
	}
	doc.Readers = []string{"department:risk"}
	build(t, store, doc)
	if got := found(t, b, "利率", as); len(got) != 0 {
		t.Errorf("after the change: %v", got)
	}
	doc.Readers = nil
	build(t, store, doc)
	between := &hookedStore{Store: store}
	b = opened(t, between)
	between.beforeVersions = func() {
		doc.Readers = []string{"department:risk"}
		build(t, store, doc)
	}
	if got := found(t, b, "利率", as); len(got) != 0 {
		t.Errorf("changed between ranking and loading: %v", got)
	}
}

// hookedStore runs a function once, before versions are read.
type hookedStore struct {
	knowledge.Store
	beforeVersions func()
}

func (s *hookedStore) Versions(ctx context.Context, base string, ids []string) ([]knowledge.Version, error) {
	if f := s.beforeVersions; f != nil {
		s.beforeVersions = nil
		f()
	}
	return s.Store.Versions(ctx, base, ids)
}

// Searches and builds at the same time: no error, and never a document that
// the asker may not read.
func TestConcurrent(t *testing.T) {
	store := &knowledgetest.Memory{}
	make := func(round int) []knowledge.Document {
		var docs []knowledge.Document
		for i := range 12 {
			d := document(fmt.Sprintf("%d.md", i), "", fmt.Sprintf("第一条 利率 %d。", round*(i%3)))
			if (i+round)%2 == 0 {
				d.Readers = []string{"department:risk"}
			} else {
				d.Text += "公开。"
				d.ID += "o"
			}
			docs = append(docs, d)
		}
		return docs
	}
	build(t, store, make(0)...)
	b := opened(t, store)
	stop := newFlag()
	var wg sync.WaitGroup
	for range 4 {
		wg.Go(func() {
			for !stop.done() {
				hits, err := b.Search(ctx, knowledge.Query{Text: "利率", As: knowledge.Asker{Principals: []string{"department:service"}}})
				if err != nil {
					t.Errorf("searching: %v", err)
					return
				}
				for _, h := range hits {
					if !strings.Contains(h.Text, "公开") {
						t.Errorf("leak of %s: %s", h.Address, h.Text)
					}
				}
			}
		})
	}
	for round := range 25 {
		build(t, store, make(round)...)
	}
	stop.stop()
	wg.Wait()
}

type flag struct {
	mu  sync.Mutex
	set bool
}

func newFlag() *flag { return &flag{} }

func (f *flag) stop() {
	f.mu.Lock()
	f.set = true
	f.mu.Unlock()
}

func (f *flag) done() bool {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.set
}

func TestTwoBuildsAtOnce(t *testing.T) {
	store := &knowledgetest.Memory{}
	build(t, store, document("a.md", "", "甲"))
	hook := func(yield func(knowledge.Document, error) bool) {
		build(t, store, document("b.md", "", "乙"))
		yield(document("c.md", "", "丙"), nil)
	}
	if _, err := knowledge.Build(ctx, knowledge.Config{Base: "b", Store: store, Now: clock}, hook); !errs.Is(err, errs.CodeConflict) {
		t.Errorf("the slower build: %v", err)
	}
	if got := found(t, opened(t, store), "甲乙丙", owner); len(got) != 1 || !strings.HasPrefix(got[0], "b.md") {
		t.Errorf("the base holds %v", got)
	}
}
