// Package small trains text classifiers in this process: free to run, exact to
// repeat, and honest about when they should not answer.
//
// The job for the user: a scenario of the task "classify" gets a candidate
// that costs nothing per request, answers the items it is sure of in
// microseconds, and hands the rest on. Train fits it, Calibrate chooses the
// answer threshold so that P(answered and wrong) over all traffic is proven to
// stay under a target, Predict serves it, WriteTo and Read keep it.
//
// The decisions behind it were measured: TF-IDF over word and character
// n-grams, each block normalised by itself; Chinese by character n-grams, no
// segmenter, chosen by the script of the training text; softmax regression by
// dual coordinate ascent, which has no step size to search for; abstention on
// the logit margin; one threshold, from a grid fixed before calibration labels
// are seen. Records linearised as "name: value" lines get a block of their own.
//
// Everything is deterministic: the same examples and seed give the same bytes,
// on one core or many. It does not tune hyper-parameters, read files, read the
// clock, or judge whether a scenario's bar is met: that is sizing's job.
package small

import (
	"fmt"
	"runtime"
	"sort"
	"strings"

	"github.com/luodi/luodi/internal/errs"
)

// Example is one labelled text.
type Example struct {
	Text  string
	Label string
}

// Config says how to train. Its zero value is right for most tasks.
type Config struct {
	// Seed of the fold split and of the order in which examples are visited.
	Seed uint64
	// Tau corrects for class frequencies that differ between training and
	// traffic (Menon et al. 2021, "Long-tail learning via logit adjustment"):
	// 0 (default) when traffic is as frequent as training, 1 when every class
	// is equally likely in traffic. In between it interpolates.
	Tau float64
	// Live gives the class frequencies of traffic where they are known; they
	// need not sum to 1. Every class must be named, and Tau must be 0 then.
	Live map[string]float64
	// Workers is the number of fold fits at a time (default: one a processor).
	// It changes the time and never the result.
	Workers int
}

func (c Config) workers() int {
	if c.Workers > 0 {
		return c.Workers
	}
	return runtime.GOMAXPROCS(0)
}

// minPerLabel is the fewest examples of a label from which anything can be
// fitted and checked.
const minPerLabel = 2

// checked returns the labels of the examples, sorted, and each example's
// label number; or an error that names the row to mend. Rows count from 1.
func checked(examples []Example) ([]string, []int32, error) {
	if len(examples) == 0 {
		return nil, nil, errs.Invalid("training a small model: there are no examples")
	}
	count := map[string]int{}
	for i, e := range examples {
		if strings.TrimSpace(e.Text) == "" {
			return nil, nil, errs.Invalid("training a small model: example %d (label %q) has an empty text; remove it", i+1, e.Label)
		}
		if strings.TrimSpace(e.Label) == "" {
			return nil, nil, errs.Invalid("training a small model: example %d (text %s) has an empty label; label or remove it", i+1, excerpt(e.Text))
		}
		count[e.Label]++
	}
	labels := make([]string, 0, len(count))
	for l := range count {
		labels = append(labels, l)
	}
	sort.Strings(labels)
	if len(labels) == 1 {
		return nil, nil, errs.Invalid("training a small model: all %d examples have the label %q; a classifier needs at least two labels", len(examples), labels[0])
	}
	var rare []string
	for _, l := range labels {
		if count[l] < minPerLabel {
			rare = append(rare, fmt.Sprintf("%q", l))
		}
	}
	if len(rare) > 0 {
		more := ""
		if n := len(rare); n > 5 {
			rare, more = rare[:5], fmt.Sprintf(" and %d more", n-5)
		}
		return nil, nil, errs.Invalid("training a small model: %s%s: fewer than %d examples of the label; add examples, merge or remove it", strings.Join(rare, ", "), more, minPerLabel)
	}
	number := make(map[string]int32, len(labels))
	for i, l := range labels {
		number[l] = int32(i)
	}
	y := make([]int32, len(examples))
	for i, e := range examples {
		y[i] = number[e.Label]
	}
	return labels, y, nil
}

// excerpt shortens a text for an error message.
func excerpt(s string) string {
	r := []rune(strings.Join(strings.Fields(s), " "))
	if len(r) > 40 {
		return fmt.Sprintf("%q…", string(r[:40]))
	}
	return fmt.Sprintf("%q", string(r))
}
