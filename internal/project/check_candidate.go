package project

import (
	"errors"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"

	"github.com/luodi/luodi/internal/strictyaml"
)

var errReading = errors.New("expected {k: 8}, the number of passages to read, or none")

// most bounds what a candidate may ask for: beyond it a prompt is a mistake.
const (
	mostExamples = 64
	mostPassages = 50
	mostReply    = 65536
)

func (c *checker) checkCandidates(at strictyaml.Path, s *Scenario) {
	if !c.doc.Has(at) {
		return
	}
	if len(s.Candidates) == 0 {
		c.doc.Errorf(at, "the list is empty; name at least one candidate")
	}
	names := namesOf(s.Candidates, func(c Candidate) string { return c.Name })
	for i := range s.Candidates {
		k, at := &s.Candidates[i], at.Index(i)
		name := at // a candidate that is a name alone stands where its name does
		if c.doc.Has(at.Key("name")) {
			name = at.Key("name")
		}
		if slices.Contains(names[:i], k.Name) && k.Name != "" {
			c.doc.Errorf(name, "candidate %q again", k.Name)
			continue
		}
		switch {
		case k.Name == "" && name == at:
			c.need(at, "name", "how the decision calls this candidate")
			continue
		case k.Name == CandidateSmall && !s.labels():
			c.doc.Errorf(name, "small is a classifier; this task is %s", s.Task)
		case k.Name == CandidateSmall && s.Items.File != "":
			c.doc.Errorf(name, "small is trained on rows that are not measured; items need a source for that, not a file")
		case k.Name == CandidateExtractive && s.Task != TaskAnswer:
			c.doc.Errorf(name, "extractive answers with passages; this task is %s", s.Task)
		case k.Name == CandidateExtractive && s.Knowledge == "":
			c.doc.Errorf(name, "extractive needs passages; add knowledge: NAME to the scenario")
		}
		switch {
		case k.builtIn() && !k.Plain():
			c.doc.Errorf(at, "%s is %s and takes no settings; name it alone", k.Name, builtIn[k.Name])
		case k.builtIn():
		case name == at: // a name alone
			c.refers(at, "candidate", k.Name, append(c.modelNames(), CandidateSmall, CandidateExtractive))
		default:
			c.checkVariant(at, s, k)
		}
	}
}

// checkVariant checks a candidate that is a mapping.
func (c *checker) checkVariant(at strictyaml.Path, s *Scenario, k *Candidate) {
	if !c.plainName(at.Key("name"), k.Name, "/:@+") {
		return
	}
	_, isModel := c.Model(k.Name)
	switch {
	case c.doc.Has(at.Key("model")):
		if c.refers(at.Key("model"), "model", k.Model, c.modelNames()) && isModel && k.Model != k.Name {
			c.doc.Errorf(at.Key("name"), "%q is the name of another model than %q; give the candidate a name of its own", k.Name, k.Model)
		}
	case !isModel:
		c.need(at, "model", "which of models: this candidate is a variant of")
	}
	k.PromptFile = c.checkPrompt(at.Key("prompt"), s, &k.Prompt)
	c.between(at.Key("examples"), k.Examples, 1, mostExamples)
	if k.Examples > 0 && (!s.labels() || s.Items.File != "") {
		c.doc.Errorf(at.Key("examples"), "examples are drawn from training rows with labels: the task must be classify or tag and its items rows of a source")
	}
	if read := at.Key("retrieval"); c.doc.Has(read) {
		switch {
		case k.Retrieval.None && s.Task == TaskAnswer && strings.HasSuffix(or(s.Bar.Metric, metrics[TaskAnswer][0]), "citation"):
			c.doc.Errorf(read, "the metric %s needs something to cite", or(s.Bar.Metric, metrics[TaskAnswer][0]))
		case k.Retrieval.None:
		case s.Knowledge == "":
			c.doc.Errorf(read, "there is nothing to read; add knowledge: NAME to the scenario")
		case c.need(read, "k", "the number of passages to read"):
			c.between(read.Key("k"), k.Retrieval.K, 1, mostPassages)
			if s.Task != TaskAnswer && !strings.Contains(or(k.Prompt, s.Prompt), "{passages}") {
				c.doc.Errorf(read, "the prompt has no {passages}, so the model would not see what was read")
			}
		}
	}
	if c.doc.Has(at.Key("tools")) && c.oneOf(at.Key("tools"), "way to ask", k.Tools, toolModes) && k.Tools == ToolsFunction && s.Task != TaskClassify && s.Task != TaskTools {
		c.doc.Errorf(at.Key("tools"), "a function takes a label; this task is %s", s.Task)
	}
	if k.Temperature < 0 || k.Temperature > 2 {
		c.doc.Errorf(at.Key("temperature"), "expected a number between 0 and 2, found %g", k.Temperature)
	}
	c.between(at.Key("max_tokens"), k.MaxTokens, 1, mostReply)
}

