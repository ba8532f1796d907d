package ladder

import (
	"math"

	"github.com/luodi/luodi/internal/sizing/etest"
)

// proof is one sequential test "the mean is above floor" over scores: by the
// exact boundary (0/1 scores) or by bets, and by a mixture beside it where the
// pool may grow past the items that these aim at.
type proof struct {
	boundary *etest.Boundary
	bets     *etest.Bets
	mixture  *etest.Mixture
	n, s     int
	at       int // item at which it crossed, 0 while it has not
}

// claim is what a proof tests.
type claim struct {
	floor, share float64
	items        int // that the test aims at, or the whole of a closed population
	rho          float64
	bets         bool // rather than the exact boundary
	strict       bool // of a closed population a mean at the floor itself is no proof
}

// growing is the part of a share that is kept for the mixture where the pool
// may grow.
const growing = .1

func newProof(c *Config, k claim) *proof {
	k.items = max(k.items, 1)
	p := new(proof)
	if c.Grows {
		p.mixture = etest.NewMixture(k.floor, growing*k.share)
		k.share *= (1 - growing) * (1 - 1e-12)
	}
	variance := 0.0
	if c.Paired {
		variance = .15 / 4 // of a difference, on the scale of (d+1)/2
	}
	n := float64(k.items)
	switch {
	case k.bets && c.Closed && k.strict:
		p.bets = etest.NewFiniteBets(n*k.floor+1e-9, k.items, k.share, variance)
	case k.bets && c.Closed:
		p.bets = etest.NewFiniteBets(n*k.floor-1e-9, k.items, k.share, variance)
	case k.bets:
		p.bets = etest.NewBets(k.floor, k.share, k.items, variance)
	case c.Closed && k.strict:
		p.boundary = c.Cache.Finite(int(math.Floor(n*k.floor+1e-9)), k.items, k.share, k.rho)
	case c.Closed:
		p.boundary = c.Cache.Finite(int(math.Ceil(n*k.floor-1e-9))-1, k.items, k.share, k.rho)
	default:
		p.boundary = c.Cache.Boundary(k.floor, k.share, k.items, k.rho)
	}
	return p
}

func (p *proof) add(x float64) bool {
	p.n++
	if p.mixture != nil && p.mixture.Add(x) && p.at == 0 {
		p.at = p.n
	}
	if p.bets != nil {
		if p.bets.Add(x) && p.at == 0 {
			p.at = p.n
		}
	} else {
		if x >= .5 {
			p.s++
		}
		if p.at == 0 && p.boundary.Crossed(p.n, p.s) {
			p.at = p.n
		}
	}
	return p.at > 0
}

func (p *proof) crossed() bool { return p.at > 0 }

// shortBy is how many standard deviations the predicted end (mean final over
// all of the pool) lies below what crosses at the last item.
func (p *proof) shortBy(final, sd, floor, share, variance float64, items int) float64 {
	if sd <= 0 {
		sd = 1e-9
	}
	if p.boundary != nil && p.n <= p.boundary.N {
		return (float64(p.boundary.Need(p.boundary.N))/float64(p.boundary.N) - final) / sd
	}
	if p.boundary != nil { // grown: the mixture alone
		share *= growing
	}
	need := floor - etest.Quantile(math.Min(share, .5))*math.Sqrt(variance/float64(items))
	return (need - final) / sd
}

// Spending exponents of the boundaries: a certificate may come late, a
// refutation should come early.
const (
	certifyRho = 1.0
	refuteRho  = .7
)
