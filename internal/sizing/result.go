package sizing

import (
	"math"
	"slices"
	"sort"
	"time"

	"github.com/luodi/luodi/internal/money"
	"github.com/luodi/luodi/internal/sizing/etest"
	"github.com/luodi/luodi/internal/sizing/ladder"
)

// The statuses of a scenario.
const (
	StatusCertified = "certified"
	StatusBestGuess = "best_guess"
	StatusPlan      = "plan"
)

// Result is what a study found.
type Result struct {
	Study    string `json:"study"`
	Number   int    `json:"number"` // of the scenario's studies; each spends its own alpha
	Scenario string `json:"scenario"`
	Metric   string `json:"metric"`
	Scorer   string `json:"scorer"`
	Status   string `json:"status"` // certified | best_guess | plan
	// Bar and Floor are of the mean; with a Reference (configuration id) of
	// the mean difference to it, so that within 2 points is −.02.
	Reference string             `json:"reference,omitempty"`
	Bar       float64            `json:"bar"`
	Slack     float64            `json:"slack"`
	Floor     float64            `json:"floor"`
	P95       float64            `json:"p95_ms,omitempty"`
	RecallBar map[string]float64 `json:"recall_bars,omitempty"`
	Alpha     float64            `json:"alpha"`
	Beta      float64            `json:"beta"`
	Seed      uint64             `json:"seed"`
	Frontier  bool               `json:"frontier"`
	Items     int                `json:"items"`
	Clusters  int                `json:"clusters,omitempty"` // where items are tested by cluster
	Digest    string             `json:"items_digest"`

	// Alpha's parts: Reserve for candidates that join later, Cascade for a test
	// of cascades, the rest for the candidates of the start, divided by
	// ShareRule over First of them.
	Reserve   float64 `json:"alpha_reserve"`
	Cascade   float64 `json:"alpha_cascade"`
	ShareRule string  `json:"share_rule,omitempty"`
	First     int     `json:"first_candidates,omitempty"`
	Shift     float64 `json:"prior_shift,omitempty"`
	// Population is "closed" where the items are all there is.
	Population string  `json:"population,omitempty"`
	Grows      bool    `json:"grows,omitempty"`       // items may be added to the study
	Rounds     int     `json:"rounds,omitempty"`      // in which they came
	Units      int     `json:"first_units,omitempty"` // items, or clusters, of the first
	LabelLeast float64 `json:"label_least,omitempty"`
	WeightMost float64 `json:"weight_most,omitempty"`
	Calibrated bool    `json:"calibrated,omitempty"` // a small model has looked at all items
	Guess      bool    `json:"guess,omitempty"`      // all items were seen before the candidates were fixed
	// Judge is who judged the texts, where a judge did.
	Judge *Judgement `json:"judge,omitempty"`

	Choice      string      `json:"choice"` // configuration id; "" with a plan
	Arms        []ArmResult `json:"arms"`   // in the study's cost order
	Certificate Text        `json:"certificate"`
	Currency    string      `json:"currency"`
	Spent       float64     `json:"spent"`     // on this study's items, earlier runs included
	Calls       int         `json:"calls"`     // outcomes used, endpoints only
	NewCalls    int         `json:"new_calls"` // made by this run
	Requests    float64     `json:"requests_per_month,omitempty"`
	Plan        []PlanRow   `json:"plan"` // of candidates not run, and of the undecided what would decide
}

// PopulationClosed is a Result.Population.
const PopulationClosed = "closed"

// Text is in both languages.
type Text struct {
	En string `json:"en"`
	Zh string `json:"zh"`
}

