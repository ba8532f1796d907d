package small

import (
	"context"
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"sync"

	"github.com/luodi/luodi/internal/errs"
)

// Report says what a model was trained on and how its fold models did on text
// they had not seen: an estimate, for orientation before any calibration.
type Report struct {
	Examples int     `json:"examples"`
	Labels   int     `json:"labels"`
	Features int     `json:"features"`
	Script   string  `json:"script"`            // latin, han or mixed
	Columns  int     `json:"columns,omitempty"` // of records; 0 for plain text
	Accuracy float64 `json:"accuracy"`
	MacroF1  float64 `json:"macro_f1"`
	MicroF1  float64 `json:"micro_f1,omitempty"` // multi-label only
}

// maxDuals bounds examples × labels: each pair is a float32 while fitting, so
// 2^28 are 1 GB for each worker.
const maxDuals = 1 << 28

// Train fits a model: one on all examples, and one on four fifths for each of
// five folds, whose scores on the remaining fifth give the temperature, the
// grid of thresholds and the report. The result depends on examples and
// Config, not on the number of workers. It returns errs.Invalid, naming the
// row, for examples that cannot be learned from, and ctx's error when ctx
// ends.
func Train(ctx context.Context, examples []Example, config Config) (*Model, error) {
	labels, y, err := checked(examples)
	if err != nil {
		return nil, err
	}
	if n := len(y) * len(labels); n > maxDuals {
		return nil, errs.Invalid("training a small model: %d examples of %d labels are more than fit into memory (their product may be %d); train on a sample", len(y), len(labels), maxDuals)
	}
	adjust, err := adjustment(labels, y, config)
	if err != nil {
		return nil, err
	}
	classes := len(labels)
	of := foldsOf(examples, y, classes, config.Seed)
	all := make([]int, len(examples))
	for i := range all {
		all[i] = i
	}
	var final fit
	parts := make([]part, folds)
	jobs := []func() error{func() (err error) {
		final, err = fitOn(ctx, examples, y, all, classes, adjust, rand.New(rand.NewPCG(config.Seed, folds)))
		return err
	}}
	for f := range parts {
		jobs = append(jobs, func() (err error) {
			parts[f], err = holdOut(ctx, examples, y, of, int8(f), classes, adjust, rand.New(rand.NewPCG(config.Seed, uint64(f))))
			return err
		})
	}
	if err := inParallel(config.workers(), jobs); err != nil {
		return nil, fmt.Errorf("training a small model on %d examples: %w", len(examples), err)
	}
	return assemble(labels, y, adjust, final, join(len(examples), classes, parts)), nil
}

// inParallel runs the jobs, workers at a time, and returns the error of the
// first job in order that had one.
func inParallel(workers int, jobs []func() error) error {
	errors := make([]error, len(jobs))
	next := make(chan int)
	var wg sync.WaitGroup
	for range min(workers, len(jobs)) {
		wg.Go(func() {
			for i := range next {
				errors[i] = jobs[i]()
			}
		})
	}
	for i := range jobs {
		next <- i
	}
	close(next)
	wg.Wait()
	for _, err := range errors {
		if err != nil {
			return err
		}
	}
	return nil
}

// adjustment is what is added to the logits for class frequencies of traffic:
// ln(live/training), or −tau·ln(training) up to a constant.
func adjustment(labels []string, y []int32, config Config) ([]float32, error) {
	count := make([]float64, len(labels))
	for _, c := range y {
		count[c]++
	}
	out := make([]float64, len(labels))
	switch {
	case config.Tau < 0 || config.Tau > 1 || math.IsNaN(config.Tau):
		return nil, errs.Invalid("training a small model: tau is %g; it must lie between 0 and 1", config.Tau)
	case config.Tau > 0 && len(config.Live) > 0:
		return nil, errs.Invalid("training a small model: both tau and the live class frequencies are given; give one")
	case len(config.Live) > 0:
		for l := range config.Live {
			if _, ok := slices.BinarySearch(labels, l); !ok {
				return nil, errs.Invalid("training a small model: live frequencies name the label %q, which no example has", l)
			}
		}
		for c, l := range labels {
			p := config.Live[l]
			if !(p > 0) || math.IsInf(p, 0) {
				return nil, errs.Invalid("training a small model: the live frequency of label %q is %g; every label needs one above 0", l, p)
			}
			out[c] = math.Log(p / count[c])
		}
	default:
		for c := range labels {
			out[c] = -config.Tau * math.Log(count[c])
		}
	}
	var mean float64
	for _, v := range out {
		mean += v / float64(len(out))
	}
	adjust := make([]float32, len(out))
	for c, v := range out {
		adjust[c] = float32(v - mean)
	}
	return adjust, nil
}

// assemble makes the model of the final fit and the out-of-fold scores.
func assemble(labels []string, y []int32, adjust []float32, final fit, held heldOut) *Model {
	classes := len(labels)
	kept := make([]int32, len(held.rows))
	for i, r := range held.rows {
		kept[i] = y[r]
	}
	weight := make([]float64, classes)
	for c, a := range adjust {
		weight[c] = math.Exp(float64(a))
	}
	scores := make([]scored, len(y))
	tops := make([]float64, len(y))
	var tally confusion
	for i, o := range held.outcomes {
		scores[i] = scored{o.margin, o.class != y[i]}
		tops[i] = o.top
		tally.add(labels[y[i]], labels[o.class])
	}
	slices.Sort(tops)
	t := &trained{
		labels:      labels,
		enc:         final.enc,
		temperature: temperatureOf(held.logits, kept, weight, classes),
		grid:        gridOf(scores),
		lowLogit:    tops[int(unknownShare*float64(len(tops)))],
		report: Report{
			Examples: len(y), Labels: classes, Features: final.enc.vocab.rows(),
			Script: string(final.enc.script), Columns: len(final.enc.columns),
			Accuracy: tally.accuracy(), MacroF1: tally.macroF1(),
		},
	}
	t.quantise(final.w)
	t.expand()
	return &Model{trained: t}
}
