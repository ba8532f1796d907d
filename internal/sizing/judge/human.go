package judge

import (
	"math/rand/v2"

	"github.com/luodi/luodi/internal/errs"
	"github.com/luodi/luodi/internal/sizing/etest"
)

// HumanMean estimates and tests the mean score in [0,1] that people would give
// to a candidate's outputs, from a judge's scores of all and human labels of a
// random sample. All of its Config is fixed before the first item.
//
// For each item, in study order: Next with the judge's score; where it says
// that a label is wanted, Label before the next one. Whether one is wanted is
// drawn here, from the seed, so that the sample cannot be chosen; a study
// whose labels do not come stops there, and so a judge alone certifies
// nothing. Not for several goroutines.
type HumanMean struct {
	cfg     Config
	robust  etest.Robust
	draw    *rand.Rand
	bets    *etest.Bets
	bounds  etest.Range
	bins    [bins]struct{ n, sum float64 } // labels so far, by the judge's score
	pending *pending
	n       int
	judged  int // items that rules do not decide
	labels  int
	total   float64 // of the doubly robust scores
}

type pending struct {
	f   float64
	bin int
}

// Config is a study of a human mean.
type Config struct {
	Label float64 // the chance of each item to be labelled, in (0,1]; 0 means .2
	Floor float64 // mean to certify
	Share float64 // of alpha; 0 means .05
	Items int     // most items there will be, for the stakes; 0 means 1,000
	Alpha float64 // of the interval; 0 means .05
	Seed  uint64
}

// bins of the judge's score, within which it is calibrated.
const bins = 5

// calibration is how many labels the judge's own score counts as.
const calibration = 4

// NewHumanMean starts a study.
func NewHumanMean(c Config) (*HumanMean, error) {
	if c.Label == 0 {
		c.Label = .2
	}
	if c.Share == 0 {
		c.Share = .05
	}
	if c.Items == 0 {
		c.Items = 1000
	}
	if c.Label < .01 || c.Label > 1 || c.Floor <= 0 || c.Floor >= 1 || c.Share < 0 || c.Share >= 1 {
		return nil, errs.Invalid("judging: the label chance %v must lie in [.01,1], floor %v and share %v in (0,1)", c.Label, c.Floor, c.Share)
	}
	h := &HumanMean{cfg: c, robust: etest.Robust{Least: c.Label}, bounds: etest.Range{Alpha: c.Alpha}, draw: rand.New(rand.NewPCG(c.Seed, 0x1abe1))}
	// the rescaled score varies by about .1/Label of its width, squared
	h.bets = etest.NewBets(h.robust.Scale(c.Floor), c.Share, c.Items, h.variance())
	return h, nil
}

// variance guesses that of the rescaled score of a judge that is right on
// four of five items; a wrong guess costs power only.
func (h *HumanMean) variance() float64 {
	width := 2/h.cfg.Label - 1
	return (.16/h.cfg.Label + .1) / (width * width)
}

// Next shows the judge's score of the next item and reports whether people
// must label it, which is drawn here.
func (h *HumanMean) Next(judge float64) (wanted bool, err error) {
	if h.pending == nil {
		wanted = h.draw.Float64() < h.cfg.Label
	}
	return wanted, h.Show(judge, wanted)
}

// Show is Next where the caller has drawn, with the chance Label and before
// anyone saw the item's output, whether people must label it.
func (h *HumanMean) Show(judge float64, wanted bool) error {
	if h.pending != nil {
		return errs.Conflict("judging: the label of item %d has not come; an item that was drawn cannot be left out", h.n)
	}
	if !(judge >= 0 && judge <= 1) {
		return errs.Invalid("judging: the judge's score %v is not in [0,1]", judge)
	}
	bin := min(int(judge*bins), bins-1)
	b := h.bins[bin]
	f := (b.sum + calibration*judge) / (b.n + calibration) // of earlier labels only
	h.n++
	h.judged++
	if wanted {
		h.pending = &pending{f, bin}
		return nil
	}
	h.add(h.robust.Score(f, 0, false, h.cfg.Label))
	return nil
}

// Known shows an item that rules decide, so that its score needs neither the
// judge nor people.
func (h *HumanMean) Known(y float64) error {
	if h.pending != nil {
		return errs.Conflict("judging: the label of item %d has not come; an item that was drawn cannot be left out", h.n)
	}
	h.n++
	h.add(h.robust.Score(y, 0, false, h.cfg.Label))
	return nil
}

// Label gives the human score, in [0,1], of the item that Next wanted.
func (h *HumanMean) Label(y float64) error {
	switch {
	case h.pending == nil:
		return errs.Conflict("judging: no label is wanted for item %d; one that was not drawn would bias the mean", h.n)
	case !(y >= 0 && y <= 1):
		return errs.Invalid("judging: the human score %v is not in [0,1]", y)
	}
	p := *h.pending
	h.pending = nil
	h.add(h.robust.Score(p.f, y, true, h.cfg.Label))
	h.bins[p.bin].n++
	h.bins[p.bin].sum += y
	h.labels++
	return nil
}

func (h *HumanMean) add(z float64) {
	h.total += z
	h.bounds.Add(z)
	h.bets.Add(z)
}

// mean is the estimate now.
func (h *HumanMean) mean() float64 {
	at0, at1 := h.robust.Scale(0), h.robust.Scale(1)
	return min(max((h.total/float64(h.n)-at0)/(at1-at0), 0), 1)
}

// Labels is how many items people have labelled.
func (h *HumanMean) Labels() int { return h.labels }

// Interval is of the human mean, 95 %, valid at any time.
func (h *HumanMean) Interval() (lo, hi float64) {
	lo, hi = h.bounds.Bounds()
	at0, at1 := h.robust.Scale(0), h.robust.Scale(1)
	back := func(z float64) float64 { return min(max((z-at0)/(at1-at0), 0), 1) }
	return back(lo), back(hi)
}

// Certified reports whether the human mean is proven not below the floor: with
// probability at least 1−Share it is right, whatever the judge says. It asks
// for at least 50 human labels, with which the judge can be described too,
// unless rules have decided all.
func (h *HumanMean) Certified() bool {
	return h.bets.Crossed() && (h.judged == 0 || h.labels >= Least)
}
