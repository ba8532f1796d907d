package ladder

import "github.com/luodi/luodi/internal/sizing/etest"

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
