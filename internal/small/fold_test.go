package small

import (
	"errors"
	"fmt"
	"math"
	"slices"
	"sync/atomic"
	"testing"

	"github.com/luodi/luodi/internal/errs"
	"pgregory.net/rapid"
)

// Every label is spread over the folds as evenly as its number allows.
func TestFoldsAreStratified(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		classes := rapid.IntRange(2, 6).Draw(t, "classes")
		var examples []Example
		var y []int32
		for c := range classes {
			for i := range rapid.IntRange(2, 40).Draw(t, "examples") {
				examples = append(examples, Example{fmt.Sprintf("text %d of %d", i, c), fmt.Sprint(c)})
				y = append(y, int32(c))
			}
		}
		of := foldsOf(examples, y, classes, rapid.Uint64().Draw(t, "seed"))
		for c := range classes {
			var size [folds]int
			for i, f := range of {
				if int(y[i]) == c {
					size[f]++
				}
			}
			if slices.Max(size[:])-slices.Min(size[:]) > 1 {
				t.Fatalf("label %d is spread %v", c, size)
			}
		}
	})
}

func TestJoinPutsScoresBackInOrder(t *testing.T) {
	parts := []part{
		{rows: []int{3, 0}, outcomes: []outcome{{class: 3}, {class: 0}}, logits: []float32{3, 3}},
		{rows: []int{1, 2}, outcomes: []outcome{{class: 1}, {class: 2}}, logits: []float32{1, 1, 2, 2}},
	}
	h := join(4, 2, parts)
	for i, o := range h.outcomes {
		if int(o.class) != i {
			t.Errorf("example %d has the outcome of example %d", i, o.class)
		}
	}
	if !slices.Equal(h.rows, []int{3, 1, 2}) || !slices.Equal(h.logits, []float32{3, 3, 1, 1, 2, 2}) {
		t.Errorf("logits %v of rows %v", h.logits, h.rows)
	}
}

func TestInParallel(t *testing.T) {
	tests := []struct {
		name          string
		jobs, workers int
		fail          []int
		want          string
	}{
		{"all run", 20, 3, nil, ""},
		{"one worker", 4, 1, nil, ""},
		{"more workers than jobs", 2, 9, nil, ""},
		{"the first error in order wins", 20, 4, []int{13, 5, 17}, "job 5"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			var ran atomic.Int32
			var jobs []func() error
			for i := range tt.jobs {
				jobs = append(jobs, func() error {
					ran.Add(1)
					if slices.Contains(tt.fail, i) {
						return fmt.Errorf("job %d", i)
					}
					return nil
				})
			}
			err := inParallel(tt.workers, jobs)
			if got := fmt.Sprint(errors.Join(err)); tt.want != "" && got != tt.want || tt.want == "" && err != nil {
				t.Errorf("error %v, want %q", err, tt.want)
			}
			if int(ran.Load()) != tt.jobs {
				t.Errorf("%d of %d jobs ran", ran.Load(), tt.jobs)
			}
		})
	}
}

func TestAdjustment(t *testing.T) {
	labels, y := []string{"common", "rare"}, make([]int32, 100)
	for i := range 10 {
		y[i] = 1
	}
	tests := []struct {
		name   string
		config Config
		want   float64 // logit of rare against common
	}{
		{"traffic is like training", Config{}, 0},
		{"classes equally likely", Config{Tau: 1}, math.Log(9)},
		{"half way", Config{Tau: 0.5}, math.Log(9) / 2},
		{"the same by frequencies", Config{Live: map[string]float64{"common": 3, "rare": 3}}, math.Log(9)},
		{"frequencies like training", Config{Live: map[string]float64{"common": 0.9, "rare": 0.1}}, 0},
		{"rarer still in traffic", Config{Live: map[string]float64{"common": 0.99, "rare": 0.01}}, math.Log(1.0 / 11)},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			a, err := adjustment(labels, y, tt.config)
			if err != nil {
				t.Fatal(err)
			}
			if got := float64(a[1] - a[0]); math.Abs(got-tt.want) > 1e-5 {
				t.Errorf("adjustment %g, want %g", got, tt.want)
			}
			if mean := float64(a[0] + a[1]); math.Abs(mean) > 1e-5 {
				t.Errorf("the adjustment shifts all logits by %g", mean/2)
			}
		})
	}
	if _, err := adjustment(labels, y, Config{Live: map[string]float64{"common": 1, "rare": 0}}); !errs.Is(err, errs.CodeInvalid) {
		t.Errorf("a frequency of 0 gives %v, want errs.Invalid", err)
	}
}

func TestTooManyDualsAreRefused(t *testing.T) {
	const labels = 1 << 12
	examples := make([]Example, 1<<17)
	for i := range examples {
		examples[i] = Example{"a text", fmt.Sprint(i % labels)}
	}
	if _, err := Train(t.Context(), examples, Config{}); !errs.Is(err, errs.CodeInvalid) {
		t.Errorf("2^29 duals give %v, want errs.Invalid", err)
	}
}

// A weight and its int8 form differ by half a step of its row at most.
func TestQuantisedWeightsAreNear(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		const classes = 5
		w := rapid.SliceOfN(rapid.Float32Range(-30, 30), 6*classes, 6*classes).Draw(t, "weights")
		m := &trained{labels: make([]string, classes), enc: &encoder{}}
		m.enc.vocab.keys = make([]uint64, 5) // and the bias row
		m.quantise(w)
		m.expand()
		for r := range 5 {
			for c := range classes {
				if d := math.Abs(float64(m.weights[r*classes+c] - w[r*classes+c])); d > 0.501*float64(m.scale[r]) {
					t.Fatalf("weight %g became %g, the step is %g", w[r*classes+c], m.weights[r*classes+c], m.scale[r])
				}
			}
		}
		if !slices.Equal(m.weights[5*classes:], w[5*classes:]) {
			t.Fatal("the bias row must stay exact")
		}
	})
}
