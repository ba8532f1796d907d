package app

import (
	"context"
	"encoding/csv"
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/luodi/luodi/internal/errs"
	"github.com/luodi/luodi/internal/project"
	"github.com/luodi/luodi/internal/sizing"
	"github.com/luodi/luodi/internal/sizing/drift"
)

// The columns of a file of samples. Where people give the label, they do not
// see what was answered; where they give the score, they must.
var (
	labelColumns = []string{"sample", "time", "input", "label"}
	scoreColumns = []string{"sample", "time", "input", "output", "score"}
)

// The entries that are no label and no score.
const (
	passOver = "?" // nobody can tell
	noLabel  = "-" // none of the scenario's labels is right
)

// byLabel reports whether a task's outputs are scored by a label, which people
// can give without having seen the output. Of the others people give the
// score: what is right of them is not one text, and a judge may have scored
// them, whose certificate is about people's mean.
func byLabel(task string) bool {
	return task == project.TaskClassify || task == project.TaskJudge || task == project.TaskTag
}

// WriteSamples writes the samples of a scenario that wait for a label as csv,
// the oldest first, and returns how many.
func (a *App) WriteSamples(ctx context.Context, scenario string, to io.Writer) (int, error) {
	s, decision, _, err := a.watchedScenario(ctx, scenario)
	if err != nil {
		return 0, err
	}
	samples, err := a.db.Drift().Samples(ctx, decision)
	if err != nil {
		return 0, err
	}
	w, n := csv.NewWriter(to), 0
	head := scoreColumns
	if byLabel(s.Task) {
		head = labelColumns
	}
	_ = w.Write(head)
	for _, x := range samples {
		if x.Done {
			continue
		}
		row := []string{x.ID, x.Time.UTC().Format(time.RFC3339), x.Input}
		if !byLabel(s.Task) {
			row = append(row, x.Output)
		}
		_ = w.Write(append(row, ""))
		n++
	}
	w.Flush()
	return n, w.Error()
}

// LabelResult is what a file of labels has done.
type LabelResult struct {
	Labelled int `json:"labelled"` // now
	Before   int `json:"before"`   // had a label already: the first one stays
	Empty    int `json:"empty"`
	Watched
}

// ReadLabels takes the labels or scores that people have written into a file
// of WriteSamples. A mistake in it changes nothing.
func (a *App) ReadLabels(ctx context.Context, scenario, name string, from io.Reader) (LabelResult, error) {
	out := LabelResult{}
	s, decision, floor, err := a.watchedScenario(ctx, scenario)
	if err != nil {
		return out, err
	}
	samples, err := a.db.Drift().Samples(ctx, decision)
	if err != nil {
		return out, err
	}
	score, err := a.scoreLabel(ctx, s)
	if err != nil {
		return out, err
	}
	rows, err := labelRows(from, s)
	if err != nil {
		return out, fmt.Errorf("reading labels from %s: %w", name, err)
	}
	var done []drift.Sample
	for _, r := range rows {
		i := slices.IndexFunc(samples, func(x drift.Sample) bool { return x.ID == r.id })
		switch {
		case i < 0:
			return out, errs.NotFound("reading labels from %s: line %d: there is no sample %q of decision %s; write the samples anew with --out", name, r.line, r.id, decision)
		case r.entry == "":
			out.Empty++
			continue
		case samples[i].Done:
			out.Before++
			continue
		}
		x := samples[i]
		if x.Done, x.Passed = true, r.entry == passOver; !x.Passed {
			if x.Score, err = score(r.entry, x.Output); err != nil {
				return out, fmt.Errorf("reading labels from %s: line %d: %w", name, r.line, err)
			}
		}
		done = append(done, x)
	}
	if out.Labelled, err = a.db.Drift().Finish(ctx, done...); err != nil {
		return out, err
	}
	if err := a.did(ctx, "drift.label", decision, fmt.Sprintf("%d samples", out.Labelled)); err != nil {
		return out, err
	}
	w, err := a.watch(ctx, decision, floor)
	if err == nil && w != nil {
		out.Watched = Watched{Scenario: s.Name, Decision: decision, Sample: s.Drift.Sample, Watch: *w}
	}
	return out, err
}

// scoreLabel scores what was served by what a person wrote.
func (a *App) scoreLabel(ctx context.Context, s project.Scenario) (func(entry, output string) (float64, error), error) {
	if !byLabel(s.Task) {
		return func(entry, _ string) (float64, error) {
			v, err := strconv.ParseFloat(entry, 64)
			if err != nil || !(v >= 0 && v <= 1) {
				return 0, errs.Invalid("score %q: write a number from 0 to 1, or %s to pass the sample over", entry, passOver)
			}
			return v, nil
		}, nil
	}
	in, _, err := a.stock(ctx, s)
	if err != nil {
		return nil, err
	}
	scorer, err := scorerOf(s, in.items)
	if err != nil {
		return nil, err
	}
	return func(entry, output string) (float64, error) {
		if s.Task == project.TaskTag {
			if err := checkTags(in.items.Labels, s, entry); err != nil {
				return 0, err
			}
		} else if entry != noLabel && !slices.Contains(in.items.Labels, entry) {
			return 0, errs.Invalid("label %q is none of scenario %s; write %s where none is right, or %s to pass the sample over", entry, s.Name, noLabel, passOver)
		}
		return scorer.Score(sizing.Item{Label: entry}, sizing.Output{Text: output}).Value, nil
	}, nil
}

// labelRow is what a person wrote to a sample.
type labelRow struct {
	line      int
	id, entry string
}

func labelRows(from io.Reader, s project.Scenario) ([]labelRow, error) {
	r := csv.NewReader(from)
	head, err := r.Read()
	if err != nil {
		return nil, errs.Invalid("it has no head line: %v", err)
	}
	head[0] = strings.TrimPrefix(head[0], "\ufeff") // spreadsheets write a byte order mark
	want := scoreColumns[len(scoreColumns)-1]
	if byLabel(s.Task) {
		want = labelColumns[len(labelColumns)-1]
	}
	id, entry := slices.Index(head, "sample"), slices.Index(head, want)
	if id < 0 || entry < 0 {
		return nil, errs.Invalid("it needs the columns sample and %s, and has %s", want, strings.Join(head, ", "))
	}
	var out []labelRow
	for {
		row, err := r.Read()
		if err == io.EOF {
			return out, nil
		}
		if err != nil {
			return nil, errs.Invalid("%v", err)
		}
		line, _ := r.FieldPos(0)
		out = append(out, labelRow{line: line, id: strings.TrimSpace(row[id]), entry: strings.TrimSpace(row[entry])})
	}
}
