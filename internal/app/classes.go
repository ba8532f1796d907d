package app

import (
	"context"
	"fmt"

	"github.com/luodi/luodi/internal/errs"
	"github.com/luodi/luodi/internal/project"
	"github.com/luodi/luodi/internal/report"
	"github.com/luodi/luodi/internal/sizing"
	"github.com/luodi/luodi/internal/sizing/judge"
	"github.com/luodi/luodi/internal/sizing/score"
)

// Classes are the per-class figures of every measured candidate of a scenario
// with labels, from kept outcomes, without a call.
func (a *App) Classes(ctx context.Context, scenario string) ([]report.Classes, error) {
	s, ok := a.Project.Scenario(scenario)
	if !ok {
		return nil, errs.NotFound("luodi.yaml has no scenario %q", scenario)
	}
	out := []report.Classes{}
	if !byLabel(s.Task) {
		return out, nil
	}
	d, ok, err := a.decision(ctx, scenario)
	if !ok || err != nil {
		return out, err
	}
	in, ok, err := a.stock(ctx, s)
	if !ok || err != nil {
		return out, err
	}
	set, err := a.dataset(ctx, in.items)
	if err != nil {
		return out, err
	}
	for _, arm := range d.Result.Arms {
		if arm.Items == 0 {
			continue
		}
		rep, err := a.classes(ctx, arm, s, in.items.Labels, set.Items)
		if err != nil {
			return nil, fmt.Errorf("reporting the classes of %s in scenario %s: %w", arm.Name, scenario, err)
		}
		if d.Result.Clusters > 0 || s.Task == project.TaskTag {
			rep.MacroInterval = [2]float64{0, 1}
		}
		out = append(out, rep)
	}
	return out, nil
}

func (a *App) classes(ctx context.Context, arm sizing.ArmResult, s project.Scenario, labels []string, items []sizing.Item) (report.Classes, error) {
	by := map[string]sizing.Item{}
	for _, it := range items {
		if !it.Unlabelled {
			by[it.ID] = it
		}
	}
	var scorer sizing.Scorer = score.MacroF1{Labels: labels}
	if s.Task == project.TaskTag {
		scorer = score.LabelSet{Labels: labels}
	}
	var gold, predicted []string
	right := 0
	err := a.db.Sizing().EachOutcome(ctx, arm.ID, func(o sizing.Outcome) error {
		it, ok := by[o.Item]
		if !ok {
			return nil // of another eval set
		}
		sc := scorer.Score(it, o.Output)
		if o.Output.Failure != "" {
			sc = sizing.Score{}
		}
		gold, predicted = append(gold, it.Label), append(predicted, sc.Predicted)
		right += int(sc.Value)
		return nil
	})
	out := report.Classes{Candidate: arm.Name, Configuration: arm.ID, Items: len(gold)}
	if err != nil || len(gold) == 0 {
		return out, err
	}
	out.Accuracy = float64(right) / float64(len(gold))
	if s.Task == project.TaskTag {
		out.Classes, out.MacroF1 = score.ClassesOf(sets(gold), sets(predicted))
		return out, nil
	}
	out.Classes, out.MacroF1 = score.Classes(gold, predicted)
	out.MacroInterval[0], out.MacroInterval[1] = score.MacroBounds(labels, gold, predicted, .05)
	out.Agreement, err = judge.Agree(gold, predicted)
	return out, err
}
