package small

import (
	"slices"
	"sync"
)

// Model is a trained classifier. It never changes: With returns another one.
// All methods may be called from any goroutine.
type Model struct {
	*trained
	calibration *Calibration // nil: answers nothing
}

// trained is what training fixes.
type trained struct {
	labels      []string // sorted
	enc         *encoder
	quant       []int8    // rows × classes
	scale       []float32 // by row
	bias        []float32 // by class, exact
	weights     []float32 // (rows + 1) × classes: quant × scale, then bias
	temperature float64
	grid        []gridPoint
	lowLogit    float64 // a top logit below it flags an unknown topic
	report      Report
	scorers     sync.Pool
}

// unknownShare is the share of out-of-fold training text that the unknown flag
// hits. The final model knows its topics better than the fold models do, so on
// traffic of known topics it hits less: 4 % on banking77.
const unknownShare = 0.10

// Prediction is what a model says of one text.
type Prediction struct {
	// Label is the likeliest label, given also when Answered is false.
	Label string
	// Margin is the lead of its logit over the next one's; −1 for a text of
	// which the model knows no feature. Thresholds are margins.
	Margin float64
	// Probability of Label, with the temperature fitted out of fold. For
	// display: abstention goes by Margin.
	Probability float64
	// Answered is whether Margin reaches the calibrated threshold. A model
	// without calibration never answers.
	Answered bool
	// Unknown flags a text unlike the training text (its highest logit is
	// below that of 90 % of training text, out of fold). It is a hint to look
	// at, with no guarantee, and does not change Answered.
	Unknown bool
}

// Labels returns the labels in the model's order, sorted.
func (m *Model) Labels() []string { return slices.Clone(m.labels) }

// Report returns what training reported.
func (m *Model) Report() Report { return m.report }

// With returns the model with an answer threshold; it shares the weights.
func (m *Model) With(c Calibration) *Model { return &Model{m.trained, &c} }

// Calibration returns the answer threshold and how it was chosen; ok is false
// while none was.
func (m *Model) Calibration() (c Calibration, ok bool) {
	if m.calibration == nil {
		return Calibration{}, false
	}
	return *m.calibration, true
}

// Predict classifies one text, in some microseconds.
func (m *Model) Predict(text string) Prediction {
	s := m.scorer()
	defer m.scorers.Put(s)
	return m.predict(s, text)
}

// Probabilities returns the probability of every label, in the order of
// Labels.
func (m *Model) Probabilities(text string) []float64 {
	s := m.scorer()
	defer m.scorers.Put(s)
	m.score(s, text)
	ps := make([]float64, len(s.logits))
	c, _, _ := best(s.logits)
	top := probability(s.logits, c, m.temperature)
	for j := range ps {
		ps[j] = exp(float64(s.logits[j]-s.logits[c])/m.temperature) * top
	}
	return ps
}

// scorer is scratch space of one goroutine.
type scorer struct {
	scratch
	logits []float32
}

func (t *trained) scorer() *scorer {
	if s, ok := t.scorers.Get().(*scorer); ok {
		return s
	}
	return &scorer{*t.enc.scratch(), make([]float32, len(t.labels))}
}

// score fills s.logits and reports whether any feature of the text is known.
func (t *trained) score(s *scorer, text string) bool {
	f := fit{t.enc, t.weights}
	return f.scoreInto(&s.scratch, s.logits, text)
}

func (m *Model) predict(s *scorer, text string) Prediction {
	o := outcomeOf(s.logits, m.score(s, text))
	return Prediction{
		Label:       m.labels[o.class],
		Margin:      o.margin,
		Probability: probability(s.logits, int(o.class), m.temperature),
		Answered:    m.calibration.answers(o.margin),
		Unknown:     o.margin == nothing || o.top < m.lowLogit,
	}
}

// quantise splits weights into int8 steps with one scale a row; the bias row
// stays exact.
func (t *trained) quantise(w []float32) {
	k := len(t.labels)
	rows := t.enc.vocab.rows()
	t.quant = make([]int8, rows*k)
	t.scale = make([]float32, rows)
	for r := range rows {
		row := w[r*k : (r+1)*k]
		var top float32
		for _, v := range row {
			top = max(top, max(v, -v))
		}
		if top == 0 {
			continue
		}
		t.scale[r] = top / 127
		for c, v := range row {
			q := v / t.scale[r]
			if q < 0 {
				q -= 0.5
			} else {
				q += 0.5
			}
			t.quant[r*k+c] = int8(max(-127, min(127, q)))
		}
	}
	t.bias = slices.Clone(w[rows*k : (rows+1)*k])
}

// expand makes the weights that score from what the file holds, so a model
// that was read predicts exactly what the one that was written did.
func (t *trained) expand() {
	k := len(t.labels)
	t.weights = make([]float32, len(t.quant)+k)
	for r, scale := range t.scale {
		row := t.weights[r*k : (r+1)*k]
		for c, q := range t.quant[r*k : (r+1)*k] {
			row[c] = float32(q) * scale
		}
	}
	copy(t.weights[len(t.quant):], t.bias)
}
