package sizing

import (
	"context"
	"math"

	"github.com/luodi/luodi/internal/errs"
	"github.com/luodi/luodi/internal/sizing/etest"
)

// guesser predicts a candidate's score of an item before its label is read:
// the mean of its earlier labelled items on which as many of the free
// candidates agreed with it. It makes no calls, and knows no later item.
type guesser struct {
	sum, n []float64 // by the number of free candidates that agree
}

// guess is what is expected where k free candidates agree.
func (g *guesser) guess(k int) float64 {
	if k >= len(g.n) {
		return .5
	}
	sum, n := 1.0, 2.0 // of all, from an even start
	for i := range g.n {
		sum += g.sum[i]
		n += g.n[i]
	}
	const weight = 2 // of all, in items
	return (g.sum[k] + weight*sum/n) / (g.n[k] + weight)
}

func (g *guesser) learn(k int, score float64) {
	for len(g.n) <= k {
		g.sum, g.n = append(g.sum, 0), append(g.n, 0)
	}
	g.sum[k] += score
	g.n[k]++
}

// robust is the doubly robust score of an item, on the scale of what is bet
// on: the prediction, corrected where the label was drawn. A candidate's items
// are shown in study order, once.
func (r *run) robust(ctx context.Context, arm, item int, o Output, score float64) (float64, error) {
	it := r.items[item]
	agree := 0
	mine := r.cfg.Scorer.Score(it, o).Predicted
	for k := range r.cfg.Arms {
		if a := &r.cfg.Arms[k]; k == arm || !a.Config.Kind.InProcess() || a.Missing != "" {
			continue
		}
		others, fault := r.calls[k].fetch(ctx, r.items[item:item+1])
		if fault != nil {
			return 0, fault
		}
		if r.cfg.Scorer.Score(it, others[0]).Predicted == mine {
			agree++
		}
	}
	g := &r.guesses[arm]
	drawn := it.Drawn
	if drawn == 0 {
		drawn = 1
	}
	z := etest.Robust{Least: r.cfg.LabelLeast}.Score(g.guess(agree), score, !it.Unlabelled, drawn)
	if !it.Unlabelled {
		g.learn(agree, score)
	}
	return math.Min(math.Max(z, 0), 1), nil // it lies there but for rounding
}

// validateParts checks what may not go together.
func (c *StudyConfig) validateParts() error {
	alpha := c.Alpha
	if alpha == 0 {
		alpha = .05
	}
	_, figure := c.Scorer.(Figure)
	if err := c.validateRecall(); err != nil {
		return err
	}
	switch {
	case c.Cascade < 0 || math.Max(c.Reserve, 0)+c.Cascade >= alpha:
		return errs.Invalid("sizing scenario %s: the reserve %v and the cascade's part %v leave nothing of alpha %v", c.Scenario, c.Reserve, c.Cascade, alpha)
	case c.Closed && c.Grows:
		return errs.Invalid("sizing scenario %s: a closed population does not grow", c.Scenario)
	case figure && (c.Closed || c.LabelLeast > 0):
		return errs.Invalid("sizing scenario %s: %s is no mean of items, so that neither a closed population nor missing labels can be tested", c.Scenario, c.Scorer.Name())
	case c.LabelLeast < 0 || c.LabelLeast > 1:
		return errs.Invalid("sizing scenario %s: the least probability of a label %v is not in (0,1]", c.Scenario, c.LabelLeast)
	case c.LabelLeast > 0 && (c.Reference != "" || c.Closed):
		return errs.Invalid("sizing scenario %s: with labels for a part of the items the bar must be absolute and the population open", c.Scenario)
	}
	weights, sum := 0, 0.0
	clusters := map[string]bool{}
	for _, it := range c.Items {
		drawn := it.Drawn
		if drawn == 0 {
			drawn = 1
		}
		switch {
		case c.LabelLeast == 0 && (it.Unlabelled || it.Drawn != 0):
			return errs.Invalid("sizing scenario %s: item %s may lack its label, but no least probability of a label is given", c.Scenario, it.ID)
		case c.LabelLeast > 0 && !(drawn >= c.LabelLeast && drawn <= 1) || it.Unlabelled && drawn == 1:
			return errs.Invalid("sizing scenario %s: item %s was drawn for a label with probability %v, which is not in [%v,1] or says that it has one", c.Scenario, it.ID, drawn, c.LabelLeast)
		case it.Weight < 0:
			return errs.Invalid("sizing scenario %s: item %s has the weight %v", c.Scenario, it.ID, it.Weight)
		case it.Weight > 0:
			weights++
			sum += it.Weight
			if it.Cluster != "" && clusters[it.Cluster] {
				return errs.Invalid("sizing scenario %s: items of one cluster cannot be weighted", c.Scenario)
			}
		}
		clusters[it.Cluster] = true
	}
	if mean := sum / math.Max(float64(weights), 1); weights > 0 && (weights < len(c.Items) || mean < .8 || mean > 1.25 || c.Closed || c.Grows || figure || c.Reference != "") {
		return errs.Invalid("sizing scenario %s: weights are shares of traffic over shares of the eval set, so that all items have one and they average 1 (now %.2f); they go with an absolute bar on a mean over an open eval set that stays as it is", c.Scenario, mean)
	}
	return nil
}

// reservePart is what later candidates get of alpha where nothing is said.
const reservePart = .1

// weightMost bounds the items' weights; 0 where they have none.
func (c *StudyConfig) weightMost() (most float64) {
	for _, it := range c.Items {
		most = math.Max(most, it.Weight)
	}
	return most
}
