package project_test

import (
	"strings"
	"testing"
	"time"
)

func TestJudgePriorToolsRecall(t *testing.T) {
	const (
		two  = "models:\n- {name: m, endpoint: \"http://h/v1\", timeout: 20m, prior: {score: 0.7, source: MMLU-Pro}}\n- {name: j, vendor: zhipu}\n"
		src  = "sources: [{name: a, path: a, text: t, label: l}]\n"
		gen  = "scenarios: [{name: s, task: generate, items: {file: q}, bar: {at_least: 0.8, slack: 0.05}, "
		sort = "scenarios: [{name: s, task: classify, items: {source: a}, bar: {metric: macro_f1, at_least: 0.8, recall: "
	)
	for _, tt := range []struct{ name, in, want string }{
		{"a judge by name", two + gen + "judge: j}]\n", ""},
		{"a judge with a sample", two + gen + "judge: {model: j, sample: 0.5}}]\n", ""},
		{"an unknown judge", two + gen + "judge: k}]\n", `unknown model "k"`},
		{"a sample of nobody", two + gen + "judge: {sample: 0.5}}]\n", "model is missing: the model that judges"},
		{"too small a sample", two + gen + "judge: {model: j, sample: 0.001}}]\n", "between 0.02 and 1, found 0.001"},
		{"a judge of labels", two + src + "scenarios: [{name: s, task: classify, items: {source: a}, bar: {at_least: 0.8}, judge: j}]\n", "a judge scores texts, of the tasks generate and answer; this task is classify"},
		{"a judge and a relative bar", two + "scenarios: [{name: s, task: generate, items: {file: q}, bar: {within: 0.02, of: m}, judge: j}]\n", "with a judge the bar must be absolute"},
		{"a judge of an archive", two + "scenarios: [{name: s, task: generate, items: {file: q, population: closed}, bar: {at_least: 0.8}, judge: j}]\n", "a closed population needs a census"},
		{"a score without its source", "models: [{name: m, endpoint: \"http://h/v1\", prior: {score: 0.7}}]\n", "source is missing"},
		{"a score in percent", "models: [{name: m, endpoint: \"http://h/v1\", prior: {score: 70, source: x}}]\n", "write 0.7"},
		{"no time at all", "models: [{name: m, endpoint: \"http://h/v1\", timeout: 0s}]\n", "expected a duration above 0 such as 20m"},
		{"tools without their file", two + "scenarios: [{name: s, task: tools, items: {file: q}, bar: {at_least: 0.8}}]\n", "the task tools needs tools"},
		{"a file of tools", two + "scenarios: [{name: s, task: tools, tools: t.json, items: {file: q}, bar: {at_least: 0.8}}]\n", ""},
		{"tools of another task", two + gen + "tools: t.json}]\n", "tools are what the task tools may call"},
		{"recall of a label", two + src + sort + "{fraud: 0.95}}}]\n", ""},
		{"recall of all", two + src + sort + "{fraud: 1}}}]\n", `the recall of "fraud" that must be reached, above 0 and below 1`},
		{"recall of texts", two + "scenarios: [{name: s, task: generate, items: {file: q}, bar: {at_least: 0.8, recall: {fraud: 0.9}}}]\n", "recall is of a label"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			p, err := parse("project: p\n" + tt.in)
			switch {
			case tt.want == "" && err != nil:
				t.Fatal(err)
			case tt.want != "" && (err == nil || !strings.Contains(told(err), tt.want)):
				t.Fatalf("%v, want %q", err, tt.want)
			case tt.name == "a judge by name":
				s := p.Scenarios[0]
				if m, _ := p.Model("m"); m.Timeout != 20*time.Minute || *m.Prior.Score != .7 || s.Judge.Sample != .2 || s.Wants("j") || !s.Wants("m") {
					t.Errorf("%+v, %+v", m, s)
				}
			}
		})
	}
}
