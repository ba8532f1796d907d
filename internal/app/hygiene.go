package app

import (
	"cmp"
	"context"
	"runtime/debug"
	"slices"

	"github.com/luodi/luodi/internal/errs"
	"github.com/luodi/luodi/internal/knowledge"
	"github.com/luodi/luodi/internal/knowledge/coverage"
	"github.com/luodi/luodi/internal/project"
	"github.com/luodi/luodi/internal/report"
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

// Hygiene looks through a knowledge base for its owners, or for one of them.
func (a *App) Hygiene(ctx context.Context, base, department string) (HygieneResult, error) {
	if _, known := a.Project.Department(department); department != "" && !known {
		return HygieneResult{}, errs.NotFound("--department %s: luodi.yaml has no such department", department)
	}
	b, err := a.base(ctx, base)
	if err != nil {
		return HygieneResult{}, err
	}
	found, err := knowledge.Hygiene(ctx, a.db.Knowledge(), b.Name(), a.now())
	if err != nil {
		return HygieneResult{}, err
	}
	asked, err := a.asked(ctx, b.Name())
	if err != nil {
		return HygieneResult{}, err
	}
	found = append(found, asked...)
	if department != "" {
		found = slices.DeleteFunc(found, func(f knowledge.Finding) bool { return f.Department != department })
	}
	return queues(b.Name(), found), nil
}

// asked is what a base's questions say to its owners.
func (a *App) asked(ctx context.Context, base string) ([]knowledge.Finding, error) {
	if err := a.remembered(ctx, base); err != nil {
		return nil, err
	}
	return coverage.Findings(ctx, a.db.Coverage(), a.db.Knowledge(), base, a.payer(project.Scenario{}, base, ""))
}

// queues sorts findings into one queue for each department; the order within
// a kind stays.
func queues(base string, found []knowledge.Finding) HygieneResult {
	res := HygieneResult{Base: base, Counts: map[string]int{}, Queues: []HygieneQueue{}}
	slices.SortStableFunc(found, func(x, y knowledge.Finding) int {
		return cmp.Or(cmp.Compare(x.Department, y.Department), cmp.Compare(x.Kind, y.Kind))
	})
	for _, f := range found {
		res.Counts[f.Kind]++
		if n := len(res.Queues); n == 0 || res.Queues[n-1].Department != f.Department {
			res.Queues = append(res.Queues, HygieneQueue{Department: f.Department})
		}
		q := &res.Queues[len(res.Queues)-1]
		q.Findings = append(q.Findings, f)
	}
	return res
}

// hygiene looks through a base's documents for the report, where they or the
// month have changed: what is stale depends on the day.
func (r *run) hygiene(ctx context.Context, k project.Knowledge) error {
	name := join(verbHygiene, k.Name)
	var in indexOutput
	if err := r.need(join(verbIndex, k.Name), &in); err != nil {
		return r.skip(name, err)
	}
	var out []knowledge.Finding
	inputs := []string{knowledge.HygieneVersion, in.Digest, r.now().UTC().Format("2006-01")}
	return r.stage(ctx, name, inputs, &out, func(ctx context.Context) (err error) {
		defer debug.SetMemoryLimit(debug.SetMemoryLimit(indexMemory))
		out, err = knowledge.Hygiene(ctx, r.db.Knowledge(), k.Name, r.now())
		return err
	})
}

// shownFindings is how many findings of a kind the report shows of a queue.
const shownFindings = 10

// reportHygiene is the queues of a base as the report shows them.
func (a *App) reportHygiene(ctx context.Context, base string) ([]report.Queue, error) {
	out := []report.Queue{}
	var found []knowledge.Finding
	if ok, err := a.output(ctx, join(verbHygiene, base), &found); err != nil || !ok {
		return out, err
	}
	asked, err := a.asked(ctx, base)
	if err != nil {
		return out, err
	}
	for _, q := range queues(base, append(found, asked...)).Queues {
		shown := report.Queue{Department: q.Department, Counts: map[string]int{}, Findings: []knowledge.Finding{}}
		for _, f := range q.Findings {
			if shown.Counts[f.Kind]++; shown.Counts[f.Kind] <= shownFindings {
				shown.Findings = append(shown.Findings, f)
			}
		}
		out = append(out, shown)
	}
	return out, nil
}
