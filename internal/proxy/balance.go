package proxy

import (
	"math"
	"math/rand/v2"
	"slices"
	"sync/atomic"
	"time"
)

// load is how an upstream has been doing, for the choice between several.
type load struct {
	calls atomic.Int64  // under way
	first atomic.Uint64 // float64 bits: EWMA of the seconds to a reply's first byte
}

// recent is the weight of the newest reply in the average.
const recent = 0.2

func (l *load) saw(d time.Duration) {
	for {
		old := l.first.Load()
		mean := math.Float64frombits(old)
		if mean == 0 {
			mean = d.Seconds()
		}
		mean += recent * (d.Seconds() - mean)
		if l.first.CompareAndSwap(old, math.Float64bits(mean)) {
			return
		}
	}
}

// score is about how long a further call would wait; one never tried is tried.
func (l *load) score() float64 {
	return math.Float64frombits(l.first.Load()) * float64(1+l.calls.Load())
}

// order is the targets in the order in which they are tried: of the balanced
// ones two are drawn by weight and the one that answers faster goes first
// (Mitzenmacher 2001, the power of two choices), the fallbacks follow.
func (v *view) order(now time.Time) []target {
	n := v.route.Balanced
	if n < 2 {
		return v.targets
	}
	out := slices.Clone(v.targets)
	draw := func(from int) {
		sum := 0.0
		for _, t := range out[from:n] {
			sum += t.weight
		}
		at := rand.Float64() * sum
		for i, t := range out[from:n] {
			if at -= t.weight; at < 0 || i == n-from-1 {
				out[from], out[from+i] = out[from+i], out[from]
				return
			}
		}
	}
	draw(0)
	draw(1)
	a, b := out[0].up, out[1].up
	if a != nil && b != nil && (a.breaker.Open(now) || !b.breaker.Open(now) && b.load.score() < a.load.score()) {
		out[0], out[1] = out[1], out[0]
	}
	return out
}
