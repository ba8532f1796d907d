package ladder

import "github.com/luodi/luodi/internal/sizing/etest"

// Side is a further bar of a candidate: the mean of an outcome in [0,1] that
// every item has beside its score, such as that it came in time, or how far it
// stayed below the most it can cost. A candidate is certified when that mean
// is proven above Floor too, at the candidate's full share
// (intersection–union, Berger 1982), and refuted when it is proven below.
type Side struct {
	Floor  float64
	Graded bool // outcomes between 0 and 1 occur
}

// sideProof is where the tests of one side stand.
type sideProof struct {
	Side
	certify, refute *proof
	sum             float64 // of what the tests were shown
	n               int
}

// refuteOver prepares the refutation's test over so many items.
func (p *sideProof) refuteOver(c *Config, beta float64, items int) {
	p.refute = newProof(c, claim{1 - p.Floor, beta, items, refuteRho, p.bets(c), true})
}

// certifyOver prepares the certificate's test over so many items.
func (p *sideProof) certifyOver(c *Config, share float64, items int) {
	p.certify = newProof(c, claim{p.Floor, share, items, certifyRho, p.bets(c), false})
}

func (p *sideProof) bets(c *Config) bool { return p.Graded || c.ClusterMost > 0 || c.WeightMost > 0 }

// add shows the outcomes of one unit's items to the tests that there are.
func (p *sideProof) add(c *Config, values []float64, weight float64) {
	x := values[0]
	switch {
	case c.ClusterMost > 0:
		x = etest.Cluster(values, p.Floor, c.ClusterMost)
	case c.WeightMost > 0: // the bets keep their mean at the floor, and the range of an outcome
		x = p.Floor + weight/c.WeightMost*(x-p.Floor)
	}
	p.sum += x
	p.n++
	if p.refute != nil {
		p.refute.add(1 - x)
	}
	if p.certify != nil {
		p.certify.add(x)
	}
}

// status of the side alone.
func (p *sideProof) status() Status {
	switch {
	case p.refute != nil && p.refute.crossed():
		return Refuted
	case p.certify != nil && p.certify.crossed():
		return Certified
	}
	return Undecided
}

// sidesHold tells whether a candidate's sides look as if they held.
func (l *Ladder) sidesHold(i int) bool {
	for _, p := range l.arms[i].sides {
		if p.sum < p.Floor*float64(p.n) {
			return false
		}
	}
	return true
}
