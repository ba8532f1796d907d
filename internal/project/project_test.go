package project_test

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/luodi/luodi/internal/catalog"
	"github.com/luodi/luodi/internal/errs"
	"github.com/luodi/luodi/internal/money"
	"github.com/luodi/luodi/internal/project"
)

// bank is the example of the design: every section, nothing filled in.
const bank = `project: bank
departments:
  - name: service
  - name: compliance
  - name: risk
sources:
  - {name: tickets, department: service, path: data/tickets.csv, text: text, label: category}
  - {name: rules, department: compliance, path: "data/rules/**/*.md"}
knowledge:
  - {name: rulebook, sources: [rules], readers: [compliance, service]}
models:                       # endpoints this project may use; "${ENV}" for keys, never the key itself
  - {name: qwen-plus, vendor: dashscope, key: "${DASHSCOPE_API_KEY}"}
  - {name: local-small, endpoint: http://127.0.0.1:8081/v1, price: {in: 0, out: 0, currency: CNY}}
scenarios:
  - name: intent
    department: service
    task: classify            # classify | extract | answer | generate | judge
    items: {source: tickets, test: 0.3, split_by: row}   # or split_by: document | customer | time
    bar: {metric: accuracy, at_least: 0.85, slack: 0.02} # certified floor = .83, printed as such; or {within: 0.02, of: qwen-plus}
    traffic: {requests_per_month: 200000}
    latency: {p95: 800ms}
    candidates: [small, qwen-plus, local-small]
  - name: rule-questions
    department: service
    task: answer
    knowledge: rulebook
    items: {file: data/questions.jsonl}
    bar: {metric: answer_and_citation, at_least: 0.7}
budgets:
  - {department: service, per: month, limit: 3000 CNY}
`

// parse is project.Parse with an environment of its own.
func parse(text string, env ...string) (*project.Project, error) {
	return project.Parse(filepath.Join("bank", project.File), []byte(text), func(name string) (string, bool) {
		for _, e := range env {
			if k, v, _ := strings.Cut(e, "="); k == name {
				return v, true
			}
		}
		return "", false
	})
}

func mustParse(t *testing.T, text string, env ...string) *project.Project {
	t.Helper()
	p, err := parse(text, env...)
	if err != nil {
		t.Fatal(err)
	}
	return p
}

func TestExampleOfTheDesign(t *testing.T) {
	p := mustParse(t, bank, "DASHSCOPE_API_KEY=sk-1")
	if p.Name != "bank" || len(p.Departments) != 3 || len(p.Sources) != 2 || !filepath.IsAbs(p.Dir) || filepath.Base(p.Dir) != "bank" {
		t.Errorf("project %s in %s: %d departments, %d sources", p.Name, p.Dir, len(p.Departments), len(p.Sources))
	}
	want := []project.Scenario{
		{
			Name: "intent", Department: "service", Task: project.TaskClassify,
			Items:   project.Items{Source: "tickets", Test: .3, SplitBy: project.SplitRow},
			Bar:     project.Bar{Metric: "accuracy", AtLeast: .85, Slack: .02},
			Traffic: project.Traffic{RequestsPerMonth: 200000}, Latency: project.Latency{P95: 800 * time.Millisecond},
			Candidates: named("small", "qwen-plus", "local-small"),
		}, {
			Name: "rule-questions", Department: "service", Task: project.TaskAnswer, Knowledge: "rulebook",
			Items:      project.Items{File: "data/questions.jsonl", Test: 1, SplitBy: project.SplitRow},
			Bar:        project.Bar{Metric: "answer_and_citation", AtLeast: .7},
			Candidates: named("extractive", "qwen-plus", "local-small"),
		},
	}
	if diff := cmp.Diff(want, p.Scenarios); diff != "" {
		t.Error(diff)
	}
	if s, _ := p.Scenario("intent"); s.Bar.Floor() != .83 || !s.Wants("small") || s.Wants("extractive") {
		t.Errorf("floor %v, candidates %v", s.Bar.Floor(), s.Candidates)
	}
	if b := p.Budgets[0]; b.Limit.Amount != 3000*money.Unit || b.Limit.String() != "3000 CNY" || b.Per != project.PerMonth {
		t.Errorf("budget %+v", b)
	}
	if k, _ := p.Base("rulebook"); !cmp.Equal(k.Principals(), []string{"department:compliance", "department:service"}) {
		t.Errorf("principals %v", k.Principals())
	}
	if p.Abs("data/x") != filepath.Join(p.Dir, "data", "x") || p.Abs("/x/../y") != "/y" {
		t.Error("Abs")
	}
}

