package ladder

import "math"

// see shows one observation to all tests of a candidate.
func (l *Ladder) see(i int, o Observation) {
	c, a := &l.cfg, &l.arms[i]
	x, up, down := o.Score, 0.0, 0.0
	if c.ClusterMost > 0 {
		x, up, down = l.cluster(a, o.Scores)
	} else {
		up, down = l.scale(x), 1-l.scale(x)
		if c.WeightMost > 0 { // the bets keep their mean at the floor, and the range of a score
			floor, bar := l.scale(c.Floor()), 1-l.scale(c.Bar)
			up = floor + o.Weight/c.WeightMost*(up-floor)
			down = bar + o.Weight/c.WeightMost*(down-bar)
			x *= o.Weight
			a.interval.Add(x / c.WeightMost)
		} else if c.bets() {
			a.interval.Add(up)
		}
	}
	a.n++
	a.sum += x
	a.sq += x * x
	if a.refute != nil && a.refute.add(down) {
		l.prove(i, Refuted)
	}
	for k, p := range a.sides {
		if p.add(c, o.Sides[k], o.Weight); p.status() == Refuted {
			l.prove(i, Refuted)
		}
	}
	if o.Part > 0 && a.parts != nil && a.parts[o.Part-1].add(o.Found, a.n, a.certify != nil) {
		l.prove(i, Refuted)
	}
	if c.probing(i) && a.n <= c.Probe.Items {
		a.probe += x
		if a.n == c.Probe.Items && a.status == Waiting {
			l.enrol(i)
		}
		return
	}
	if a.certify == nil {
		return
	}
	ok := a.certify.add(up)
	for _, p := range a.parts {
		ok = p.proven && ok
	}
	for _, p := range a.sides {
		ok = p.certify.crossed() && ok
	}
	if ok {
		l.prove(i, Certified)
	}
	if a.n >= l.pool(i) {
		a.finished = true
	}
}

// pool is the most items a candidate may see.
func (l *Ladder) pool(i int) int {
	a := &l.cfg.Arms[i]
	if a.Seen && a.Horizon > 0 {
		return min(a.Horizon, l.cfg.Items)
	}
	return l.cfg.Items - a.From
}

// ahead is the pool that predictions look at. While a candidate is probed it
// is the one that the tests were fixed for: whether the pool has grown since
// may depend on later items, and who is enrolled must not.
func (l *Ladder) ahead(i int) int {
	if c := &l.cfg; c.probing(i) && l.arms[i].n <= c.Probe.Items {
		return l.horizon(i) - c.Arms[i].From
	}
	return l.pool(i)
}

// cluster gives a cluster's mean score, for predictions, and the scores that
// its tests bet on; its items count in the mean that is shown.
func (l *Ladder) cluster(a *state, scores []float64) (mean, up, down float64) {
	c := &l.cfg
	most := float64(c.ClusterMost)
	up, down = l.scale(c.Floor()), 1-l.scale(c.Bar)
	sum := 0.0
	for _, s := range scores {
		sum += s
		up += (l.scale(s) - l.scale(c.Floor())) / most
		down += (l.scale(c.Bar) - l.scale(s)) / most
	}
	n := float64(len(scores))
	a.scores += sum
	a.count += len(scores)
	a.interval.Add(l.scale(sum/n) * n / most)
	a.sizes.Add(n / most)
	return sum / math.Max(n, 1), up, down
}

// enrol fixes the share of a candidate from its probe items.
func (l *Ladder) enrol(i int) {
	c, a := &l.cfg, &l.arms[i]
	if n := float64(c.Probe.Items); a.share == 0 { // no earlier run has fixed it
		a.share = c.Probe.Share(c.Alpha-c.Reserve-l.taken, a.probe/n, c.middle(), math.Sqrt(l.variance(i)/n))
		l.taken += a.share
	}
	l.certifyOver(i, l.horizon(i)-c.Probe.Items)
	if c.Items <= c.Probe.Items {
		a.finished = true
	}
}

// prove records the first proof; the first event decides.
func (l *Ladder) prove(i int, s Status) {
	a := &l.arms[i]
	if a.status != Waiting {
		return
	}
	a.status = s
	if !l.cfg.Arms[i].Free || l.cfg.Spare {
		a.finished = true
	}
	if s == Certified && l.choice < 0 {
		l.choice = i
	}
}
