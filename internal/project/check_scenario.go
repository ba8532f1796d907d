package project

import (
	"slices"
	"strings"

	"github.com/luodi/luodi/internal/strictyaml"
)

func (c *checker) checkScenarios() {
	c.checkNames(scenarios, "scenario", namesOf(c.Scenarios, func(s Scenario) string { return s.Name }), "")
	for i := range c.Scenarios {
		s, at := &c.Scenarios[i], scenarios.Index(i)
		c.refers(at.Key("department"), "department", s.Department, c.departmentNames())
		c.refers(at.Key("knowledge"), "knowledge base", s.Knowledge, namesOf(c.Knowledge, func(k Knowledge) string { return k.Name }))
		if c.need(at, "task", "one of "+strings.Join(tasks, ", ")) {
			c.oneOf(at.Key("task"), "task", s.Task, tasks)
		}
		if c.need(at, "items", "what it is measured on: {source: NAME, test: 0.3} or {file: questions.jsonl}") {
			c.checkItems(at.Key("items"), s)
			c.checkSample(at.Key("items"), s)
			if s.Items.Population == PopulationClosed && c.doc.Has(at.Key("cascade")) {
				c.doc.Errorf(at.Key("items").Key("population"), "a cascade is certified for traffic; over a closed population there is no test of it")
			}
		}
		if c.doc.Has(at.Key("schema")) {
			c.expandPath(at.Key("schema"), &s.Schema)
			if s.Task != TaskExtract {
				c.doc.Errorf(at.Key("schema"), "a schema is of the fields to extract; this task is %s", s.Task)
			}
		}
		if c.need(at, "bar", "what is good enough: {at_least: 0.85, slack: 0.02} or {within: 0.02, of: MODEL}") {
			c.checkBar(at.Key("bar"), s)
			c.checkRecall(at.Key("bar").Key("recall"), s)
		}
		c.checkCandidates(at.Key("candidates"), s)
		c.checkPrompt(at.Key("prompt"), s, &s.Prompt)
		c.checkCascade(at.Key("cascade"), s)
		c.checkJudge(at.Key("judge"), s)
		c.checkTools(at.Key("tools"), s)
		if d := at.Key("drift"); c.doc.Has(d) && c.need(d, "sample", "the share of served calls to draw for labels, such as 0.02") {
			if c.share(d.Key("sample"), s.Drift.Sample, 1) && s.Drift.Sample == 0 {
				c.doc.Errorf(d.Key("sample"), "a share of 0 draws no call; leave drift out")
			}
		}
		if t := at.Key("traffic").Key("requests_per_month"); c.doc.Has(t) && s.Traffic.RequestsPerMonth < 1 {
			c.doc.Errorf(t, "expected at least 1 request per month, found %d", s.Traffic.RequestsPerMonth)
		}
		if l := at.Key("latency").Key("p95"); c.doc.Has(l) && s.Latency.P95 <= 0 {
			c.doc.Errorf(l, "expected a duration above 0 such as 800ms, found %s", s.Latency.P95)
		}
	}
}

func (c *checker) checkItems(at strictyaml.Path, s *Scenario) {
	i := &s.Items
	if i.Population != "" {
		c.oneOf(at.Key("population"), "population", i.Population, populations)
	}
	if i.Population == PopulationClosed && s.Bar.Metric == "macro_f1" {
		c.doc.Errorf(at.Key("population"), "macro_f1 has no test of draws without replacement; a closed population needs another metric")
	}
	hasSource, hasFile := c.doc.Has(at.Key("source")), c.doc.Has(at.Key("file"))
	switch {
	case hasSource && hasFile:
		c.doc.Errorf(at.Key("file"), "items are rows of a source or of a file, not both")
	case !hasSource && !hasFile:
		c.doc.Errorf(at, "items need a source or a file: {source: NAME, test: 0.3} or {file: questions.jsonl}")
	case hasFile:
		c.expandPath(at.Key("file"), &i.File)
		for _, key := range []string{"test", "split_by"} {
			if c.doc.Has(at.Key(key)) {
				c.doc.Errorf(at.Key(key), "the items of a file are all measured, so %s says nothing; to split rows, declare the file as a source", key)
			}
		}
		return
	}
	if i.SplitBy != "" {
		c.oneOf(at.Key("split_by"), "split", i.SplitBy, splits)
	}
	c.labelled(at.Key("source"), s, i.Source)
	if test := at.Key("test"); c.doc.Has(test.Key("source")) {
		if c.labelled(test.Key("source"), s, i.Given.Source) && i.Given.Source == i.Source {
			c.doc.Errorf(test.Key("source"), "the source to measure on is the one to train on; name another, or give a share: test: 0.3")
		}
	} else if c.doc.Has(test) && i.Given.Share == 0 {
		c.doc.Errorf(test, "expected a share such as 0.3, or {source: NAME}")
	}
}

