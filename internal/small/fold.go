package small

import (
	"context"
	"math/rand/v2"
	"strings"
)

// folds is how many parts training text is cut into for out-of-fold scores.
const folds = 5

// logitRows bounds how many out-of-fold logit rows are kept for the
// temperature, which needs no more.
const logitRows = 20000

// foldsOf assigns every example a fold, each label spread evenly. Examples
// whose texts differ only in case and spaces share a fold: a copy of a
// training text would make out-of-fold scores look surer than traffic is.
func foldsOf(examples []Example, y []int32, classes int, seed uint64) []int8 {
	rng := rand.New(rand.NewPCG(seed, 0xF01D))
	order := rng.Perm(len(examples))
	next := make([]int8, classes)
	for c := range next {
		next[c] = int8(c % folds)
	}
	of := make([]int8, len(examples))
	seen := make(map[string]int8, len(examples))
	for _, i := range order {
		key := strings.ToLower(strings.Join(strings.Fields(examples[i].Text), " "))
		f, ok := seen[key]
		if !ok {
			f = next[y[i]]
			next[y[i]] = (f + 1) % folds
			seen[key] = f
		}
		of[i] = f
	}
	return of
}

// outcome is what a fold's model said of an example it had not seen.
type outcome struct {
	class       int32
	margin, top float64
}

// fit is one encoder and its weights.
type fit struct {
	enc *encoder
	w   []float32
}

// fitOn fits encoder and weights on the examples at rows.
func fitOn(ctx context.Context, examples []Example, y []int32, rows []int, classes int, adjust []float32, rng *rand.Rand) (fit, error) {
	text := func(i int) string { return examples[rows[i]].Text }
	enc := newEncoder(len(rows), classes, text)
	labels := make([]int32, len(rows))
	for i, r := range rows {
		labels[i] = y[r]
	}
	x := enc.matrix(len(rows), text)
	w, err := fitSoftmax(ctx, x, labels, enc.vocab.rows()+1, classes, enc.cost(), rng)
	if err != nil {
		return fit{}, err
	}
	bias := w[enc.vocab.rows()*classes:]
	for c := range bias {
		bias[c] += adjust[c]
	}
	return fit{enc, w}, nil
}

// scoreInto scores the text: o are its logits afterwards. It reports whether
// any feature of the text is known.
func (f *fit) scoreInto(s *scratch, o []float32, text string) bool {
	known := f.enc.encode(s, text)
	clear(o)
	accumulate(o, f.w, s.idx, s.val)
	return known
}

// heldOut is the out-of-fold view of the training text.
type heldOut struct {
	outcomes []outcome
	rows     []int     // examples whose logits are kept
	logits   []float32 // len(rows) × classes
}

// part is what one fold adds to it.
type part struct {
	rows     []int
	outcomes []outcome
	logits   []float32
}

// holdOut fits on all examples outside the fold and scores those inside.
func holdOut(ctx context.Context, examples []Example, y []int32, of []int8, fold int8, classes int, adjust []float32, rng *rand.Rand) (part, error) {
	var inside, outside []int
	for i, f := range of {
		if f == fold {
			inside = append(inside, i)
		} else {
			outside = append(outside, i)
		}
	}
	if len(inside) == 0 || len(outside) == 0 {
		return part{}, nil
	}
	m, err := fitOn(ctx, examples, y, outside, classes, adjust, rng)
	if err != nil {
		return part{}, err
	}
	rng.Shuffle(len(inside), func(i, j int) { inside[i], inside[j] = inside[j], inside[i] })
	p := part{rows: inside}
	s, o := m.enc.scratch(), make([]float32, classes)
	for n, i := range inside {
		known := m.scoreInto(s, o, examples[i].Text)
		p.outcomes = append(p.outcomes, outcomeOf(o, known))
		if n < logitRows/folds {
			p.logits = append(p.logits, o...)
		}
	}
	return p, nil
}

// outcomeOf reads logits. A text without one known feature gets the margin
// nothing, below every threshold: the bias alone is no reason to answer.
func outcomeOf(o []float32, known bool) outcome {
	c, top, margin := best(o)
	if !known {
		margin = nothing
	}
	return outcome{int32(c), margin, top}
}

const nothing = -1

// join puts the parts back into the order of the examples.
func join(n, classes int, parts []part) heldOut {
	h := heldOut{outcomes: make([]outcome, n)}
	for _, p := range parts {
		for i, r := range p.rows {
			h.outcomes[r] = p.outcomes[i]
		}
		h.rows = append(h.rows, p.rows[:len(p.logits)/classes]...)
		h.logits = append(h.logits, p.logits...)
	}
	return h
}
