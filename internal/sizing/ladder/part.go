package ladder

// Part is a part of the items that has a bar of its own, such as those of one
// label: the share of them on which a candidate is right (its recall). Which
// part an item is of is known before any output. A candidate is certified when
// the test of all items and those of all parts pass, each at the candidate's
// full share (intersection–union, Berger 1982), and refuted when one of them
// is proven below its bar.
type Part struct {
	Bar, Floor float64
	Items      int // of the pool
}

// partProof is where the tests of one part stand.
type partProof struct {
	certify, refute *proof
	proven          bool
	at, refuted     int // items of the candidate after which it came
}

func newPartProofs(c *Config, beta float64) (out []*partProof) {
	for _, p := range c.Parts {
		out = append(out, &partProof{refute: newProof(c, claim{1 - p.Bar, beta, p.Items, refuteRho, false, true})})
	}
	return out
}

// add shows an outcome of the part's items, the candidate's n-th item; counts
// says whether it may certify. It reports whether the part is proven below its
// bar.
func (p *partProof) add(found bool, n int, counts bool) (below bool) {
	if p.refute.add(yes(!found)) && p.refuted == 0 {
		p.refuted = n
	}
	if counts && p.certify != nil && p.certify.add(yes(found)) && !p.proven {
		p.proven, p.at = true, n
	}
	return p.refuted > 0
}