func (c *checker) between(at strictyaml.Path, v, least, most int) {
	if c.doc.Has(at) && (v < least || v > most) {
		c.doc.Errorf(at, "expected a whole number between %d and %d, found %d", least, most, v)
	}
}

func (c *checker) checkCascade(at strictyaml.Path, s *Scenario) {
	if s.Cascade.Wanted = c.doc.Has(at); !s.Cascade.Wanted {
		return
	}
	k, names := &s.Cascade, namesOf(s.Candidates, func(c Candidate) string { return c.Name })
	if len(names) == 0 {
		names = c.modelNames()
	}
	switch {
	case s.Task != TaskClassify:
		c.doc.Errorf(at, "a cascade goes by labels that agree; this task is %s", s.Task)
	case or(s.Bar.Metric, metrics[TaskClassify][0]) != metrics[TaskClassify][0]:
		c.doc.Errorf(at, "a cascade is compared item by item, so the metric must be %s", metrics[TaskClassify][0])
	case s.Items.SplitBy == SplitDocument || s.Items.SplitBy == SplitCustomer:
		c.doc.Errorf(at, "a cascade is certified on items that stand alone; this scenario splits by %s", s.Items.SplitBy)
	}
	switch {
	case c.doc.Has(at.Key("of")):
		c.refers(at.Key("of"), "candidate", k.Of, slices.DeleteFunc(names, func(n string) bool { return n == CandidateSmall }))
	case s.Bar.Of == "":
		c.need(at, "of", "the strong candidate that it is compared with")
	case s.Bar.Of == CandidateSmall:
		c.doc.Errorf(at, "nothing is cheaper than small, so there is no cascade to find; name a model with of")
	}
	if c.doc.Has(at.Key("loss")) && (k.Loss <= 0 || k.Loss > .2) {
		c.doc.Errorf(at.Key("loss"), "expected the points that may be lost, above 0 and at most 0.2, found %g", k.Loss)
	}
}

var (
	placeholder = regexp.MustCompile(`(\{+)([A-Za-z_]+)\}+`)
	isText      = regexp.MustCompile(`[\s{]`)
)

// placeholders of a prompt, and words that are taken for them.
var (
	placeholders = []string{"input", "labels", "passages"}
	mistaken     = map[string]string{"text": "input", "question": "input", "item": "input", "query": "input", "classes": "labels", "context": "passages", "documents": "passages"}
)

// checkPrompt checks a prompt. One without a space or a brace is the name of a
// file, whose text takes its place; the file is returned. Other words in
// braces are accepted: a prompt may show JSON.
func (c *checker) checkPrompt(at strictyaml.Path, s *Scenario, text *string) (file string) {
	if !c.doc.Has(at) {
		return ""
	}
	if *text != "" && !isText.MatchString(*text) {
		file = *text
		b, err := os.ReadFile(c.Abs(file))
		if err != nil {
			var where *os.PathError
			if errors.As(err, &where) {
				err = where.Err
			}
			c.doc.Errorf(at, "reading the prompt %s: %s; a prompt is a file, or a text with {input}", filepath.ToSlash(file), err)
			return file
		}
		*text = strings.TrimSpace(strings.ReplaceAll(string(b), "\r\n", "\n"))
	}
	the := "the prompt"
	if file != "" {
		the = "the prompt " + filepath.ToSlash(file)
	}
	found := map[string]bool{}
	for _, m := range placeholder.FindAllStringSubmatch(*text, -1) {
		braces, name := m[1], m[2]
		meant := or(mistaken[name], strictyaml.Closest(name, placeholders))
		switch {
		case slices.Contains(placeholders, name) && len(braces) == 1:
			found[name] = true
		case meant != "":
			c.doc.Errorf(at, "unknown placeholder %s (did you mean {%s}?)", m[0], meant)
			found[meant] = true
		}
	}
	if !found["input"] {
		c.doc.Errorf(at, "%s has no {input}, so the model would not see the item", the)
	}
	if found["passages"] && s.Knowledge == "" {
		c.doc.Errorf(at, "%s has {passages} but the scenario no knowledge base", the)
	}
	return file
}
