// Package drift watches whether what was certified still holds: whether the
// mean score of served traffic has fallen below the certified floor.
//
// A certificate is about the traffic that its items were drawn from, and
// promises nothing about drift or a vendor's silent update. The gateway draws
// a share of its calls for labels, independent of their content (Sample), and
// people label them; their scores go, in the order in which they were drawn,
// into a Detector, which raises an alarm when the evidence that the mean has
// fallen since some moment is large. It is an e-detector (Shin, Ramdas &
// Rinaldo 2023): the sum of e-processes started anew before every sample, so
// that a change is found however long all went well before.
//
// An alarm revokes a certificate; it proves nothing about what is right now.
// The package draws nothing and knows no gateway.
package drift

import (
	"math"
	"slices"

	"github.com/luodi/luodi/internal/errs"
)

// gaps below the floor that the detector bets on at once.
var gaps = []float64{.02, .05, .1, .2}

// Config of a Detector, fixed before its first sample.
type Config struct {
	Floor float64 // certified mean, in (0,1)
	// Rate bounds false alarms: while the mean never lies below the floor, an
	// alarm comes after at least 1/Rate samples on average, and within n
	// samples with probability at most n·Rate. 0 means one in 10,000.
	Rate float64
}

// Detector watches one certificate. Not for several goroutines.
type Detector struct {
	cfg   Config
	stake []float64
	state State
}

// State is what a Detector has seen, to be kept and restored.
type State struct {
	Samples int  `json:"samples"`
	Alarm   bool `json:"alarm"` // raised, now or before
	// Evidence is the sum of the e-processes, by stake.
	Evidence []float64 `json:"evidence"`
}

// New starts a detector.
func New(cfg Config) (*Detector, error) {
	return Restore(cfg, State{})
}

// Restore goes on from a state that was kept; cfg must be the one of then.
func Restore(cfg Config, s State) (*Detector, error) {
	if cfg.Rate == 0 {
		cfg.Rate = 1e-4
	}
	if !(cfg.Floor > 0 && cfg.Floor < 1 && cfg.Rate > 0 && cfg.Rate < 1) {
		return nil, errs.Invalid("watching for drift: floor %v and rate %v must lie in (0,1)", cfg.Floor, cfg.Rate)
	}
	d := &Detector{cfg: cfg, state: s}
	for _, gap := range gaps {
		variance := math.Max(cfg.Floor*(1-cfg.Floor), .01)
		d.stake = append(d.stake, math.Min(gap/(variance+gap*gap), .95/(1-cfg.Floor)))
	}
	switch d.state.Evidence = slices.Clone(s.Evidence); {
	case s.Evidence == nil:
		d.state.Evidence = make([]float64, len(gaps))
	case len(s.Evidence) != len(gaps) || s.Samples < 0 || slices.ContainsFunc(s.Evidence, func(e float64) bool { return !(e >= 0) }):
		return nil, errs.Invalid("watching for drift: the kept state is not one of this detector")
	}
	return d, nil
}

// Add shows the score, in [0,1], of the next labelled sample in the order in
// which samples were taken, and reports whether the alarm is raised, now or
// before. Which calls are sampled must not depend on their content or outcome.
func (d *Detector) Add(score float64) (alarm bool, err error) {
	if !(score >= 0 && score <= 1) {
		return d.state.Alarm, errs.Invalid("watching for drift: the score %v is not in [0,1]", score)
	}
	d.state.Samples++
	for i, stake := range d.stake {
		// One more e-process starts before each sample; all bet alike.
		d.state.Evidence[i] = math.Min((d.state.Evidence[i]+1)*(1+stake*(d.cfg.Floor-score)), math.MaxFloat64/8)
	}
	if d.Evidence() >= 1/d.cfg.Rate {
		d.state.Alarm = true
	}
	return d.state.Alarm, nil
}

// Evidence is the e-detector's value; the alarm is raised at 1/Rate.
func (d *Detector) Evidence() float64 {
	sum := 0.0
	for _, e := range d.state.Evidence {
		sum += e / float64(len(d.state.Evidence))
	}
	return sum
}

// State is what has been seen.
func (d *Detector) State() State {
	s := d.state
	s.Evidence = slices.Clone(s.Evidence)
	return s
}
