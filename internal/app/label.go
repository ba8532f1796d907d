package app

import (
	"context"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"

	"github.com/luodi/luodi/internal/errs"
	"github.com/luodi/luodi/internal/sizing"
	"github.com/luodi/luodi/internal/sizing/judge"
)

// pointColumns are those of the file that people fill in: its last one. It
// says nothing of who replied or what the judge thinks.
var pointColumns = []string{"id", "probability", "task", "reply", "point", "met"}

// PointsResult is what `luodi size label --json` prints.
type PointsResult struct {
	Scenario string `json:"scenario"`
	Written  int    `json:"written,omitempty"` // points that wait for a label
	Taken    int    `json:"taken,omitempty"`   // labels read
	Changed  int    `json:"changed,omitempty"` // of those, that said something else before
	Empty    int    `json:"empty,omitempty"`   // rows without a label
}

// wanting is a judged scenario's scorer that has seen what is measured.
func (a *App) wanting(ctx context.Context, scenario string) (*judge.Scorer, error) {
	s, ok := a.Project.Scenario(scenario)
	switch {
	case !ok:
		return nil, errs.NotFound("luodi.yaml has no scenario %q", scenario)
	case s.Judge.Model == "":
		return nil, misuse("scenario %s has no judge; people label the sample of one that has judge: MODEL", scenario)
	}
	in, ok, err := a.stock(ctx, s)
	if err != nil {
		return nil, err
	}
	d, decided, err := a.decision(ctx, scenario)
	if err != nil {
		return nil, err
	}
	if !ok || !decided {
		return nil, errs.NotFound("nothing of scenario %s is measured yet; run luodi up or luodi size first", scenario)
	}
	set, err := a.dataset(ctx, in.items)
	if err != nil {
		return nil, err
	}
	scorer, _, err := a.judged(ctx, s, in, nil)
	if err != nil {
		return nil, err
	}
	out := scorer.(*judge.Scorer)
	by := map[string]sizing.Item{}
	for _, it := range set.Items {
		by[it.ID] = it
	}
	for _, arm := range d.Result.Arms {
		if arm.Status == "set_aside" || arm.Status == "refuted" {
			continue // labels would be wasted on it
		}
		err := a.db.Sizing().EachOutcome(ctx, arm.ID, func(o sizing.Outcome) error {
			if it, ok := by[o.Item]; ok && o.Output.Failure == "" {
				out.Score(it, o.Output)
			}
			return nil
		})
		if err != nil {
			return nil, err
		}
	}
	return out, nil
}

// WritePoints writes the points of the sample that wait for people, as csv.
func (a *App) WritePoints(ctx context.Context, scenario string, w io.Writer) (PointsResult, error) {
	scorer, err := a.wanting(ctx, scenario)
	if err != nil {
		return PointsResult{}, err
	}
	points := scorer.Wanting()
	out := csv.NewWriter(w)
	_ = out.Write(pointColumns)
	for _, p := range points {
		_ = out.Write([]string{p.ID(), strconv.FormatFloat(scorer.Sample, 'g', -1, 64), spreadsheet(p.Task), spreadsheet(p.Reply), spreadsheet(p.Text), ""})
	}
	out.Flush()
	return PointsResult{Scenario: scenario, Written: len(points)}, out.Error()
}

var said = map[string]bool{
	"yes": true, "y": true, "1": true, "true": true, "met": true, "是": true, "满足": true,
	"no": false, "n": false, "0": false, "false": false, "not met": false, "否": false, "不满足": false,
}

// ReadPoints takes the labels of a csv that WritePoints wrote. All of them are
// checked before one is kept.
func (a *App) ReadPoints(ctx context.Context, scenario string, file io.Reader) (PointsResult, error) {
	scorer, err := a.wanting(ctx, scenario)
	if err != nil {
		return PointsResult{}, err
	}
	known := map[string]bool{}
	for _, p := range scorer.Wanting() {
		known[p.ID()] = true
	}
	res := PointsResult{Scenario: scenario}
	in := csv.NewReader(file)
	in.FieldsPerRecord = -1
	head, err := in.Read()
	if err != nil {
		return res, errs.Invalid("the labels have no header row: %v", err)
	}
	head[0] = strings.TrimPrefix(head[0], "\ufeff") // as spreadsheets save it
	id, met := slices.Index(head, "id"), slices.Index(head, "met")
	if id < 0 || met < 0 {
		return res, errs.Invalid("the labels need the columns id and met; luodi size label %s --out F.csv writes them", scenario)
	}
	var labels []judge.Label
	var wrong []error
	for {
		row, err := in.Read()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return res, errs.Invalid("the labels are no csv: %v", err)
		}
		line, _ := in.FieldPos(0)
		if len(row) <= max(id, met) {
			wrong = append(wrong, errs.Invalid("line %d: a column is missing", line))
			continue
		}
		word := strings.ToLower(strings.TrimSpace(row[met]))
		if word == "" {
			res.Empty++
			continue
		}
		yes, ok := said[word]
		old, before := scorer.Human[row[id]]
		switch {
		case !ok:
			wrong = append(wrong, errs.Invalid("line %d: %q is neither yes nor no (是, 否)", line, row[met]))
		case !before && !known[row[id]]:
			wrong = append(wrong, errs.Invalid("line %d: %s is no point of this scenario's sample; labels of other points would bias the mean", line, row[id]))
		default:
			if before && old != yes {
				res.Changed++
			}
			labels = append(labels, judge.Label{Point: row[id], Met: yes, At: a.now()})
		}
	}
	if len(wrong) > 0 {
		return res, fmt.Errorf("reading the labels of scenario %s; none was taken: %w", scenario, errors.Join(wrong...))
	}
	if err := a.db.Judge().PutLabels(ctx, scenario, labels...); err != nil {
		return res, err
	}
	res.Taken = len(labels)
	return res, a.did(ctx, "labels.take", scenario, fmt.Sprintf("%d labels", len(labels)))
}

// publicScores are the public scores of the candidates' models.
func (a *App) publicScores(arms []sizing.Arm) (out []sizing.Published) {
	for _, m := range a.Project.Models {
		if m.Prior.Score == nil {
			continue
		}
		for _, arm := range arms {
			if ep, err := a.endpoint(m.Name); err == nil && ep.Model == arm.Config.Model && arm.Config.Kind == sizing.Chat {
				out = append(out, sizing.Published{Model: ep.Model, Source: m.Prior.Source, Score: *m.Prior.Score})
				break
			}
		}
	}
	return out
}
