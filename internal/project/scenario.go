package project

import (
	"math"
	"slices"
)

// Scenario is a task to serve.
type Scenario struct {
	Name       string      `yaml:"name"`
	Department string      `yaml:"department"`
	Task       string      `yaml:"task"`
	Knowledge  string      `yaml:"knowledge"` // "" is none
	Items      Items       `yaml:"items"`
	Schema     string      `yaml:"schema"` // JSON Schema file of an extraction; "" derives one from the items
	Bar        Bar         `yaml:"bar"`
	Traffic    Traffic     `yaml:"traffic"`
	Latency    Latency     `yaml:"latency"`
	Candidates []Candidate `yaml:"candidates"` // filled in: what the task allows, then all models
	Prompt     string      `yaml:"prompt"`     // of every candidate without its own, its text; "" is the task's own
	Cascade    Cascade     `yaml:"cascade"`
	Judge      Judge       `yaml:"judge"`
	Tools      string      `yaml:"tools"` // JSON file of the functions that the task tools may call
	Drift      Drift       `yaml:"drift"`
}

// Drift is how served calls are watched once a configuration is certified.
type Drift struct {
	Sample float64 `yaml:"sample"` // share of the calls that is drawn for labels; 0 is none
}

// The tasks.
const (
	TaskClassify = "classify"
	TaskExtract  = "extract"
	TaskAnswer   = "answer"
	TaskGenerate = "generate"
	TaskJudge    = "judge"
	TaskTools    = "tools"
	TaskTag      = "tag" // all labels that apply, where classify gives one
)

var tasks = []string{TaskClassify, TaskTag, TaskExtract, TaskAnswer, TaskGenerate, TaskJudge, TaskTools}

// Candidates that are no models of the project: a classifier trained here, and
// the best passages without a model.
const (
	CandidateSmall      = "small"
	CandidateExtractive = "extractive"
)

// Ways to split rows into those that are measured and those that train.
const (
	SplitRow      = "row"
	SplitDocument = "document"
	SplitCustomer = "customer"
	SplitTime     = "time"
)

// PopulationClosed says that the items are all there is: an archive.
const PopulationClosed = "closed"

var populations = []string{PopulationTraffic, PopulationClosed}

// PopulationTraffic is what items are drawn from unless a scenario says else.
const PopulationTraffic = "traffic"

var splits = []string{SplitRow, SplitDocument, SplitCustomer, SplitTime}

// metrics are those of each task, its default first.
var metrics = map[string][]string{
	TaskClassify: {"accuracy", "macro_f1"},
	TaskExtract:  {"field_match"},
	TaskAnswer:   {"answer_and_citation", "answer", "citation"},
	TaskGenerate: {"rubric"},
	TaskJudge:    {"accuracy"},
	TaskTools:    {"calls"},
	TaskTag:      {"label_f1", "exact_set"},
}

// Items are what a scenario is measured on: rows of a source, of which a
// share, or those of another source, are measured and the rest may train; or
// a file of questions, all of which are measured.
type Items struct {
	Source string    `yaml:"source"`
	File   string    `yaml:"file"`
	Given  TestSplit `yaml:"test"` // as it is written; Test and TestSource are what holds

	// Population is what a certificate is about: traffic that the items were
	// drawn from ("" too), or with PopulationClosed the items themselves.
	Population string `yaml:"population"`

	Strata Strata `yaml:"strata"` // no column: the items are mixed as traffic is
	Labels Labels `yaml:"labels"` // no column: every row was to be labelled

	Test        float64 // share of rows that are measured; 1 for a file
	TestSource  string  // its rows are measured instead
	SplitBy     string  `yaml:"split_by"`
	SplitColumn string  // that SplitBy reads, for customer and time
}

// Sources are those that the items are rows of.
func (i Items) Sources() []string {
	var out []string
	for _, s := range []string{i.Source, i.TestSource} {
		if s != "" {
			out = append(out, s)
		}
	}
	return out
}

// Bar is what a configuration must reach: a mean score of AtLeast, or one
// that is at most Within below that of the model Of.
type Bar struct {
	Metric  string  `yaml:"metric"`
	AtLeast float64 `yaml:"at_least"`
	Slack   float64 `yaml:"slack"`
	Within  float64 `yaml:"within"`
	Of      string  `yaml:"of"` // "" is an absolute bar
	// Recall are the shares of single labels' items that must be found; each
	// is a test of its own, and a certificate needs all.
	Recall map[string]float64 `yaml:"recall"`
	// Cost is what 1,000 requests may cost on average; a test of its own too.
	Cost CostBar `yaml:"cost"`
}

// Floor is what a certificate is for: AtLeast less Slack.
func (b Bar) Floor() float64 { return math.Round((b.AtLeast-b.Slack)*1e9) / 1e9 }

// Wants reports whether name is a candidate.
func (s Scenario) Wants(name string) bool {
	return slices.ContainsFunc(s.Candidates, func(c Candidate) bool { return c.Name == name })
}

// Candidate returns the candidate of that name.
func (s Scenario) Candidate(name string) (Candidate, bool) {
	return find(s.Candidates, func(c Candidate) bool { return c.Name == name })
}

// labels reports whether the task gives labels of the scenario, as a small
// model can.
func (s Scenario) labels() bool { return s.Task == TaskClassify || s.Task == TaskTag }

// fill puts in what the file may leave out.
func (s *Scenario) fill(p *Project) {
	if s.Bar.Metric == "" && len(metrics[s.Task]) > 0 {
		s.Bar.Metric = metrics[s.Task][0]
	}
	i := &s.Items
	switch {
	case i.File != "":
		i.Test = 1
	case i.Given.Source != "":
		i.TestSource = i.Given.Source
	case i.Given.Share != 0:
		i.Test = i.Given.Share
	default:
		i.Test = defaultTest
	}
	i.Given = TestSplit{}
	if i.SplitBy == "" {
		i.SplitBy = SplitRow
	}
	source, _ := p.Source(i.Source)
	switch i.SplitBy {
	case SplitCustomer:
		i.SplitColumn = or(source.Customer, SplitCustomer)
	case SplitTime:
		i.SplitColumn = or(source.Time, SplitTime)
	}
	s.fillCascade()
	if s.Judge.Model != "" && s.Judge.Sample == 0 {
		s.Judge.Sample = defaultSample
	}
	for i := range s.Candidates {
		s.Candidates[i].fill()
	}
	if len(s.Candidates) > 0 {
		return
	}
	if s.labels() && i.File == "" {
		s.Candidates = append(s.Candidates, Candidate{Name: CandidateSmall})
	}
	if s.Task == TaskAnswer && s.Knowledge != "" {
		s.Candidates = append(s.Candidates, Candidate{Name: CandidateExtractive})
	}
	for _, m := range p.Models {
		if m.Name == s.Judge.Model {
			continue // it judges the others
		}
		s.Candidates = append(s.Candidates, Candidate{Name: m.Name, Model: m.Name})
	}
}

const defaultTest = 0.3

func or(s, otherwise string) string {
	if s == "" {
		return otherwise
	}
	return s
}
