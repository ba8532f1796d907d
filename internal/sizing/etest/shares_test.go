package etest_test

import (
	"math"
	"testing"

	"pgregory.net/rapid"

	"github.com/luodi/luodi/internal/sizing/etest"
)

func TestSharesNeverPassTheTotal(t *testing.T) {
	sum := func(x []float64) (s float64) {
		for _, v := range x {
			s += v
		}
		return s
	}
	rapid.Check(t, func(t *rapid.T) {
		total := rapid.Float64Range(1e-4, .2).Draw(t, "total")
		k := rapid.IntRange(1, 200).Draw(t, "candidates")
		if s := sum(etest.Equal(total, k)); s > total {
			t.Fatalf("equal shares sum to %v > %v", s, total)
		}
		means, sds := make([]float64, k), make([]float64, k)
		for i := range means {
			means[i] = rapid.Float64Range(-.5, 1.5).Draw(t, "mean")
			if i%7 == 3 {
				means[i] = math.NaN()
			}
			sds[i] = rapid.Float64Range(0, .3).Draw(t, "sd")
		}
		shares := etest.Prior(total, rapid.Float64Range(0, 1).Draw(t, "bar"), means, sds, rapid.Float64Range(0, .3).Draw(t, "shift"))
		if s := sum(shares); s > total {
			t.Fatalf("prior shares sum to %v > %v", s, total)
		}
		for i, s := range shares {
			if !(s >= .2*total/float64(k)*(1-1e-9)) {
				t.Fatalf("candidate %d gets %v, less than its part of the equal fifth", i, s)
			}
		}
		left := total
		for range k {
			mean := rapid.Float64Range(0, 1).Draw(t, "probe mean")
			share := etest.Probe{}.Share(left, mean, rapid.Float64Range(0, 1).Draw(t, "middle"), rapid.Float64Range(0, .3).Draw(t, "standard error"))
			if left -= share; share < 0 {
				t.Fatalf("a share of %v", share)
			}
		}
		if left <= 0 {
			t.Fatalf("probe shares sum to %v >= %v", total-left, total)
		}
		later := 0.0
		for j := 1; j < 2000; j++ {
			later += etest.Later(total, j)
		}
		if later > total {
			t.Fatalf("shares of later candidates sum to %v > %v", later, total)
		}
	})
}

func TestPriorSharesFavourTheLikelyChoice(t *testing.T) {
	s := etest.Prior(.05, .8, []float64{.3, .82, .95}, []float64{.04, .04, .04}, .05)
	if !(s[1] > s[2] && s[2] > s[0]) {
		t.Errorf("shares %v: the cheapest that probably reaches the bar should lead, the hopeless come last", s)
	}
}

func TestProbeSharesFollowThePromise(t *testing.T) {
	const total, middle, sd = .05, .8, .05
	share := func(mean float64) float64 { return etest.Probe{}.Share(total, mean, middle, sd) }
	for _, tt := range []struct {
		mean, least, most float64
	}{
		{.6, 0, .001 * total},
		{.75, .1 * total, .15 * total},
		{.8, .4 * total * (1 - 1e-9), .4 * total},
		{.95, .75 * total, .8 * total},
	} {
		if s := share(tt.mean); s < tt.least || s > tt.most {
			t.Errorf("a probe mean of %v takes %v of %v, want %v to %v", tt.mean, s, total, tt.least, tt.most)
		}
	}
	if s := (etest.Probe{}).Share(total, .9, .8, 0); !(s > 0 && s < total) {
		t.Errorf("a probe without variance takes %v", s)
	}
}
