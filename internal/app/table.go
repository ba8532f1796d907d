package app

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"time"

	"github.com/luodi/luodi/internal/errs"
	"github.com/luodi/luodi/internal/small"
	"github.com/luodi/luodi/internal/source"
)

// SmallTable names a table of examples.
type SmallTable struct {
	Input, Text, Label string
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
			return nil, errs.Invalid("reading %s: row %d has no %s", t.Input, r.Row, label)
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
func TrainSmall(ctx context.Context, t SmallTable, out string) (SmallTrained, error) {
	examples, err := t.examples()
	if err != nil {
		return SmallTrained{}, err
	}
	start := time.Now()
	m, err := small.Train(ctx, examples, small.Config{Seed: 1})
	if err != nil {
		return SmallTrained{}, fmt.Errorf("training on %s: %w", t.Input, err)
	}
	seconds := time.Since(start).Seconds()
	c, err := small.CalibrateOutOfFold(m, small.Goal{})
	if err != nil {
		return SmallTrained{}, err
	}
	var file bytes.Buffer
	if _, err := m.With(c).WriteTo(&file); err != nil {
		return SmallTrained{}, err
	}
	return SmallTrained{Report: m.Report(), Bytes: file.Len(), Seconds: seconds, Out: out}, writeFile(out, file.Bytes())
}

// SmallEval says how to measure a model.
type SmallEval struct {
	Model string
	Loss  float64
	Cal   int
	Seed  uint64
}

// EvalSmall measures a model's file on a table.
func EvalSmall(ctx context.Context, t SmallTable, q SmallEval) (small.Eval, error) {
	b, err := os.ReadFile(q.Model)
	if err != nil {
		return small.Eval{}, fmt.Errorf("reading the model: %w", err)
	}
	m, err := small.Read(bytes.NewReader(b))
	if err != nil {
		return small.Eval{}, fmt.Errorf("reading the model %s: %w", q.Model, err)
	}
	examples, err := t.examples()
	if err != nil {
		return small.Eval{}, err
	}
	return small.Evaluate(ctx, m, examples, small.EvalConfig{Goal: small.Goal{Loss: q.Loss}, Cal: q.Cal, Seed: q.Seed, Now: time.Now})
}
