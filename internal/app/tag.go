package app

import (
	"bytes"
	"context"
	"fmt"

	"github.com/luodi/luodi/internal/errs"
	"github.com/luodi/luodi/internal/gateway"
	"github.com/luodi/luodi/internal/project"
	"github.com/luodi/luodi/internal/sizing"
	"github.com/luodi/luodi/internal/sizing/score"
	"github.com/luodi/luodi/internal/small"
)

// tagged writes a row's labels in their one form where the task gives a text
// all that apply: two orders of the same labels are no conflict.
func tagged(s project.Scenario, label string) string {
	if s.Task != project.TaskTag || label == "" {
		return label
	}
	return score.JoinLabels(score.SplitLabels(label))
}

// singles counts the labels that a gold label names.
func singles(s project.Scenario, label string, to map[string]int) {
	if s.Task != project.TaskTag {
		to[label]++
		return
	}
	for _, l := range score.SplitLabels(label) {
		to[l]++
	}
}

// asSets takes labels apart.
func asSets(rows []small.Example) []small.MultiExample {
	out := make([]small.MultiExample, len(rows))
	for i, r := range rows {
		out[i] = small.MultiExample{Text: r.Text, Labels: score.SplitLabels(r.Label)}
	}
	return out
}

// sets takes cells of labels apart.
func sets(cells []string) [][]string {
	out := make([][]string, len(cells))
	for i, c := range cells {
		out[i] = score.SplitLabels(c)
	}
	return out
}

// learnableSets takes off labels with fewer than two rows, which cannot be
// learnt; the rows stay, with what else they have.
func learnableSets(rows []small.MultiExample) (rare []string) {
	n := map[string]int{}
	for _, r := range rows {
		for _, l := range r.Labels {
			n[l]++
		}
	}
	for i, r := range rows {
		var kept []string
		for _, l := range r.Labels {
			if n[l] > 1 {
				kept = append(kept, l)
			} else {
				rare = append(rare, l)
			}
		}
		rows[i].Labels = kept
	}
	return rare
}

// readTagger loads a trained model that gives all labels.
func (a *App) readTagger(ctx context.Context, blob string) (*small.MultiModel, error) {
	b, err := a.blobs.Get(ctx, blob)
	if err != nil {
		return nil, err
	}
	return small.ReadMulti(bytes.NewReader(b))
}

// tag gives a text all labels that apply, surest first.
func (r *runner) tag(ctx context.Context, c sizing.Configuration, text string) ([]small.LabelScore, error) {
	m, err := kept(ctx, r.loaded, r.tagger, c.Revision, r.app.readTagger)
	if err != nil {
		return nil, err
	}
	return m.Predict(text), nil
}

// tagText is how labels are answered.
func tagText(labels []small.LabelScore) string {
	names := make([]string, len(labels))
	for i, l := range labels {
		names[i] = l.Label
	}
	return score.JoinLabels(names)
}

// tagExtra goes beside the answer of a small model that gives all labels.
type tagExtra struct {
	Labels []tagLabel `json:"labels"` // surest first
	Status string     `json:"status"` // of the decision: certified | best_guess
}

type tagLabel struct {
	Label string  `json:"label"`
	Score float64 `json:"score"` // no probability; higher is surer
}

func (r *runner) answerTags(c sizing.Configuration, status string) gateway.Local {
	return func(ctx context.Context, _ gateway.Caller, ms []gateway.Message) (gateway.Reply, error) {
		labels, err := r.tag(ctx, c, input(ms))
		if err != nil {
			return gateway.Reply{}, err
		}
		extra := tagExtra{Labels: []tagLabel{}, Status: status}
		for _, l := range labels {
			extra.Labels = append(extra.Labels, tagLabel(l))
		}
		return gateway.Reply{Text: tagText(labels), Extra: extra}, nil
	}
}

// fitTagger trains a model that gives all labels.
func (r *run) fitTagger(ctx context.Context, s project.Scenario, d dataset) (*small.MultiModel, error) {
	rows := asSets(d.Train)
	r.unlearnt(s, learnableSets(rows))
	m, err := small.TrainMulti(ctx, rows, small.Config{Seed: 1})
	if err != nil {
		return nil, fmt.Errorf("training the small model of scenario %s on %d rows: %w", s.Name, len(rows), err)
	}
	return m, nil
}

// checkTags checks that a cell names labels of a scenario only.
func checkTags(labels []string, s project.Scenario, cell string) error {
	if _, stray := (score.LabelSet{Labels: labels}).Read(cell); stray != "" {
		return errs.Invalid(`label %q is none of scenario %s; write labels with ";" between them, %s where none applies, or %s to pass the sample over`, stray, s.Name, score.NoLabel, passOver)
	}
	return nil
}
