package app

import (
	"context"
	"fmt"
	"os"
	"time"

	"github.com/luodi/luodi/internal/knowledge"
)

// EvalBase measures retrieval over questions with known addresses.
func (a *App) EvalBase(ctx context.Context, base, queries string, ks []int) (map[string]float64, error) {
	f, err := os.Open(queries)
	if err != nil {
		return nil, fmt.Errorf("reading the questions: %w", err)
	}
	defer f.Close()
	questions, err := knowledge.ReadQuestions(f)
	if err != nil {
		return nil, fmt.Errorf("reading the questions %s: %w", queries, err)
	}
	b, err := a.base(ctx, base)
	if err != nil {
		return nil, err
	}
	return knowledge.Eval(ctx, b.Search, questions, knowledge.EvalConfig{K: ks, Now: time.Now, As: knowledge.Asker{Owner: true}})
}
