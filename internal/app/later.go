package app

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"

	"github.com/luodi/luodi/internal/errs"
	"github.com/luodi/luodi/internal/lineage"
	"github.com/luodi/luodi/internal/project"
	"github.com/luodi/luodi/internal/sizing"
	"github.com/luodi/luodi/internal/sizing/etest"
)

// Steps by which an eval set leads to a study.
const (
	stepMeasure = "measure"
	stepLater   = "measure later" // of one candidate that joined afterwards
)

// verbLater names the stages of candidates that joined after a study; they run
// with size.
const verbLater = "later"

// laterVersion changes when the same outcomes would give another result.
const laterVersion = "later/1"

// fewestUnseen is how many items that nobody has seen make a test worth while.
const fewestUnseen = 100

// seenAlpha is what a candidate gets on items that were seen before it was
// fixed: nothing can be certified at it.
const seenAlpha = 1e-9

// laterOutput is what was found of each later candidate, in the order they
// came: the j-th has its own share of the reserve, for good.
type laterOutput struct {
	Candidates []laterCandidate `json:"candidates"`
	Again      int              `json:"again,omitempty"`
}

type laterCandidate struct {
	ID       string   `json:"configuration"`
	Name     string   `json:"name"`
	Decision string   `json:"decision"` // of its own study
	Unseen   []string `json:"unseen"`   // its items; null where all had been seen
}

// first divides a scenario's candidates: those that its first study over these
// items fixed before data, and those that joined afterwards. Without such a
// study all are first.
func (a *App) first(ctx context.Context, s project.Scenario, in stock, arms []sizing.Arm) (first, later []sizing.Arm, err error) {
	edges, err := a.db.Lineage().Children(ctx, in.items.Set)
	if err != nil {
		return nil, nil, err
	}
	decisions, err := a.db.Sizing().Decisions(ctx, s.Name)
	if err != nil {
		return nil, nil, err
	}
	var base *sizing.Result
	for i := range decisions {
		r := &decisions[i].Result
		if slices.Contains(edges, lineage.Edge{From: in.items.Set, To: r.Study, Step: stepMeasure}) &&
			!slices.ContainsFunc(r.Arms, func(x sizing.ArmResult) bool { return !has(arms, x.ID) }) && (base == nil || r.Number < base.Number) {
			base = r
		}
	}
	if base == nil {
		return arms, nil, nil
	}
	for _, arm := range arms {
		if _, ok := base.Arm(arm.Config.ID()); ok {
			first = append(first, arm)
		} else {
			later = append(later, arm)
		}
	}
	return first, later, nil
}

func has(arms []sizing.Arm, id string) bool {
	return slices.ContainsFunc(arms, func(a sizing.Arm) bool { return a.Config.ID() == id })
}

// later measures the candidates that joined after the scenario's study: on
// items that nobody has seen, at their share of the reserve; where there are
// too few of those, on all of them, as a best guess.
func (r *run) later(ctx context.Context, s project.Scenario) error {
	name := join(verbLater, s.Name)
	in, err := r.ready(s)
	if err != nil {
		return r.skip(name, err)
	}
	all, err := r.arms(ctx, s, in)
	if err != nil {
		return r.skip(name, err)
	}
	first, later, err := r.first(ctx, s, in, all)
	if err != nil {
		return r.skip(name, err)
	}
	if len(later) == 0 {
		return nil
	}
	var last, out laterOutput
	if _, err := r.output(ctx, name, &last); err != nil {
		return r.skip(name, err)
	}
	inputs := []string{laterVersion, in.items.Blob, fmt.Sprintf("%+v %+v", s.Bar, s.Latency), fmt.Sprint("again ", last.Again)}
	for _, a := range all {
		a.Price.Of = nil
		b, err := json.Marshal([]any{a.Config, a.Price, a.Missing})
		if err != nil {
			return r.skip(name, err)
		}
		inputs = append(inputs, string(b))
	}
	return r.stage(ctx, name, inputs, &out, func(ctx context.Context) error {
		d, err := r.dataset(ctx, in.items)
		if err != nil {
			return err
		}
		out = laterOutput{Candidates: slices.Clone(last.Candidates), Again: last.Again}
		unseen, err := r.unseen(ctx, s, d.Items, later, last)
		if err != nil {
			return err
		}
		for _, arm := range later {
			i := slices.IndexFunc(out.Candidates, func(c laterCandidate) bool { return c.ID == arm.Config.ID() })
			if i < 0 {
				i = len(out.Candidates)
				out.Candidates = append(out.Candidates, laterCandidate{ID: arm.Config.ID(), Name: arm.Config.Name, Unseen: unseen})
			}
			c := &out.Candidates[i]
			res, err := r.studyLater(ctx, s, in, d.Items, first, arm, i+1, c.Unseen)
			if err != nil {
				return err
			}
			decision, err := sizing.Decide(ctx, res, only(d.Items, c.Unseen), r.db.Sizing(), r.decisionInputs(s, in)...)
			if err != nil {
				return err
			}
			if err := r.db.Sizing().PutDecision(ctx, decision); err != nil {
				return err
			}
			c.Decision = decision.ID
			if a, ok := res.Arm(c.ID); ok && a.Status == "undecided" && a.Items < res.Items && arm.Missing == "" {
				out.Again = last.Again + 1
				r.warn("scenario %s: %s: %s", s.Name, a.Name, a.Reason)
			}
			if err := r.linkDecision(ctx, s, in, res, decision.ID, stepLater); err != nil {
				return err
			}
		}
		return nil
	})
}

