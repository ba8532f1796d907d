package project_test

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/luodi/luodi/internal/project"
	"github.com/luodi/luodi/internal/strictyaml"
)

const variantsHead = `project: p
sources: [{name: a, path: a.csv, label: y}, {name: b, path: b.md}]
knowledge: [{name: kb, sources: [b]}]
models: [{name: m, vendor: deepseek}, {name: n, vendor: deepseek}]
`

// withPrompts parses a project in a directory that holds two prompts.
func withPrompts(t *testing.T, scenario string) (*project.Project, error) {
	t.Helper()
	dir := t.TempDir()
	for name, text := range map[string]string{"v2.txt": "Be brief.\r\n---\r\nPick one of {labels} for {input}\r\n", "blind.txt": "Pick one"} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	return project.Parse(filepath.Join(dir, "luodi.yaml"), []byte(variantsHead+scenario), func(string) (string, bool) { return "", false })
}

func TestVariants(t *testing.T) {
	p, err := withPrompts(t, `scenarios:
- name: s
  task: classify
  items: {source: a}
  bar: {at_least: 0.8}
  candidates:
  - small
  - m
  - {name: few, model: m, prompt: v2.txt, examples: 8, temperature: 0.2, max_tokens: 16}
  - {name: called, model: n, prompt: "Name the class of {input}", tools: function}
  - {name: n, tools: function}
  cascade: {of: n, loss: 0.01}
`)
	if err != nil {
		t.Fatal(err)
	}
	s := p.Scenarios[0]
	want := []project.Candidate{
		{Name: "small"},
		{Name: "m", Model: "m"},
		{Name: "few", Model: "m", Prompt: "Be brief.\n---\nPick one of {labels} for {input}", PromptFile: "v2.txt", Examples: 8, Temperature: .2, MaxTokens: 16},
		{Name: "called", Model: "n", Prompt: "Name the class of {input}", Tools: "function"},
		{Name: "n", Model: "n", Tools: "function"},
	}
	if diff := cmp.Diff(want, s.Candidates); diff != "" {
		t.Error(diff)
	}
	if diff := cmp.Diff(project.Cascade{Of: "n", Loss: .01, Wanted: true}, s.Cascade); diff != "" {
		t.Error(diff)
	}
	if c, ok := s.Candidate("few"); !ok || c.Plain() || !s.Wants("few") || s.Wants("gone") {
		t.Errorf("%+v", c)
	}
}

