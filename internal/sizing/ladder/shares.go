package ladder

import (
	"math"

	"github.com/luodi/luodi/internal/sizing/etest"
)

// shares fixes every candidate's share before data; 0 where its probe will.
func (c Config) shares() []float64 {
	alpha := c.Alpha - c.Reserve
	first := c.firstShares(alpha)
	out := make([]float64, 0, len(c.Arms))
	for _, a := range c.Arms {
		share := a.Share
		switch {
		case a.Later > 0 && share == 0:
			share = etest.Later(c.Reserve, a.Later)
		case a.Later == 0:
			if share == 0 {
				share = first[0]
			}
			first = first[1:]
		}
		out = append(out, share)
	}
	return out
}

// firstShares are those of the listed candidates that were there from the
// start, by the study's rule.
func (c Config) firstShares(alpha float64) (out []float64) {
	switch c.Shares {
	case Beliefs:
		var means, sds []float64
		for _, a := range c.Arms {
			if a.Later > 0 {
				continue
			}
			mean := a.Mean
			if a.SD == 0 {
				mean = math.NaN()
			}
			means, sds = append(means, mean), append(sds, a.SD)
		}
		return etest.Prior(alpha, c.Bar, means, sds, c.ShiftSD)
	case Probing:
		return make([]float64, len(c.Arms))
	}
	for range c.Arms {
		out = append(out, etest.Equal(alpha, max(c.first, 1))[0])
	}
	return out
}

// Fixed are the rule and the shares of the candidates as they are before data,
// for a record; a share that its probe will fix is 0.
func (c Config) Fixed() (Rule, []float64) {
	c = c.withDefaults()
	return c.Shares, c.shares()
}

// beta is a candidate's share of beta: equal parts, and of the same reserve
// for later ones.
func (c Config) beta(i int) float64 {
	if j := c.Arms[i].Later; j > 0 {
		return etest.Later(c.Beta*c.Reserve/c.Alpha, j)
	}
	return c.Beta * (1 - c.Reserve/c.Alpha) * (1 - 1e-12) / float64(c.first)
}

// probing tells whether a candidate's share comes from its probe items.
func (c Config) probing(i int) bool { return c.Shares == Probing && c.Arms[i].Later == 0 }
