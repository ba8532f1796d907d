package etest

import (
	"math"
	"sort"
)

// NewFinite is the exact boundary where the items are drawn without
// replacement and are the whole population (a closed archive): of its n items
// at most most are successes, so they say, and Need(k) successes among the
// first k disprove it.
//
// Contract: for a population with at most most successes, in uniformly random
// order, the probability to reach Need(k) at any k ≤ n is at most share. It
// is exact at most, smaller below (turning successes of an ordered population
// into failures never raises a count), and after item n it is always right: a
// census decides with a share of 0 too. It says nothing about other items,
// so it is never for traffic.
func NewFinite(most, n int, share, rho float64) *Boundary {
	most = min(max(most, -1), n)
	b := &Boundary{Floor: float64(most) / float64(n), Share: share, Rho: rho, N: n, need: make([]int32, n+1), finite: true}
	if most < 0 { // nothing could be so bad: disproven by any item
		b.size = 1
		return b
	}
	mass := make([]float64, n+2)
	mass[0] = 1
	lo, hi := 0, 0
	spent := 0.0
	for i := 1; i <= n; i++ {
		left := float64(n - i + 1)
		for s := hi + 1; s >= lo; s-- {
			p := chanceOf(most, s, left)
			mass[s] *= 1 - p
			if s > lo {
				mass[s] += mass[s-1] * chanceOf(most, s-1, left)
			}
		}
		hi++
		allowed := share * math.Pow(float64(i)/float64(n), rho) * (1 - 1e-12)
		for hi >= lo && (mass[hi] == 0 || spent+mass[hi] <= allowed) {
			spent += mass[hi]
			b.size += mass[hi]
			mass[hi] = 0
			hi--
		}
		b.need[i] = int32(hi + 1)
		for lo < hi && mass[lo] < tiny {
			spent += mass[lo]
			mass[lo] = 0
			lo++
		}
		if hi < lo { // every ordering has crossed
			for ; i <= n; i++ {
				b.need[i] = int32(hi + 1)
			}
			break
		}
	}
	return b
}

// chanceOf is the probability that the next of the items left is a success,
// when the population has k and s of them were drawn.
func chanceOf(k, s int, left float64) float64 {
	return math.Min(math.Max(float64(k-s)/left, 0), 1)
}

// FiniteInterval returns bounds of the mean over a population of size items,
// of which n were drawn without replacement with s successes, that hold at all
// n at once with probability 1 − alpha: the prior-posterior ratio of a uniform
// prior (Waudby-Smith & Ramdas 2020).
func FiniteInterval(s, n, size int, alpha float64) (lo, hi float64) {
	if n == 0 {
		return 0, 1
	}
	evidence := choose(size+1, n+1) - math.Log(float64(size+1)) // log of what the ratio is divided by
	inside := func(k int) bool {
		if s > k || n-s > size-k {
			return false
		}
		return evidence-choose(k, s)-choose(size-k, n-s) < -math.Log(alpha)
	}
	// The likelihood has one peak, at or next to the mean seen.
	peak := min(max(int(math.Round(float64(s)/float64(n)*float64(size))), s), size-(n-s))
	first := sort.Search(peak, inside)
	last := peak + sort.Search(size-peak, func(d int) bool { return !inside(peak + d + 1) })
	return float64(first) / float64(size), float64(last) / float64(size)
}

// choose is the logarithm of n over k.
func choose(n, k int) float64 {
	a, _ := math.Lgamma(float64(n) + 1)
	b, _ := math.Lgamma(float64(k) + 1)
	c, _ := math.Lgamma(float64(n-k) + 1)
	return a - b - c
}
