package small

import (
	"context"
	"fmt"
	"math/rand/v2"
	"slices"
	"sort"
	"strings"
	"time"

	"github.com/luodi/luodi/internal/errs"
)

// EvalConfig says how to measure a model. Its zero value measures accuracy on
// all items and takes the threshold the model has, or the out-of-fold one.
type EvalConfig struct {
	Goal
	// Cal items, the first in seeded order, choose the threshold; the rest are
	// reported. 0 leaves the model's threshold.
	Cal int
	// Seed of that order.
	Seed uint64
	// Now is the clock that times each prediction; nil reports 0 microseconds.
	Now func() time.Time
}

// Eval is how a model does on items that training never saw. Shares are of
// the N reported items.
type Eval struct {
	N        int     `json:"n"`
	Accuracy float64 `json:"accuracy"`
	MacroF1  float64 `json:"macro_f1"`
	// AnsweredShare of the items reach the threshold; AnsweredAndWrong is the
	// share of all items that is answered and wrong.
	AnsweredShare    float64 `json:"answered_share"`
	AnsweredAndWrong float64 `json:"answered_and_wrong"`
	// Threshold is null when nothing is answered.
	Threshold *float64 `json:"threshold"`
	// LossUpperBound bounds P(answered and wrong) with the confidence, from
	// the CalItems that chose the threshold; Basis says on which text.
	LossUpperBound float64 `json:"loss_upper_bound"`
	CalItems       int     `json:"cal_items"`
	Basis          Basis   `json:"basis"`
	// UsPerItem is the median time of one prediction in microseconds.
	UsPerItem float64 `json:"us_per_item"`
}

// Evaluate measures a model on labelled items. It returns errs.Invalid when
// there are too few, or when one has a label that the model never saw (unless
// Goal.Unseen), and ctx's error when ctx ends.
func Evaluate(ctx context.Context, m *Model, items []Example, config EvalConfig) (Eval, error) {
	if len(items) == 0 {
		return Eval{}, errs.Invalid("evaluating a small model: there are no items")
	}
	if err := m.known("evaluating", items, config.Unseen); err != nil {
		return Eval{}, err
	}
	cal, rest, err := Split(items, config.Cal, config.Seed)
	if err != nil {
		return Eval{}, err
	}
	c, err := m.threshold(cal, config.Goal)
	if err != nil {
		return Eval{}, err
	}
	m = m.With(c)
	e := Eval{N: len(rest), LossUpperBound: c.UpperBound, CalItems: c.N, Basis: c.Basis}
	if c.Answers {
		e.Threshold = &c.Threshold
	}
	var tally confusion
	answered, wrong := 0, 0
	times := make([]time.Duration, 0, len(rest))
	s := m.scorer()
	defer m.scorers.Put(s)
	for i, it := range rest {
		if i&255 == 0 && ctx.Err() != nil {
			return Eval{}, fmt.Errorf("evaluating a small model on %d items: %w", len(rest), ctx.Err())
		}
		var begin time.Time
		if config.Now != nil {
			begin = config.Now()
		}
		p := m.predict(s, it.Text)
		if config.Now != nil {
			times = append(times, config.Now().Sub(begin))
		}
		tally.add(it.Label, p.Label)
		if p.Answered {
			answered++
			if p.Label != it.Label {
				wrong++
			}
		}
	}
	n := float64(len(rest))
	e.Accuracy, e.MacroF1 = tally.accuracy(), tally.macroF1()
	e.AnsweredShare, e.AnsweredAndWrong = float64(answered)/n, float64(wrong)/n
	if len(times) > 0 {
		slices.Sort(times)
		e.UsPerItem = float64(times[len(times)/2]) / float64(time.Microsecond)
	}
	return e, nil
}

// threshold is the calibration to measure with: on cal where there is any,
// else the model's own, else the out-of-fold estimate.
func (m *Model) threshold(cal []Example, goal Goal) (Calibration, error) {
	if len(cal) > 0 {
		return Calibrate(m, cal, goal)
	}
	if c, ok := m.Calibration(); ok {
		return c, nil
	}
	return CalibrateOutOfFold(m, goal)
}

// Split returns the first n items in seeded order, and the rest.
func Split(items []Example, n int, seed uint64) (first, rest []Example, err error) {
	if n < 0 || n >= len(items) && n > 0 {
		return nil, nil, errs.Invalid("splitting off %d calibration items: there are %d items, and at least one must be left to report on", n, len(items))
	}
	if n == 0 {
		return nil, items, nil
	}
	order := rand.New(rand.NewPCG(seed, 0xCA1)).Perm(len(items))
	for i, at := range order {
		if i < n {
			first = append(first, items[at])
		} else {
			rest = append(rest, items[at])
		}
	}
	return first, rest, nil
}

// confusion tallies true and predicted labels.
type confusion struct {
	right, n  int
	hit       map[string]int
	gold      map[string]int
	predicted map[string]int
}

func (c *confusion) add(label, predicted string) {
	if c.hit == nil {
		c.hit, c.gold, c.predicted = map[string]int{}, map[string]int{}, map[string]int{}
	}
	c.n++
	c.gold[label]++
	c.predicted[predicted]++
	if label == predicted {
		c.right++
		c.hit[label]++
	}
}

func (c *confusion) accuracy() float64 { return float64(c.right) / float64(max(c.n, 1)) }

// macroF1 is the mean F1 of all labels that occur as true or predicted.
func (c *confusion) macroF1() float64 {
	var labels []string
	for l := range c.gold {
		labels = append(labels, l)
	}
	for l := range c.predicted {
		if _, ok := c.gold[l]; !ok {
			labels = append(labels, l)
		}
	}
	sort.Strings(labels) // a fixed order of the sum
	var sum float64
	for _, l := range labels {
		sum += 2 * float64(c.hit[l]) / float64(c.gold[l]+c.predicted[l])
	}
	return sum / float64(max(len(labels), 1))
}

// some names the first few labels for an error message.
func some(labels []string) string {
	if len(labels) > 6 {
		return strings.Join(labels[:6], ", ") + ", …"
	}
	return strings.Join(labels, ", ")
}
