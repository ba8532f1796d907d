package small

import (
	"cmp"
	"context"
	"fmt"
	"io"
	"math/rand/v2"
	"slices"
	"sort"
	"strings"

	"github.com/luodi/luodi/internal/errs"
)

// MultiExample is a text with any number of labels, none included.
type MultiExample struct {
	Text   string
	Labels []string
}

// MultiModel gives a text every label that applies. It never changes; its
// methods may be called from any goroutine. It has no certificate of its own:
// its answers are scored by sizing like those of any other configuration.
type MultiModel struct {
	*trained
	cut float64
}

// LabelScore is a label and its score; higher is surer.
type LabelScore struct {
	Label string
	Score float64
}

// multiFolds is how many inner folds choose the cut.
const multiFolds = 3

// TrainMulti fits one support vector machine a label and one cut for all of
// them: the score at which the micro-averaged F1 of three inner folds is
// highest. Zero, the textbook cut, was measured to miss most true labels when
// there are few. Of Config, Seed and Workers apply.
func TrainMulti(ctx context.Context, examples []MultiExample, config Config) (*MultiModel, error) {
	if config.Tau != 0 || len(config.Live) > 0 {
		return nil, errs.Invalid("training a multi-label model: class frequencies (tau, live) apply to single labels only")
	}
	labels, has, err := checkedMulti(examples)
	if err != nil {
		return nil, err
	}
	n, fold := len(examples), make([]int, len(examples))
	for at, i := range rand.New(rand.NewPCG(config.Seed, 0xF01D)).Perm(n) {
		fold[i] = at % multiFolds
	}
	var judged []judgement
	for f := range multiFolds {
		var in, out []int
		for i := range examples {
			if fold[i] == f {
				out = append(out, i)
			} else {
				in = append(in, i)
			}
		}
		m, err := fitMulti(ctx, examples, has, in, labels, config, uint64(f))
		if err != nil {
			return nil, fmt.Errorf("training a multi-label model on %d examples: %w", n, err)
		}
		s, o := m.enc.scratch(), make([]float32, len(labels))
		for _, i := range out {
			m.scoreInto(s, o, examples[i].Text)
			for c, z := range o {
				judged = append(judged, judgement{z, has[c][i]})
			}
		}
	}
	all := make([]int, n)
	for i := range all {
		all[i] = i
	}
	final, err := fitMulti(ctx, examples, has, all, labels, config, multiFolds)
	if err != nil {
		return nil, fmt.Errorf("training a multi-label model on %d examples: %w", n, err)
	}
	cut, f1 := bestCut(judged)
	t := &trained{labels: labels, enc: final.enc, report: Report{
		Examples: n, Labels: len(labels), Features: final.enc.vocab.rows(),
		Script: string(final.enc.script), Columns: len(final.enc.columns), MicroF1: f1,
	}}
	t.quantise(final.w)
	t.expand()
	return &MultiModel{t, cut}, nil
}

// checkedMulti returns the sorted labels and, by label, which example has it.
func checkedMulti(examples []MultiExample) ([]string, [][]bool, error) {
	count := map[string]int{}
	for i, e := range examples {
		if strings.TrimSpace(e.Text) == "" {
			return nil, nil, errs.Invalid("training a multi-label model: example %d has an empty text; remove it", i+1)
		}
		for j, l := range e.Labels {
			if l == "" || slices.Contains(e.Labels[:j], l) {
				return nil, nil, errs.Invalid("training a multi-label model: example %d has the label %q empty or twice", i+1, l)
			}
			count[l]++
		}
	}
	labels := make([]string, 0, len(count))
	for l, n := range count {
		if n < minPerLabel {
			continue
		}
		labels = append(labels, l)
	}
	sort.Strings(labels)
	if len(labels) == 0 || len(examples) < multiFolds {
		return nil, nil, errs.Invalid("training a multi-label model: no label occurs in %d of the %d examples", minPerLabel, len(examples))
	}
	if len(labels) < len(count) {
		return nil, nil, errs.Invalid("training a multi-label model: %d labels occur in fewer than %d examples; add examples, merge or remove them", len(count)-len(labels), minPerLabel)
	}
	has := make([][]bool, len(labels))
	for c, l := range labels {
		has[c] = make([]bool, len(examples))
		for i, e := range examples {
			has[c][i] = slices.Contains(e.Labels, l)
		}
	}
	return labels, has, nil
}

