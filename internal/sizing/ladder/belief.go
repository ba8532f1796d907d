package ladder

import "math"

// believe is the normal posterior of a candidate's true mean given what was
// believed before data and what the other candidates have shown, without its
// own scores. While a candidate is running the others do not move, so it is
// computed once. It steers pruning only, never shares or tests.
func (l *Ladder) believe(i int) (mean, sd float64) {
	c := &l.cfg
	var seen []int // none of paired differences: they all share the reference's luck
	for k := range l.arms {
		if !c.Paired && k != i && l.arms[k].n > 0 && c.Arms[k].SD > 0 {
			seen = append(seen, k)
		}
	}
	// Gaussian conditioning by Cholesky factors of cov(seen) + noise.
	n := len(seen)
	low := make([][]float64, n)
	residual, cross := make([]float64, n), make([]float64, n)
	for r, a := range seen {
		row := make([]float64, r+1)
		for k, b := range seen[:r+1] {
			row[k] = l.covariance(a, b)
		}
		sum, items := l.shown(a)
		row[r] += l.variance(a) / items
		residual[r] = sum/items - c.Arms[a].Mean
		cross[r] = l.covariance(a, i)
		for k := range r {
			for m := range k {
				row[k] -= row[m] * low[k][m]
			}
			row[k] /= low[k][k]
			row[r] -= row[k] * row[k]
			residual[r] -= row[k] * residual[k]
			cross[r] -= row[k] * cross[k]
		}
		row[r] = math.Sqrt(math.Max(row[r], 1e-9))
		residual[r] /= row[r]
		cross[r] /= row[r]
		low[r] = row
	}
	mean, variance := c.Arms[i].Mean, l.covariance(i, i)
	for r := range seen {
		mean += cross[r] * residual[r]
		variance -= cross[r] * cross[r]
	}
	return mean, math.Sqrt(math.Max(variance, 1e-6))
}

// shown is the sum and number of a candidate's scores that may steer the
// pruning of others: with probes only those of the probe, because who is
// enrolled as which number must not depend on later items.
func (l *Ladder) shown(i int) (sum, items float64) {
	a := &l.arms[i]
	if l.cfg.Shares == Probing && a.n > l.cfg.Probe.Items {
		return a.probe, float64(l.cfg.Probe.Items)
	}
	return a.sum, float64(a.n)
}

func (l *Ladder) covariance(a, b int) float64 {
	c := &l.cfg
	if c.Covariance != nil {
		return c.Covariance[a][b]
	}
	v := c.ShiftSD * c.ShiftSD
	if a == b {
		v += c.Arms[a].SD * c.Arms[a].SD
	}
	return v
}
