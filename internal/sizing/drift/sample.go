package drift

import (
	"cmp"
	"context"
	"slices"
	"time"
)

// Sample is a served call that was drawn for a label. Its texts are there
// until it has one: what is kept of a labelled sample is its score.
type Sample struct {
	ID       string    `json:"id"` // the call's
	Scenario string    `json:"scenario"`
	Decision string    `json:"decision"` // whose certificate is watched
	Time     time.Time `json:"time"`
	Input    string    `json:"input"`
	Output   string    `json:"output"`
	// Done says that it has a label, or was passed over.
	Done bool `json:"done"`
	// Score in [0,1] of the served output, by the label.
	Score float64 `json:"score"`
	// Passed says that nobody could tell. It is shown to the detector as the
	// floor itself, which is evidence neither way: honest as long as calls are
	// not passed over for being right.
	Passed bool `json:"passed"`
}

// Store keeps samples. Any goroutine, and several processes, may call it.
type Store interface {
	// PutSample keeps a sample; one of the same id stays as it is.
	PutSample(ctx context.Context, s Sample) error
	// Samples are those of a decision by time, then id.
	Samples(ctx context.Context, decision string) ([]Sample, error)
	// Finish keeps what Done, Score and Passed say of samples and forgets
	// their texts. The first label stays: the detector has seen it. It returns
	// how many were finished now.
	Finish(ctx context.Context, samples ...Sample) (int, error)
	// Forget removes samples without a label from before a moment, and returns
	// how many.
	Forget(ctx context.Context, before time.Time) (int, error)
}

// Watch is what the samples of a decision say of it.
type Watch struct {
	Floor   float64 `json:"floor"`
	Rate    float64 `json:"rate"`    // of false alarms, by sample
	Drawn   int     `json:"drawn"`   // samples
	Labels  int     `json:"labels"`  // of them with one, or passed over
	Shown   int     `json:"shown"`   // to the detector: up to the first without a label
	Mean    float64 `json:"mean"`    // score of those shown, less those passed over
	Counted int     `json:"counted"` // in Mean
	// Evidence raises the alarm at Needed.
	Evidence float64 `json:"evidence"`
	Needed   float64 `json:"needed"`
	Alarm    *Alarm  `json:"alarm,omitempty"`
}

// Alarm says that the mean of what was served has fallen below the floor.
type Alarm struct {
	Sample string    `json:"sample"` // that raised it
	Time   time.Time `json:"time"`   // when that was served
	After  int       `json:"after"`  // samples
}

// Follow shows a decision's samples to a detector in the order in which they
// were drawn, up to the first that has no label yet: labels that come first
// for some reason must not be seen first. The same samples give the same.
func Follow(cfg Config, samples []Sample) (Watch, error) {
	d, err := New(cfg)
	if err != nil {
		return Watch{}, err
	}
	w := Watch{Floor: cfg.Floor, Rate: d.cfg.Rate, Drawn: len(samples), Needed: 1 / d.cfg.Rate}
	samples = slices.Clone(samples)
	slices.SortFunc(samples, func(a, b Sample) int { return cmp.Or(a.Time.Compare(b.Time), cmp.Compare(a.ID, b.ID)) })
	sum, open := 0.0, false
	for _, s := range samples {
		if open = open || !s.Done; s.Done {
			w.Labels++
		}
		if open {
			continue
		}
		score := s.Score
		if w.Shown++; s.Passed {
			score = cfg.Floor
		} else {
			w.Counted++
			sum += score
		}
		alarm, err := d.Add(score)
		if err != nil {
			return w, err
		}
		if alarm && w.Alarm == nil {
			w.Alarm = &Alarm{Sample: s.ID, Time: s.Time, After: w.Shown}
		}
	}
	if w.Counted > 0 {
		w.Mean = sum / float64(w.Counted)
	}
	w.Evidence = d.Evidence()
	return w, nil
}
