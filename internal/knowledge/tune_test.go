package knowledge_test

import (
	"context"
	"fmt"
	"testing"

	"github.com/luodi/luodi/internal/knowledge"
	"github.com/luodi/luodi/internal/knowledge/space"
)

// bilingual is a base of Chinese texts and English questions about them.
func bilingual(n int) (docs []knowledge.Document, questions []knowledge.Question, e toy) {
	for i := range n {
		zh, en := fmt.Sprintf("第%c类%c业务", rune('甲'+i), rune('一'+i)), fmt.Sprintf("topic%dx", i)
		e.ideas = append(e.ideas, zh+"|"+en)
		docs = append(docs, document(fmt.Sprintf("%c.md", rune('甲'+i)), "", zh+"：说明。"))
		questions = append(questions, knowledge.Question{ID: en, Query: en, Relevant: [][]string{{docs[i].Address}}})
	}
	return docs, questions, e
}

func TestTuneTakesWhatHelpsOnQuestionsNotSeen(t *testing.T) {
	ctx := context.Background()
	docs, questions, e := bilingual(40)
	base, _, _ := vectored(t, docs, map[string]space.Embedder{"toy": e})
	s := space.Space{Provider: "http://x/v1", Model: "toy", Dim: len(e.ideas)}.Named()
	if _, err := base.Embed(ctx, s, e, nil); err != nil {
		t.Fatal(err)
	}
	for _, tt := range []struct {
		name      string
		space     space.Space
		questions []knowledge.Question
		better    bool
	}{
		{"a space that bridges languages", s, questions, true},
		{"words alone cannot", space.Space{}, questions, false},
		{"five questions prove nothing", s, questions[:5], false},
	} {
		t.Run(tt.name, func(t *testing.T) {
			r, err := base.Tune(ctx, space.Use{}, tt.space, tt.questions, nil)
			if err != nil {
				t.Fatal(err)
			}
			if r.Better != tt.better {
				t.Errorf("%+v", r)
			}
		})
	}
	same, err := knowledge.Compare(ctx, base.Search, base.Search, questions, owner)
	if d := same["ndcg@10"]; err != nil || d.Mean != 0 || d.Low > 0 || d.High < 0 {
		t.Errorf("a ranking against itself: %+v, %v", d, err)
	}
	d, err := knowledge.Compare(ctx, base.Search, base.SearchWith(space.Use{Space: s.ID, Fusion: knowledge.Fusion(s)}), questions, owner)
	if err != nil || d["recall@10"].After != 1 || d["recall@10"].Low <= 0 {
		t.Errorf("%+v, %v", d, err)
	}
}
