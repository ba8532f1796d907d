package replay

import (
	"math"

	"github.com/luodi/luodi/internal/sizing/etest"
)

// pick chooses the cheapest arm whose mean is at least halfway between floor
// and bar, else the best one, among arms that are in.
func (t *trial) pick(sum []float64, n []int, in []bool) int {
	best, top := -1, math.Inf(-1)
	for i := range sum {
		if n[i] == 0 || in != nil && !in[i] {
			continue
		}
		m := sum[i] / float64(n[i])
		if m >= t.target()-t.o.Eps/2 {
			return i
		}
		if m > top {
			best, top = i, m
		}
	}
	return best
}

// fixed evaluates every arm on the first n items.
func (t *trial) fixed(n int) {
	sum := make([]float64, len(t.s.Arms))
	for i := range sum {
		for k := range n {
			sum[i] += t.score(i, k)
		}
		t.used[i] = n
	}
	t.choice = t.pick(sum, t.used, nil)
}

// peek climbs in cost order and believes a 95 % interval that it looks at
// after every item from the 30th on. That is what people do; it is not valid.
func (t *trial) peek() {
	sum := make([]float64, len(t.s.Arms))
	floor, bar := t.target()-t.o.Eps, t.target()
	for i := range t.s.Arms {
		sq := 0.0
		for k := range t.o.Items {
			x := t.score(i, k)
			sum[i] += x
			sq += x * x
			t.used[i] = k + 1
			n := float64(k + 1)
			if k < 29 {
				continue
			}
			m := sum[i] / n
			half := 1.96 * math.Sqrt(math.Max(sq/n-m*m, 1e-9)/n)
			if m-half > floor {
				t.certify(i)
				t.choice, t.sure = i, true
				return
			}
			if m+half < bar {
				break
			}
		}
	}
	t.choice = t.pick(sum, t.used, nil)
}

// eliminate runs all arms in lock-step, each tested by mixtures at an equal
// share; an arm proven below the bar is dropped, and so are all that are
// dearer than a certified one.
func (t *trial) eliminate() {
	k := len(t.s.Arms)
	sum, in, sure := make([]float64, k), make([]bool, k), make([]bool, k)
	up, down := make([]*etest.Mixture, k), make([]*etest.Mixture, k)
	scale := func(x float64) float64 {
		if t.o.Relative {
			return (x + 1) / 2
		}
		return x
	}
	for i := range in {
		in[i] = true
		up[i] = etest.NewMixture(scale(t.target()-t.o.Eps), .05/float64(k))
		down[i] = etest.NewMixture(1-scale(t.target()), .05/float64(k))
	}
	for item := range t.o.Items {
		for i := range in {
			if !in[i] {
				continue
			}
			x := t.score(i, item)
			sum[i] += x
			t.used[i] = item + 1
			if up[i].Add(scale(x)) && !sure[i] {
				sure[i] = true
				t.certify(i)
			}
			if down[i].Add(1-scale(x)) && !sure[i] {
				in[i] = false
			}
		}
		for i, first := 0, true; i < k; i++ {
			if !in[i] {
				continue
			}
			if sure[i] {
				for j := i + 1; j < k; j++ {
					in[j] = false
				}
				if first {
					t.choice, t.sure = i, true
					return
				}
			}
			first = false
		}
	}
	t.choice = t.pick(sum, t.used, in)
	if t.choice < 0 {
		t.choice = t.pick(sum, t.used, nil)
	}
	t.sure = sure[t.choice]
}
