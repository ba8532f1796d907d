package sizing

import (
	"math"
	"slices"
	"sort"

	"github.com/luodi/luodi/internal/money"
	"github.com/luodi/luodi/internal/sizing/ladder"
)

func (r *run) result() (Result, error) {
	cfg := &r.cfg
	out := Result{Study: r.record.ID, Number: r.record.Number, Scenario: cfg.Scenario, Metric: cfg.Metric, Scorer: cfg.Scorer.Name(),
		Reference: cfg.Reference, Bar: cfg.bar(), Slack: cfg.Slack, Floor: cfg.bar() - cfg.Slack, P95: float64(cfg.P95) / 1e6, Alpha: cfg.Alpha, Beta: cfg.Beta,
		Seed: cfg.Seed, Frontier: cfg.Frontier, Items: len(r.items), Digest: r.record.Items, Currency: string(cfg.Currency), Requests: cfg.Requests,
		Reserve: cfg.Reserve, Cascade: cfg.Cascade, ShareRule: r.record.ShareRule, First: r.record.First, Shift: r.record.Shift, Grows: cfg.Grows,
		Rounds: len(r.record.Rounds), Units: r.record.Units, LabelLeast: cfg.LabelLeast, WeightMost: cfg.weightMost(), Guess: r.record.Guess, Fresh: r.record.Fresh && !r.record.Guess, Calibrated: cfg.Calibrated}
	out.RecallBar, out.CostBar = cfg.Recall, cfg.Cost
	if cfg.Closed {
		out.Population = PopulationClosed
	}
	if r.most > 1 {
		out.Clusters = r.units()
	}
	for i := range cfg.Arms {
		a, err := r.armResult(i)
		if err != nil {
			return Result{}, err
		}
		out.Arms = append(out.Arms, a)
		out.Spent += a.Spent
		out.NewCalls += r.calls[i].made
		if !a.Configuration.Kind.InProcess() {
			out.Calls += a.Items
		} else {
			out.NewCalls -= r.calls[i].made
		}
	}
	out.Status = StatusPlan
	if guess, certified := r.ladder.Choice(); certified || r.refs >= 0 && r.verdict(r.refs).Status == ladder.Certified {
		out.Status, out.Choice = StatusCertified, cheapestCertified(out.Arms)
	} else if guess >= 0 && r.unanswered == nil && r.ladder.Verdict(guess).Status != ladder.Refuted {
		out.Status, out.Choice = StatusBestGuess, out.Arms[guess].ID
	}
	markFrontier(out.Arms)
	out.Plan = r.plans(&out)
	fresh(&out)
	out.Certificate = certificate(&out)
	return out, nil
}

func (r *run) armResult(i int) (ArmResult, error) {
	arm, t, v := r.cfg.Arms[i], &r.tallies[i], r.verdict(i)
	out := ArmResult{Configuration: arm.Config, ID: arm.Config.ID(), Name: arm.Config.Name, Status: string(v.Status), Reason: r.reasons[i],
		Items: t.n, Concurrency: arm.Concurrency, Share: v.Share, DecidedAt: v.At, Price: arm.Price, Spent: t.paid.Float(), Usage: t.usage, Failures: t.failures}
	if arm.SD > 0 {
		out.Prior = &Prior{arm.Mean, arm.SD}
	}
	if j, ok := r.record.Later[out.ID]; ok {
		out.Later = &j
	}
	switch {
	case arm.Missing != "":
		out.Reason = arm.Missing
	case i == r.refs && r.unanswered != nil:
		out.Reason = "the others are compared with it, and it gave no answer: " + r.unanswered.Error() + "; see to its endpoint and key in luodi.yaml, then run luodi size again: what was paid for is kept"
	case i == r.refs && v.Status != ladder.Certified:
		out.Reason = untestedCost
	case i == r.refs:
		out.Reason = "the reference itself"
	case r.refs >= 0 && i > r.refs:
		out.Reason = "not cheaper than the reference"
	case out.Reason == "" && r.unproven(out.ID) && t.n > 0:
		out.Unproven = true
		out.Reason = unseen + "; it takes items that no run has used to prove it"
	}
	if v.Status == ladder.Waiting && t.n > 0 && i < r.refs { // asked, and nothing to compare with
		out.Status = string(ladder.Undecided)
	}
	expected, err := r.cfg.expectedCost(arm, r.items)
	if err != nil {
		return out, err
	}
	if !math.IsInf(expected, 1) {
		out.Expected = pointer(round(expected * 1000))
	}
	if t.n == 0 {
		return out, nil
	}
	if r.refs >= 0 && i != r.refs && v.Items > 0 {
		out.Difference, out.DifferenceInterval = pointer(v.Mean), &[2]float64{v.Lo, v.Hi}
	}
	if r.most > 1 {
		out.Clusters = sort.SearchInts(r.start, r.start[r.first(i)]+t.n) - r.first(i)
	}
	mean, lo, hi := r.mean(i)
	out.Quality, out.Interval = pointer(mean), &[2]float64{lo, hi}
	out.Recall = r.recall(t.scores, r.first(i))
	if !arm.Price.Unknown {
		out.CostPer1000 = pointer(round(t.cost / float64(t.n) * 1000))
	}
	out.P50, out.P95 = quantile(t.latencies, .5), quantile(t.latencies, .95)
	if r.cfg.P95 > 0 {
		share, lo, hi := r.bounds(i, t.inTime, false)
		out.FastShare, out.FastInterval = pointer(share), &[2]float64{lo, math.Min(hi, 1)}
	}
	if out.CostTest = r.costTest(i, v); out.Reason == "" {
		out.Reason = out.overCost(r)
	}
	return out, nil
}

// unseen is why nothing is proven of a candidate on items that others, or it
// as it was before, have seen, or that were altered since.
const unseen = "a best guess until fresh items come: its items had been seen before it became what it is now (another model, prompt, documents read or examples), or before items were corrected or taken out"

// unproven tells whether nothing can be proven of a candidate.
func (r *run) unproven(id string) bool {
	j, later := r.record.Later[id]
	return r.record.Guess || later && !j.Tested
}

// cheapestCertified is the id of the certified candidate with the least
// measured cost; the first in the study's order where costs are not known.
func cheapestCertified(arms []ArmResult) string {
	var best *ArmResult
	for i := range arms {
		a := &arms[i]
		if a.Status == string(ladder.Certified) && (best == nil || a.CostPer1000 != nil && best.CostPer1000 != nil && *a.CostPer1000 < *best.CostPer1000) {
			best = a
		}
	}
	if best == nil {
		return ""
	}
	return best.ID
}

// markFrontier marks candidates that nothing at most as dear equals.
func markFrontier(arms []ArmResult) {
	for i := range arms {
		a := &arms[i]
		a.OnFrontier = a.Quality != nil && a.CostPer1000 != nil && !slices.ContainsFunc(arms, func(b ArmResult) bool {
			return b.ID != a.ID && b.Quality != nil && b.CostPer1000 != nil && *b.Quality >= *a.Quality &&
				(*b.CostPer1000 < *a.CostPer1000 || *b.CostPer1000 == *a.CostPer1000 && *b.Quality > *a.Quality)
		})
	}
}

func pointer(f float64) *float64 { return &f }

// round keeps nine digits after the point, the precision of an amount.
func round(f float64) float64 { return math.Round(f*float64(money.Unit)) / float64(money.Unit) }
