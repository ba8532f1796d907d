package ladder

import "math"

// look applies the set-aside and early-guess rules, which only save calls.
func (l *Ladder) look(i int) {
	c, a := &l.cfg, &l.arms[i]
	if a.n >= l.pool(i) {
		a.finished = true
		return
	}
	if c.Aside.Off || c.Arms[i].Free || a.n < 10 || a.status != Waiting {
		return
	}
	final, sd := l.predict(i)
	t := c.middle()
	z := (final - t) / sd
	if -z > math.Sqrt(c.Aside.Z*c.Aside.Z+c.Aside.A*math.Log(float64(l.ahead(i))/float64(a.n))) {
		a.status, a.finished = SetAside, true
		return
	}
	if z <= c.Aside.Guess || !l.sidesHold(i) {
		return
	}
	if c.Arms[i].Seen {
		a.guessed, a.finished = true, true
	} else if a.certify != nil {
		v := l.variance(i)
		if a.certify.shortBy(final, sd, c.Floor(), a.share, v, l.pool(i)) > c.Aside.Short {
			a.guessed, a.finished = true, true
		}
	}
}

// variance of one score, at the middle for 0/1 scores.
func (l *Ladder) variance(i int) float64 {
	c, a := &l.cfg, &l.arms[i]
	if !c.bets() {
		t := math.Min(math.Max(c.middle(), .001), .999)
		return t * (1 - t)
	}
	prior := .15
	if !c.Paired {
		prior = c.middle() * (1 - c.middle())
	}
	n := float64(a.n)
	mean := a.sum / math.Max(n, 1)
	return math.Max((a.sq-n*mean*mean+10*prior)/(n+10), 1e-4)
}

// predict is the candidate's expected true mean, and the standard deviation
// by which seeing the rest of the pool may still move that expectation. A
// belief counts as so many items seen before.
func (l *Ladder) predict(i int) (mean, sd float64) {
	c, a := &l.cfg, &l.arms[i]
	n, N := float64(a.n), float64(max(l.ahead(i), a.n))
	v := l.variance(i)
	worth := 0.0
	if c.Arms[i].SD > 0 {
		if !a.believed {
			a.mean, a.sd = l.believe(i)
			a.believed = true
		}
		worth = v / (a.sd * a.sd)
	}
	mean = (a.sum + worth*a.mean) / math.Max(n+worth, 1e-9)
	return mean, math.Sqrt(math.Max(v/math.Max(n+worth, 1e-9)-v/(N+worth), 1e-12))
}

// adequate tells whether the candidate is expected above the middle, its sides
// included.
func (l *Ladder) adequate(i int) bool {
	mean, _ := l.predict(i)
	return mean >= l.cfg.middle() && l.sidesHold(i)
}

// advance goes to the next candidate that can run, or ends the study.
func (l *Ladder) advance() {
	for ; l.cur < len(l.arms); l.cur++ {
		a := &l.arms[l.cur]
		if !a.finished {
			if l.wanted(l.cur) || a.n < min(l.cfg.Arms[l.cur].Paid, l.pool(l.cur)) {
				return
			}
			if a.n > 0 && a.status == Waiting {
				a.status = Undecided
			}
			continue
		}
		if a.status == Waiting && a.n > 0 {
			a.status = Undecided
		}
		if a.status == Undecided && (a.guessed || a.n >= l.pool(l.cur) && l.adequate(l.cur)) {
			if l.guess < 0 {
				l.guess = l.cur
			}
			if l.cfg.StopAtGuess && l.choice < 0 {
				break
			}
		}
	}
	l.done = true
}

// wanted tells whether more outcomes of a candidate are worth their cost.
func (l *Ladder) wanted(i int) bool {
	return l.choice < 0 || l.cfg.Frontier || l.cheaper(i)
}

// cheaper tells whether a candidate costs less now than all certified ones.
func (l *Ladder) cheaper(i int) bool {
	for k := range l.arms {
		if l.arms[k].status == Certified && l.cfg.Arms[i].Cost >= l.cfg.Arms[k].Cost {
			return false
		}
	}
	return true
}

// Choice is the cheapest certified candidate; without one the best guess: the
// cheapest that looks adequate, else the one predicted highest. It is -1 when
// nothing has been run.
func (l *Ladder) Choice() (arm int, certified bool) {
	if l.choice >= 0 {
		return l.choice, true
	}
	if l.guess >= 0 {
		return l.guess, false
	}
	best, top := -1, math.Inf(-1)
	for i := range l.arms {
		if l.arms[i].n == 0 {
			continue
		}
		f, _ := l.predict(i)
		if l.arms[i].status == Refuted {
			f -= 2 // only when all are
		}
		if f > top {
			best, top = i, f
		}
	}
	return best, false
}

// Guessed reports whether a candidate that is not certified looks adequate on
// all that was seen of it.
func (l *Ladder) Guessed() bool { return l.guess >= 0 }
