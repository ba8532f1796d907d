package etest

import "math"

// Interval returns bounds of the mean of scores in [0,1], whose sum over n
// items is given, that hold at all n at once with probability 1 − alpha
// (two-sided): the beta(1,1) mixture of Robbins (1970). It is exact for binary
// scores and conservative for graded ones, for which the likelihood ratio is
// convex in the score. Without items it is [0, 1].
func Interval(sum float64, n int, alpha float64) (lo, hi float64) {
	if n == 0 {
		return 0, 1
	}
	s, f := sum, float64(n)-sum
	la, _ := math.Lgamma(s + 1)
	lb, _ := math.Lgamma(f + 1)
	lc, _ := math.Lgamma(float64(n) + 2)
	limit := la + lb - lc + math.Log(alpha) // log likelihood at which the mixture reaches 1/alpha
	outside := func(p float64) bool {
		l := 0.0
		if s > 0 {
			l += s * math.Log(p)
		}
		if f > 0 {
			l += f * math.Log1p(-p)
		}
		return l < limit
	}
	mean := sum / float64(n)
	return bisect(0, mean, outside), 1 - bisect(0, 1-mean, func(q float64) bool { return outside(1 - q) })
}

// bisect finds the edge between lo, outside, and hi, inside.
func bisect(lo, hi float64, outside func(float64) bool) float64 {
	if !outside(lo) {
		return lo
	}
	for range 60 {
		mid := (lo + hi) / 2
		if outside(mid) {
			lo = mid
		} else {
			hi = mid
		}
	}
	return lo
}

// Range is a running interval for the mean of graded scores in [0,1] that
// adapts to their variance: the predictable plug-in empirical Bernstein
// sequence (Waudby-Smith & Ramdas 2024, Theorem 2). It holds at all items at
// once with probability 1 − Alpha. Not for several goroutines.
type Range struct {
	Alpha float64 // 0 means .05
	// Population, above 0, says that the items are drawn without replacement
	// from so many, whose mean is bounded (Waudby-Smith & Ramdas 2020).
	Population int

	n             int
	sum, squares  float64 // of the scores and of (score − running mean)²
	weight, total float64 // Σλ and Σλx
	penalty       float64 // Σ (x − mean)²·ψ(λ)
}

// Add shows the next score.
func (r *Range) Add(x float64) {
	alpha := r.Alpha
	if alpha == 0 {
		alpha = .05
	}
	t := float64(r.n)
	mean := (r.sum + .5) / (t + 1)          // before x
	variance := (r.squares + .25) / (t + 1) // before x
	lambda := math.Min(math.Sqrt(2*math.Log(2/alpha)/(variance*(t+1)*math.Log(t+2))), .5)
	r.penalty += (x - mean) * (x - mean) * (-math.Log1p(-lambda) - lambda)
	if left := float64(r.Population - r.n); left > 0 { // the mean of the rest is (N·mean − sum)/left
		r.weight += lambda * float64(r.Population) / left
		r.total += lambda * (x + r.sum/left)
	} else {
		r.weight += lambda
		r.total += lambda * x
	}
	r.n++
	r.sum += x
	now := (r.sum + .5) / (t + 2)
	r.squares += (x - now) * (x - now)
}

// Bounds is the interval now; [0, 1] without items.
func (r *Range) Bounds() (lo, hi float64) {
	if r.n == 0 {
		return 0, 1
	}
	alpha := r.Alpha
	if alpha == 0 {
		alpha = .05
	}
	half := (math.Log(2/alpha) + r.penalty) / r.weight
	centre := r.total / r.weight
	return math.Max(centre-half, 0), math.Min(centre+half, 1)
}
