package small

import (
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/luodi/luodi/internal/errs"
)

// LabelF1 is how one label does.
type LabelF1 struct {
	Label     string  `json:"label"`
	Support   int     `json:"support"`   // items that have it
	Predicted int     `json:"predicted"` // items that were given it
	F1        float64 `json:"f1"`
}

// MultiEval is how a multi-label model does on items that training never saw.
type MultiEval struct {
	N        int     `json:"n"`
	ExactSet float64 `json:"exact_set"` // share of items with exactly their labels
	LabelF1  float64 `json:"label_f1"`  // mean over items of the F1 of both sets
	MicroF1  float64 `json:"micro_f1"`  // over all pairs of item and label
	MacroF1  float64 `json:"macro_f1"`  // mean over labels that items have
	// UsPerItem is the median time of one prediction in microseconds.
	UsPerItem float64   `json:"us_per_item"`
	Labels    []LabelF1 `json:"labels"` // those of the model
}

// EvaluateMulti measures a multi-label model on labelled items; now times each
// prediction, nil reports 0 microseconds. It returns errs.Invalid when there
// are no items, or when one has a label that the model never saw, and ctx's
// error when ctx ends.
func EvaluateMulti(ctx context.Context, m *MultiModel, items []MultiExample, now func() time.Time) (MultiEval, error) {
	if len(items) == 0 {
		return MultiEval{}, errs.Invalid("evaluating a small model: there are no items")
	}
	if now == nil {
		now = func() time.Time { return time.Time{} }
	}
	e := MultiEval{N: len(items), Labels: make([]LabelF1, len(m.labels))}
	both, times := make([]int, len(m.labels)), make([]time.Duration, len(items))
	for i, it := range items {
		if i&255 == 0 && ctx.Err() != nil {
			return MultiEval{}, fmt.Errorf("evaluating a small model on %d items: %w", len(items), ctx.Err())
		}
		start := now()
		got := m.Predict(it.Text)
		times[i] = now().Sub(start)
		hits := 0
		for _, p := range got {
			c, _ := slices.BinarySearch(m.labels, p.Label)
			e.Labels[c].Predicted++
			if slices.Contains(it.Labels, p.Label) {
				both[c]++
				hits++
			}
		}
		for _, l := range it.Labels {
			c, ok := slices.BinarySearch(m.labels, l)
			if !ok {
				return MultiEval{}, errs.Invalid("evaluating a small model: item %d (text %s) has the label %q, which is none of the model's %d labels (%s); check the label column, or train with that label", i+1, excerpt(it.Text), l, len(m.labels), some(m.labels))
			}
			e.Labels[c].Support++
		}
		if hits == len(got) && hits == len(it.Labels) {
			e.ExactSet++
			e.LabelF1++
		} else {
			e.LabelF1 += 2 * float64(hits) / float64(len(got)+len(it.Labels))
		}
	}
	e.ExactSet /= float64(len(items))
	e.LabelF1 /= float64(len(items))
	hits, marks, occurring := 0, 0, 0
	for c, l := range m.labels {
		s := &e.Labels[c]
		s.Label = l
		if n := s.Support + s.Predicted; n > 0 {
			s.F1 = 2 * float64(both[c]) / float64(n)
		}
		hits, marks = hits+both[c], marks+s.Support+s.Predicted
		if s.Support > 0 {
			e.MacroF1, occurring = e.MacroF1+s.F1, occurring+1
		}
	}
	e.MacroF1 /= float64(max(occurring, 1))
	e.MicroF1 = 2 * float64(hits) / float64(max(marks, 1))
	slices.Sort(times)
	e.UsPerItem = float64(times[len(times)/2]) / float64(time.Microsecond)
	return e, nil
}
