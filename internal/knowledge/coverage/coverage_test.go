package coverage_test

import (
	"context"
	"errors"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/luodi/luodi/internal/knowledge"
	"github.com/luodi/luodi/internal/knowledge/coverage"
	"github.com/luodi/luodi/internal/knowledge/knowledgetest"
)

// memory is a coverage.Store that can fail.
type memory struct {
	mu        sync.Mutex
	questions []coverage.Question
	uses      map[string]coverage.Use
	writes    int
	fail      error
}

func (m *memory) Record(_ context.Context, qs []coverage.Question, us []coverage.Use) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.fail != nil {
		return m.fail
	}
	m.writes++
	m.questions = append(slices.Clone(qs), m.questions...)
	for _, u := range us {
		if m.uses == nil {
			m.uses = map[string]coverage.Use{}
		}
		o := m.uses[u.Chunk]
		m.uses[u.Chunk] = coverage.Use{Base: u.Base, Chunk: u.Chunk, Found: o.Found + u.Found, Cited: o.Cited + u.Cited, Down: o.Down + u.Down}
	}
	return nil
}

func (m *memory) Questions(_ context.Context, _ string, _ time.Time, of ...coverage.Outcome) (out []coverage.Question, err error) {
	for _, q := range m.questions {
		if len(of) == 0 || slices.Contains(of, q.Outcome) {
			out = append(out, q)
		}
	}
	return out, m.fail
}

func (m *memory) Forget(context.Context, string, time.Time) error { return m.fail }

func (m *memory) Uses(context.Context, string) (out []coverage.Use, err error) {
	for _, u := range m.uses {
		out = append(out, u)
	}
	return out, m.fail
}

func TestRecorderWritesInBatches(t *testing.T) {
	s := &memory{}
	r := coverage.NewRecorder(s, func(error) {})
	var wg sync.WaitGroup
	for range 4 {
		wg.Go(func() {
			for range 100 {
				r.Search("b", []string{"x", "y"}, []string{"x", "x"})
			}
		})
	}
	wg.Wait()
	r.Down("b", []string{"x"})
	r.Asked(coverage.Question{Base: "b", Text: "q"})
	if s.writes != 0 {
		t.Errorf("%d writes while questions were answered", s.writes)
	}
	if err := r.Close(); err != nil || s.writes != 1 || len(s.questions) != 1 {
		t.Fatalf("%v, %d writes, %v", err, s.writes, s.questions)
	}
	for chunk, want := range map[string]coverage.Use{"": {Found: 400}, "x": {Found: 400, Cited: 400, Down: 1}, "y": {Found: 400}} {
		if u := s.uses[chunk]; u.Found != want.Found || u.Cited != want.Cited || u.Down != want.Down {
			t.Errorf("%q: %+v", chunk, u)
		}
	}
	if err := r.Flush(t.Context()); err != nil || s.writes != 1 {
		t.Errorf("nothing was written: %v, %d", err, s.writes)
	}
}

func TestRecorderKeepsWhatCannotBeWritten(t *testing.T) {
	s := &memory{fail: errors.New("disk full")}
	r := coverage.NewRecorder(s, func(error) {})
	r.Search("b", []string{"x"}, nil)
	r.Asked(coverage.Question{Base: "b", Text: "q"})
	if err := r.Flush(t.Context()); err == nil {
		t.Fatal("no error")
	}
	r.Search("b", []string{"x"}, nil)
	s.fail = nil
	if err := r.Close(); err != nil || s.uses["x"].Found != 2 || len(s.questions) != 1 {
		t.Errorf("%v %+v %v", err, s.uses, s.questions)
	}
}

func base(t *testing.T) (knowledge.Store, *knowledge.Base) {
	t.Helper()
	s := &knowledgetest.Memory{}
	_, err := knowledge.Build(t.Context(), knowledge.Config{Base: "b", Readers: []string{"department:service"}, Store: s, Now: time.Now}, func(yield func(knowledge.Document, error) bool) {
		for i, text := range []string{"挂失后七个工作日可以补卡，补卡工本费十元。", "单笔转账限额为五万元，每日累计二十万元。"} {
			name := "d" + strconv.Itoa(i)
			if !yield(knowledge.Document{ID: "rec_" + name, Address: name + ".md", Title: name, Text: text, Source: "s", Department: "compliance"}, nil) {
				return
			}
		}
	})
	if err != nil {
		t.Fatal(err)
	}
	b, err := knowledge.Open(t.Context(), s, "b")
	if err != nil {
		t.Fatal(err)
	}
	return s, b
}

