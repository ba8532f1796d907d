package etest

import "math"

// Equal gives each of k candidates the same share; the sum never exceeds
// total.
func Equal(total float64, k int) []float64 {
	out := make([]float64, k)
	for i := range out {
		out[i] = down(total / float64(k))
	}
	return out
}

// Prior gives shares by prior beliefs fixed before data: means[k] and sds[k]
// are the believed true mean of candidate k, in cost order, and its standard
// deviation; shift is the standard deviation of what moves all of them alike.
// A candidate counts by its chance to be the cheapest that reaches the bar; a
// fifth of the total is divided equally, so that a wrong prior costs power and
// nothing else. A NaN mean is no belief: an even chance.
func Prior(total, bar float64, means, sds []float64, shift float64) []float64 {
	k := len(means)
	weights := make([]float64, k)
	sum := 0.0
	for z := -3.0; z <= 3.01; z += .25 {
		reach := Density(z)
		for i := range means {
			a := .5
			if !math.IsNaN(means[i]) {
				a = CDF((means[i] + z*shift - bar + .02) / math.Max(sds[i], 1e-6))
			}
			weights[i] += a * reach
			sum += a * reach
			reach *= 1 - leave*a
		}
	}
	out := make([]float64, k)
	for i := range out {
		w := 1 / float64(k)
		if sum > 0 {
			w = weights[i] / sum
		}
		out[i] = down(total * (.8*w + .2/float64(k)))
	}
	return out
}

// leave is the chance that a candidate above the bar ends the ladder: it may
// miss its certificate.
const leave = .8

// Probe divides an error rate by probe items: once a candidate has seen its
// first Items items, it takes a part of what the ones before it have left. Only
// items after the probe certify.
//
// Contract: what is taken must be a function of the probe items of all
// candidates alone, never of later items; then, given them, the shares are
// fixed, sum to less than the total, and are independent of the items that
// certify.
type Probe struct {
	Items int // 0 means 60
}

// Share is the part of left that a candidate takes whose probe items have this
// mean, of so large a standard error: the chance that its true mean lies above
// middle and that its certificate ends the ladder. What looks hopeless takes
// next to nothing, and a promising candidate leaves little to dearer ones, who
// will hardly be asked.
func (p Probe) Share(left, mean, middle, sd float64) float64 {
	return down(left * leave * CDF((mean-middle)/math.Max(sd, 1e-6)))
}

// Later is the share of the j-th candidate (j ≥ 1) that joins a study after
// its start: reserve·6/(π²j²), which sums to reserve over all j.
func Later(reserve float64, j int) float64 {
	return down(reserve * 6 / (math.Pi * math.Pi * float64(j) * float64(j)))
}

// down rounds a share down, so that rounding never lets a sum pass its total.
func down(x float64) float64 { return x * (1 - 1e-12) }
