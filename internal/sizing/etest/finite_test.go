package etest_test

import (
	"math"
	"math/rand/v2"
	"testing"

	"pgregory.net/rapid"

	"github.com/luodi/luodi/internal/sizing/etest"
)

// finiteRecursion recomputes the probability to cross with k successes in the
// population, backward and without the code that made the boundary.
func finiteRecursion(b *etest.Boundary, k int) float64 {
	next := make([]float64, b.N+2)
	for n := b.N; n >= 0; n-- {
		now := make([]float64, b.N+2)
		for s := 0; s <= min(n, k); s++ {
			switch {
			case n > 0 && s >= b.Need(n):
				now[s] = 1
			case n < b.N:
				p := math.Max(0, math.Min(1, float64(k-s)/float64(b.N-n)))
				now[s] = p*next[s+1] + (1-p)*next[s]
			}
		}
		next = now
	}
	return next[0]
}

func TestFiniteBoundary(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		n := rapid.IntRange(1, 120).Draw(t, "items")
		most := rapid.IntRange(0, n).Draw(t, "most successes")
		share := math.Exp(rapid.Float64Range(math.Log(1e-5), math.Log(.2)).Draw(t, "log share"))
		b := etest.NewFinite(most, n, share, rapid.Float64Range(.3, 2).Draw(t, "rho"))
		size := finiteRecursion(b, most)
		if math.Abs(size-b.Size()) > 1e-9 || size > share {
			t.Fatalf("size %v, the recursion gives %v, share %v", b.Size(), size, share)
		}
		fewer := rapid.IntRange(0, most).Draw(t, "fewer")
		if p := finiteRecursion(b, fewer); p > size+1e-12 {
			t.Fatalf("%d successes cross with %v > %v", fewer, p, size)
		}
		if most < n && b.Need(n) > most+1 {
			t.Fatalf("a census needs %d successes to disprove at most %d", b.Need(n), most)
		}
		more := rapid.IntRange(most, n).Draw(t, "more")
		if p, _ := b.Power(float64(more) / float64(n)); math.Abs(p-finiteRecursion(b, more)) > 1e-9 {
			t.Fatalf("Power %v, the recursion gives %v", p, finiteRecursion(b, more))
		}
		if c := etest.NewFinite(most, n, 0, 1); most < n && c.Need(n) != most+1 {
			t.Fatalf("without a share %d of %d successes decide, want %d", c.Need(n), n, most+1)
		}
	})
}

// A closed archive takes fewer items than traffic does, and at its end is
// known.
func TestFiniteBoundaryIsStronger(t *testing.T) {
	open, closed := etest.NewBoundary(.8, .01, 300, 1), etest.NewFinite(239, 300, .01, 1)
	p, _ := open.Power(.83)
	q, _ := closed.Power(.83)
	if q < 1-1e-9 || p > .5 {
		t.Errorf("at .83 traffic is certified with %v, the archive with %v; want 1", p, q)
	}
}

// The defining property without replacement: given what was drawn, the
// capital's mean over what is left does not grow for a sum at the limit.
func TestFiniteBetsAreAMartingale(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		scores := rapid.SliceOfN(rapid.Float64Range(0, 1), 2, 30).Draw(t, "scores")
		drawn := rapid.IntRange(0, len(scores)-2).Draw(t, "drawn")
		share := rapid.Float64Range(1e-4, .2).Draw(t, "share")
		total := 0.0
		for _, x := range scores {
			total += x
		}
		at := func(more ...float64) float64 {
			b := etest.NewFiniteBets(total+1e-9, len(scores), share, 0)
			for _, x := range append(append([]float64(nil), scores[:drawn]...), more...) {
				b.Add(x)
			}
			return b.Capital()
		}
		mean := 0.0
		for _, x := range scores[drawn:] {
			c := at(x)
			if c < 0 {
				t.Fatalf("capital %v after %v", c, x)
			}
			mean += c / float64(len(scores)-drawn)
		}
		if before := at(); mean > before*(1+1e-6) {
			t.Fatalf("the capital grows from %v to %v on average", before, mean)
		}
	})
}

// Bounds over a population hold at every item at once.
func TestFiniteIntervalsHold(t *testing.T) {
	const runs, size, successes = 4000, 120, 84
	r := rand.New(rand.NewPCG(9, 9))
	binary, graded := 0, 0
	order, scores := make([]float64, size), make([]float64, size)
	truth := 0.0
	for i := range scores {
		scores[i] = .3 + .7*float64(i%5)/4
		truth += scores[i] / size
	}
	for range runs {
		for i := range order {
			order[i] = one(i < successes)
		}
		r.Shuffle(size, func(i, j int) { order[i], order[j] = order[j], order[i] })
		r.Shuffle(size, func(i, j int) { scores[i], scores[j] = scores[j], scores[i] })
		s, missed, missedGraded := 0, false, false
		b := etest.Range{Alpha: .05, Population: size}
		for n := 1; n <= size; n++ {
			s += int(order[n-1])
			lo, hi := etest.FiniteInterval(s, n, size, .05)
			missed = missed || lo > float64(successes)/size || hi < float64(successes)/size
			b.Add(scores[n-1])
			lo, hi = b.Bounds()
			missedGraded = missedGraded || lo > truth+1e-9 || hi < truth-1e-9
		}
		if lo, hi := etest.FiniteInterval(s, size, size, .05); lo != hi {
			t.Fatalf("after a census [%v, %v]", lo, hi)
		}
		if missed {
			binary++
		}
		if missedGraded {
			graded++
		}
	}
	if lower999(binary, runs) > .05 || lower999(graded, runs) > .05 {
		t.Errorf("%d and %d of %d runs leave their bounds", binary, graded, runs)
	}
	if binary == 0 {
		t.Error("bounds that are never left are too wide")
	}
}
