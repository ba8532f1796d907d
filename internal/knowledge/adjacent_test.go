package knowledge_test

import (
	"strings"
	"testing"
	"time"

	"github.com/luodi/luodi/internal/knowledge"
	"github.com/luodi/luodi/internal/knowledge/knowledgetest"
)

// Two passages of the same words, as often and as long: the one that has them
// next to each other comes first, function words between them or not.
func TestWordsInARow(t *testing.T) {
	docs := []knowledge.Document{
		document("a.md", "one", "Fees are fixed by the branch. The card holder pays an annual interest. Cost follows."),
		document("b.md", "two", "Cost of a card: the holder pays fees. An annual branch interest is fixed. It follows."),
	}
	for i := range 30 { // so that the words are rare
		docs = append(docs, document(strings.Repeat("x", i+1)+".md", "other", strings.Repeat("unrelated text about deposits. ", 3+i%4)))
	}
	store := &knowledgetest.Memory{}
	if _, err := knowledge.Build(ctx, knowledge.Config{Base: "b", Store: store, Now: time.Now}, each(docs)); err != nil {
		t.Fatal(err)
	}
	b := opened(t, store)
	for _, tt := range []struct{ question, first string }{
		{"What is the annual interest for a card holder?", "a.md"},
		{"annual branch interest, cost of the card", "b.md"},
		{"holder of fees", ""}, // in neither in a row: a tie that only must not fail
		{"interest", ""},
	} {
		hits, err := b.Search(ctx, knowledge.Query{Text: tt.question, K: 2, As: owner})
		if err != nil {
			t.Fatal(err)
		}
		if len(hits) != 2 {
			t.Fatalf("%q: %d hits", tt.question, len(hits))
		}
		if tt.first != "" && hits[0].Address != tt.first {
			t.Errorf("%q: first is %s", tt.question, hits[0].Address)
		}
		if hits[0].Score < hits[1].Score {
			t.Errorf("%q: scores %v, %v are not in order", tt.question, hits[0].Score, hits[1].Score)
		}
	}
}
