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
	Reference string  `json:"reference,omitempty"`
	Bar       float64 `json:"bar"`
	Slack     float64 `json:"slack"`
	Floor     float64 `json:"floor"`
	P95       float64 `json:"p95_ms,omitempty"`
	Alpha     float64 `json:"alpha"`
	Beta      float64 `json:"beta"`
	Seed      uint64  `json:"seed"`
	Frontier  bool    `json:"frontier"`
	Items     int     `json:"items"`
	Clusters  int     `json:"clusters,omitempty"` // where items are tested by cluster
	Digest    string  `json:"items_digest"`

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
	OnFrontier         bool        `json:"on_frontier"` // nothing cheaper is as good
	Concurrency        int         `json:"concurrency"`
	Prior              *Prior      `json:"prior,omitempty"` // what was believed before data
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
		Seed: cfg.Seed, Frontier: cfg.Frontier, Items: len(r.items), Digest: r.record.Items, Currency: string(cfg.Currency), Requests: cfg.Requests}
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
	if guess, certified := r.ladder.Choice(); certified || r.refs >= 0 && cfg.Arms[r.refs].Missing == "" {
		out.Status, out.Choice = StatusCertified, cheapestCertified(out.Arms)
	} else if guess >= 0 && r.ladder.Verdict(guess).Status != ladder.Refuted {
		out.Status, out.Choice = StatusBestGuess, out.Arms[guess].ID
	}
	markFrontier(out.Arms)
	out.Plan = r.plans(&out)
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
	switch {
	case arm.Missing != "":
		out.Reason = arm.Missing
	case i == r.refs:
		out.Reason = "the reference itself"
	case r.refs >= 0 && i > r.refs:
		out.Reason = "not cheaper than the reference"
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
	if r.refs >= 0 && i != r.refs {
		out.Difference, out.DifferenceInterval = pointer(v.Mean), &[2]float64{v.Lo, v.Hi}
	}
	if r.most > 1 {
		out.Clusters = sort.SearchInts(r.start, t.n)
	}
	mean, lo, hi := r.mean(t.scores)
	out.Quality, out.Interval = pointer(mean), &[2]float64{lo, hi}
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

// mean of scores in study order, with a 95 % interval that holds at any time.
func (r *run) mean(scores []float64) (mean, lo, hi float64) {
	sum := 0.0
	for _, s := range scores {
		sum += s
	}
	mean = sum / float64(len(scores))
	switch {
	case r.most > 1:
		var value, size etest.Range
		value.Alpha, size.Alpha = .025, .025
		for u := 0; u < r.units() && r.start[u+1] <= len(scores); u++ {
			part := 0.0
			for _, s := range scores[r.start[u]:r.start[u+1]] {
				part += s
			}
			value.Add(part / float64(r.most))
			size.Add(float64(r.start[u+1]-r.start[u]) / float64(r.most))
		}
		few, many := size.Bounds()
		lo, hi = value.Bounds()
		lo, hi = lo/many, math.Min(hi/math.Max(few, 1e-9), 1)
	case r.cfg.Scorer.Graded():
		var value etest.Range
		for _, s := range scores {
			value.Add(s)
		}
		lo, hi = value.Bounds()
	default:
		lo, hi = etest.Interval(sum, len(scores), .05)
	}
	return mean, lo, hi
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