func TestFindings(t *testing.T) {
	k, b := base(t)
	hits, err := b.Search(t.Context(), knowledge.Query{Text: "挂失后多久可以补卡", As: knowledge.Asker{Owner: true}})
	if err != nil || len(hits) == 0 {
		t.Fatal(err)
	}
	s := &memory{}
	r := coverage.NewRecorder(s, func(error) {})
	for i := range 99 {
		r.Search("b", []string{hits[0].Chunk}, nil)
		_ = i
	}
	at := time.Date(2026, 3, 1, 9, 0, 0, 0, time.UTC)
	for i, q := range []string{"境外取现手续费是多少？", "请问境外取现手续费是多少", "境外取现的手续费是多少呢", "谁赢得了世界杯"} {
		x := coverage.Question{Base: "b", Time: at.Add(time.Duration(i) * time.Hour), Department: "service", Text: q, Outcome: coverage.NotCovered, Owner: "compliance", Address: "d1.md"}
		if i == 3 {
			x.Owner, x.Address, x.Department = "", "", ""
		}
		s.questions = append([]coverage.Question{x}, s.questions...)
	}
	// What a model made nothing of, and what was answered, is not missing.
	for _, q := range []coverage.Question{{Text: "挂失后多久可以补卡", Outcome: coverage.Unquoted}, {Text: "转账限额", Outcome: coverage.Answered}, {Text: "转账", Outcome: coverage.Found}} {
		q.Base, q.Time, q.Owner, q.Address = "b", at, "compliance", "d0.md"
		s.questions = append(s.questions, q)
	}
	find := func() map[string][]knowledge.Finding {
		if err := r.Flush(t.Context()); err != nil {
			t.Fatal(err)
		}
		all, err := coverage.Findings(t.Context(), s, k, "b", "service")
		if err != nil {
			t.Fatal(err)
		}
		out := map[string][]knowledge.Finding{}
		for _, f := range all {
			out[f.Kind] = append(out[f.Kind], f)
		}
		return out
	}
	got := find()
	un := got[coverage.Unanswered]
	if len(un) != 2 || un[0].Department != "compliance" || un[0].Count != 3 || un[0].Detail != "境外取现的手续费是多少呢" || !un[0].Since.Equal(at) || !un[0].Last.Equal(at.Add(2*time.Hour)) || !slices.Equal(un[0].Addresses, []string{"d1.md"}) || !slices.Equal(un[0].Askers, []string{"service"}) {
		t.Errorf("%+v", un)
	}
	if un[1].Department != "service" || un[1].Count != 1 || len(un[1].Addresses) != 0 {
		t.Errorf("a question that is near to no document: %+v", un[1])
	}
	if n := got[coverage.NoClaim]; len(n) != 1 || n[0].Department != "compliance" || n[0].Detail != "挂失后多久可以补卡" || n[0].Addresses[0] != "d0.md" {
		t.Errorf("without a claim: %+v", n)
	}
	if len(got[coverage.Unused]) != 0 {
		t.Errorf("called unused after 99 searches: %+v", got[coverage.Unused])
	}
	r.Search("b", []string{hits[0].Chunk}, []string{hits[0].Chunk})
	r.Down("b", []string{hits[0].Chunk})
	got = find()
	if u := got[coverage.Unused]; len(u) != 1 || u[0].Addresses[0] == hits[0].At || u[0].Count != 1 || !strings.Contains(u[0].Detail, "100 searches") {
		t.Errorf("unused: %+v", u)
	}
	if d := got[coverage.VotedDown]; len(d) != 1 || d[0].Addresses[0] != hits[0].At || d[0].Count != 1 {
		t.Errorf("voted down: %+v", d)
	}
}
