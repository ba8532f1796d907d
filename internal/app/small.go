package app

import (
	"bytes"
	"context"
	"fmt"
	"strings"

	"github.com/luodi/luodi/internal/lineage"
	"github.com/luodi/luodi/internal/project"
	"github.com/luodi/luodi/internal/small"
)

// smallVersion changes when the same rows would give another model.
const smallVersion = "small/1"

// smallOutput is what the training stage made.
type smallOutput struct {
	Model       string       `json:"model"` // model id
	Blob        string       `json:"blob"`
	Bytes       int          `json:"bytes"`
	Report      small.Report `json:"report"`
	Answers     bool         `json:"answers"` // whether a threshold could be set
	Threshold   float64      `json:"threshold"`
	Answered    float64      `json:"answered_share"`
	LossBound   float64      `json:"loss_upper_bound"`
	LossTarget  float64      `json:"loss_target"`
	Basis       string       `json:"basis"`
	TrainingSet string       `json:"training_set"`
}

// trainSmall trains the scenario's small model and sets the threshold above
// which it answers on its own.
func (r *run) trainSmall(ctx context.Context, s project.Scenario) error {
	name := join(verbSmall, s.Name)
	var items itemsOutput
	if err := r.need(join(verbItems, s.Name), &items); err != nil {
		return r.skip(name, err)
	}
	var out smallOutput
	return r.stage(ctx, name, []string{smallVersion, items.Blob}, &out, func(ctx context.Context) error {
		if same, ok := r.sameSmall(items.Blob); ok {
			out = same
			return nil
		}
		d, err := r.dataset(ctx, items)
		if err != nil {
			return err
		}
		examples, rare := learnable(d.Train)
		if len(rare) > 0 {
			r.warn("scenario %s: labels with one training row cannot be learnt: %s", s.Name, strings.Join(rare, ", "))
		}
		m, err := small.Train(ctx, examples, small.Config{Seed: 1})
		if err != nil {
			return fmt.Errorf("training the small model of scenario %s on %d rows: %w", s.Name, len(d.Train), err)
		}
		// The eval items are labels that training never saw: the bound holds.
		measured := make([]small.Example, len(d.Items))
		for i, it := range d.Items {
			measured[i] = small.Example{Text: it.Input, Label: it.Label}
		}
		c, err := small.Calibrate(m, measured, small.Goal{Unseen: true})
		if err != nil {
			return fmt.Errorf("calibrating the small model of scenario %s: %w", s.Name, err)
		}
		m = m.With(c)
		var file bytes.Buffer
		if _, err := m.WriteTo(&file); err != nil {
			return err
		}
		if out.Blob, err = r.blobs.Put(ctx, file.Bytes()); err != nil {
			return err
		}
		out.Model = lineage.NewID(lineage.Model, out.Blob)
		out.TrainingSet = lineage.NewID(lineage.Dataset, d.TrainIDs...)
		out.Bytes, out.Report = file.Len(), m.Report()
		out.Answers, out.Threshold, out.Basis = c.Answers, c.Threshold, string(c.Basis)
		out.Answered, out.LossBound, out.LossTarget = float64(c.Answered)/float64(max(c.N, 1)), c.UpperBound, c.Loss
		edges := []lineage.Edge{{From: out.TrainingSet, To: out.Model, Step: "train"}}
		for _, id := range d.TrainIDs {
			edges = append(edges, lineage.Edge{From: id, To: out.TrainingSet, Step: "select"})
		}
		return r.db.Lineage().Link(ctx, edges)
	})
}

// sameSmall is the model of a scenario on the same rows, trained already.
func (r *run) sameSmall(blob string) (out smallOutput, ok bool) {
	for _, s := range r.Project.Scenarios {
		var items itemsOutput
		if r.need(join(verbItems, s.Name), &items) == nil && items.Blob == blob && r.need(join(verbSmall, s.Name), &out) == nil {
			return out, true
		}
	}
	return smallOutput{}, false
}

// learnable leaves out labels with fewer than two rows, which cannot be
// learnt: an item of such a label counts as wrong.
func learnable(rows []small.Example) (kept []small.Example, rare []string) {
	n := map[string]int{}
	for _, r := range rows {
		n[r.Label]++
	}
	for _, r := range rows {
		if n[r.Label] > 1 {
			kept = append(kept, r)
		} else {
			rare = append(rare, r.Label)
		}
	}
	return kept, rare
}

// smallModel loads a trained model.
func (a *App) smallModel(ctx context.Context, blob string) (*small.Model, error) {
	b, err := a.blobs.Get(ctx, blob)
	if err != nil {
		return nil, err
	}
	return small.Read(bytes.NewReader(b))
}
