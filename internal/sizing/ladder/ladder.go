package ladder

import (
	"math"

	"github.com/luodi/luodi/internal/sizing/etest"
)

// Observation is one item's outcome of one candidate.
type Observation struct {
	Score  float64   // in [0,1]; with Paired a difference in [-1,1]
	Scores []float64 // of all items of a cluster, with Config.ClusterMost
	Part   int       // the item's part among Config.Parts, from 1; 0 for none
	Found  bool      // the outcome that its part's test looks at
	// Sides are the outcomes of each of Arm.Sides: one, or those of all items
	// of a cluster.
	Sides  [][]float64
	Weight float64 // with Config.WeightMost
}

// Step asks for the observations From ≤ item < To of a candidate.
type Step struct{ Arm, From, To int }

// Verdict is where a candidate stands.
type Verdict struct {
	Status Status
	Items  int     // scores seen
	Mean   float64 // of the scores seen, NaN without any
	Share  float64 // of alpha, for the certificate
	At     int     // item at which the proof came, 0 without one
	Lo, Hi float64 // 95 % interval of the mean, valid at any time
	// Sides say of each of Arm.Sides whether it alone is Certified, Refuted or
	// Undecided; nil before the first score.
	Sides []Status
}

// Ladder is a running study. Not for several goroutines.
type Ladder struct {
	cfg    Config
	arms   []state
	cur    int
	taken  float64 // of alpha, by probes
	choice int     // first certified, or -1
	guess  int     // first good guess, or -1
	done   bool
}

type state struct {
	status   Status
	n        int
	sum, sq  float64
	probe    float64 // sum over the probe items
	share    float64
	certify  *proof
	sides    []*sideProof
	parts    []*partProof
	refute   *proof
	started  bool
	interval etest.Range
	sizes    etest.Range // of clusters, over ClusterMost
	scores   float64     // sum over the items of clusters
	count    int         // those items
	believed bool        // mean and sd are set
	mean, sd float64     // belief given what the other candidates have shown
	finished bool
	guessed  bool
}

// New starts a study. Config is not changed by it and may be used again.
func New(c Config) *Ladder {
	c = c.withDefaults()
	l := &Ladder{cfg: c, arms: make([]state, len(c.Arms)), choice: -1, guess: -1, taken: c.Taken}
	shares := c.shares()
	for i := range l.arms {
		l.arms[i].status = Waiting
		if c.ClusterMost > 0 { // two ranges make one interval
			l.arms[i].interval.Alpha, l.arms[i].sizes.Alpha = .025, .025
		}
		if c.Closed {
			l.arms[i].interval.Population, l.arms[i].sizes.Population = c.Items, c.Items
		}
		l.arms[i].share = shares[i]
		if c.Arms[i].Missing {
			l.arms[i].status, l.arms[i].finished = Missing, true
		}
	}
	l.advance()
	return l
}

// Floor is the certified floor.
func (l *Ladder) Floor() float64 { return l.cfg.Floor() }

// start prepares a candidate's tests when its turn comes.
func (l *Ladder) start(i int) {
	c, a := &l.cfg, &l.arms[i]
	a.started = true
	for _, side := range c.Arms[i].Sides {
		a.sides = append(a.sides, &sideProof{Side: side})
	}
	if c.Arms[i].Seen {
		a.share = 0
		return
	}
	beta := c.beta(i)
	if c.Closed && c.Arms[i].Later > 0 {
		a.share, beta = 0, 0 // a census needs none, whoever has seen what
	}
	beta /= float64(1 + len(c.Parts) + len(c.Arms[i].Sides)) // as many ways to fall short
	a.parts = newPartProofs(c, beta)
	left := l.horizon(i) - c.Arms[i].From
	for _, p := range a.sides {
		p.refuteOver(c, beta, left)
	}
	if !c.probing(i) {
		l.certifyOver(i, left)
	}
	a.refute = newProof(c, claim{1 - l.scale(c.Bar), beta, left, refuteRho, c.bets(), true})
}

// certifyOver prepares the certificate's tests over so many items.
func (l *Ladder) certifyOver(i, items int) {
	c, a := &l.cfg, &l.arms[i]
	a.certify = newProof(c, claim{l.scale(c.Floor()), a.share, items, certifyRho, c.bets(), false})
	for _, p := range a.sides {
		p.certifyOver(c, a.share, items)
	}
	for k, p := range a.parts {
		p.certify = newProof(c, claim{c.Parts[k].Floor, a.share, c.Parts[k].Items, certifyRho, false, false})
	}
}

// horizon is the size of the pool that a candidate's tests aim at.
func (l *Ladder) horizon(i int) int {
	if h := l.cfg.Arms[i].Horizon; h > 0 {
		return min(h, l.cfg.Items)
	}
	return l.cfg.Items
}

