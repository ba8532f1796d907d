package small

import (
	"context"
	"encoding/json"
	"math"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/luodi/luodi/internal/errs"
)

func TestEvalKeys(t *testing.T) {
	e, err := Evaluate(context.Background(), trainTickets(), tickets(), EvalConfig{})
	if err != nil {
		t.Fatal(err)
	}
	b, err := json.Marshal(e)
	if err != nil {
		t.Fatal(err)
	}
	var keys map[string]any
	if err := json.Unmarshal(b, &keys); err != nil {
		t.Fatal(err)
	}
	for _, k := range []string{"accuracy", "macro_f1", "answered_share", "loss_upper_bound", "us_per_item", "n", "threshold", "answered_and_wrong"} {
		if _, ok := keys[k]; !ok {
			t.Errorf("the result has no key %q: %s", k, b)
		}
	}
}

func TestEvalTakesTheThreshold(t *testing.T) {
	m := trainTickets()
	stored := m.With(Calibration{Goal: Goal{0.02, 0.95, false}, Basis: BasisCalibration, Answers: true, Threshold: 0.1, UpperBound: 0.015, N: 1000})
	tests := []struct {
		name   string
		model  *Model
		config EvalConfig
		n, cal int
		basis  Basis
	}{
		{"from the first items", m, EvalConfig{Cal: 30, Goal: Goal{Loss: 0.3}}, 45, 30, BasisCalibration},
		{"from the model", stored, EvalConfig{}, 75, 1000, BasisCalibration},
		{"from training text when there is no other", m, EvalConfig{Goal: Goal{Loss: 0.3}}, 75, 75, BasisOutOfFold},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			e, err := Evaluate(context.Background(), tt.model, tickets(), tt.config)
			if err != nil {
				t.Fatal(err)
			}
			if e.N != tt.n || e.CalItems != tt.cal || e.Basis != tt.basis || e.Threshold == nil {
				t.Errorf("%+v, want n %d, cal %d, basis %s and a threshold", e, tt.n, tt.cal, tt.basis)
			}
		})
	}
	few, err := Evaluate(context.Background(), m, tickets(), EvalConfig{Cal: 30})
	if err != nil || few.Threshold != nil || few.AnsweredShare != 0 || few.LossUpperBound != 0 {
		t.Errorf("30 items cannot prove 2 points: %+v, %v", few, err)
	}
}

func TestEvalErrors(t *testing.T) {
	m := trainTickets()
	tests := []struct {
		name   string
		items  []Example
		config EvalConfig
		says   string
	}{
		{"no items", nil, EvalConfig{}, "no items"},
		{"a label the model never saw", append(tickets(), Example{"hello", "greeting"}), EvalConfig{}, `item 76 (text "hello") has the label "greeting"`},
		{"nothing left to report on", tickets(), EvalConfig{Cal: 75}, "at least one"},
		{"a negative number of items", tickets(), EvalConfig{Cal: -1}, "-1"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			_, err := Evaluate(context.Background(), m, tt.items, tt.config)
			if !errs.Is(err, errs.CodeInvalid) || !strings.Contains(err.Error(), tt.says) {
				t.Errorf("error %v, want one that says %s", err, tt.says)
			}
		})
	}
}

func TestUsPerItemIsTheMedian(t *testing.T) {
	now := time.Time{}
	calls := 0
	clock := func() time.Time {
		calls++
		if calls%2 == 0 {
			now = now.Add(7 * time.Microsecond)
			if calls%10 == 0 {
				now = now.Add(time.Second)
			}
		}
		return now
	}
	e, err := Evaluate(context.Background(), trainTickets(), tickets(), EvalConfig{Now: clock})
	if err != nil || e.UsPerItem != 7 {
		t.Errorf("us_per_item %g, %v; want 7", e.UsPerItem, err)
	}
}

func TestSplitIsAPartition(t *testing.T) {
	items := tickets()
	first, rest, err := Split(items, 20, 4)
	if err != nil || len(first) != 20 || len(rest) != len(items)-20 {
		t.Fatalf("split %d and %d, %v", len(first), len(rest), err)
	}
	again, _, _ := Split(items, 20, 4)
	if !slices.Equal(first, again) {
		t.Error("the same seed gives another split")
	}
	texts := map[string]int{}
	for _, e := range append(first, rest...) {
		texts[e.Text]++
	}
	for _, e := range items {
		texts[e.Text]--
	}
	for text, n := range texts {
		if n != 0 {
			t.Errorf("%q is there %+d times too often", text, n)
		}
	}
}

func TestMacroF1(t *testing.T) {
	var c confusion
	for _, p := range [][2]string{{"a", "a"}, {"a", "a"}, {"a", "b"}, {"b", "b"}, {"c", "a"}} {
		c.add(p[0], p[1])
	}
	// a: 2·2/(3+3), b: 2·1/(1+2), c: 0
	if want := (4.0/6 + 2.0/3 + 0) / 3; math.Abs(c.macroF1()-want) > 1e-12 {
		t.Errorf("macro-F1 %g, want %g", c.macroF1(), want)
	}
	if c.accuracy() != 0.6 {
		t.Errorf("accuracy %g, want .6", c.accuracy())
	}
}
