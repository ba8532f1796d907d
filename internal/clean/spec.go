package clean

import (
	"embed"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/luodi/luodi/internal/clean/pii"
	"github.com/luodi/luodi/internal/source"
	"github.com/luodi/luodi/internal/strictyaml"
)

// Spec is a plan as it is written: which operators a class of sources gets, in
// which order, and what may be dropped.
type Spec struct {
	Plan    string     `yaml:"plan"`    // its name
	Version int        `yaml:"version"` // counts up when people change it
	Formats []string   `yaml:"formats"` // of a default plan: what it is for
	Steps   []PlanStep `yaml:"steps"`
	Values  []string   `yaml:"values"` // amount, date: fields beside the text
	Drop    []Policy   `yaml:"drop"`
	PII     PIISpec    `yaml:"pii"`
}

// PlanStep is one operator of a plan with its parameters.
type PlanStep struct {
	Do      string `yaml:"do"`
	Remove  bool   `yaml:"remove"`  // take out what is found, instead of marking it
	Indents bool   `yaml:"indents"` // of space: leave leading blanks; markdown's always stay
}

// Policy drops records by a measure; nothing else than a policy does, but
// emptiness and exact repetition.
type Policy struct {
	Measure string   `yaml:"measure"`
	Above   *float64 `yaml:"above"`
	Below   *float64 `yaml:"below"`
	Lang    string   `yaml:"lang"` // drop what is in this language, instead of Measure
}

// PIISpec says what becomes of personal data.
type PIISpec struct {
	Default string            `yaml:"default"`
	Types   map[string]string `yaml:"types"`
}

// spotters find spans, by the names they have in plans.
var spotters = map[string]struct {
	version int
	find    func(string) []Span
}{
	"header_footer": {1, furniture},
	"page_number":   {1, pageNumbers},
	"contents":      {1, contents},
	"heading":       {1, headings},
	"quote":         {1, quotes},
	"signature":     {1, signatures},
}

// plain operators, by their names.
var plainOperators = map[string]Operator{
	"mojibake": mojibakeOperator, "control": controlOperator, "width": widthOperator, "nfc": nfcOperator,
	"punctuation": punctuationOperator, "s2t": toTraditional, "t2s": toSimplified,
}

// OperatorNames are the operators that a plan may list.
func OperatorNames() []string {
	names := append(slices.Collect(maps.Keys(plainOperators)), slices.Collect(maps.Keys(spotters))...)
	return slices.Sorted(slices.Values(append(names, "space")))
}

// operator makes the operator of a step for a format.
func (s PlanStep) operator(format string) Operator {
	if s.Do == "space" {
		return spaceOperator(s.Indents || format == "md" || format == "html")
	}
	if f, ok := spotters[s.Do]; ok {
		return finder(s.Do, f.version, s.Remove, f.find)
	}
	return plainOperators[s.Do]
}

// ReadSpec reads a plan that somebody wrote. Its error lists every mistake
// with line and column.
func ReadSpec(file string, data []byte) (Spec, error) {
	var s Spec
	d := strictyaml.Read(file, data, &s)
	var root strictyaml.Path
	if s.Plan == "" {
		d.Errorf(root, "a plan needs a name: plan: mine")
	}
	if s.Version < 1 {
		d.Errorf(root.Key("version"), "a plan needs a version from 1 on; count it up when you change the plan")
	}
	if len(s.Steps) == 0 {
		d.Errorf(root.Key("steps"), "a plan needs steps, such as - {do: control}; there are %s", strings.Join(OperatorNames(), ", "))
	}
	for i, step := range s.Steps {
		at := root.Key("steps").Index(i)
		if !slices.Contains(OperatorNames(), step.Do) {
			d.Errorf(at.Key("do"), "%q is no operator; there are %s", step.Do, strings.Join(OperatorNames(), ", "))
		}
		if _, ok := spotters[step.Do]; step.Remove && !ok {
			d.Errorf(at.Key("remove"), "%s finds nothing that could be removed", step.Do)
		}
		if step.Indents && step.Do != "space" {
			d.Errorf(at.Key("indents"), "indents belong to space")
		}
	}
	for i, v := range s.Values {
		if v != ValueAmount && v != ValueDate {
			d.Errorf(root.Key("values").Index(i), "%q is no value that is looked for; there are amount, date", v)
		}
	}
	for i, p := range s.Drop {
		at := root.Key("drop").Index(i)
		switch {
		case p.Lang != "" && !slices.Contains([]string{LangChinese, LangEnglish, LangOther}, p.Lang):
			d.Errorf(at.Key("lang"), "%q is no language that is told apart; there are zh, en, other", p.Lang)
		case p.Lang == "" && !slices.Contains(MeasureNames(), p.Measure):
			d.Errorf(at.Key("measure"), "%q is no measure; there are %s", p.Measure, strings.Join(MeasureNames(), ", "))
		case p.Lang == "" && p.Above == nil && p.Below == nil:
			d.Errorf(at, "a policy needs a limit: above or below")
		}
	}
	s.checkPII(d, root.Key("pii"))
	return s, d.Err()
}

