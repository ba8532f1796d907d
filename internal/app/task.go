package app

import (
	"encoding/json"
	"fmt"
	"maps"
	"os"
	"slices"
	"sort"
	"strings"

	"github.com/luodi/luodi/internal/errs"
	"github.com/luodi/luodi/internal/evalset"
	"github.com/luodi/luodi/internal/project"
	"github.com/luodi/luodi/internal/sizing"
	"github.com/luodi/luodi/internal/sizing/prompt"
	"github.com/luodi/luodi/internal/sizing/score"
)

// scorerOf is how the outputs of a scenario are scored.
func scorerOf(s project.Scenario, items itemsOutput) (sizing.Scorer, error) {
	switch s.Task {
	case project.TaskClassify:
		if s.Bar.Metric == "macro_f1" {
			return score.MacroF1{Labels: items.Labels}, nil
		}
		return score.ExactLabel{Labels: items.Labels}, nil
	case project.TaskJudge:
		return score.ExactLabel{Labels: items.Labels}, nil
	case project.TaskTag:
		return score.LabelSet{Labels: items.Labels, F1: s.Bar.Metric == "label_f1"}, nil
	case project.TaskAnswer:
		if s.Bar.Metric == "answer" || s.Bar.Metric == "citation" {
			return score.AnswerAndCitation{Only: s.Bar.Metric}, nil
		}
		return score.AnswerAndCitation{}, nil
	case project.TaskExtract:
		return score.FieldMatch{Schema: items.Schema, Given: s.Schema != ""}, nil
	case project.TaskGenerate:
		return score.Rubric{}, nil
	case project.TaskTools:
		return score.ToolCalls{}, nil
	}
	return nil, errs.Internal("task %q has no scorer", s.Task)
}

// unscored says why a scenario's outputs cannot be scored; "" where they can.
// Such a scenario is planned and not run: a score without the points for a
// judge would be no score of the rubric, and could refute what is adequate.
func unscored(s project.Scenario, items itemsOutput) string {
	if s.Task == project.TaskGenerate && items.Judged > 0 && s.Judge.Model == "" {
		return fmt.Sprintf("%d rubric points need a judge: name one with judge: MODEL, of another family than the candidates", items.Judged)
	}
	return ""
}

// goldOf reads what is right for an item of a file, beside answers.
func goldOf(s project.Scenario, q question) (label string, gold json.RawMessage, err error) {
	switch s.Task {
	case project.TaskClassify, project.TaskJudge, project.TaskTag:
		if q.Label == "" {
			return "", nil, errs.Invalid("the item has no \"label\", which is what is right for the task %s", s.Task)
		}
		return tagged(s, q.Label), nil, nil
	case project.TaskExtract:
		gold, err = fieldsOf(string(q.Fields))
		return "", gold, err
	case project.TaskGenerate:
		if len(q.Rubric) == 0 {
			return "", nil, errs.Invalid("the item has no \"rubric\": a list of points such as [\"mentions 三个工作日\", \"states 1.2万元\"]")
		}
		if gold, err = json.Marshal(q.Rubric); err == nil {
			_, err = score.Points(gold)
		}
		return "", gold, err
	}
	if s.Task == project.TaskTools {
		gold, err = callsOf(q.Calls)
		return "", gold, err
	}
	return q.Label, nil, nil
}

// questionOf is what a row's label says is right: a label, an object of
// fields, or rubric points, one a line.
func questionOf(s project.Scenario, label string) question {
	switch s.Task {
	case project.TaskExtract:
		return question{Fields: json.RawMessage(label)}
	case project.TaskGenerate:
		return question{Rubric: strings.FieldsFunc(label, func(r rune) bool { return r == '\n' || r == '\r' })}
	}
	if s.Task == project.TaskTools {
		return question{Calls: json.RawMessage(label)}
	}
	return question{Label: label}
}

// fieldsOf reads gold fields; equal ones get equal bytes.
func fieldsOf(text string) (json.RawMessage, error) {
	if strings.TrimSpace(text) == "" {
		return nil, errs.Invalid("the item has no \"fields\": an object of what is to be read from it")
	}
	o, err := score.Object(text)
	if err != nil || !strings.HasPrefix(strings.TrimSpace(text), "{") || len(o) == 0 {
		return nil, errs.Invalid("\"fields\" is no JSON object with fields (%v)", err)
	}
	b, err := json.Marshal(o)
	return b, err
}

// describe fills in what the items of a file tell about their task: labels,
// the schema of an extraction, points for a judge.
func (r *run) describe(s project.Scenario, d *dataset, out *itemsOutput) error {
	labels := map[string]int{}
	var offered []string
	if s.Task == project.TaskTools {
		var err error
		if out.Tools, offered, err = r.toolsOf(s); err != nil {
			return err
		}
	}
	var gold []map[string]any
	texts := make([]string, len(d.Items))
	for i, it := range d.Items {
		if texts[i] = it.Input; it.Label != "" {
			singles(s, it.Label, labels)
		}
		switch s.Task {
		case project.TaskExtract:
			o, err := score.Object(string(it.Gold))
			if err != nil {
				return err
			}
			gold = append(gold, o)
		case project.TaskTools:
			if err := known(offered, it.Gold); err != nil {
				return fmt.Errorf("scenario %s, item %d: %w", s.Name, i+1, err)
			}
		case project.TaskGenerate:
			points, err := score.Points(it.Gold)
			if err != nil {
				return err
			}
			for _, p := range points {
				if p.Check == score.Judged {
					out.Judged++
				}
			}
		}
	}
	out.Labels, out.Slips = slices.Sorted(maps.Keys(labels)), evalset.Slips(labels)
	if s.Task != project.TaskExtract {
		return nil
	}
	out.Schema = score.Derive(gold)
	if s.Schema != "" {
		b, err := os.ReadFile(r.Project.Abs(s.Schema))
		if err != nil {
			return fmt.Errorf("reading the schema of scenario %s: %w", s.Name, err)
		}
		if out.Schema, err = score.ParseSchema(b); err != nil {
			return fmt.Errorf("%s: %w", s.Schema, err)
		}
		for i, o := range gold {
			if err := out.Schema.Validate(o); err != nil {
				return errs.Invalid("%s: the gold fields of item %d break it: %v", s.Schema, i+1, err)
			}
		}
	}
	d.Schema = out.Schema
	out.Labels = fieldLines(out.Schema, prompt.Language(texts))
	return nil
}

// fieldLines are the fields as a prompt lists them.
func fieldLines(s *score.Schema, language string) []string {
	var out []string
	for name, p := range s.Properties {
		f := prompt.Field{Name: name, Kind: p.Kind(), Note: p.Description, Values: p.Offered(), Currency: p.Currency}
		out = append(out, f.Line(language))
	}
	sort.Strings(out)
	return out
}
