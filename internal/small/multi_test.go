package small

import (
	"bytes"
	"context"
	"errors"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/luodi/luodi/internal/errs"
)

// pairs are tickets joined two by two, with the topics of both.
func pairs() []MultiExample {
	ts := tickets()
	var out []MultiExample
	for i, a := range ts {
		out = append(out, MultiExample{a.Text, []string{a.Label}})
		if b := ts[(i*7+30)%len(ts)]; b.Label != a.Label {
			out = append(out, MultiExample{a.Text + " and also " + b.Text, []string{a.Label, b.Label}})
		}
	}
	for _, w := range []string{"hello", "good morning", "hi there", "how are you", "nice weather today", "thanks a lot"} {
		out = append(out, MultiExample{w, nil})
	}
	return out
}

func labelsOf(scores []LabelScore) string {
	var out []string
	for _, s := range scores {
		out = append(out, s.Label)
	}
	slices.Sort(out)
	return strings.Join(out, " ")
}

func TestMultiLabel(t *testing.T) {
	m, err := TrainMulti(context.Background(), pairs(), Config{Seed: 1})
	if err != nil {
		t.Fatal(err)
	}
	if m.Report().MicroF1 < 0.9 {
		t.Errorf("micro-F1 of the inner folds is %.3f", m.Report().MicroF1)
	}
	tests := []struct{ text, want string }{
		{"my card is lost", "card"},
		{"refund my purchase and block the lost card", "card refund"},
		{"when comes my refund and my transfer", "refund transfer"},
		{"hello", ""},
		{"", ""},
	}
	for _, tt := range tests {
		t.Run(tt.text, func(t *testing.T) {
			if got := labelsOf(m.Predict(tt.text)); got != tt.want {
				t.Errorf("labels %q, want %q", got, tt.want)
			}
		})
	}
	var file bytes.Buffer
	if _, err := m.WriteTo(&file); err != nil {
		t.Fatal(err)
	}
	r, err := ReadMulti(bytes.NewReader(file.Bytes()))
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range pairs() {
		if !slices.Equal(m.Predict(e.Text), r.Predict(e.Text)) {
			t.Fatalf("%q: the model that was read answers otherwise", e.Text)
		}
	}
	if _, err := Read(bytes.NewReader(file.Bytes())); !errs.Is(err, errs.CodeInvalid) {
		t.Errorf("a multi-label file read as a single-label one: %v", err)
	}
	again, err := TrainMulti(context.Background(), pairs(), Config{Seed: 1, Workers: 1})
	if err != nil {
		t.Fatal(err)
	}
	var other bytes.Buffer
	if _, err := again.WriteTo(&other); err != nil || !bytes.Equal(file.Bytes(), other.Bytes()) {
		t.Errorf("the number of workers changes the model (%v)", err)
	}
}

func TestEvaluateMulti(t *testing.T) {
	ctx := context.Background()
	m, err := TrainMulti(ctx, pairs(), Config{Seed: 1})
	if err != nil {
		t.Fatal(err)
	}
	clock := time.Unix(0, 0)
	e, err := EvaluateMulti(ctx, m, []MultiExample{
		{"my card is lost", []string{"card"}},                                      // right
		{"refund my purchase and block the lost card", []string{"card", "refund"}}, // right
		{"hello", nil}, // right: none
		{"when comes my refund and my transfer", []string{"card", "refund"}}, // one of two
	}, func() time.Time { clock = clock.Add(time.Millisecond); return clock })
	if err != nil {
		t.Fatal(err)
	}
	if e.N != 4 || e.ExactSet != .75 || e.LabelF1 != 3.5/4 || e.MicroF1 != .8 || e.UsPerItem != 1000 || len(e.Labels) != len(m.Labels()) {
		t.Errorf("%+v", e)
	}
	for _, l := range e.Labels {
		if l.Label == "card" && (l.Support != 3 || l.Predicted != 2 || l.F1 != .8) {
			t.Errorf("%+v", l)
		}
	}
	for name, items := range map[string][]MultiExample{"there are no items": nil, `has the label "pets"`: {{"x", []string{"pets"}}}} {
		if _, err := EvaluateMulti(ctx, m, items, nil); !errs.Is(err, errs.CodeInvalid) || !strings.Contains(err.Error(), name) {
			t.Errorf("%v, want %s", err, name)
		}
	}
	over, stop := context.WithCancel(ctx)
	stop()
	if _, err := EvaluateMulti(over, m, pairs(), nil); !errors.Is(err, context.Canceled) {
		t.Errorf("%v", err)
	}
}

func TestMultiLabelErrors(t *testing.T) {
	tests := []struct {
		name     string
		examples []MultiExample
		config   Config
		says     string
	}{
		{"no labels", []MultiExample{{"a", nil}, {"b", nil}, {"c", nil}}, Config{}, "no label"},
		{"an empty text", append(pairs(), MultiExample{" ", []string{"card"}}), Config{}, "empty text"},
		{"a label twice", append(pairs(), MultiExample{"x", []string{"card", "card"}}), Config{}, "twice"},
		{"a rare label", append(pairs(), MultiExample{"x", []string{"loan"}}), Config{}, "fewer than 2"},
		{"tau", pairs(), Config{Tau: 1}, "tau"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			_, err := TrainMulti(context.Background(), tt.examples, tt.config)
			if !errs.Is(err, errs.CodeInvalid) || !strings.Contains(err.Error(), tt.says) {
				t.Errorf("error %v, want one that says %s", err, tt.says)
			}
		})
	}
}

func TestBestCut(t *testing.T) {
	cut, f1 := bestCut([]judgement{{-0.2, true}, {0.9, true}, {-0.9, false}, {-0.4, true}, {-0.6, false}})
	if f1 != 1 || cut > -0.4 || cut <= -0.6 {
		t.Errorf("cut %g with F1 %g, want one between -.6 and -.4 with F1 1", cut, f1)
	}
}

// The support vector machine separates what can be separated.
func TestSVMSeparates(t *testing.T) {
	x, y := blobs(120, 2, 4, 3)
	positive := make([]bool, len(y))
	for i := range y {
		positive[i] = y[i] == 1
		x.val[i*4+2] = 1 // bias
		x.val[i*4+3] = map[bool]float32{true: 1, false: -1}[positive[i]]
	}
	w, err := fitSVM(context.Background(), x, positive, 4, rand.New(rand.NewPCG(1, 1)))
	if err != nil {
		t.Fatal(err)
	}
	for i := range y {
		idx, val := x.row(i)
		if (dot(w, idx, val) > 0) != positive[i] {
			t.Errorf("example %d is on the wrong side", i)
		}
	}
}
