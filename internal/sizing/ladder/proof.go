package ladder

import (
	"math"

	"github.com/luodi/luodi/internal/sizing/etest"
)

// proof is one sequential test "the mean is above floor" over scores, either
// by the exact boundary (0/1 scores) or by bets.
type proof struct {
	boundary *etest.Boundary
	bets     *etest.Bets
	n, s     int
	at       int // item at which it crossed, 0 while it has not
}

func newProof(c *Config, floor, share float64, items int, rho float64, graded bool) *proof {
	if items < 1 {
		items = 1
	}
	if graded {
		variance := 0.0
		if c.Paired {
			variance = .15 / 4 // of a difference, on the scale of (d+1)/2
		}
		return &proof{bets: etest.NewBets(floor, share, items, variance)}
	}
	return &proof{boundary: c.Cache.Boundary(floor, share, items, rho)}
}

func (p *proof) add(x float64) bool {
	p.n++
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
	need := floor - etest.Quantile(math.Min(share, .5))*math.Sqrt(variance/float64(items))
	if p.boundary != nil {
		need = float64(p.boundary.Need(p.boundary.N)) / float64(p.boundary.N)
	}
	return (need - final) / sd
}

// Spending exponents of the boundaries: a certificate may come late, a
// refutation should come early.
const (
	certifyRho = 1.0
	refuteRho  = .7
)
