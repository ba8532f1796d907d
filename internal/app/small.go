package app

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"maps"
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
	inputs := []string{smallVersion, items.Blob}
	if s.Task == project.TaskTag {
		inputs = append(inputs, s.Task)
	}
	live := r.live(s)
	if live != nil {
		inputs = append(inputs, fmt.Sprint(live))
	}
	return r.stage(ctx, name, inputs, &out, func(ctx context.Context) error {
		if same, ok := r.sameSmall(s, items.Blob); ok {
			out = same
			return nil
		}
		d, err := r.dataset(ctx, items)
		if err != nil {
			return err
		}
		var m fitted
		if s.Task == project.TaskTag {
			m, err = r.fitTagger(ctx, s, d)
		} else {
			m, err = r.fitSmall(ctx, s, d, &out)
		}
		if err != nil {
			return err
		}
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
		edges := []lineage.Edge{{From: out.TrainingSet, To: out.Model, Step: "train"}}
		for _, id := range d.TrainIDs {
			edges = append(edges, lineage.Edge{From: id, To: out.TrainingSet, Step: "select"})
		}
		return r.db.Lineage().Link(ctx, edges)
	})
}

// fitted is a model that was trained.
type fitted interface {
	io.WriterTo
	Report() small.Report
}

// fitSmall trains a classifier and sets the threshold above which it answers.
func (r *run) fitSmall(ctx context.Context, s project.Scenario, d dataset, out *smallOutput) (*small.Model, error) {
	examples, rare := learnable(d.Train)
	r.unlearnt(s, rare)
	m, err := small.Train(ctx, examples, small.Config{Seed: 1, Live: among(r.live(s), examples)})
	if err != nil {
		return nil, fmt.Errorf("training the small model of scenario %s on %d rows: %w", s.Name, len(d.Train), err)
	}
	// The eval items are labels that training never saw: the bound holds. An
	// item that stands for more of traffic than of the items may lose as much
	// more, so that the loss aimed at is that much less.
	measured, most := make([]small.Example, len(d.Items)), 1.
	for i, it := range d.Items {
		measured[i], most = small.Example{Text: it.Input, Label: it.Label}, max(most, it.Weight)
	}
	c, err := small.Calibrate(m, measured, small.Goal{Loss: smallLoss / most, Unseen: true})
	if err != nil {
		return nil, fmt.Errorf("calibrating the small model of scenario %s: %w", s.Name, err)
	}
	out.Answers, out.Threshold, out.Basis = c.Answers, c.Threshold, string(c.Basis)
	out.Answered, out.LossBound, out.LossTarget = float64(c.Answered)/float64(max(c.N, 1)), c.UpperBound*most, smallLoss
	return m.With(c), nil
}

// smallLoss is what P(answered and wrong) may be over all traffic.
const smallLoss = .02

func (r *run) unlearnt(s project.Scenario, rare []string) {
	if len(rare) > 0 {
		r.warn("scenario %s: labels with one training row cannot be learnt: %s", s.Name, strings.Join(rare, ", "))
	}
}

// live are the shares of traffic of the labels, where luodi.yaml gives them as
// strata of the label's own column; nil elsewhere.
func (r *run) live(s project.Scenario) map[string]float64 {
	if src, ok := r.Project.Source(s.Items.Source); s.Task == project.TaskClassify && ok && src.Label == s.Items.Strata.Column {
		return s.Items.Strata.Shares
	}
	return nil
}

// among are the shares of labels that can be learnt.
func among(shares map[string]float64, examples []small.Example) map[string]float64 {
	if shares == nil {
		return nil
	}
	out := map[string]float64{}
	for _, e := range examples {
		if v, ok := shares[e.Label]; ok {
			out[e.Label] = v
		}
	}
	return out
}

// sameSmall is the model of a scenario on the same rows, trained already.
func (r *run) sameSmall(of project.Scenario, blob string) (out smallOutput, ok bool) {
	for _, s := range r.Project.Scenarios {
		var items itemsOutput
		if (s.Task == project.TaskTag) != (of.Task == project.TaskTag) || !maps.Equal(r.live(s), r.live(of)) {
			continue
		}
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
