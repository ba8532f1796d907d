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

// Probe is enrolment on probe items: a candidate whose first Items scores look
// adequate is enrolled as number j = 1, 2, … and gets .9·total·.3·.7^(j−1);
// the others get .1·total/k. Only items after the probe certify.
//
// Contract: the number must be a function of the probe items of all
// candidates alone, never of later items; then, given them, the shares are
// fixed, sum to at most total, and are independent of the items that certify.
type Probe struct {
	Items  int     // 0 means 60
	Margin float64 // enrolled at a probe mean ≥ bar − Margin; 0 means .06
}

// Share is the share of the candidate enrolled as number j ≥ 1, or with j = 0
// of one that is not enrolled, among k candidates.
func (p Probe) Share(total float64, j, k int) float64 {
	if j <= 0 {
		return down(.1 * total / float64(k))
	}
	return down(.9 * total * .3 * math.Pow(.7, float64(j-1)))
}

// Later is the share of the j-th candidate (j ≥ 1) that joins a study after
// its start: reserve·6/(π²j²), which sums to reserve over all j.
func Later(reserve float64, j int) float64 {
	return down(reserve * 6 / (math.Pi * math.Pi * float64(j) * float64(j)))
}

// down rounds a share down, so that rounding never lets a sum pass its total.
func down(x float64) float64 { return x * (1 - 1e-12) }
