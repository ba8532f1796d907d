package knowledge_test

import (
	"fmt"
	"math/rand/v2"
	"os"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/luodi/luodi/internal/knowledge"
	"github.com/luodi/luodi/internal/knowledge/knowledgetest"
)

const (
	accessDocuments   = 20
	accessDepartments = 6
)

// reads says whether a department may read a document in a round of changes.
func reads(round, doc, department int) bool {
	x := uint64(round)*0x9E3779B97F4A7C15 ^ uint64(doc)*0xBF58476D1CE4E5B9 ^ uint64(department)*0x94D049BB133111EB
	x ^= x >> 31
	x *= 0x7FB5D329728EA185
	return (x>>40)%3 == 0
}

func accessRound(round int) []knowledge.Document {
	var docs []knowledge.Document
	for i := range accessDocuments {
		d := document(fmt.Sprintf("%d.md", i), "", fmt.Sprintf("第一条 利率与限额 %d。转账、存款、贷款。", i))
		for dep := range accessDepartments {
			if reads(round, i, dep) {
				d.Readers = append(d.Readers, fmt.Sprint("department:", dep))
			}
		}
		if d.Readers == nil {
			d.Readers = []string{"user:nobody"} // empty would be the base's readers
		}
		docs = append(docs, d)
	}
	return docs
}

// While rights change all the time, no search returns a document that its
// asker might not read at any moment of that search. LUODI_LONG=1 runs 10^6
// searches instead of 10^4.
func TestNoLeakWhileRightsChange(t *testing.T) {
	cases := int64(10_000)
	if os.Getenv("LUODI_LONG") != "" {
		cases = 1_000_000
	}
	store := &knowledgetest.Memory{}
	var everybody []string
	for dep := range accessDepartments {
		everybody = append(everybody, fmt.Sprint("department:", dep))
	}
	index := func(round int) {
		cfg := knowledge.Config{Base: "b", Store: store, Now: clock, Readers: everybody}
		if _, err := knowledge.Build(ctx, cfg, each(accessRound(round))); err != nil {
			t.Errorf("round %d: %v", round, err)
		}
	}
	index(0)
	b := opened(t, store)
	var done, begun, n, shown, leaks atomic.Int64 // done: rounds that are in force; begun: that may be
	stop := newFlag()
	var builder, searchers sync.WaitGroup
	builder.Go(func() {
		for round := 1; !stop.done(); round++ {
			begun.Store(int64(round))
			index(round)
			done.Store(int64(round))
			time.Sleep(3 * time.Millisecond) // some searches see one round only
		}
	})
	words := []string{"利率", "限额", "转账", "存款 贷款", "利率 3", "第一条"}
	for w := range 4 {
		searchers.Go(func() {
			rng := rand.New(rand.NewPCG(12, uint64(w)))
			for n.Add(1) <= cases {
				department := rng.IntN(accessDepartments + 1) // the last is in no list
				as := knowledge.Asker{Principals: []string{fmt.Sprint("department:", department)}}
				if rng.IntN(50) == 0 {
					as = knowledge.Asker{} // may read nothing
					department = accessDepartments
				}
				from := done.Load()
				hits, err := b.Search(ctx, knowledge.Query{Text: words[rng.IntN(len(words))], K: 1 + rng.IntN(20), As: as})
				to := begun.Load()
				if err != nil {
					t.Errorf("searching: %v", err)
					return
				}
				for _, h := range hits {
					var doc int
					fmt.Sscanf(h.At, "%d.md", &doc)
					ok := false
					for round := from; round <= to && department < accessDepartments; round++ {
						ok = ok || reads(int(round), doc, department)
					}
					shown.Add(1)
					if !ok && leaks.Add(1) < 5 {
						t.Errorf("department %d got %s in rounds %d–%d", department, h.At, from, to)
					}
				}
			}
		})
	}
	searchers.Wait()
	stop.stop()
	builder.Wait()
	t.Logf("%d searches, %d hits, %d changes of rights, %d leaks", cases, shown.Load(), done.Load(), leaks.Load())
	if shown.Load() == 0 || done.Load() < 3 {
		t.Error("nothing was tested")
	}
}
