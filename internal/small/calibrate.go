package small

import (
	"slices"
	"sort"

	"github.com/luodi/luodi/internal/binomial"
	"github.com/luodi/luodi/internal/errs"
)

// Goal is what answering may cost.
type Goal struct {
	// Loss is the most that P(answered and wrong), over all traffic, may be
	// (default 0.02).
	Loss float64
	// Confidence that it is not more (default 0.95).
	Confidence float64
	// Unseen allows labels that the model has never seen; such an item is an
	// unknown topic and wrong whenever it is answered. Without it they are an
	// error, since a wrong label column looks just like it.
	Unseen bool
}

func (g Goal) withDefaults() (Goal, error) {
	if g.Loss == 0 {
		g.Loss = 0.02
	}
	if g.Confidence == 0 {
		g.Confidence = 0.95
	}
	if !(g.Loss > 0 && g.Loss < 1) {
		return g, errs.Invalid("calibrating a small model: the loss is %g; it must lie between 0 and 1 (0.02 is 2 points)", g.Loss)
	}
	if !(g.Confidence >= 0.5 && g.Confidence < 1) {
		return g, errs.Invalid("calibrating a small model: the confidence is %g; it must lie between 0.5 and 1", g.Confidence)
	}
	return g, nil
}

// Basis is the text that a threshold was chosen on, and so what it promises.
type Basis string

const (
	// BasisCalibration: labels that training never saw. With the stated
	// confidence P(answered and wrong) ≤ loss, if traffic is like them.
	BasisCalibration Basis = "calibration"
	// BasisOutOfFold: training text, scored by models that had not seen it.
	// It rests on the final model being no worse than the fold models, which
	// is no theorem; so it aims at 0.9 of the loss, and is an estimate.
	BasisOutOfFold Basis = "out_of_fold"
)

// Calibration is an answer threshold and how it was chosen.
type Calibration struct {
	Goal
	Basis Basis
	// Answers is false when no threshold could be proven: nothing is answered.
	Answers bool
	// Threshold is the margin from which the model answers.
	Threshold float64
	// N items were looked at; Answered of them reach the threshold, Wrong of
	// those have another label.
	N, Answered, Wrong int
	// UpperBound is the Clopper–Pearson limit of P(answered and wrong) at the
	// confidence; 0 when nothing is answered.
	UpperBound float64
	// Needed is how many items it takes, without one error, to prove the loss
	// at all; above 0 only when N is smaller.
	Needed int
}

func (c *Calibration) answers(margin float64) bool {
	return c != nil && c.Answers && margin >= c.Threshold
}

// scored is an item as calibration sees it.
type scored struct {
	margin float64
	wrong  bool
}

// gridPoint is a threshold to try, with the out-of-fold counts at it.
type gridPoint struct {
	Margin   float64 `json:"margin"`
	Answered int     `json:"answered"`
	Wrong    int     `json:"wrong"`
	Of       int     `json:"of"`
}

// gridSize is how many thresholds are tried.
const gridSize = 200

// gridOf returns gridSize quantiles of the margins, strict to loose; the last
// is 0, at which every text with a known feature is answered.
func gridOf(scores []scored) []gridPoint {
	s := slices.Clone(scores)
	sort.Slice(s, func(i, j int) bool { return s[i].margin > s[j].margin })
	grid := make([]gridPoint, gridSize)
	next, wrong := 0, 0
	for j := range grid {
		margin := max(0, s[j*(len(s)-1)/(gridSize-1)].margin)
		if j == gridSize-1 {
			margin = 0
		}
		for next < len(s) && s[next].margin >= margin {
			if s[next].wrong {
				wrong++
			}
			next++
		}
		grid[j] = gridPoint{margin, next, wrong, len(s)}
	}
	return grid
}

// Calibrate chooses the answer threshold on labelled items that training never
// saw: it walks the model's grid from strict to loose and goes on while the
// Clopper–Pearson limit of P(answered and wrong) stays at or under the loss
// (fixed-sequence testing: Angelopoulos et al. 2021, "Learn then test"). The
// grid was fixed by training, every threshold is tested at the full level, and
// the walk stops at the first failure, so with the stated confidence the
// chosen threshold keeps its promise. Look once: calibrating again with a few
// more items until the result pleases breaks it.
func Calibrate(m *Model, items []Example, goal Goal) (Calibration, error) {
	goal, err := goal.withDefaults()
	if err != nil {
		return Calibration{}, err
	}
	if len(items) == 0 {
		return Calibration{}, errs.Invalid("calibrating a small model: there are no labelled items")
	}
	if err := m.known("calibrating", items, goal.Unseen); err != nil {
		return Calibration{}, err
	}
	scores := make([]scored, len(items))
	s := m.scorer()
	defer m.scorers.Put(s)
	for i, e := range items {
		o := outcomeOf(s.logits, m.score(s, e.Text))
		scores[i] = scored{o.margin, m.labels[o.class] != e.Label}
	}
	return choose(countsAt(m.grid, scores), goal, goal.Loss, BasisCalibration), nil
}

// CalibrateOutOfFold chooses the threshold on the training text itself, by the
// scores of the fold models. It needs no label more, answers more than a split
// of few labels does, and gives an estimate, not a certificate.
func CalibrateOutOfFold(m *Model, goal Goal) (Calibration, error) {
	goal, err := goal.withDefaults()
	if err != nil {
		return Calibration{}, err
	}
	return choose(m.grid, goal, 0.9*goal.Loss, BasisOutOfFold), nil
}

// known checks that the labels of items are the model's.
func (m *Model) known(doing string, items []Example, unseen bool) error {
	for i, e := range items {
		if _, ok := slices.BinarySearch(m.labels, e.Label); !ok && !unseen {
			return errs.Invalid("%s a small model: item %d (text %s) has the label %q, which is none of the model's %d labels (%s); check the label column, or train with that label", doing, i+1, excerpt(e.Text), e.Label, len(m.labels), some(m.labels))
		}
	}
	return nil
}

// countsAt counts at every threshold of the grid how many items are answered,
// and how many of those wrongly.
func countsAt(grid []gridPoint, scores []scored) []gridPoint {
	s := slices.Clone(scores)
	sort.Slice(s, func(i, j int) bool { return s[i].margin > s[j].margin })
	out := make([]gridPoint, len(grid))
	next, wrong := 0, 0
	for j, g := range grid {
		for next < len(s) && s[next].margin >= g.Margin {
			if s[next].wrong {
				wrong++
			}
			next++
		}
		out[j] = gridPoint{g.Margin, next, wrong, len(s)}
	}
	return out
}

// choose walks the counts, strict to loose, to the first threshold that is not
// proven to lose at most target.
func choose(counts []gridPoint, goal Goal, target float64, basis Basis) Calibration {
	c := Calibration{Goal: goal, Basis: basis}
	allowed := -1
	for j, g := range counts {
		if j == 0 {
			c.N = g.Of
			allowed = binomial.MaxEvents(g.Of, target, goal.Confidence)
		}
		if g.Wrong > allowed {
			break
		}
		c.Answers = true
		c.Threshold, c.Answered, c.Wrong = g.Margin, g.Answered, g.Wrong
	}
	if c.Answers {
		c.UpperBound = binomial.Upper(c.Wrong, c.N, goal.Confidence)
	}
	if need := binomial.MinItems(target, goal.Confidence); need > c.N {
		c.Needed = need
	}
	return c
}
