package app

import (
	"context"
	"slices"
	"time"

	"github.com/luodi/luodi/internal/errs"
	"github.com/luodi/luodi/internal/knowledge/coverage"
)

// QuestionQuery is what `luodi kb queries` asks for.
type QuestionQuery struct {
	Base       string
	Outcome    string // "" all
	Department string // that asked; "" all
	Since      string // "" all that are kept, else 7d
	Last       int    // 0: all
}

// QuestionsResult is what it prints: counts of all that were asked for, and
// the last of them, newest first.
type QuestionsResult struct {
	Base     string                   `json:"base"`
	Kept     bool                     `json:"kept"` // false: luodi.yaml says off
	Total    int                      `json:"total"`
	Outcomes map[coverage.Outcome]int `json:"outcomes"`
	P50      float64                  `json:"p50_ms"`
	P95      float64                  `json:"p95_ms"`
	Asked    []Question               `json:"questions"`
}

// Question is one that a base was asked.
type Question struct {
	Time       time.Time        `json:"time"`
	Question   string           `json:"question"`
	Outcome    coverage.Outcome `json:"outcome"`
	Department string           `json:"department"` // of who asked; "" the owner or a user
	Asker      string           `json:"asker"`      // pseudonym; "" the owner
	Passages   int              `json:"passages"`
	Cited      int              `json:"cited"`
	Evidence   float64          `json:"evidence"`
	Threshold  float64          `json:"threshold"`
	Nearest    string           `json:"nearest"` // address of the best passage
	Owner      string           `json:"owner"`   // its department
	Ms         float64          `json:"ms"`
}

// Questions lists what a base was asked.
func (a *App) Questions(ctx context.Context, q QuestionQuery) (QuestionsResult, error) {
	if q.Outcome != "" && !slices.Contains(coverage.Outcomes, coverage.Outcome(q.Outcome)) {
		return QuestionsResult{}, misuse("--outcome %q: write one of %v", q.Outcome, coverage.Outcomes)
	}
	if _, known := a.Project.Department(q.Department); q.Department != "" && !known {
		return QuestionsResult{}, errs.NotFound("--department %s: luodi.yaml has no such department", q.Department)
	}
	age, err := lifetime("since", q.Since)
	if err != nil {
		return QuestionsResult{}, err
	}
	b, err := a.base(ctx, q.Base)
	if err != nil {
		return QuestionsResult{}, err
	}
	k, _ := a.Project.Base(b.Name())
	res := QuestionsResult{Base: b.Name(), Kept: !k.KeepQuestions.Off(), Outcomes: map[coverage.Outcome]int{}, Asked: []Question{}}
	if err := a.remembered(ctx, b.Name()); err != nil {
		return res, err
	}
	var since time.Time
	if age > 0 {
		since = a.now().Add(-age)
	}
	var of []coverage.Outcome
	if q.Outcome != "" {
		of = []coverage.Outcome{coverage.Outcome(q.Outcome)}
	}
	found, err := a.db.Coverage().Questions(ctx, b.Name(), since, of...)
	if err != nil {
		return res, err
	}
	var took []float64
	for _, x := range found {
		if q.Department != "" && q.Department != x.Department {
			continue
		}
		res.Total++
		res.Outcomes[x.Outcome]++
		ms := float64(x.Latency.Microseconds()) / 1000
		took = append(took, ms)
		if q.Last == 0 || res.Total <= q.Last {
			res.Asked = append(res.Asked, Question{x.Time.UTC(), x.Text, x.Outcome, x.Department, x.Asker, x.Passages, x.Cited, x.Evidence, x.Threshold, x.Address, x.Owner, ms})
		}
	}
	slices.Sort(took)
	if n := len(took); n > 0 {
		res.P50, res.P95 = took[(n-1)/2], took[(n-1)*95/100]
	}
	return res, nil
}
