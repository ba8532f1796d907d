package sizing

import (
	"math"
	"slices"
	"time"

	"github.com/luodi/luodi/internal/money"
	"github.com/luodi/luodi/internal/sizing/etest"
)

// tally adds up a candidate's outcomes.
type tally struct {
	n         int
	cost      float64 // at the current price, study currency, by the items' weights
	paid      money.Amount
	usage     Usage
	latencies []time.Duration
	failures  int
	scores    []float64
	costs     []float64 // of each call at the current price, study currency
	inTime    []float64 // 1 where it came within the bar of latency
}

// add counts one more outcome of a candidate.
func (r *run) add(arm int, it Item, o Output, score float64) error {
	t := &r.tallies[arm]
	now, err := r.cfg.priced(r.cfg.Arms[arm].Price, o.Usage)
	if err != nil {
		return err
	}
	paid, err := r.cfg.convert(o.Cost, money.Currency(o.Currency))
	if err != nil {
		paid = now
	}
	t.n++
	t.cost += now.Float() * it.share()
	t.paid += paid
	t.usage.Input += o.Usage.Input
	t.usage.Cached += o.Usage.Cached
	t.usage.Output += o.Usage.Output
	t.usage.Reasoning += o.Usage.Reasoning
	t.usage.Estimated = t.usage.Estimated || o.Usage.Estimated
	t.latencies = append(t.latencies, o.Latency)
	t.scores = append(t.scores, score)
	t.costs = append(t.costs, now.Float())
	t.inTime = append(t.inTime, yes(o.Latency <= r.cfg.P95))
	if o.Failure != "" {
		t.failures++
	}
	return nil
}

// priced is what a call costs now, in the study's currency; 0 where no
// exchange rate is known.
func (c *StudyConfig) priced(p Price, u Usage) (money.Amount, error) {
	now, err := p.Cost(u)
	if err != nil {
		return 0, err
	}
	if now, err = c.convert(now, p.Currency); err != nil {
		return 0, nil
	}
	return now, nil
}

func total(values []float64) (sum float64) {
	for _, v := range values {
		sum += v
	}
	return sum
}

func yes(b bool) float64 {
	if b {
		return 1
	}
	return 0
}

// mean of a candidate's scores in study order, with a 95 % interval that holds
// at any time.
func (r *run) mean(arm int) (mean, lo, hi float64) {
	return r.unscaled(r.bounds(arm, r.tallies[arm].scores, r.cfg.Scorer.Graded() || r.cfg.LabelLeast > 0))
}

// bounds are the mean of values in [0,1], one for each of a candidate's items
// in study order, and a 95 % interval that holds at any time. graded says that
// values between 0 and 1 occur.
func (r *run) bounds(arm int, values []float64, graded bool) (mean, lo, hi float64) {
	first := r.first(arm)
	sum := total(values)
	mean = sum / float64(len(values))
	switch {
	case r.most > 1:
		var value, size etest.Range
		value.Alpha, size.Alpha = .025, .025
		if r.cfg.Closed {
			value.Population, size.Population = r.units(), r.units()
		}
		base := r.start[first]
		for u := first; u < r.units() && r.start[u+1]-base <= len(values); u++ {
			part := 0.0
			for _, s := range values[r.start[u]-base : r.start[u+1]-base] {
				part += s
			}
			value.Add(part / float64(r.most))
			size.Add(float64(r.start[u+1]-r.start[u]) / float64(r.most))
		}
		few, many := size.Bounds()
		lo, hi = value.Bounds()
		lo, hi = lo/many, math.Min(hi/math.Max(few, 1e-9), 1)
	case r.cfg.weightMost() > 0:
		most := r.cfg.weightMost()
		mean = 0
		var value etest.Range
		for i, s := range values {
			w := r.items[r.start[first]+i].Weight
			mean += w * s / float64(len(values))
			value.Add(w * s / most)
		}
		lo, hi = value.Bounds()
		lo, hi = lo*most, hi*most
	case graded:
		var value etest.Range
		if r.cfg.Closed {
			value.Population = len(r.items)
		}
		for _, s := range values {
			value.Add(s)
		}
		lo, hi = value.Bounds()
	case r.cfg.Closed:
		lo, hi = etest.FiniteInterval(int(math.Round(sum)), len(values), len(r.items), .05)
	default:
		lo, hi = etest.Interval(sum, len(values), .05)
	}
	return mean, lo, hi
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

// quantile in milliseconds.
func quantile(d []time.Duration, q float64) float64 {
	s := slices.Clone(d)
	slices.Sort(s)
	i := min(int(q*float64(len(s))), len(s)-1)
	return math.Round(float64(s[i])/1e3) / 1e3
}
