package app

import (
	"context"
	"fmt"
	"os"
	"time"

	"github.com/luodi/luodi/internal/errs"
	"github.com/luodi/luodi/internal/knowledge"
	"github.com/luodi/luodi/internal/knowledge/space"
)

// EvalBase measures retrieval over questions with known addresses, and beside
// it, as plain_…, BM25 over the passages' text alone.
func (a *App) EvalBase(ctx context.Context, base, queries string, ks []int) (map[string]float64, error) {
	questions, err := readQuestions(queries)
	if err != nil {
		return nil, err
	}
	b, err := a.base(ctx, base)
	if err != nil {
		return nil, err
	}
	c := knowledge.EvalConfig{K: ks, Now: time.Now, As: knowledge.Asker{Owner: true}}
	plain, err := knowledge.Eval(ctx, b.SearchPlain, questions, c)
	if err != nil {
		return nil, err
	}
	alias, err := a.db.Space().Alias(ctx, b.Name())
	if err != nil {
		return nil, err
	}
	res, err := knowledge.Eval(ctx, b.SearchWith(alias.Now), questions, c)
	if err != nil {
		return nil, err
	}
	for k, v := range plain {
		if k != "questions" {
			res["plain_"+k] = v
		}
	}
	return res, nil
}

func readQuestions(path string) ([]knowledge.Question, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, fmt.Errorf("reading the questions: %w", err)
	}
	defer f.Close()
	questions, err := knowledge.ReadQuestions(f)
	if err != nil {
		return nil, fmt.Errorf("reading the questions %s: %w", path, err)
	}
	return questions, nil
}

// TuneResult is what `luodi kb tune --json` prints.
type TuneResult struct {
	Base string `json:"base"`
	knowledge.TuneReport
	Kept bool `json:"kept"` // the base's searches rank by Best now
}

// TuneBase fits how a base ranks to golden questions, and keeps it where it is
// better on questions that it was not fitted to.
func (a *App) TuneBase(ctx context.Context, base, queries string) (TuneResult, error) {
	questions, err := readQuestions(queries)
	if err != nil {
		return TuneResult{}, err
	}
	b, err := a.base(ctx, base)
	if err != nil {
		return TuneResult{}, err
	}
	res := TuneResult{Base: b.Name()}
	alias, err := a.db.Space().Alias(ctx, b.Name())
	if err != nil {
		return res, err
	}
	var s space.Space
	if alias.Now.Space != "" {
		if s, err = a.db.Space().Get(ctx, alias.Now.Space); err != nil {
			return res, err
		}
	}
	res.TuneReport, err = b.Tune(ctx, alias.Now, s, questions, func(done, total int) {
		a.tell(Event{Stage: "tune/" + b.Name(), Done: done, Total: total})
	})
	if err != nil || !res.Better {
		return res, err
	}
	if res.Best.Fusion.Ranker != "" {
		if err := a.db.Space().PutRanker(ctx, res.Ranker); err != nil {
			return res, err
		}
	}
	res.Best.Fusion.Chance = alias.Now.Fusion.Chance // of the same space
	_, err = a.db.Space().Flip(ctx, b.Name(), space.Alias{Generation: alias.Generation, Now: res.Best, Before: alias.Now})
	if errs.Is(err, errs.CodeConflict) {
		return res, fmt.Errorf("the base was swapped while it was tuned: %w", err)
	}
	res.Kept = err == nil
	return res, err
}