// fitMulti fits encoder and all labels on the examples at rows.
func fitMulti(ctx context.Context, examples []MultiExample, has [][]bool, rows []int, labels []string, config Config, stream uint64) (fit, error) {
	text := func(i int) string { return examples[rows[i]].Text }
	enc := newEncoder(len(rows), len(labels), text)
	x := enc.matrix(len(rows), text)
	features, k := enc.vocab.rows()+1, len(labels)
	w := make([]float32, features*k)
	jobs := make([]func() error, k)
	for c := range jobs {
		jobs[c] = func() error {
			positive := make([]bool, len(rows))
			for i, r := range rows {
				positive[i] = has[c][r]
			}
			one, err := fitSVM(ctx, x, positive, features, rand.New(rand.NewPCG(config.Seed, stream<<32|uint64(c))))
			for f, v := range one {
				w[f*k+c] = v
			}
			return err
		}
	}
	return fit{enc, w}, inParallel(config.workers(), jobs)
}

// judgement is the score of one label for one text, and whether it applies.
type judgement struct {
	score   float32
	applies bool
}

// bestCut returns the score from which micro-F1 is highest, and that F1.
func bestCut(judged []judgement) (cut, f1 float64) {
	slices.SortStableFunc(judged, func(a, b judgement) int { return cmp.Compare(b.score, a.score) })
	truths, hits := 0, 0
	for _, j := range judged {
		if j.applies {
			truths++
		}
	}
	for i, j := range judged {
		if j.applies {
			hits++
		}
		if i+1 < len(judged) && judged[i+1].score == j.score {
			continue
		}
		if f := 2 * float64(hits) / float64(i+1+truths); f > f1 {
			f1, cut = f, float64(j.score)
			if i+1 < len(judged) { // half way to the next lower score
				cut = (cut + float64(judged[i+1].score)) / 2
			}
		}
	}
	return cut, f1
}

// Labels returns the labels in the model's order, sorted.
func (m *MultiModel) Labels() []string { return slices.Clone(m.labels) }

// Report returns what training reported.
func (m *MultiModel) Report() Report { return m.report }

// Predict returns the labels that apply, surest first; none for a text of
// which the model knows no feature.
func (m *MultiModel) Predict(text string) []LabelScore {
	s := m.scorer()
	defer m.scorers.Put(s)
	if !m.score(s, text) {
		return nil
	}
	var out []LabelScore
	for c, z := range s.logits {
		if float64(z) >= m.cut {
			out = append(out, LabelScore{m.labels[c], float64(z)})
		}
	}
	slices.SortStableFunc(out, func(a, b LabelScore) int { return cmp.Compare(b.Score, a.Score) })
	return out
}

// WriteTo writes the model as one self-checking file.
func (m *MultiModel) WriteTo(w io.Writer) (int64, error) {
	h := m.header()
	h.Kind, h.Cut = kindMulti, m.cut
	return m.write(w, h)
}

// ReadMulti reads a model that MultiModel.WriteTo wrote, with the errors of
// Read.
func ReadMulti(r io.Reader) (*MultiModel, error) {
	h, t, err := read(r)
	if err != nil {
		return nil, err
	}
	if h.Kind != kindMulti {
		return nil, errs.Invalid("reading a multi-label model: the file holds a %q model", h.Kind)
	}
	return &MultiModel{t, h.Cut}, nil
}
