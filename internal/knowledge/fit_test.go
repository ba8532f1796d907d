package knowledge_test

import (
	"context"
	"fmt"
	"slices"
	"testing"

	"github.com/luodi/luodi/internal/errs"
	"github.com/luodi/luodi/internal/knowledge"
	"github.com/luodi/luodi/internal/knowledge/space"
)

// misled is a base where words mislead: for every topic the folder notes says
// the words of a question more often than the folder rules, which answers it.
func misled(topics int) (docs []knowledge.Document, questions []knowledge.Question) {
	for i := range topics {
		w := fmt.Sprintf("topic%d", i)
		docs = append(docs, document(fmt.Sprintf("notes/%d.md", i), "", w+" "+w+" "+w+" chat"), document(fmt.Sprintf("rules/%d.md", i), "", w+" is allowed up to a limit"))
		questions = append(questions, knowledge.Question{ID: w, Query: w, Relevant: [][]string{{docs[len(docs)-1].Address}}})
	}
	return docs, questions
}

func TestFitTakesWhatHelpsOnQuestionsNotSeen(t *testing.T) {
	ctx := context.Background()
	docs, questions := misled(knowledge.FitFrom)
	base, store, spaces := vectored(t, docs, nil)
	r, report, err := base.Fit(ctx, space.Use{}, questions, nil)
	if err != nil {
		t.Fatal(err)
	}
	if !report.Better || report.Mapped || report.Questions != len(questions) || report.Crossed.After < .99 {
		t.Errorf("%+v", report)
	}
	again, _, err := base.Fit(ctx, space.Use{}, questions, nil)
	if err != nil || again.ID != r.ID || !slices.Equal(again.Data, r.Data) {
		t.Errorf("two fits differ: %s, %s, %v", r.ID, again.ID, err)
	}
	if digest, _ := base.Digest(ctx); r.Version != digest || r.Base != "b" {
		t.Errorf("fitted on %s of %s, the base is %s", r.Version, r.Base, digest)
	}
	search := base.SearchWith(space.Use{Fusion: space.Fusion{Ranker: r.ID}})
	if _, err := search(ctx, knowledge.Query{Text: "topic7", As: owner}); !errs.Is(err, errs.CodeNotFound) {
		t.Errorf("a ranker that is not kept: %v", err)
	}
	if err := spaces.PutRanker(ctx, r); err != nil {
		t.Fatal(err)
	}
	hits, err := search(ctx, knowledge.Query{Text: "topic7", As: owner})
	if err != nil || addresses(hits) != "rules/7.md notes/7.md" || hits[0].Score < hits[1].Score {
		t.Errorf("%s, %v", addresses(hits), err)
	}
	t.Run("a ranker of another space is left out", func(t *testing.T) {
		e := toy{ideas: loans}
		other := toySpace("toy")
		base, err := knowledge.Open(ctx, store, "b")
		if err != nil {
			t.Fatal(err)
		}
		base.WithVectors(knowledge.Vectors{Spaces: spaces, Embedder: func(context.Context, space.Space) (space.Embedder, error) { return e, nil }})
		if _, err := base.Embed(ctx, other, e, nil); err != nil {
			t.Fatal(err)
		}
		hits, err := base.SearchWith(space.Use{Space: other.ID, Fusion: space.Fusion{Kind: space.Linear, Lambda: .1, Ranker: r.ID}})(ctx, knowledge.Query{Text: "topic7", As: owner})
		if err != nil || hits[0].At != "notes/7.md" {
			t.Errorf("%s, %v", addresses(hits), err)
		}
	})
	t.Run("tune proposes it, or a weight of the folder", func(t *testing.T) {
		tuned, err := base.Tune(ctx, space.Use{}, space.Space{}, questions, nil)
		if err != nil || !tuned.Better || tuned.Fitted == nil || tuned.Crossed.After < .9 {
			t.Errorf("%+v, %v", tuned, err)
		}
	})
}

func TestFitOfRandomAnswersIsNotBetter(t *testing.T) {
	docs, questions := misled(60)
	for i := range questions { // the answers of other questions
		questions[i].Relevant = [][]string{{docs[(i*37+11)%len(docs)].Address}}
	}
	base, _, _ := vectored(t, docs, nil)
	_, report, err := base.Fit(context.Background(), space.Use{}, questions, nil)
	if err != nil || report.Better {
		t.Errorf("%+v, %v", report, err)
	}
}

// TestMapIsJudgedOnQuestionsNotSeen: answers share no word with questions but
// each topic's own, which no other question has; a map that is judged on what
// it was fitted to would look perfect.
func TestMapIsJudgedOnQuestionsNotSeen(t *testing.T) {
	ctx := context.Background()
	var docs []knowledge.Document
	var questions []knowledge.Question
	e := toy{}
	for i := range 60 {
		word, other := fmt.Sprintf("ask%dx", i), fmt.Sprintf("say%dx", i)
		e.ideas = append(e.ideas, word, other)
		docs = append(docs, document(fmt.Sprintf("%d.md", i), "", other+" and so on"))
		questions = append(questions, knowledge.Question{ID: word, Query: word, Relevant: [][]string{{docs[i].Address}}})
	}
	base, _, _ := vectored(t, docs, map[string]space.Embedder{"toy": e})
	s := space.Space{Provider: "http://x/v1", Model: "toy", Dim: len(e.ideas)}.Named()
	if _, err := base.Embed(ctx, s, e, nil); err != nil {
		t.Fatal(err)
	}
	_, report, err := base.Fit(ctx, space.Use{Space: s.ID, Fusion: space.Fusion{Kind: space.Coverage, Lambda: .5}}, questions, nil)
	if err != nil || report.Mapped || report.Better {
		t.Errorf("nothing carries over from one question to another: %+v, %v", report, err)
	}
}
