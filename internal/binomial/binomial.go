// Package binomial holds the exact tail and confidence limits of a binomial
// count: how sure one may be of a rate after k errors in n independent items.
//
// Small models choose their answer threshold with it, and sizing may use it
// for any "k of n" that is looked at once. The limits are those of Clopper and
// Pearson (1934, "The use of confidence or fiducial limits illustrated in the
// case of the binomial", Biometrika 26): they hold for every n and every true
// rate, never only approximately, which is what a certificate needs. A normal
// or Wilson interval would answer a little more often and be wrong more often
// than it says.
//
// Probabilities carry a relative error below 1e-12 for n up to about 10⁹: the
// point mass is computed by Loader's saddle-point form ("Fast and accurate
// computation of binomial probabilities", 2000), so no large logarithms cancel.
//
// It does not look repeatedly: a limit used at every new item and stopped at
// will is not valid here; that is what sizing's betting tests are for.
package binomial

import "math"

// PMF returns P(X = k) for X ~ Binomial(n, p); 0 outside 0 ≤ k ≤ n.
func PMF(k, n int, p float64) float64 {
	if k < 0 || k > n {
		return 0
	}
	return mass(float64(k), float64(n), p, 1-p)
}

// CDF returns P(X ≤ k) for X ~ Binomial(n, p): the regularised incomplete
// beta function I(1-p; n-k, k+1).
func CDF(k, n int, p float64) float64 {
	switch {
	case k < 0:
		return 0
	case k >= n:
		return 1
	case p <= 0:
		return 1
	case p >= 1:
		return 0
	}
	return beta(float64(n-k), float64(k+1), 1-p, p)
}

// Upper returns the Clopper–Pearson upper limit of a rate after k events in n
// items: the p with P(X ≤ k | n, p) = 1 − confidence. A true rate above the
// limit happens in at most a share 1 − confidence of all samples. It is 1 when
// n is 0 or k ≥ n.
func Upper(k, n int, confidence float64) float64 {
	if n <= 0 || k >= n {
		return 1
	}
	if k < 0 {
		return 0
	}
	alpha := 1 - confidence
	return root(func(p float64) bool { return CDF(k, n, p) > alpha })
}

// Lower returns the Clopper–Pearson lower limit of a rate after k events in n
// items: the p with P(X ≥ k | n, p) = 1 − confidence. It is 0 when k ≤ 0.
func Lower(k, n int, confidence float64) float64 {
	if n <= 0 || k <= 0 {
		return 0
	}
	if k > n {
		return 1
	}
	alpha := 1 - confidence
	// P(X ≥ k) = I(p; k, n-k+1), written without 1-CDF so that nothing cancels.
	return root(func(p float64) bool {
		if p >= 1 {
			return false
		}
		return RegularizedBeta(float64(k), float64(n-k+1), p) < alpha
	})
}

// MaxEvents returns the largest k for which Upper(k, n, confidence) ≤ rate, or
// −1 when not even 0 events in n items prove the rate. It decides by the tail
// itself, so it is exact at the boundary.
func MaxEvents(n int, rate, confidence float64) int {
	alpha := 1 - confidence
	proves := func(k int) bool { return CDF(k, n, rate) <= alpha }
	if n <= 0 || rate <= 0 || !proves(0) {
		return -1
	}
	lo, hi := 0, n // proves(lo), not proves(hi)
	for hi-lo > 1 {
		mid := lo + (hi-lo)/2
		if proves(mid) {
			lo = mid
		} else {
			hi = mid
		}
	}
	return lo
}

// MinItems returns the smallest n for which 0 events prove the rate: n with
// (1 − rate)^n ≤ 1 − confidence.
func MinItems(rate, confidence float64) int {
	if rate <= 0 {
		return math.MaxInt32
	}
	if rate >= 1 {
		return 1
	}
	n := int(math.Ceil(math.Log1p(-confidence) / math.Log1p(-rate)))
	for n > 1 && MaxEvents(n-1, rate, confidence) >= 0 {
		n--
	}
	for MaxEvents(n, rate, confidence) < 0 {
		n++
	}
	return n
}

// root returns the largest p of [0, 1] for which below holds, where below is
// true on a left part and false on the rest.
func root(below func(float64) bool) float64 {
	lo, hi := 0.0, 1.0
	for range 200 {
		mid := lo + (hi-lo)/2
		if mid == lo || mid == hi {
			break
		}
		if below(mid) {
			lo = mid
		} else {
			hi = mid
		}
	}
	return hi
}
