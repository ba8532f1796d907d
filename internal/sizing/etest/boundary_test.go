package etest_test

import (
	"fmt"
	"math"
	"math/rand/v2"
	"testing"

	"pgregory.net/rapid"

	"github.com/luodi/luodi/internal/sizing/etest"
)

// recursion recomputes the probability to cross at p by the backward
// recursion V(n,s) = p·V(n+1,s+1) + (1−p)·V(n+1,s), which shares no code with
// the forward pass that made the boundary.
func recursion(b *etest.Boundary, p float64) float64 {
	next := make([]float64, b.N+2)
	for n := b.N; n >= 1; n-- {
		now := make([]float64, b.N+2)
		for s := 0; s <= n; s++ {
			switch {
			case s >= b.Need(n):
				now[s] = 1
			case n < b.N:
				now[s] = p*next[s+1] + (1-p)*next[s]
			}
		}
		next = now
	}
	return p*next[1] + (1-p)*next[0]
}

func TestBoundarySizeByAnIndependentRecursion(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		floor := rapid.Float64Range(0, 1).Draw(t, "floor")
		share := math.Exp(rapid.Float64Range(math.Log(1e-5), math.Log(.2)).Draw(t, "log share"))
		n := rapid.IntRange(1, 300).Draw(t, "items")
		rho := rapid.Float64Range(.3, 2).Draw(t, "rho")
		b := etest.NewBoundary(floor, share, n, rho)
		size := recursion(b, floor)
		if math.Abs(size-b.Size()) > 1e-9 {
			t.Fatalf("size %v, the recursion gives %v", b.Size(), size)
		}
		if size > share {
			t.Fatalf("crossing at the floor has probability %v > share %v", size, share)
		}
		below := rapid.Float64Range(0, floor).Draw(t, "below")
		if p := recursion(b, below); p > size+1e-12 {
			t.Fatalf("a mean %v below the floor %v crosses with %v > %v", below, floor, p, size)
		}
		if p, _ := b.Power(below); math.Abs(p-recursion(b, below)) > 1e-9 {
			t.Fatalf("Power(%v) = %v, the recursion gives %v", below, p, recursion(b, below))
		}
	})
}

func TestBoundaryIsMonotone(t *testing.T) {
	b := etest.NewBoundary(.67, .0135, 1000, 1)
	last := 0.0
	for p := .5; p <= 1; p += .02 {
		cross, items := b.Power(p)
		if cross < last-1e-12 {
			t.Errorf("power falls at %v: %v after %v", p, cross, last)
		}
		if items < 1 || items > 1000 {
			t.Errorf("%v items at %v", items, p)
		}
		last = cross
	}
	for n := 2; n <= 1000; n++ {
		if d := b.Need(n) - b.Need(n-1); d < 0 || d > 1 {
			t.Fatalf("need goes from %d to %d at item %d; one item adds one success at most", b.Need(n-1), b.Need(n), n)
		}
	}
}

// Figures of the study that the boundary comes from: floor .67, 1,000 items,
// share .05: 94 % certified at .72 after 474 items on average, 100 % at .75.
func TestBoundaryPower(t *testing.T) {
	b := etest.NewBoundary(.67, .05, 1000, 1)
	for _, tt := range []struct{ p, cross, items float64 }{{.72, .94, 474}, {.75, 1, 239}} {
		cross, items := b.Power(tt.p)
		if math.Abs(cross-tt.cross) > .015 || math.Abs(items-tt.items) > 15 {
			t.Errorf("at %v: %.3f after %.0f items, want %.2f after %.0f", tt.p, cross, items, tt.cross, tt.items)
		}
	}
}

