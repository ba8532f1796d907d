package etest_test

import (
	"math"
	"math/rand/v2"
	"testing"

	"pgregory.net/rapid"

	"github.com/luodi/luodi/internal/sizing/etest"
)

func TestIntervalHoldsAtAllItemsAtOnce(t *testing.T) {
	const runs, items = 2000, 500
	for name, draw := range shapes {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r := rand.New(rand.NewPCG(9, uint64(len(name))))
			missed, missedRange := 0, 0
			for range runs {
				sum, rg := 0.0, etest.Range{}
				bad, badRange := false, false
				for n := 1; n <= items; n++ {
					x := min(draw(r), 1)
					sum += x
					rg.Add(x)
					if n%10 == 0 {
						lo, hi := etest.Interval(sum, n, .05)
						bad = bad || lo > .6 || hi < .6
						lo, hi = rg.Bounds()
						badRange = badRange || lo > .6 || hi < .6
					}
				}
				missed += int(one(bad))
				missedRange += int(one(badRange))
			}
			if lower999(missed, runs) > .05 || lower999(missedRange, runs) > .05 {
				t.Errorf("the truth was outside in %d and %d of %d runs", missed, missedRange, runs)
			}
		})
	}
}

func TestIntervalShape(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		n := rapid.IntRange(1, 5000).Draw(t, "n")
		s := rapid.IntRange(0, n).Draw(t, "s")
		lo, hi := etest.Interval(float64(s), n, .05)
		m := float64(s) / float64(n)
		if !(0 <= lo && lo <= m && m <= hi && hi <= 1) {
			t.Fatalf("[%v, %v] around %v", lo, hi, m)
		}
		lo2, hi2 := etest.Interval(float64(n-s), n, .05)
		if math.Abs(lo2-(1-hi)) > 1e-9 || math.Abs(hi2-(1-lo)) > 1e-9 {
			t.Fatalf("not symmetric: [%v, %v] and [%v, %v]", lo, hi, lo2, hi2)
		}
	})
	if lo, hi := etest.Interval(0, 0, .05); lo != 0 || hi != 1 {
		t.Errorf("without items: [%v, %v]", lo, hi)
	}
}

func TestRangeIsNarrowWhereScoresHardlyVary(t *testing.T) {
	var r etest.Range
	for i := range 2000 {
		r.Add(.5 + .01*float64(i%2))
	}
	lo, hi := r.Bounds()
	wide, wideHi := etest.Interval(.505*2000, 2000, .05)
	if hi-lo > (wideHi-wide)/2 || lo > .505 || hi < .505 {
		t.Errorf("[%v, %v] against [%v, %v]", lo, hi, wide, wideHi)
	}
}

func TestNormal(t *testing.T) {
	for p := .0001; p < 1; p += .0007 {
		if got := etest.CDF(etest.Quantile(p)); math.Abs(got-p) > 1e-8 {
			t.Errorf("CDF(Quantile(%v)) = %v", p, got)
		}
	}
	if !math.IsInf(etest.Quantile(0), -1) || !math.IsInf(etest.Quantile(1), 1) {
		t.Error("the ends are infinite")
	}
}