func (s Spec) checkPII(d *strictyaml.Document, at strictyaml.Path) {
	known := func(a string) bool { return slices.Contains(pii.Actions, pii.Action(a)) }
	if s.PII.Default != "" && !known(s.PII.Default) {
		d.Errorf(at.Key("default"), "%q is no action; there are %v", s.PII.Default, pii.Actions)
	}
	for _, t := range sortedKeys(s.PII.Types) {
		here := at.Key("types").Key(t)
		switch a := s.PII.Types[t]; {
		case !slices.Contains(pii.Types, t):
			d.Errorf(here, "%q is no type of personal data; there are %s", t, strings.Join(pii.Types, ", "))
		case !known(a):
			d.Errorf(here, "%q is no action; there are %v", a, pii.Actions)
		}
	}
}

// redactor is the plan's actions with a key.
func (s Spec) redactor(key []byte) pii.Redactor {
	r := pii.Redactor{Default: pii.Action(s.PII.Default), ByType: map[string]pii.Action{}, Key: key}
	for t, a := range s.PII.Types {
		r.ByType[t] = pii.Action(a)
	}
	return r
}

// id is the spec with the versions of its operators.
func (s Spec) id() string {
	parts := []string{fmt.Sprintf("%s/%d", s.Plan, s.Version)}
	for _, step := range s.Steps {
		for _, format := range []string{"md", "txt"} {
			op := step.operator(format)
			parts = append(parts, fmt.Sprint(op.Name, "/", op.Version, op.Params))
		}
	}
	parts = append(parts, s.Values...)
	for _, p := range s.Drop {
		parts = append(parts, p.String())
	}
	parts = append(parts, "pii="+s.PII.Default)
	for _, t := range sortedKeys(s.PII.Types) {
		parts = append(parts, t+"="+s.PII.Types[t])
	}
	return strings.Join(parts, "\n")
}

// String is the policy in words, as drops are reasoned with.
func (p Policy) String() string {
	switch {
	case p.Lang != "":
		return "language " + p.Lang
	case p.Above != nil && p.Below != nil:
		return fmt.Sprintf("%s above %g or below %g", p.Measure, *p.Above, *p.Below)
	case p.Above != nil:
		return fmt.Sprintf("%s above %g", p.Measure, *p.Above)
	case p.Below != nil:
		return fmt.Sprintf("%s below %g", p.Measure, *p.Below)
	}
	return p.Measure
}

// drops says why a record is not to be used; "" where nothing speaks against
// it.
func (s Spec) drops(c Cleaned) string {
	for _, p := range s.Drop {
		v := c.Measures[p.Measure]
		switch {
		case p.Lang != "" && c.Lang == p.Lang:
			return fmt.Sprintf("policy of plan %s/%d: %s", s.Plan, s.Version, p)
		case p.Lang == "" && (p.Above != nil && v > *p.Above || p.Below != nil && v < *p.Below):
			return fmt.Sprintf("policy of plan %s/%d: %s (%g)", s.Plan, s.Version, p, v)
		}
	}
	return ""
}

//go:embed plans/*.yaml
var planFiles embed.FS

// Classes of sources that have a plan of their own.
var Classes = []string{"web", "office", "table", "log", "chat"}

// classOf is the class of a record's source, by its form.
func classOf(r source.Record, specs map[string]Spec) string {
	if r.Class == source.ClassRow {
		return "table"
	}
	for _, c := range Classes {
		if slices.Contains(specs[c].Formats, r.Format) {
			return c
		}
	}
	return "office"
}

// defaultSpecs are the plans in the binary.
func defaultSpecs() map[string]Spec {
	out := map[string]Spec{}
	for _, c := range Classes {
		b, err := planFiles.ReadFile("plans/" + c + ".yaml")
		if err == nil {
			out[c], err = ReadSpec(c+".yaml", b)
		}
		if err != nil {
			panic(err) // embedded, and tested
		}
	}
	return out
}

// DefaultPlan is the file of a class's default plan, to start an own one from.
func DefaultPlan(class string) ([]byte, error) { return planFiles.ReadFile("plans/" + class + ".yaml") }
