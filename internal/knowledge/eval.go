package knowledge

import (
	"bufio"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"math"
	"slices"
	"strings"
	"time"

	"github.com/luodi/luodi/internal/errs"
)

// Question is one line of an evaluation file: things to be found, each with
// alternative addresses, any of which counts.
type Question struct {
	ID       string     `json:"id"`
	Query    string     `json:"query"`
	Relevant [][]string `json:"relevant"`
}

// ReadQuestions reads an evaluation file, one JSON object a line.
func ReadQuestions(r io.Reader) ([]Question, error) {
	var out []Question
	s := bufio.NewScanner(r)
	s.Buffer(make([]byte, 1<<16), 16<<20)
	for line := 1; s.Scan(); line++ {
		if strings.TrimSpace(s.Text()) == "" {
			continue
		}
		var q Question
		if err := json.Unmarshal(s.Bytes(), &q); err != nil {
			return nil, errs.Invalid("line %d: %v; a line is {\"id\",\"query\",\"relevant\":[[address, …], …]}", line, err)
		}
		if q.Query == "" || len(q.Relevant) == 0 {
			return nil, errs.Invalid("line %d: a question needs a query and at least one relevant address", line)
		}
		out = append(out, q)
	}
	if err := s.Err(); err != nil {
		return nil, fmt.Errorf("reading questions: %w", err)
	}
	if len(out) == 0 {
		return nil, errs.Invalid("no questions; a line is {\"id\",\"query\",\"relevant\":[[address, …], …]}")
	}
	return out, nil
}

// Ranker ranks for a question; Base.Search is one.
type Ranker func(ctx context.Context, q Query) ([]Hit, error)

// EvalConfig says how to evaluate. Now is needed.
type EvalConfig struct {
	K   []int // cut-offs; none means 1, 5, 10, 20, 100
	As  Asker
	Now func() time.Time
}

// Eval ranks every question and returns its means: recall@k is things found
// by a question's things, hit@k any found, mrr@10 by the first found, ndcg@10
// with each thing counted once; p50_ms and p95_ms are a search's latency.
func Eval(ctx context.Context, rank Ranker, questions []Question, c EvalConfig) (map[string]float64, error) {
	ks := slices.Sorted(slices.Values(c.K))
	if len(ks) == 0 {
		ks = []int{1, 5, 10, 20, 100}
	}
	if len(questions) == 0 || ks[0] < 1 || c.Now == nil {
		return nil, errs.Invalid("evaluating: questions, cut-offs from 1 and a clock are needed")
	}
	sum := map[string]float64{}
	var latency []float64
	for _, q := range questions {
		start := c.Now()
		hits, err := rank(ctx, Query{Text: q.Query, K: max(ks[len(ks)-1], 10), As: c.As})
		if err != nil {
			return nil, fmt.Errorf("question %s: %w", q.ID, err)
		}
		latency = append(latency, float64(c.Now().Sub(start).Nanoseconds())/1e6)
		score(sum, q, hits, ks)
	}
	for k := range sum {
		sum[k] /= float64(len(questions))
	}
	slices.Sort(latency)
	sum["p50_ms"] = quantile(latency, .5)
	sum["p95_ms"] = quantile(latency, .95)
	sum["questions"] = float64(len(questions))
	return sum, nil
}

func score(sum map[string]float64, q Question, hits []Hit, ks []int) {
	rank := make([]int, len(q.Relevant)) // 1-based; 0 not found
	for i, alternatives := range q.Relevant {
		for r, h := range hits {
			if slices.ContainsFunc(alternatives, h.Is) {
				rank[i] = r + 1
				break
			}
		}
	}
	for _, k := range ks {
		found := 0
		for _, r := range rank {
			if r > 0 && r <= k {
				found++
			}
		}
		sum[fmt.Sprintf("recall@%d", k)] += float64(found) / float64(len(rank))
		sum[fmt.Sprintf("hit@%d", k)] += float64(min(found, 1))
	}
	first, gain, ideal := 0, 0., 0.
	for i, r := range rank {
		if r > 0 && r <= 10 {
			gain += 1 / math.Log2(float64(r)+1)
			if first == 0 || r < first {
				first = r
			}
		}
		if i < 10 {
			ideal += 1 / math.Log2(float64(i)+2)
		}
	}
	if first > 0 {
		sum["mrr@10"] += 1 / float64(first)
	}
	sum["ndcg@10"] += min(gain/ideal, 1)
}

// quantile is the nearest-rank quantile of sorted values.
func quantile(sorted []float64, q float64) float64 {
	if len(sorted) == 0 {
		return 0
	}
	return sorted[max(0, int(math.Ceil(q*float64(len(sorted))))-1)]
}
