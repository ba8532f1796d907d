package main

import (
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/luodi/luodi/internal/openai/openaitest"
)

const tasksProject = `project: tasks
sources:
  - {name: tickets, path: tickets.csv, text: text, label: category}
models:
  - {name: model, endpoint: %q, price: {in: 1, out: 2, currency: CNY}}
scenarios:
  - {name: letters, task: extract, schema: letter.json, items: {file: letters.jsonl}, bar: {at_least: 0.9, slack: 0.1}}
  - {name: replies, task: generate, items: {file: replies.jsonl}, bar: {at_least: 0.9, slack: 0.1}}
  - {name: polite, task: generate, items: {file: polite.jsonl}, bar: {at_least: 0.9, slack: 0.1}}
  - {name: verdicts, task: judge, items: {file: verdicts.jsonl}, bar: {at_least: 0.9, slack: 0.1}}
  - {name: intents, task: classify, items: {source: tickets}, bar: {metric: macro_f1, at_least: 0.8, slack: 0.1}, candidates: [small]}
`

var written = regexp.MustCompile(`on (\d+ \w+ \d+) took (\d+)`)

// works answers every task as asked.
func works(q string) string {
	switch {
	case strings.Contains(q, "JSON:"):
		m := written.FindStringSubmatch(q)
		return fmt.Sprintf("```json\n{\"date\": %q, \"amount\": \"%s元\", \"wish\": \"refund\"}\n```", m[1], m[2])
	case strings.Contains(q, "Verdict:"):
		if strings.Contains(q, "false") {
			return "not met"
		}
		return "met"
	}
	return "We apologise and return " + written.FindStringSubmatch(q)[2] + " yuan."
}

