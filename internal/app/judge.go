package app

import (
	"cmp"
	"context"
	"fmt"

	"github.com/luodi/luodi/internal/errs"
	"github.com/luodi/luodi/internal/lineage"
	"github.com/luodi/luodi/internal/project"
	"github.com/luodi/luodi/internal/sizing"
	"github.com/luodi/luodi/internal/sizing/judge"
	"github.com/luodi/luodi/internal/sizing/prompt"
)

// judged is the scorer of a scenario, and where it asks a judge the judge as
// one arm: its calls are made, priced, kept and limited as those of a
// candidate. Candidates of the judge's family, or all while it cannot be
// asked, are marked as missing.
func (a *App) judged(ctx context.Context, s project.Scenario, in stock, arms []sizing.Arm) (sizing.Scorer, []sizing.Arm, error) {
	base, err := scorerOf(s, in.items)
	if err != nil || s.Judge.Model == "" {
		return base, nil, err
	}
	rules, ok := base.(judge.Base)
	if !ok {
		return nil, nil, errs.Internal("scorer %s leaves nothing to a judge", base.Name())
	}
	labels, err := a.db.Judge().Labels(ctx, s.Name)
	if err != nil {
		return nil, nil, err
	}
	ep, err := a.endpoint(s.Judge.Model)
	if err != nil {
		return nil, nil, fmt.Errorf("the judge of scenario %s: %w", s.Name, err)
	}
	j := judge.Judge{Model: origin(s.Judge.Model, ep.Model), Language: in.items.Language}
	scorer := &judge.Scorer{Base: rules, Judge: j, Sample: s.Judge.Sample, Scenario: s.Name, Human: map[string]bool{}}
	for _, l := range labels {
		scorer.Human[l.Point] = l.Met
	}
	arm := sizing.Arm{
		Config:      sizing.Configuration{Name: s.Judge.Model, Kind: sizing.Chat, Model: ep.Model, Endpoint: ep.BaseURL, Prompt: prompt.Default(project.TaskJudge, in.items.Language)},
		Missing:     ep.Reason,
		Concurrency: concurrency, Price: a.price(ep),
	}
	if arm.Missing == "" && arm.Price.Unknown {
		arm.Missing = "no price is known for it, so its cost could not be limited; give it price: in luodi.yaml"
	}
	for i := range arms {
		k := &arms[i]
		switch {
		case k.Missing != "" || k.Config.Kind.InProcess():
		case arm.Missing != "":
			k.Missing = fmt.Sprintf("its judge %s cannot be asked: %s", s.Judge.Model, arm.Missing)
		default:
			if err := j.May(origin(k.Config.Name, k.Config.Model)); err != nil {
				k.Missing = err.Error()
			}
		}
	}
	return scorer, []sizing.Arm{arm}, nil
}

// concurrency is how many calls an endpoint is given at once.
const concurrency = 2

// origin is what the names of a model tell of who made it: that of luodi.yaml,
// and the vendor's, which may be a number.
func origin(name, model string) judge.Model {
	return judge.Model{Name: cmp.Or(model, name), Families: append(judge.Families(name), judge.Families(model)...)}
}

// judgeInputs are what a decision depends on beside candidates where a judge
// scores: who judges, and what people have said.
func (r *run) judgeInputs(ctx context.Context, s project.Scenario) ([]string, error) {
	if s.Judge.Model == "" {
		return nil, nil
	}
	labels, err := r.db.Judge().Labels(ctx, s.Name)
	if err != nil {
		return nil, err
	}
	parts := make([]string, 0, len(labels))
	for _, l := range labels {
		parts = append(parts, fmt.Sprint(l.Point, l.Met))
	}
	ep, err := r.endpoint(s.Judge.Model)
	if err != nil {
		return nil, err
	}
	return []string{fmt.Sprintf("judge %s %s %s %g", ep.Model, ep.BaseURL, ep.Reason, s.Judge.Sample), lineage.NewID("labels", parts...)}, nil
}
