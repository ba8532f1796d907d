package ladder

import "github.com/luodi/luodi/internal/sizing/etest"

// Config is one study's rules, fixed before the first score.
type Config struct {
	Arms  []Arm
	Items int // size of the pool: no candidate sees more
	// Grows says that the pool may grow later: a tenth of every share is kept
	// for a test without a horizon. Fixed before data, as Closed is.
	Grows bool
	// Closed says that the items, in random order, are the whole population:
	// the tests are those of draws without replacement, and say nothing about
	// traffic. A later candidate counts all of them, and only a census of
	// them decides it.
	Closed bool

	// Bar is the mean to reach and Slack the distance of the certified floor
	// below it. With Paired scores are differences to a reference in [-1,1],
	// and a bar of -.02 means "within 2 points".
	Bar, Slack float64
	Paired     bool
	// Graded says that scores may lie between 0 and 1; otherwise each is 0 or 1.
	Graded bool
	Parts  []Part // tests of parts of the items, beside that of all

	// ClusterMost is the most items that one cluster (document, customer) may
	// hold, fixed before data; an item of the pool is then a cluster, with its
	// Observation.Scores. 0 means that items stand alone.
	ClusterMost int

	// WeightMost bounds the weights of observations, which are 1 on average
	// (a stratum's share of traffic over its share of the items); fixed before
	// data. 0 means that they have none. Not with clusters or a closed pool.
	WeightMost float64

	Alpha, Beta float64 // 0 means .05 each
	// Reserve is the part of Alpha kept for later candidates.
	Reserve float64
	Shares  Rule
	Probe   etest.Probe
	// First is how many candidates were there from the start, where some of
	// them are no longer listed; 0 means those without Later.
	First int
	// Taken is the sum of the shares that candidates have taken by their probes
	// so far, those no longer listed included.
	Taken float64
	// Frontier continues above the first certificate.
	Frontier bool
	// Spare stops free candidates at a proof too, so that the other items stay
	// unseen for later candidates.
	Spare bool
	// StopAtGuess ends the study at a candidate that will almost surely end
	// above the middle of floor and bar but cannot be certified within the
	// pool. Otherwise the ladder goes on to a dearer candidate.
	StopAtGuess bool
	Aside       Aside
	// Every is the number of items between two looks of the set-aside rule; 0
	// means 5. Tests look at every item.
	Every int
	// ShiftSD is the standard deviation of what moves all candidates alike
	// against their beliefs (a harder item set); 0 means .1.
	ShiftSD float64
	// Covariance of the arms' true means before data, for those that have a
	// belief, where outcomes of the same candidates on other item sets tell
	// more than "all move alike"; nil means ShiftSD², plus SD² on the
	// diagonal. It steers pruning only.
	Covariance [][]float64

	Cache *etest.Cache // shared by studies; nil means an own one

	first int // candidates without Later
}

// Aside holds the constants of the set-aside and early-guess rules. The
// defaults were chosen once, on recorded outcomes, and are the same for every
// study: z 1.8, a 1.5 without beliefs; z 1.8, a 4 with beliefs; z 1.3, a 3 with
// beliefs about paired differences.
type Aside struct {
	Z, A float64 // both 0: the defaults above
	// Guess is the number of standard deviations above the middle, and Short
	// that the certificate is out of reach, for an early guess; 0 means 2 each.
	Guess, Short float64
	Off          bool // no candidate is set aside, none guessed early
}

func (c Config) withDefaults() Config {
	c.Arms = append([]Arm(nil), c.Arms...)
	if c.Alpha == 0 {
		c.Alpha = .05
	}
	if c.Beta == 0 {
		c.Beta = .05
	}
	if c.Probe.Items == 0 {
		c.Probe.Items = 60
	}
	if c.Every == 0 {
		c.Every = 5
	}
	if c.ShiftSD == 0 {
		c.ShiftSD = .1
	}
	if c.Cache == nil {
		c.Cache = new(etest.Cache)
	}
	known, first := 0, 0 // of the candidates that were there from the start
	for i := range c.Arms {
		c.Arms[i].Width = max(c.Arms[i].Width, 1)
		if c.Arms[i].Later == 0 {
			first++
			if c.Arms[i].SD > 0 {
				known++
			}
		}
	}
	if c.first = c.First; c.first == 0 {
		c.first = first
	}
	believed := known > 0 && 2*known > first
	if c.Shares == Auto {
		switch {
		case believed:
			c.Shares = Beliefs
		case c.first <= 5 || c.Items < 300 || c.Closed:
			c.Shares = Equal
		default:
			c.Shares = Probing
		}
	}
	c.Aside = c.Aside.withDefaults(believed, c.Paired)
	return c
}

func (a Aside) withDefaults(believed, paired bool) Aside {
	if a.Z == 0 && a.A == 0 {
		switch {
		case believed && paired:
			a.Z, a.A = 1.3, 3
		case believed:
			a.Z, a.A = 1.8, 4
		default:
			a.Z, a.A = 1.8, 1.5
		}
	}
	if a.Guess == 0 {
		a.Guess = 2
	}
	if a.Short == 0 {
		a.Short = 2
	}
	return a
}

// Floor is what a certificate is for.
func (c Config) Floor() float64 { return c.Bar - c.Slack }

// middle is where a choice without a certificate is drawn: halfway between
// floor and bar.
func (c Config) middle() float64 { return c.Bar - c.Slack/2 }

// bets tells whether scores are tested by bets rather than the exact boundary.
func (c Config) bets() bool { return c.Graded || c.Paired || c.ClusterMost > 0 || c.WeightMost > 0 }
