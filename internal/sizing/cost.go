package sizing

import (
	"math"
	"slices"

	"github.com/luodi/luodi/internal/errs"
	"github.com/luodi/luodi/internal/sizing/etest"
	"github.com/luodi/luodi/internal/sizing/ladder"
)

// CostTest is how a candidate did against the bar of cost. Amounts are in the
// study's currency per 1,000 requests, at the candidate's price row.
type CostTest struct {
	// Status of this bar alone: exact where the price proves it for every item,
	// certified or refuted by a test, undecided.
	Status string `json:"status"`
	// Cap is what a request counts for at most: what the longest item of the
	// study's first round could cost, fixed before any call.
	Cap      float64    `json:"cap"`
	Interval [2]float64 `json:"interval"` // of the mean, 95 %, valid at any time
}

// costExact is a CostTest.Status: no request can cost more than the bar.
const costExact = "exact"

// partsOf are a candidate's costs as parts of the most that a request can cost.
func (t *tally) partsOf(most float64) []float64 {
	out := make([]float64, t.n)
	for k, c := range t.costs {
		out[k] = math.Min(c/most, 1)
	}
	return out
}

// costTest is how a candidate did against the bar of cost; nil without one.
func (r *run) costTest(i int, v ladder.Verdict) *CostTest {
	cfg, t := &r.cfg, &r.tallies[i]
	if cfg.Cost == 0 || t.n == 0 || cfg.Arms[i].Price.Unknown {
		return nil
	}
	most := r.most1[i]
	out := &CostTest{Status: string(ladder.Undecided), Cap: round(most * 1000)}
	if most <= cfg.Cost/1000 {
		out.Status = costExact
	}
	for k, s := range r.sides[i] {
		if s.most > 0 && k < len(v.Sides) {
			out.Status = string(v.Sides[k])
		}
	}
	if most > 0 {
		lo, hi := r.costInterval(i, t.partsOf(most))
		out.Interval = [2]float64{round(lo * out.Cap), round(hi * out.Cap)}
	}
	return out
}

// costInterval are 95 % bounds, valid at any time, of the mean of a
// candidate's costs, each a part of the most that a request can cost: all
// means that tests at half of 5 % do not reject. Costs lie close together and
// far below their cap, where these are several times as sharp as an interval
// by variance alone.
func (r *run) costInterval(i int, parts []float64) (lo, hi float64) {
	const steps, each = 64, .025
	mean := total(parts) / float64(len(parts))
	for k := 1; k <= steps; k++ { // from the outside to the first that stands
		m := mean * float64(k) / steps
		if !r.rejects(i, parts, m, false, each) {
			break
		}
		lo = m
	}
	hi = 1
	for k := steps; k >= 1; k-- {
		m := mean + (1-mean)*math.Pow(float64(k)/steps, 3)
		if !r.rejects(i, parts, m, true, each) {
			break
		}
		hi = m
	}
	return lo, hi
}

// rejects reports whether a test of a candidate's parts in study order, at
// some share, has rejected that their mean is at most m or, with below, at
// least m.
func (r *run) rejects(i int, parts []float64, m float64, below bool, share float64) bool {
	floor, first := m, r.first(i)
	if below {
		floor = 1 - m
	}
	test, base := r.meanTest(floor, share), r.start[first]
	for u := first; u < r.units() && r.start[u+1]-base <= len(parts); u++ {
		part := slices.Clone(parts[r.start[u]-base : r.start[u+1]-base])
		for k := range part {
			if below {
				part[k] = 1 - part[k]
			}
		}
		if test(r.unitValue(u, part, floor)) {
			return true
		}
	}
	return false
}

// meanTest tests that a mean is above a floor: half on bets that aim at the
// last item, half on a mixture, which is sharper early.
func (r *run) meanTest(floor, share float64) func(x float64) bool {
	n := r.units()
	if r.cfg.Closed {
		return etest.NewFiniteBets(floor*float64(n), n, share, 0).Add
	}
	bets, mixture := etest.NewBets(floor, share, n, 0), etest.NewMixture(floor, share)
	return func(x float64) bool {
		bets.Add(x)
		mixture.Add(x)
		return (bets.Capital()+mixture.Capital())/2 >= 1/share
	}
}

// unitValue is what is bet on for a unit's outcomes, as the ladder does.
func (r *run) unitValue(u int, values []float64, floor float64) float64 {
	switch most := r.cfg.weightMost(); {
	case r.most > 1:
		return etest.Cluster(values, floor, r.most)
	case most > 0:
		return floor + r.items[r.start[u]].Weight/most*(values[0]-floor)
	}
	return values[0]
}

func (c *StudyConfig) validateCost() error {
	if !(c.Cost >= 0) || math.IsInf(c.Cost, 0) {
		return errs.Invalid("sizing scenario %s: the bar of cost %v is no amount per 1,000 requests", c.Scenario, c.Cost)
	}
	return nil
}