func TestBoundaryEdges(t *testing.T) {
	tests := []struct {
		name        string
		floor       float64
		n, s, items int
		cross       bool
	}{
		{"nothing lies below a floor of 0", 0, 1, 1, 10, true},
		{"nothing lies above a floor of 1", 1, 10, 10, 10, false},
		{"no items prove nothing", .5, 0, 0, 10, false},
		{"beyond the pool nothing is proven", .5, 11, 11, 10, false},
		{"ten of ten at .5", .5, 10, 10, 10, true},
		{"six of ten at .5", .5, 10, 6, 10, false},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if got := etest.NewBoundary(tt.floor, .05, tt.items, 1).Crossed(tt.n, tt.s); got != tt.cross {
				t.Errorf("crossed = %v", got)
			}
		})
	}
}

// lower999 is the lower 99.9 % bound of a rate seen k times in n runs, by the
// normal approximation; a test at the floor fails when it passes the share.
func lower999(k, n int) float64 {
	p := float64(k) / float64(n)
	return p - 3.09*math.Sqrt(p*(1-p)/float64(n))
}

func TestBoundaryAtTheFloor(t *testing.T) {
	const runs, items, arms = 10_000, 400, 4
	for _, floor := range []float64{.5, .7, .9, .98} {
		t.Run(fmt.Sprint(floor), func(t *testing.T) {
			shares := etest.Equal(.05, arms)
			b := etest.NewBoundary(floor, shares[0], items, 1)
			r := rand.New(rand.NewPCG(1, uint64(floor*1000)))
			wrong := 0
			for range runs {
				crossed := false
				for range arms {
					s := 0
					for n := 1; n <= items && !crossed; n++ {
						if r.Float64() < floor {
							s++
						}
						crossed = b.Crossed(n, s)
					}
				}
				if crossed {
					wrong++
				}
			}
			if lower999(wrong, runs) > .05 {
				t.Errorf("%d of %d runs are false: above 5 %%", wrong, runs)
			}
			if wrong < runs/100 {
				t.Errorf("%d of %d runs are false: the share is hardly spent", wrong, runs)
			}
		})
	}
}

// A bound loosened by one success must be caught by the test above.
func TestALoosenedBoundaryIsCaught(t *testing.T) {
	const runs, items = 10_000, 400
	b := etest.NewBoundary(.7, .05, items, 1)
	r := rand.New(rand.NewPCG(1, 1))
	wrong := 0
	for range runs {
		s := 0
		for n := 1; n <= items; n++ {
			if r.Float64() < .7 {
				s++
			}
			if b.Crossed(n, s+2) {
				wrong++
				break
			}
		}
	}
	if lower999(wrong, runs) <= .05 {
		t.Errorf("only %d of %d runs are false with two successes given away", wrong, runs)
	}
}

func TestCacheReturnsTheSameBoundary(t *testing.T) {
	var c etest.Cache
	a, b := c.Boundary(.7, .01, 100, 1), c.Boundary(.7, .01, 100, 1)
	if a != b {
		t.Error("computed twice")
	}
	if c.Boundary(.7, .01, 100, .7) == a {
		t.Error("another rho is another boundary")
	}
}

func ExampleNewBoundary() {
	b := etest.NewBoundary(.83, .05, 1000, 1)
	for n := 100; n <= 1000; n += 300 {
		fmt.Printf("after %d items %d successes prove a mean above .83\n", n, b.Need(n))
	}
	cross, items := b.Power(.90)
	fmt.Printf("a true mean of .90 is certified with probability %.3f, after %.0f items on average\n", cross, items)
	// Output:
	// after 100 items 94 successes prove a mean above .83
	// after 400 items 352 successes prove a mean above .83
	// after 700 items 605 successes prove a mean above .83
	// after 1000 items 856 successes prove a mean above .83
	// a true mean of .90 is certified with probability 1.000, after 197 items on average
}

func BenchmarkNewBoundary(b *testing.B) {
	for range b.N {
		etest.NewBoundary(.83, .005, 1000, 1)
	}
}

func BenchmarkBoundaryUpdate(b *testing.B) {
	x := etest.NewBoundary(.83, .005, 1000, 1)
	s, hits := 0, 0
	for i := range b.N {
		n := i%1000 + 1
		if n == 1 {
			s = 0
		}
		s += i & 1
		if x.Crossed(n, s) {
			hits++
		}
	}
}