// ArmResult is one candidate of a study.
type ArmResult struct {
	Configuration Configuration `json:"configuration"`
	ID            string        `json:"id"`
	Name          string        `json:"name"`
	Status        string        `json:"status"` // certified | refuted | set_aside | undecided | not_run | not_configured
	Reason        string        `json:"reason,omitempty"`
	Items         int           `json:"items"`
	Clusters      int           `json:"clusters,omitempty"` // those items' clusters
	// Difference to the reference, with its interval, where there is one.
	Difference         *float64    `json:"difference,omitempty"`
	DifferenceInterval *[2]float64 `json:"difference_interval,omitempty"`
	Quality            *float64    `json:"quality"`  // mean score, null without items
	Interval           *[2]float64 `json:"interval"` // 95 %, valid at any time
	DecidedAt          int         `json:"decided_at,omitempty"`
	Share              float64     `json:"alpha_share"`
	Enrolled           int         `json:"enrolled,omitempty"`
	CostPer1000        *float64    `json:"cost_per_1000"`          // at the current price row
	Expected           *float64    `json:"expected_cost_per_1000"` // by which it was ordered
	Price              Price       `json:"price"`
	Spent              float64     `json:"spent"`
	Usage              Usage       `json:"usage"`
	Failures           int         `json:"failures,omitempty"` // items finally refused by the endpoint, scored 0
	P50                float64     `json:"p50_ms"`
	P95                float64     `json:"p95_ms"`
	FastShare          *float64    `json:"within_latency,omitempty"`
	FastInterval       *[2]float64 `json:"within_latency_interval,omitempty"`
	Recall             []Recall    `json:"recall,omitempty"` // of the labels with a bar of their own
	OnFrontier         bool        `json:"on_frontier"`      // nothing cheaper is as good
	Concurrency        int         `json:"concurrency"`
	Prior              *Prior      `json:"prior,omitempty"` // what was believed before data
	Later              *Join       `json:"later,omitempty"` // how it joined, where it came later
	// Unproven says that its items were seen before it was fixed.
	Unproven bool `json:"unproven,omitempty"`
}

// Prior is a belief about a true mean, held before data.
type Prior struct {
	Mean float64 `json:"mean"`
	SD   float64 `json:"sd"`
}

// Arm returns a candidate's result by configuration id.
func (r *Result) Arm(id string) (ArmResult, bool) {
	for _, a := range r.Arms {
		if a.ID == id {
			return a, true
		}
	}
	return ArmResult{}, false
}

// CostPerMonth of a candidate at the scenario's traffic; 0 where unknown.
func (r *Result) CostPerMonth(a ArmResult) float64 {
	if a.CostPer1000 == nil {
		return 0
	}
	return *a.CostPer1000 / 1000 * r.Requests
}

func (r *run) result() (Result, error) {
	cfg := &r.cfg
	out := Result{Study: r.record.ID, Number: r.record.Number, Scenario: cfg.Scenario, Metric: cfg.Metric, Scorer: cfg.Scorer.Name(),
		Reference: cfg.Reference, Bar: cfg.bar(), Slack: cfg.Slack, Floor: cfg.bar() - cfg.Slack, P95: float64(cfg.P95) / 1e6, Alpha: cfg.Alpha, Beta: cfg.Beta,
		Seed: cfg.Seed, Frontier: cfg.Frontier, Items: len(r.items), Digest: r.record.Items, Currency: string(cfg.Currency), Requests: cfg.Requests,
		Reserve: cfg.Reserve, Cascade: cfg.Cascade, ShareRule: r.record.ShareRule, First: r.record.First, Shift: r.record.Shift, Grows: cfg.Grows,
		Rounds: len(r.record.Rounds), Units: r.record.Units, LabelLeast: cfg.LabelLeast, WeightMost: cfg.weightMost(), Guess: r.record.Guess, Calibrated: cfg.Calibrated}
	out.RecallBar = cfg.Recall
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
		Items: t.n, Concurrency: arm.Concurrency, Share: v.Share, Enrolled: v.Number, DecidedAt: v.At, Price: arm.Price, Spent: t.paid.Float(), Usage: t.usage, Failures: t.failures}
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
	case i == r.refs:
		out.Reason = "the reference itself"
	case r.refs >= 0 && i > r.refs:
		out.Reason = "not cheaper than the reference"
	case out.Reason == "" && r.unproven(out.ID) && t.n > 0:
		out.Unproven = true
		out.Reason = "its items were seen before it was fixed: this is a guess, and takes items that nobody has seen to prove"
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
	mean, lo, hi := r.mean(t.scores, r.first(i))
	out.Quality, out.Interval = pointer(mean), &[2]float64{lo, hi}
	out.Recall = r.recall(t.scores, r.first(i))
	if !arm.Price.Unknown {
		out.CostPer1000 = pointer(round(t.cost / float64(t.n) * 1000))
	}
	out.P50, out.P95 = quantile(t.latencies, .5), quantile(t.latencies, .95)
	if r.cfg.P95 > 0 {
		lo, hi := etest.Interval(float64(t.fast), t.n, .05)
		out.FastShare = pointer(float64(t.fast) / float64(t.n))
		out.FastInterval = &[2]float64{lo, hi}
	}
	return out, nil
}