func TestACascadeTakesItsTermsFromARelativeBar(t *testing.T) {
	tests := []struct {
		name, bar, cascade, of string
		loss                   float64
	}{
		{"of a relative bar", "{within: 0.03, of: n}", "{}", "n", .03},
		{"its own", "{within: 0.03, of: n}", "{of: m, loss: 0.05}", "m", .05},
		{"of an absolute bar", "{at_least: 0.8}", "{of: m}", "m", .02},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			p, err := withPrompts(t, "scenarios: [{name: s, task: classify, items: {source: a}, bar: "+tt.bar+", cascade: "+tt.cascade+"}]\n")
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(project.Cascade{Of: tt.of, Loss: tt.loss, Wanted: true}, p.Scenarios[0].Cascade); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func TestVariantProblems(t *testing.T) {
	const (
		scen = "scenarios: [{name: s, task: classify, items: {source: a}, bar: {at_least: 0.8}, "
		ask  = "scenarios: [{name: s, task: answer, knowledge: kb, items: {file: q}, bar: {at_least: 0.8}, "
	)
	tests := []struct{ name, in, want string }{
		{"no name", scen + "candidates: [{model: m}]}]", "5:94: name is missing: how the decision calls this candidate"},
		{"no model", scen + "candidates: [{name: x}]}]", "5:94: model is missing: which of models: this candidate is a variant of"},
		{"an unknown model", scen + "candidates: [{name: x, model: mm}]}]", `5:111: unknown model "mm"; there are m, n`},
		{"an unknown key", scen + "candidates: [{name: m, temprature: 1}]}]", `5:104: unknown key "temprature" (did you mean "temperature"?)`},
		{"the name of another model", scen + "candidates: [{name: m, model: n}]}]", `5:101: "m" is the name of another model than "n"; give the candidate a name of its own`},
		{"a variant twice", scen + "candidates: [m, {name: m, examples: 2}]}]", `5:104: candidate "m" again`},
		{"small with settings", scen + "candidates: [{name: small, examples: 3}]}]", "5:94: small is the classifier trained here and takes no settings; name it alone"},
		{"a prompt that is not there", scen + "candidates: [{name: m, prompt: v3.txt}]}]", "5:112: reading the prompt v3.txt: no such file or directory; a prompt is a file, or a text with {input}"},
		{"a prompt file that shows nothing", scen + "candidates: [{name: m, prompt: blind.txt}]}]", "5:112: the prompt blind.txt has no {input}, so the model would not see the item"},
		{"too many examples", scen + "candidates: [{name: m, examples: 100}]}]", "5:114: expected a whole number between 1 and 64, found 100"},
		{"examples of questions", ask + "candidates: [{name: m, examples: 3}]}]", "5:125: examples are drawn from training rows with labels: the task must be classify or tag and its items rows of a source"},
		{"nothing to read", scen + "candidates: [{name: m, retrieval: {k: 3}}]}]", "5:115: there is nothing to read; add knowledge: NAME to the scenario"},
		{"read what", ask + "candidates: [{name: m, retrieval: some}]}]", "5:126: expected {k: 8}, the number of passages to read, or none"},
		{"read too much", ask + "candidates: [{name: m, retrieval: {k: 80}}]}]", "5:130: expected a whole number between 1 and 50, found 80"},
		{"cite nothing", ask + "candidates: [{name: m, retrieval: none}]}]", "5:126: the metric answer_and_citation needs something to cite"},
		{"tools of another kind", scen + "candidates: [{name: m, tools: json}]}]", `5:111: unknown way to ask "json"; there are prompt, function`},
		{"a function for an answer", ask + "candidates: [{name: m, tools: function}]}]", "5:122: a function takes a label; this task is answer"},
		{"too hot", scen + "candidates: [{name: m, temperature: 3}]}]", "5:117: expected a number between 0 and 2, found 3"},
		{"a bar relative to a variant", strings.Replace(scen, "at_least: 0.8", "within: 0.02, of: v", 1) + "candidates: [m, {name: v, model: n}]}]", ""},
		{"a cascade of answers", ask + "cascade: {of: m}}]", "5:101: a cascade goes by labels that agree; this task is answer"},
		{"a cascade of nobody", scen + "cascade: {loss: 0.01}}]", "5:90: of is missing: the strong candidate that it is compared with"},
		{"a cascade of an unknown candidate", scen + "candidates: [small, m], cascade: {of: n}}]", `5:119: unknown candidate "n"; there are m`},
		{"a cascade that may lose all", scen + "cascade: {of: m, loss: 2}}]", "5:104: expected the points that may be lost, above 0 and at most 0.2, found 2"},
		{"a cascade by macro F1", strings.Replace(scen, "at_least: 0.8", "metric: macro_f1, at_least: 0.8", 1) + "cascade: {of: m}}]", "5:108: a cascade is compared item by item, so the metric must be accuracy"},
		{"a cascade over customers", strings.Replace(scen, "source: a", "source: a, split_by: customer", 1) + "cascade: {of: m}}]", "5:110: a cascade is certified on items that stand alone; this scenario splits by customer"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			_, err := withPrompts(t, tt.in+"\n")
			var problems strictyaml.Problems
			errors.As(err, &problems)
			var got []string
			for _, p := range problems {
				got = append(got, fmt.Sprintf("%d:%d: %s", p.Line, p.Column, p.Message))
			}
			if diff := cmp.Diff(tt.want, strings.Join(got, "\n")); diff != "" {
				t.Error(diff)
			}
		})
	}
}