func tasks(t *testing.T, endpoint string) string {
	t.Helper()
	files := map[string]*strings.Builder{}
	add := func(name, format string, args ...any) {
		if files[name] == nil {
			files[name] = new(strings.Builder)
		}
		fmt.Fprintf(files[name], format, args...)
	}
	add("luodi.yaml", tasksProject, endpoint)
	add("letter.json", `{"required": ["date"], "properties": {"date": {"type": "string", "format": "date"},
		"amount": {"type": ["string", "number", "null"], "format": "money", "currency": "CNY"}, "wish": {"enum": ["refund", "apology"]}}}`)
	for i := range 120 {
		text := fmt.Sprintf("Letter %d: the bank on %d March 2026 took %d from me.", i, i%28+1, 100+i)
		add("letters.jsonl", `{"input": %q, "fields": {"date": "2026-03-%02d", "amount": "%d.00", "wish": "refund"}}`+"\n", text, i%28+1, 100+i)
		add("replies.jsonl", `{"input": %q, "rubric": ["states ¥%d", "mentions apologise", "omits guarantee"]}`+"\n", text, 100+i)
		add("polite.jsonl", `{"input": %q, "rubric": ["states ¥%d", "judge is polite"]}`+"\n", text, 100+i)
		add("verdicts.jsonl", `{"input": "Statement %d is %v. Is it met?", "label": %q}`+"\n", i, i%2 == 0, map[bool]string{true: "met", false: "not met"}[i%2 == 0])
	}
	add("tickets.csv", "text,category\n")
	for _, row := range tableRows(800) {
		add("tickets.csv", "%q,%s\n", row[0], row[1])
	}
	dir := t.TempDir()
	for name, b := range files {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(b.String()), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

// Every task of luodi.yaml is sized by its own scorer; what needs a judge is
// planned and never called.
func TestTasks(t *testing.T) {
	vendor := openaitest.Start(t, openaitest.Config{Reply: works})
	dir := tasks(t, vendor.BaseURL)
	luodi(t, "up", "-C", dir)
	var rep struct {
		Scenarios []struct {
			Classes []struct {
				MacroF1  float64    `json:"macro_f1"`
				Interval [2]float64 `json:"macro_f1_interval"`
				Classes  []struct{ Label string }
			}
			Name, Status, Decision string
			Result                 struct {
				Scorer      string
				Certificate struct{ En string }
				Arms        []struct {
					Name, Status, Reason string
					Items                int
					Quality              *float64
				}
			}
		}
	}
	if err := json.Unmarshal(luodi(t, "report", "-C", dir, "--json"), &rep); err != nil {
		t.Fatal(err)
	}
	want := map[string]struct{ status, scorer, text string }{
		"letters":  {"certified", "field_match/1 schema ", "true mean score"},
		"replies":  {"certified", "rubric/1", "true mean score"},
		"polite":   {"plan", "rubric/1", "PLAN"},
		"verdicts": {"certified", "exact_label/1", "true mean score"},
		"intents":  {"certified", "macro_f1/1", "true macro-F1"},
	}
	for _, s := range rep.Scenarios {
		w := want[s.Name]
		if s.Status != w.status || !strings.HasPrefix(s.Result.Scorer, w.scorer) || !strings.Contains(s.Result.Certificate.En, w.text) {
			t.Errorf("%s is %s by %s, want %s by %s: %s", s.Name, s.Status, s.Result.Scorer, w.status, w.scorer, s.Result.Certificate.En)
		}
		luodi(t, "size", "-C", dir, "--verify", s.Decision)
		if per := s.Name == "intents" || s.Name == "verdicts"; per != (len(s.Classes) == 1) {
			t.Errorf("%s has figures per class of %d candidates", s.Name, len(s.Classes))
		} else if per {
			c := s.Classes[0]
			if len(c.Classes) < 2 || c.MacroF1 < c.Interval[0] || c.MacroF1 > c.Interval[1] || c.Interval[0] < .5 {
				t.Errorf("%s: %+v", s.Name, c)
			}
		}
		for _, a := range s.Result.Arms {
			switch {
			case s.Name == "polite" && (a.Items > 0 || !strings.Contains(a.Reason, "120 rubric points need a judge")):
				t.Errorf("polite: %+v", a)
			case s.Name != "polite" && (a.Quality == nil || *a.Quality < .9):
				t.Errorf("%s: %+v", s.Name, a)
			}
		}
	}
	calls := len(vendor.Calls())
	luodi(t, "up", "-C", dir)
	if n := len(vendor.Calls()); n != calls {
		t.Errorf("a second run made %d calls", n-calls)
	}
}

// What is wrong with an item is said with its line, and no call is made.
func TestWrongItems(t *testing.T) {
	vendor := openaitest.Start(t, openaitest.Config{Reply: works})
	for _, tt := range []struct{ name, scenario, file, text, want string }{
		{"no fields", "letters", "letters.jsonl", `{"input": "x"}`, `letters.jsonl:1: the item has no "fields"`},
		{"gold that breaks the schema", "letters", "letters.jsonl", `{"input": "x", "fields": {"date": "2026-03-01", "wish": "money"}}`, "letter.json: the gold fields of item 1 break it: wish is none"},
		{"a keyword that is not checked", "letters", "letter.json", `{"properties": {"date": {"pattern": "x"}}}`, `unknown field "pattern"`},
		{"a point that is none", "replies", "replies.jsonl", `{"input": "x", "rubric": ["be nice"]}`, `replies.jsonl:1: rubric point "be nice"`},
		{"no verdict", "verdicts", "verdicts.jsonl", `{"input": "x"}`, `verdicts.jsonl:1: the item has no "label"`},
	} {
		t.Run(tt.name, func(t *testing.T) {
			dir := tasks(t, vendor.BaseURL)
			if err := os.WriteFile(filepath.Join(dir, tt.file), []byte(tt.text+"\n"), 0o644); err != nil {
				t.Fatal(err)
			}
			out, err := exec.Command("luodi", "size", "-C", dir, "--scenario", tt.scenario).CombinedOutput()
			if err == nil || !strings.Contains(string(out), tt.want) {
				t.Errorf("%v %s, want %q", err, out, tt.want)
			}
		})
	}
	if n := len(vendor.Calls()); n > 0 {
		t.Errorf("%d calls", n)
	}
}