// labelled checks that items of a source have an answer to compare with.
func (c *checker) labelled(at strictyaml.Path, s *Scenario, name string) bool {
	if !c.refers(at, "source", name, c.sourceNames()) {
		return false
	}
	if source, _ := c.Source(name); source.Label == "" && slices.Contains([]string{TaskClassify, TaskTag, TaskExtract, TaskJudge, TaskTools}, s.Task) {
		c.doc.Errorf(at, "source %q has no label column, so there is nothing to measure against; add label: COLUMN to it", name)
		return false
	}
	return true
}

func (c *checker) checkBar(at strictyaml.Path, s *Scenario) {
	b := &s.Bar
	has := func(key string) bool { return c.doc.Has(at.Key(key)) }
	if has("metric") && len(metrics[s.Task]) > 0 && !slices.Contains(metrics[s.Task], b.Metric) {
		c.doc.Errorf(at.Key("metric"), "unknown metric %q of task %s%s", b.Metric, s.Task, strictyaml.Suggest(b.Metric, metrics[s.Task], "there are"))
	}
	metric := or(b.Metric, append(metrics[s.Task], "")[0])
	if (metric == "answer_and_citation" || metric == "citation") && s.Knowledge == "" {
		c.doc.Errorf(at, "the metric %s needs something to cite; add knowledge: NAME to the scenario", metric)
	}
	if has("at_least") == has("within") {
		c.doc.Errorf(at, "a bar is either {at_least: 0.85} or {within: 0.02, of: MODEL}")
		return
	}
	if has("within") {
		if metric == "macro_f1" {
			c.doc.Errorf(at.Key("within"), "a bar of macro_f1 is absolute: it is no mean of items, so there are no paired differences to test; write at_least, or take accuracy")
		}
		c.share(at.Key("within"), b.Within, 1)
		if c.need(at, "of", "the model to compare with") {
			c.refers(at.Key("of"), "model", b.Of, c.comparable(s))
		}
		if has("slack") {
			c.doc.Errorf(at.Key("slack"), "a bar with within has no slack; within is it")
		}
		return
	}
	if has("of") {
		c.doc.Errorf(at.Key("of"), "of goes with within; a bar of at_least compares with no model")
	}
	if c.share(at.Key("at_least"), b.AtLeast, 1) {
		c.share(at.Key("slack"), b.Slack, b.AtLeast)
	}
}

// share checks a number between 0 and top.
func (c *checker) share(at strictyaml.Path, v, top float64) bool {
	switch {
	case v >= 0 && v <= top:
		return true
	case v > 1 && v <= 100:
		c.doc.Errorf(at, "expected a number between 0 and %g, found %g; write %g", top, v, v/100)
	default:
		c.doc.Errorf(at, "expected a number between 0 and %g, found %g", top, v)
	}
	return false
}

// comparable are the names that a bar may be relative to: the models, and the
// scenario's own variants of them.
func (c *checker) comparable(s *Scenario) []string {
	out := append(c.modelNames(), CandidateSmall, CandidateExtractive)
	for _, k := range s.Candidates {
		if !slices.Contains(out, k.Name) {
			out = append(out, k.Name)
		}
	}
	return out
}
