package etest

import (
	"math"
	"sync"
)

// Boundary is the exact horizon boundary for binary scores: after n of at most
// N items, Need(n) successes prove a mean above the floor.
//
// Contract: for a true mean p ≤ floor, the probability that the successes
// reach Need(n) at any n ≤ N is at most share. It is exact at the floor,
// smaller below it (monotone coupling), and holds whatever the stopping rule
// and whichever looks are taken. After item N it says nothing. Immutable, so
// safe for any goroutine.
type Boundary struct {
	Floor, Share, Rho float64
	N                 int
	need              []int32 // need[n], 1 ≤ n ≤ N; above n where n items cannot decide
	size              float64 // exact crossing probability at the floor
	finite            bool    // items are drawn without replacement; see NewFinite
}

// tiny is the mass at which a state is dropped from the forward pass; what is
// dropped is counted as spent, so that the share stays an upper bound.
const tiny = 1e-18

// NewBoundary runs the distribution of the number of successes at the floor
// forward over n and spends at most share·(n/N)^rho up to item n. A rho of 1
// to 1.5 suits certificates, .5 to .7 refutations, which should come early.
// It takes O(N·√N) time, about 1 ms at N = 1,000; see Cache.
func NewBoundary(floor, share float64, n int, rho float64) *Boundary {
	b := &Boundary{Floor: floor, Share: share, N: n, Rho: rho, need: make([]int32, n+1)}
	p := math.Min(math.Max(floor, 0), 1)
	q := 1 - p
	// mass[s-lo] is the probability of s successes without having crossed.
	mass := make([]float64, n+2)
	mass[0] = 1
	lo, hi := 0, 0 // states that hold mass
	spent := 0.0
	for i := 1; i <= n; i++ {
		mass[hi+1] = mass[hi] * p
		for s := hi; s > lo; s-- {
			mass[s] = mass[s]*q + mass[s-1]*p
		}
		mass[lo] *= q
		hi++
		allowed := share * math.Pow(float64(i)/float64(n), rho) * (1 - 1e-12)
		for hi >= lo && spent+mass[hi] <= allowed {
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
		if hi < lo { // everything has crossed: any further item is decided too
			for ; i <= n; i++ {
				b.need[i] = int32(hi + 1)
			}
			break
		}
	}
	return b
}

// Need is the least number of successes among n items that crosses; more than
// n where no result of n items can.
func (b *Boundary) Need(n int) int {
	if n < 1 || n > b.N {
		return n + 1
	}
	return int(b.need[n])
}

// Crossed reports whether s successes among n items cross.
func (b *Boundary) Crossed(n, s int) bool { return n >= 1 && n <= b.N && s >= int(b.need[n]) }

// Size is the probability to cross at the floor itself, at most Share.
func (b *Boundary) Size() float64 { return b.size }

// Power is the probability that a candidate with true mean p crosses by item
// N, and the mean number of items until it does, or N. Of a finite population
// p is its mean.
func (b *Boundary) Power(p float64) (cross, items float64) {
	stay := b.survival(p)
	for i := 0; i < b.N; i++ {
		items += stay[i]
	}
	return 1 - stay[b.N], items
}

// survival[n] is the probability at p of not having crossed by item n.
func (b *Boundary) survival(p float64) []float64 {
	out := make([]float64, b.N+1)
	mass := make([]float64, b.N+2)
	mass[0], out[0] = 1, 1
	lo, hi, total := 0, 0, 1.0
	for i := 1; i <= b.N && hi >= lo; i++ {
		if b.finite {
			k, left := int(math.Round(p*float64(b.N))), float64(b.N-i+1)
			mass[hi+1] = mass[hi] * chanceOf(k, hi, left)
			for s := hi; s > lo; s-- {
				mass[s] = mass[s]*(1-chanceOf(k, s, left)) + mass[s-1]*chanceOf(k, s-1, left)
			}
			mass[lo] *= 1 - chanceOf(k, lo, left)
		} else {
			mass[hi+1] = mass[hi] * p
			for s := hi; s > lo; s-- {
				mass[s] = mass[s]*(1-p) + mass[s-1]*p
			}
			mass[lo] *= 1 - p
		}
		hi++
		for hi >= lo && hi >= int(b.need[i]) {
			total -= mass[hi]
			mass[hi] = 0
			hi--
		}
		for lo < hi && mass[lo] < tiny {
			mass[lo] = 0
			lo++
		}
		out[i] = math.Max(total, 0)
	}
	return out
}

// Cache keeps boundaries by (floor, share, N, rho); its zero value is ready.
// Any goroutine may use it.
type Cache struct {
	mu sync.Mutex
	m  map[cacheKey]*Boundary
}

type cacheKey struct {
	floor, share, rho float64
	n                 int
	finite            bool
}

// Boundary returns the boundary, computing it where it is not kept yet.
func (c *Cache) Boundary(floor, share float64, n int, rho float64) *Boundary {
	return c.get(cacheKey{floor, share, rho, n, false}, func() *Boundary { return NewBoundary(floor, share, n, rho) })
}

// Finite is Boundary for NewFinite.
func (c *Cache) Finite(most, n int, share, rho float64) *Boundary {
	return c.get(cacheKey{float64(most), share, rho, n, true}, func() *Boundary { return NewFinite(most, n, share, rho) })
}

func (c *Cache) get(k cacheKey, compute func() *Boundary) *Boundary {
	c.mu.Lock()
	b := c.m[k]
	c.mu.Unlock()
	if b != nil {
		return b
	}
	b = compute()
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.m == nil {
		c.m = make(map[cacheKey]*Boundary)
	}
	c.m[k] = b
	return b
}
