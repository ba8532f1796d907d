package knowledge

import (
	"context"
	"fmt"
	"math"

	"github.com/luodi/luodi/internal/errs"
)

// Difference is a paired comparison of two rankings over the same questions:
// the mean of after − before, with its 95 % interval.
type Difference struct {
	Before float64 `json:"before"`
	After  float64 `json:"after"`
	Mean   float64 `json:"difference"`
	Low    float64 `json:"low"`
	High   float64 `json:"high"`
}

// compared are the figures that Compare gives.
var compared = []string{"ndcg@10", "recall@10", "mrr@10"}

// decisive is the figure by which rankings are chosen.
const decisive = "ndcg@10"

// Compare ranks every question both ways.
func Compare(ctx context.Context, before, after Ranker, questions []Question, as Asker) (map[string]Difference, error) {
	one, err := each(ctx, before, questions, as)
	if err != nil {
		return nil, err
	}
	two, err := each(ctx, after, questions, as)
	if err != nil {
		return nil, err
	}
	out := map[string]Difference{}
	for _, name := range compared {
		x, y := make([]float64, len(one)), make([]float64, len(two))
		for i := range one {
			x[i], y[i] = one[i][name], two[i][name]
		}
		out[name] = paired(x, y)
	}
	return out, nil
}

// each returns every question's own figures.
func each(ctx context.Context, rank Ranker, questions []Question, as Asker) ([]map[string]float64, error) {
	if len(questions) == 0 {
		return nil, errs.Invalid("comparing rankings: there are no questions")
	}
	out := make([]map[string]float64, len(questions))
	for i, q := range questions {
		hits, err := rank(ctx, Query{Text: q.Query, K: 10, As: as})
		if err != nil {
			return nil, fmt.Errorf("question %s: %w", q.ID, err)
		}
		out[i] = map[string]float64{}
		score(out[i], q, hits, []int{10})
	}
	return out, nil
}

// fewest is how many questions an interval takes: with fewer it is not said
// that anything is better.
const fewest = 20

// paired is the difference of two rankings' figures, question by question.
func paired(x, y []float64) Difference {
	n := float64(len(x))
	d := Difference{}
	for i := range x {
		d.Before += x[i]
		d.After += y[i]
	}
	d.Before, d.After = d.Before/n, d.After/n
	d.Mean = d.After - d.Before
	square := 0.
	for i := range x {
		square += (y[i] - x[i] - d.Mean) * (y[i] - x[i] - d.Mean)
	}
	if len(x) < fewest {
		d.Low, d.High = d.Mean-1, d.Mean+1
		return d
	}
	half := 1.96 * math.Sqrt(square/(n-1)/n)
	d.Low, d.High = d.Mean-half, d.Mean+half
	return d
}
