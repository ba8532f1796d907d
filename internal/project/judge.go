package project

import (
	"slices"

	"github.com/luodi/luodi/internal/strictyaml"
)

// Judge is the model that scores what no rule can: points of a rubric that
// begin with judge, and whether an answer says what it should. It predicts;
// what is certified is the mean that people would give, who label a random
// sample.
type Judge struct {
	Model  string  `yaml:"model"`  // "" is none
	Sample float64 `yaml:"sample"` // chance of each item to be labelled by people; filled in: 0.2
}

// UnmarshalText reads a model's name.
func (j *Judge) UnmarshalText(b []byte) error {
	j.Model = string(b)
	return nil
}

const defaultSample = 0.2

// leastSample bounds the chance of a label: below it a label weighs so much
// that nothing can be proven.
const leastSample = 0.02

// Prior is what is known of a model's quality before it is measured: a public
// score. It steers how alpha is divided and when a candidate is set aside,
// never whether it is tried.
type Prior struct {
	Score  *float64 `yaml:"score"`  // in [0,1]; nil is none
	Source string   `yaml:"source"` // where it was published, such as MMLU-Pro 2024-11
}

func (c *checker) checkPrior(at strictyaml.Path, p Prior) {
	if !c.doc.Has(at) {
		return
	}
	if c.need(at, "score", "the public score, between 0 and 1") && p.Score != nil {
		c.share(at.Key("score"), *p.Score, 1)
	}
	c.need(at, "source", "where the score was published; scores of one source are compared with each other")
}

func (c *checker) checkJudge(at strictyaml.Path, s *Scenario) {
	if !c.doc.Has(at) {
		return
	}
	model := at
	if c.doc.Has(at.Key("sample")) || c.doc.Has(at.Key("model")) {
		c.need(at, "model", "the model that judges")
		model = at.Key("model")
	}
	c.refers(model, "model", s.Judge.Model, c.modelNames())
	metric := or(s.Bar.Metric, append(metrics[s.Task], "")[0])
	switch {
	case s.Task != TaskGenerate && s.Task != TaskAnswer:
		c.doc.Errorf(at, "a judge scores texts, of the tasks generate and answer; this task is %s", s.Task)
	case metric == "citation":
		c.doc.Errorf(at, "the metric citation is decided by addresses; there is nothing to judge")
	case s.Bar.Of != "":
		c.doc.Errorf(at, "with a judge the bar must be absolute: write at_least instead of within")
	case s.Items.Population == PopulationClosed:
		c.doc.Errorf(at, "with a judge people label a sample, and a closed population needs a census")
	case s.Items.SplitBy == SplitDocument || s.Items.SplitBy == SplitCustomer:
		c.doc.Errorf(at, "with a judge items must stand alone; this scenario splits by %s", s.Items.SplitBy)
	}
	if v := s.Judge.Sample; c.doc.Has(at.Key("sample")) && (v < leastSample || v > 1) {
		c.doc.Errorf(at.Key("sample"), "expected the chance of an item to be labelled by people, between %g and 1, found %g", leastSample, v)
	}
}

// checkTools checks the file of tools that the task is about.
func (c *checker) checkTools(at strictyaml.Path, s *Scenario) {
	switch {
	case c.doc.Has(at) && s.Task != TaskTools:
		c.doc.Errorf(at, "tools are what the task tools may call; this task is %s", s.Task)
	case c.doc.Has(at):
		c.expandPath(at, &s.Tools)
	case s.Task == TaskTools:
		c.doc.Errorf(at, "the task tools needs tools: the JSON file of the functions that may be called, as a chat request lists them")
	}
}

// checkRecall checks the bars of single classes.
func (c *checker) checkRecall(at strictyaml.Path, s *Scenario) {
	if !c.doc.Has(at) {
		return
	}
	if s.Task != TaskClassify && s.Task != TaskJudge {
		c.doc.Errorf(at, "recall is of a label; this task is %s", s.Task)
	}
	switch {
	case s.Bar.Of != "":
		c.doc.Errorf(at, "recall bars go with at_least; a bar within a model has none")
	case s.Items.Population == PopulationClosed:
		c.doc.Errorf(at, "there is no test of recall over a closed population")
	case s.Items.SplitBy == SplitDocument || s.Items.SplitBy == SplitCustomer:
		c.doc.Errorf(at, "there is no test of recall where several items come from one document or customer")
	case c.doc.Has(scenarios.Index(slices.IndexFunc(c.Scenarios, func(o Scenario) bool { return o.Name == s.Name })).Key("cascade")):
		c.doc.Errorf(at, "a cascade is certified for its mean alone; leave recall or the cascade out")
	}
	for label, v := range s.Bar.Recall {
		if !(v > 0 && v < 1) {
			c.doc.Errorf(at.Key(label), "expected the recall of %q that must be reached, above 0 and below 1, found %g", label, v)
		}
	}
}
