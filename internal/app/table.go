package app

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"time"

	"github.com/luodi/luodi/internal/errs"
	"github.com/luodi/luodi/internal/sizing/score"
	"github.com/luodi/luodi/internal/small"
	"github.com/luodi/luodi/internal/source"
)

// SmallTable names a table of examples.
type SmallTable struct {
	Input, Text, Label string
}

// SmallTrain says how to train on a table.
type SmallTrain struct {
	Out    string
	Seed   uint64
	Multi  bool               // the label column holds all labels that apply
	Shares map[string]float64 // of traffic, by label; none: as frequent as in the table
}

// examples reads a table with a text and a label column.
func (t SmallTable) examples() ([]small.Example, error) {
	raw, err := os.ReadFile(t.Input)
	if err != nil {
		return nil, fmt.Errorf("reading the table: %w", err)
	}
	label := t.Label
	if label == "" {
		if label, err = labelColumn(t.Input, raw); err != nil {
			return nil, err
		}
	}
	recs, err := source.Parse(readers, filepath.Base(t.Input), raw, source.Columns{Text: t.Text, Label: label})
	if err != nil {
		return nil, err
	}
	out := make([]small.Example, 0, len(recs))
	for _, r := range recs {
		if r.Label == "" {
			return nil, errs.Invalid("reading %s: row %d has no %s; where none of several labels applies, write %s", t.Input, r.Row, label, score.NoLabel)
		}
		out = append(out, small.Example{Text: r.Text, Label: r.Label})
	}
	return out, nil
}

func labelColumn(name string, raw []byte) (string, error) {
	recs, err := source.Parse(readers, filepath.Base(name), raw, source.Columns{})
	if err != nil || len(recs) == 0 {
		return "", err
	}
	for _, want := range []string{"category", "label"} {
		if slices.ContainsFunc(recs[0].Fields, func(f source.Field) bool { return f.Name == want }) {
			return want, nil
		}
	}
	return "", errs.Invalid("reading %s: which column is the label? give it with --label", name)
}

// SmallTrained is what `luodi small train --json` prints.
type SmallTrained struct {
	small.Report
	Bytes   int     `json:"bytes"`
	Seconds float64 `json:"seconds"`
	Out     string  `json:"out"`
}

// TrainSmall trains on a table and writes the model.
func TrainSmall(ctx context.Context, t SmallTable, q SmallTrain) (SmallTrained, error) {
	examples, err := t.examples()
	if err != nil {
		return SmallTrained{}, err
	}
	start := time.Now()
	config := small.Config{Seed: q.Seed, Live: q.Shares}
	var m fitted
	if q.Multi {
		m, err = small.TrainMulti(ctx, asSets(examples), config)
	} else {
		m, err = fitTable(ctx, examples, config)
	}
	if err != nil {
		return SmallTrained{}, fmt.Errorf("training on %s: %w", t.Input, err)
	}
	seconds := time.Since(start).Seconds()
	var file bytes.Buffer
	if _, err := m.WriteTo(&file); err != nil {
		return SmallTrained{}, err
	}
	return SmallTrained{Report: m.Report(), Bytes: file.Len(), Seconds: seconds, Out: q.Out}, writeFile(q.Out, file.Bytes())
}

// fitTable trains a classifier with a threshold from its own training text.
func fitTable(ctx context.Context, examples []small.Example, config small.Config) (*small.Model, error) {
	m, err := small.Train(ctx, examples, config)
	if err != nil {
		return nil, err
	}
	c, err := small.CalibrateOutOfFold(m, small.Goal{})
	return m.With(c), err
}

// SmallEval says how to measure a model.
type SmallEval struct {
	Model string
	Loss  float64
	Cal   int
	Seed  uint64
}

// SmallMeasured is what a model's file scores: as one that gives a label, or as
// one that gives all.
type SmallMeasured struct {
	*small.Eval
	Multi *small.MultiEval
}

// MarshalJSON writes the one that there is.
func (m SmallMeasured) MarshalJSON() ([]byte, error) {
	if m.Multi != nil {
		return json.Marshal(m.Multi)
	}
	return json.Marshal(m.Eval)
}

// EvalSmall measures a model's file on a table, in the way of its kind.
func EvalSmall(ctx context.Context, t SmallTable, q SmallEval) (SmallMeasured, error) {
	b, err := os.ReadFile(q.Model)
	if err != nil {
		return SmallMeasured{}, fmt.Errorf("reading the model: %w", err)
	}
	examples, err := t.examples()
	if err != nil {
		return SmallMeasured{}, err
	}
	if m, err := small.ReadMulti(bytes.NewReader(b)); err == nil {
		if q.Cal > 0 {
			return SmallMeasured{}, errs.Invalid("%s gives all labels that apply and has no threshold to choose; leave --cal out", q.Model)
		}
		e, err := small.EvaluateMulti(ctx, m, asSets(examples), time.Now)
		return SmallMeasured{Multi: &e}, err
	}
	m, err := small.Read(bytes.NewReader(b))
	if err != nil {
		return SmallMeasured{}, fmt.Errorf("reading the model %s: %w", q.Model, err)
	}
	e, err := small.Evaluate(ctx, m, examples, small.EvalConfig{Goal: small.Goal{Loss: q.Loss}, Cal: q.Cal, Seed: q.Seed, Now: time.Now})
	return SmallMeasured{Eval: &e}, err
}