// unproven tells whether nothing can be proven of a candidate.
func (r *run) unproven(id string) bool {
	j, later := r.record.Later[id]
	return r.record.Guess || later && !j.Tested
}

// mean of scores in study order from a unit on, with a 95 % interval that
// holds at any time.
func (r *run) mean(scores []float64, first int) (mean, lo, hi float64) {
	sum := 0.0
	for _, s := range scores {
		sum += s
	}
	mean = sum / float64(len(scores))
	switch {
	case r.most > 1:
		var value, size etest.Range
		value.Alpha, size.Alpha = .025, .025
		if r.cfg.Closed {
			value.Population, size.Population = r.units(), r.units()
		}
		base := r.start[first]
		for u := first; u < r.units() && r.start[u+1]-base <= len(scores); u++ {
			part := 0.0
			for _, s := range scores[r.start[u]-base : r.start[u+1]-base] {
				part += s
			}
			value.Add(part / float64(r.most))
			size.Add(float64(r.start[u+1]-r.start[u]) / float64(r.most))
		}
		few, many := size.Bounds()
		lo, hi = value.Bounds()
		lo, hi = lo/many, math.Min(hi/math.Max(few, 1e-9), 1)
	case r.cfg.weightMost() > 0:
		mean, most := 0.0, r.cfg.weightMost()
		var value etest.Range
		for i, s := range scores {
			w := r.items[r.start[first]+i].Weight
			mean += w * s / float64(len(scores))
			value.Add(w * s / most)
		}
		lo, hi = value.Bounds()
		return r.unscaled(mean, lo*most, hi*most)
	case r.cfg.Scorer.Graded() || r.cfg.LabelLeast > 0:
		var value etest.Range
		if r.cfg.Closed {
			value.Population = len(r.items)
		}
		for _, s := range scores {
			value.Add(s)
		}
		lo, hi = value.Bounds()
	case r.cfg.Closed:
		lo, hi = etest.FiniteInterval(int(math.Round(sum)), len(scores), len(r.items), .05)
	default:
		lo, hi = etest.Interval(sum, len(scores), .05)
	}
	return r.unscaled(mean, lo, hi)
}

// unscaled brings a mean of doubly robust scores back to [0,1].
func (r *run) unscaled(mean, lo, hi float64) (float64, float64, float64) {
	least := r.cfg.LabelLeast
	if least == 0 {
		return mean, lo, math.Min(hi, 1)
	}
	back := func(x float64) float64 {
		return math.Min(math.Max(x*(2/least-1)+1-1/least, 0), 1)
	}
	return back(mean), back(lo), back(hi)
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

// quantile in milliseconds.
func quantile(d []time.Duration, q float64) float64 {
	s := slices.Clone(d)
	slices.Sort(s)
	i := min(int(q*float64(len(s))), len(s)-1)
	return math.Round(float64(s[i])/1e3) / 1e3
}

func pointer(f float64) *float64 { return &f }

// round keeps nine digits after the point, the precision of an amount.
func round(f float64) float64 { return math.Round(f*float64(money.Unit)) / float64(money.Unit) }