func TestDefaults(t *testing.T) {
	p := mustParse(t, `project: p
departments: [{name: bank}, {name: retail, parent: bank}, {name: cards, parent: retail}]
sources:
  - {name: a, path: a.csv, label: y, customer: client}
  - {name: b, path: b.csv, label: y}
models: [{name: m, vendor: deepseek}]
knowledge: [{name: kb, sources: [a], readers: ["user:x@bank.example", "department:cards", retail]}]
scenarios:
  - {name: s1, task: classify, items: {source: a}, bar: {at_least: 0.8}}
  - {name: s2, task: classify, items: {source: a, split_by: customer, test: 0.5}, bar: {within: 0.02, of: m}}
  - {name: s3, task: classify, items: {source: b, split_by: time, test: {source: a}}, bar: {at_least: 1}}
  - {name: s4, task: extract, items: {source: a}, bar: {at_least: 0.8}}
  - {name: s5, task: answer, items: {source: a}, bar: {metric: answer, at_least: 0.8}}
`)
	type row struct {
		Metric, Split, Column, Test string
		Share                       float64
		Candidates                  []string
	}
	var got []row
	for _, s := range p.Scenarios {
		got = append(got, row{s.Bar.Metric, s.Items.SplitBy, s.Items.SplitColumn, s.Items.TestSource, s.Items.Test, namesIn(s)})
	}
	small := []string{"small", "m"}
	want := []row{
		{"accuracy", "row", "", "", .3, small},
		{"accuracy", "customer", "client", "", .5, small},
		{"accuracy", "time", "time", "a", 0, small},
		{"field_match", "row", "", "", .3, []string{"m"}},
		{"answer", "row", "", "", .3, []string{"m"}},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
	if got := p.Scenarios[2].Items.Sources(); !cmp.Equal(got, []string{"b", "a"}) {
		t.Errorf("sources of s3: %v", got)
	}
	if got := p.Ancestors("cards"); !cmp.Equal(got, []string{"cards", "retail", "bank"}) {
		t.Errorf("ancestors of cards: %v", got)
	}
	if k, _ := p.Base("kb"); !cmp.Equal(k.Principals(), []string{"user:x@bank.example", "department:cards", "department:retail"}) {
		t.Errorf("principals %v", k.Principals())
	}
}

func TestVariables(t *testing.T) {
	const text = `project: p
sources: [{name: a, path: "${DATA}/a.csv", root: "${DATA}", label: "${NOT_REPLACED}"}]
models:
  - {name: m, vendor: dashscope, key: "${KEY}"}
  - {name: n, endpoint: "http://${HOST}:8081/v1", key: '${OTHER}'}
  - {name: o, model: ep-1, vendor: ark, price: {in: 0.8, out: 2, cached: 0.2, currency: USD}}
store: {url: "${PG}"}
`
	p := mustParse(t, text, "DATA=/data", "KEY=sk-1", "HOST=10.0.0.5", "OTHER=", "PG=postgres://u@h/d")
	if s := p.Sources[0]; s.Path != "/data/a.csv" || s.Root != "/data" || s.Label != "${NOT_REPLACED}" {
		t.Errorf("source %+v", s)
	}
	if p.Store.URL != "postgres://u@h/d" {
		t.Errorf("store %s", p.Store.URL)
	}
	m, err := p.Entry("m")
	if err != nil || m.Key.Reveal() != "sk-1" || len(m.Unset) != 0 {
		t.Errorf("m: %+v, %v", m, err)
	}
	n, _ := p.Entry("n")
	if n.BaseURL != "http://10.0.0.5:8081/v1" || !cmp.Equal(n.Unset, []string{"OTHER"}) || n.Key != "" {
		t.Errorf("n: %+v", n)
	}
	o, _ := p.Entry("o")
	if o.Model != "ep-1" || *o.Price != (catalog.ModelPrice{In: 800_000, Out: 2_000_000, Cached: 200_000, Currency: money.USD}) {
		t.Errorf("o: %+v %+v", o, o.Price)
	}
	if _, err := p.Entry("nobody"); !errs.Is(err, errs.CodeNotFound) {
		t.Errorf("an entry that is not there: %v", err)
	}
	if shown := fmt.Sprintf("%+v", p); strings.Contains(shown, "sk-1") {
		t.Error("the key is shown")
	}
}

func TestLoad(t *testing.T) {
	dir := t.TempDir()
	if _, err := project.Load(dir); !errs.Is(err, errs.CodeNotFound) || !strings.Contains(err.Error(), "luodi init") {
		t.Errorf("no file: %v", err)
	}
	if err := os.WriteFile(filepath.Join(dir, "luodi.yml"), nil, 0o644); err != nil {
		t.Fatal(err)
	}
	if _, err := project.Load(dir); !errs.Is(err, errs.CodeNotFound) || !strings.Contains(err.Error(), "rename it") {
		t.Errorf("luodi.yml: %v", err)
	}
	path, err := project.Skeleton(filepath.Join(dir, "新 工程!"), "")
	if err != nil {
		t.Fatal(err)
	}
	p, err := project.Load(filepath.Dir(path))
	if err != nil || p.Name != "新-工程" {
		t.Fatalf("the skeleton: %+v, %v", p, err)
	}
	if _, err := project.Skeleton(filepath.Dir(path), "other"); !errs.Is(err, errs.CodeConflict) {
		t.Errorf("a second skeleton: %v", err)
	}
	if again, _ := project.Load(filepath.Dir(path)); again.Name != p.Name {
		t.Error("the file was overwritten")
	}
}

// What the skeleton shows in comments must be valid too.
func TestSkeletonWithoutComments(t *testing.T) {
	var lines []string
	for _, line := range strings.Split(project.Default("bank"), "\n") {
		if rest, ok := strings.CutPrefix(line, "# "); ok && (strings.HasPrefix(rest, " ") || strings.HasSuffix(rest, ":")) {
			line = rest
		}
		lines = append(lines, line)
	}
	p := mustParse(t, strings.Join(lines, "\n"))
	if len(p.Departments) != 2 || len(p.Sources) != 2 || len(p.Knowledge) != 1 || len(p.Models) != 2 || len(p.Scenarios) != 2 || len(p.Budgets) != 1 {
		t.Errorf("the comments hold %d departments, %d sources, %d bases, %d models, %d scenarios, %d budgets",
			len(p.Departments), len(p.Sources), len(p.Knowledge), len(p.Models), len(p.Scenarios), len(p.Budgets))
	}
	for _, name := range []string{"", "!!", "123", "a:b", strings.Repeat("长", 70)} {
		mustParse(t, project.Default(name))
	}
}

func ExampleParse() {
	none := func(string) (string, bool) { return "", false }
	_, err := project.Parse("luodi.yaml", []byte(`project: bank
departments: [{name: service}]
sources:
  - {name: tickets, departmnt: service, path: data/tickets.csv}
  - {name: rules, department: servce, path: "rules/**/*.md"}
`), none)
	fmt.Println(err)
	// Output:
	// luodi.yaml:4:21: unknown key "departmnt" (did you mean "department"?)
	//     - {name: tickets, departmnt: service, path: data/tickets.csv}
	//                       ^
	// luodi.yaml:5:31: unknown department "servce" (did you mean "service"?)
	//     - {name: rules, department: servce, path: "rules/**/*.md"}
	//                                 ^
}

func BenchmarkParse(b *testing.B) {
	for b.Loop() {
		if _, err := parse(bank); err != nil {
			b.Fatal(err)
		}
	}
}

// named are candidates that are names alone, as they are filled in.
func named(names ...string) (out []project.Candidate) {
	for _, n := range names {
		c := project.Candidate{Name: n, Model: n}
		if n == project.CandidateSmall || n == project.CandidateExtractive {
			c.Model = ""
		}
		out = append(out, c)
	}
	return out
}

func namesIn(s project.Scenario) (out []string) {
	for _, c := range s.Candidates {
		out = append(out, c.Name)
	}
	return out
}
