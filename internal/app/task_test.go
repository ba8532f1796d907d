package app

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/luodi/luodi/internal/project"
	"github.com/luodi/luodi/internal/sizing"
)

func TestGoldOfItems(t *testing.T) {
	tests := []struct {
		name, task, line string
		label, gold      string
		fault            string
	}{
		{"a label", project.TaskClassify, `{"input":"x","label":"refund"}`, "refund", "", ""},
		{"a verdict", project.TaskJudge, `{"input":"x","label":"met"}`, "met", "", ""},
		{"no label", project.TaskJudge, `{"input":"x"}`, "", "", `no "label"`},
		{"fields in any order", project.TaskExtract, `{"input":"x","fields":{"b":"2","a":1.50}}`, "", `{"a":1.50,"b":"2"}`, ""},
		{"no fields", project.TaskExtract, `{"input":"x"}`, "", "", `no "fields"`},
		{"fields that are none", project.TaskExtract, `{"input":"x","fields":[{"a":1}]}`, "", "", "no JSON object"},
		{"a field twice", project.TaskExtract, `{"input":"x","fields":{"a":1,"a":2}}`, "", "", "comes twice"},
		{"a rubric", project.TaskGenerate, `{"input":"x","rubric":["mentions 退款","judge 语气得体"]}`, "", `["mentions 退款","judge 语气得体"]`, ""},
		{"no rubric", project.TaskGenerate, `{"input":"x"}`, "", "", `no "rubric"`},
		{"a point that is none", project.TaskGenerate, `{"input":"x","rubric":["be nice"]}`, "", "", "does not begin with"},
		{"answers need neither", project.TaskAnswer, `{"question":"x"}`, "", "", ""},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			var q question
			if err := json.Unmarshal([]byte(tt.line), &q); err != nil {
				t.Fatal(err)
			}
			label, gold, err := goldOf(project.Scenario{Task: tt.task}, q)
			if tt.fault != "" {
				if err == nil || !strings.Contains(err.Error(), tt.fault) {
					t.Errorf("%v, want %q", err, tt.fault)
				}
				return
			}
			if err != nil || label != tt.label || string(gold) != tt.gold {
				t.Errorf("label %q gold %s, %v", label, gold, err)
			}
		})
	}
}

func TestDescribe(t *testing.T) {
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, "s.json"), []byte(`{"properties":{"amount":{"format":"money","currency":"CNY","description":"涉及金额"},"paid":{"type":"boolean"}},"required":["amount"]}`), 0o600); err != nil {
		t.Fatal(err)
	}
	r := &run{App: &App{Project: &project.Project{Dir: dir}}}
	items := func(gold ...string) *dataset {
		d := new(dataset)
		for _, g := range gold {
			d.Items = append(d.Items, sizing.Item{Input: "投诉信正文", Gold: json.RawMessage(g)})
		}
		return d
	}
	var out itemsOutput
	d := items(`{"amount":"5.00"}`, `{"amount":"6"}`)
	if err := r.describe(project.Scenario{Name: "s", Task: project.TaskExtract}, d, &out); err != nil || len(out.Labels) != 1 || out.Labels[0] != "amount（数字，不带单位）" || d.Schema == nil {
		t.Errorf("%v %v", out.Labels, err)
	}
	given := project.Scenario{Name: "s", Task: project.TaskExtract, Schema: "s.json"}
	if err := r.describe(given, d, &out); err != nil || strings.Join(out.Labels, "; ") != "amount（CNY 金额；涉及金额）; paid（true 或 false）" {
		t.Errorf("%v %v", out.Labels, err)
	}
	if err := r.describe(given, items(`{"paid":true}`), &out); err == nil || !strings.Contains(err.Error(), "amount is missing") {
		t.Errorf("gold that breaks the schema: %v", err)
	}
	generate := project.Scenario{Name: "s", Task: project.TaskGenerate}
	out = itemsOutput{}
	if err := r.describe(generate, items(`["mentions a","judge b"]`, `["mentions a"]`), &out); err != nil || out.Judged != 1 {
		t.Errorf("%d points for a judge, %v", out.Judged, err)
	}
	if why := unscored(generate, out); !strings.Contains(why, "1 rubric points need a judge") {
		t.Errorf("%q", why)
	}
	if why := unscored(generate, itemsOutput{}); why != "" {
		t.Errorf("%q", why)
	}
}

func TestScorerOfMetrics(t *testing.T) {
	for _, tt := range []struct{ task, metric, want string }{
		{project.TaskClassify, "accuracy", "exact_label/1"},
		{project.TaskClassify, "macro_f1", "macro_f1/1"},
		{project.TaskJudge, "accuracy", "exact_label/1"},
		{project.TaskAnswer, "answer_and_citation", "answer_and_citation/1"},
		{project.TaskAnswer, "citation", "citation/1"},
		{project.TaskExtract, "field_match", "field_match/1"},
		{project.TaskGenerate, "rubric", "rubric/1"},
	} {
		s, err := scorerOf(project.Scenario{Task: tt.task, Bar: project.Bar{Metric: tt.metric}}, itemsOutput{})
		if err != nil || s.Name() != tt.want {
			t.Errorf("%s %s: %v %v, want %s", tt.task, tt.metric, s, err, tt.want)
		}
	}
	if _, err := scorerOf(project.Scenario{Task: "dance"}, itemsOutput{}); err == nil {
		t.Error("an unknown task has a scorer")
	}
}