// scale maps a score to [0,1].
func (l *Ladder) scale(x float64) float64 {
	if l.cfg.Paired {
		return (x + 1) / 2
	}
	return x
}

// Next asks for observations; false means that the study has ended.
func (l *Ladder) Next() (Step, bool) {
	if l.done {
		return Step{}, false
	}
	c, a := &l.cfg, &l.arms[l.cur]
	want := c.Every
	if c.Arms[l.cur].Free && c.Spare {
		want = min(max(4*c.Every, a.n/4), max(c.Arms[l.cur].Width, c.Every))
	} else if w := c.Arms[l.cur].Width; w > want && (c.Arms[l.cur].Free || a.n >= 10 && a.sum/float64(a.n) >= c.middle()) {
		want = w // a candidate that looks adequate: as wide as the endpoint allows
	}
	to := a.n + want
	if c.probing(l.cur) && a.n < c.Probe.Items && to > c.Probe.Items {
		to = c.Probe.Items
	}
	from := c.Arms[l.cur].From
	if !l.wanted(l.cur) {
		to = min(to, c.Arms[l.cur].Paid)
	}
	return Step{Arm: l.cur, From: from + a.n, To: from + min(to, l.pool(l.cur))}, true
}

// Observe shows the observations of the last step, in item order. Fewer than
// asked for may be shown; the rest is asked for again.
func (l *Ladder) Observe(obs ...Observation) {
	if l.done {
		return
	}
	a := &l.arms[l.cur]
	if !a.started {
		l.start(l.cur)
	}
	for _, o := range obs { // all of them, also after a proof: they are paid
		l.see(l.cur, o)
	}
	if !a.finished {
		l.look(l.cur)
	}
	if a.finished || !l.wanted(l.cur) && a.n >= l.cfg.Arms[l.cur].Paid {
		l.advance()
	}
}

// Stop ends the current candidate without a proof: its endpoint fails, or
// money has run out.
func (l *Ladder) Stop() {
	if l.done {
		return
	}
	a := &l.arms[l.cur]
	if a.n > 0 && a.status == Waiting {
		a.status = Undecided
	}
	a.finished = true
	l.advance()
}

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

// Verdict of a candidate now.
func (l *Ladder) Verdict(i int) Verdict {
	a := &l.arms[i]
	v := Verdict{Status: a.status, Items: a.n, Mean: math.NaN(), Share: a.share, Lo: 0, Hi: 1}
	if a.n == 0 {
		if l.cfg.Paired {
			v.Lo = -1
		}
		return v
	}
	v.Mean = a.sum / float64(a.n)
	switch {
	case l.cfg.ClusterMost > 0:
		v.Mean = a.scores / float64(max(a.count, 1))
		lo, hi := a.interval.Bounds()
		few, many := a.sizes.Bounds()
		v.Lo, v.Hi = lo/many, math.Min(hi/math.Max(few, 1e-9), 1)
	case l.cfg.WeightMost > 0:
		v.Lo, v.Hi = a.interval.Bounds()
		v.Lo, v.Hi = v.Lo*l.cfg.WeightMost, math.Min(v.Hi*l.cfg.WeightMost, 1)
	case l.cfg.bets():
		v.Lo, v.Hi = a.interval.Bounds()
	case l.cfg.Closed:
		v.Lo, v.Hi = etest.FiniteInterval(int(a.sum), a.n, l.cfg.Items, .05)
	default:
		v.Lo, v.Hi = etest.Interval(a.sum, a.n, .05)
	}
	if l.cfg.Paired {
		v.Lo, v.Hi = 2*v.Lo-1, 2*v.Hi-1
	}
	for _, p := range a.sides {
		v.Sides = append(v.Sides, p.status())
	}
	switch a.status {
	case Certified:
		v.At = a.certify.at
		for _, p := range a.sides {
			v.At = max(v.At, p.certify.at)
		}
		for _, p := range a.parts {
			v.At = max(v.At, p.at)
		}
		if l.cfg.probing(i) {
			v.At += l.cfg.Probe.Items
		}
	case Refuted:
		v.At = a.refute.at
		for _, p := range a.parts {
			if p.refuted > 0 && (v.At == 0 || p.refuted < v.At) {
				v.At = p.refuted
			}
		}
		for _, p := range a.sides {
			if p.status() == Refuted && (v.At == 0 || p.refute.at < v.At) {
				v.At = p.refute.at
			}
		}
	}
	return v
}

func yes(b bool) float64 {
	if b {
		return 1
	}
	return 0
}

// Guessed reports whether a candidate that is not certified looks adequate on
// all that was seen of it.
func (l *Ladder) Guessed() bool { return l.guess >= 0 }
