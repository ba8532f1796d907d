package app

import (
	"context"

	"github.com/luodi/luodi/internal/knowledge"
)

// HygieneResult is what `luodi kb hygiene --json` prints: a queue for each
// department that owns documents of the base.
type HygieneResult struct {
	Base   string         `json:"base"`
	Counts map[string]int `json:"counts"` // by kind
	Queues []HygieneQueue `json:"queues"`
}

// HygieneQueue is what one department should look at.
type HygieneQueue struct {
	Department string              `json:"department"`
	Findings   []knowledge.Finding `json:"findings"`
}

// Hygiene looks through a knowledge base for its owners.
func (a *App) Hygiene(ctx context.Context, base string) (HygieneResult, error) {
	b, err := a.base(ctx, base)
	if err != nil {
		return HygieneResult{}, err
	}
	found, err := knowledge.Hygiene(ctx, a.db.Knowledge(), b.Name(), a.now())
	if err != nil {
		return HygieneResult{}, err
	}
	res := HygieneResult{Base: b.Name(), Counts: map[string]int{}, Queues: []HygieneQueue{}}
	for _, f := range found {
		res.Counts[f.Kind]++
		if n := len(res.Queues); n == 0 || res.Queues[n-1].Department != f.Department {
			res.Queues = append(res.Queues, HygieneQueue{Department: f.Department})
		}
		q := &res.Queues[len(res.Queues)-1]
		q.Findings = append(q.Findings, f)
	}
	return res, nil
}