// studyLater is the study of the j-th later candidate alone, or beside the
// reference of a relative bar.
func (r *run) studyLater(ctx context.Context, s project.Scenario, in stock, items []sizing.Item, first []sizing.Arm, arm sizing.Arm, j int, unseen []string) (sizing.Result, error) {
	arms := []sizing.Arm{arm}
	for _, a := range first {
		if a.Config.Name == s.Bar.Of {
			arms = append(arms, a)
		}
	}
	var size sizeOutput
	if _, err := r.output(ctx, join(verbSize, s.Name), &size); err != nil {
		return sizing.Result{}, err
	}
	alpha := etest.Later(r.alpha(size.sizeOptions)*reservePart, j)
	note := sizing.Text{
		En: fmt.Sprintf("%s joined after the scenario's study had begun, as number %d; it was tested on the %d items that nobody had seen before, at its share %.2g of the reserve.", arm.Config.Name, j, len(unseen), alpha),
		Zh: fmt.Sprintf("%s 是研究开始之后加入的第 %d 个候选；它只在此前无人见过的 %d 道题上检验，使用预留 α 中属于它的 %.2g。", arm.Config.Name, j, len(unseen), alpha),
	}
	if unseen == nil {
		alpha = seenAlpha
		note = sizing.Text{
			En: fmt.Sprintf("%s joined after the scenario's study had begun, and fewer than %d items had not been seen by then: whatever it shows on them is a best guess. New labelled items would decide.", arm.Config.Name, fewestUnseen),
			Zh: fmt.Sprintf("%s 在研究开始之后加入，当时无人见过的题目不足 %d 道：它在这些题上的表现只能算最佳猜测，需要新的标注题目才能认证。", arm.Config.Name, fewestUnseen),
		}
	}
	res, err := r.studyAt(ctx, s, in, only(items, unseen), arms, sizeOptions{}, alpha)
	if err != nil {
		return res, err
	}
	res.Certificate.En += " " + note.En
	res.Certificate.Zh += note.Zh
	for i := range res.Arms {
		if a := &res.Arms[i]; a.ID == arm.Config.ID() && a.Reason == "" && unseen == nil {
			a.Reason = "joined later; its items had been seen"
		}
	}
	return res, nil
}

// unseen are the ids of the items that nobody has seen: no candidate of an
// earlier study has answered them, and no small model was calibrated on them.
// nil where they are too few. Candidates that join together do not count
// against each other.
func (r *run) unseen(ctx context.Context, s project.Scenario, items []sizing.Item, later []sizing.Arm, last laterOutput) ([]string, error) {
	if s.Wants(project.CandidateSmall) {
		return nil, nil // it sees every item at once
	}
	studies, err := r.db.Sizing().Studies(ctx, s.Name)
	if err != nil {
		return nil, err
	}
	seen, done := map[string]bool{}, map[string]bool{}
	for _, st := range studies {
		for _, id := range st.Order {
			known := slices.ContainsFunc(last.Candidates, func(c laterCandidate) bool { return c.ID == id })
			if done[id] || has(later, id) && !known {
				continue
			}
			done[id] = true
			if err := r.db.Sizing().EachOutcome(ctx, id, func(o sizing.Outcome) error { seen[o.Item] = true; return nil }); err != nil {
				return nil, err
			}
		}
	}
	var out []string
	for _, it := range items {
		if !seen[it.ID] {
			out = append(out, it.ID)
		}
	}
	if len(out) < fewestUnseen {
		return nil, nil
	}
	slices.Sort(out)
	return out, nil
}

// only are the items with these ids; all of them for nil.
func only(items []sizing.Item, ids []string) []sizing.Item {
	if ids == nil {
		return items
	}
	return slices.DeleteFunc(slices.Clone(items), func(it sizing.Item) bool {
		_, ok := slices.BinarySearch(ids, it.ID)
		return !ok
	})
}

// measured are the items of a decision's study: a later candidate's are those
// that nobody had seen.
func (a *App) measured(ctx context.Context, d sizing.Decision, items []sizing.Item) ([]sizing.Item, error) {
	var out laterOutput
	if _, err := a.output(ctx, join(verbLater, d.Result.Scenario), &out); err != nil {
		return nil, err
	}
	for _, c := range out.Candidates {
		if c.Decision == d.ID {
			return only(items, c.Unseen), nil
		}
	}
	return items, nil
}

// orLater is the decision of a later candidate where it beats the scenario's
// own: certified and cheaper, or, where nothing is certified, better.
func (a *App) orLater(ctx context.Context, scenario string, d sizing.Decision) (sizing.Decision, error) {
	s, ok := a.Project.Scenario(scenario)
	var out laterOutput
	if _, err := a.output(ctx, join(verbLater, scenario), &out); err != nil || !ok {
		return d, err
	}
	for _, c := range out.Candidates {
		if !s.Wants(c.Name) {
			continue
		}
		next, err := a.db.Sizing().Decision(ctx, c.Decision)
		switch {
		case errs.Is(err, errs.CodeNotFound):
			continue
		case err != nil:
			return d, err
		}
		if beats(next.Result, d.Result, c.ID) {
			d = next
		}
	}
	return d, nil
}

func beats(next, now sizing.Result, id string) bool {
	a, ok := next.Arm(id)
	if !ok || next.Choice != id || a.Quality == nil {
		return false
	}
	b, chosen := now.Arm(now.Choice)
	switch {
	case !chosen || b.Quality == nil:
		return true
	case (next.Status == sizing.StatusCertified) != (now.Status == sizing.StatusCertified):
		return next.Status == sizing.StatusCertified
	case next.Status == sizing.StatusCertified:
		return a.CostPer1000 != nil && b.CostPer1000 != nil && *a.CostPer1000 < *b.CostPer1000
	}
	return *a.Quality > *b.Quality
}
