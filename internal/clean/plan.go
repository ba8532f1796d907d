package clean

import (
	"fmt"
	"maps"
	"strings"

	"github.com/luodi/luodi/internal/clean/pii"
	"github.com/luodi/luodi/internal/errs"
	"github.com/luodi/luodi/internal/lineage"
	"github.com/luodi/luodi/internal/source"
	"github.com/luodi/luodi/internal/source/offset"
)

// Extractor takes the content out of a marked-up document: its title, and its
// text with headings as "# " lines and tables row by row. It is pure, as an
// Operator is, and may be called from any goroutine. A document that cannot be
// parsed is taken as far as it goes; there is no error.
type Extractor interface {
	Name() string
	Version() int
	Extract(text string) (title, content string, m offset.Map)
}

// Plan is what every record of a project is cleaned by: a list of operators
// and policies for each class of sources. The zero value is not usable:
// NewPlan.
type Plan struct {
	extract  map[string]Extractor // by format
	specs    map[string]Spec      // by class
	redact   map[string]pii.Redactor
	compiled map[string][]Operator // by class and format
	class    string                // of all records; "" is by their form
	key      []byte                // of what personal data becomes
	id       string
}

// planName is the name of the set of plans that this package makes; the number
// counts up when what is found in the text changes.
const planName = "clean/2"

// NewPlan returns the plans of this version with extractors by format
// ("html"). Documents of those formats are extracted first.
func NewPlan(extract map[string]Extractor) Plan {
	return Plan{extract: extract, specs: defaultSpecs()}.ready()
}

// With returns the plan for a source that a class, or a plan of its own, was
// chosen for.
func (p Plan) With(own Spec) Plan {
	p.specs = maps.Clone(p.specs)
	p.specs[ownClass] = own
	p.class = ownClass
	return p.ready()
}

// As returns the plan that takes every record for one of a class.
func (p Plan) As(class string) (Plan, error) {
	if _, ok := p.specs[class]; !ok {
		return p, errs.Invalid("there is no plan %q; there are %s, or a file of your own", class, strings.Join(Classes, ", "))
	}
	p.class = class
	return p.ready(), nil
}

// Keyed returns the plan with the key of the actions hash, format and vault.
// It returns errs.Invalid where an action needs a key and there is none.
func (p Plan) Keyed(key []byte) (Plan, error) {
	p.key = key
	p = p.ready()
	for _, c := range sortedKeys(p.redact) {
		if err := p.redact[c].Check(); err != nil {
			return p, fmt.Errorf("plan %s: %w", p.specs[c].Plan, err)
		}
	}
	return p, nil
}

// ownClass stands for the plan that was given to With.
const ownClass = "own"

// ready puts together what the records ask for, and the plan's id.
func (p Plan) ready() Plan {
	parts := []string{planName, p.class}
	p.redact, p.compiled = map[string]pii.Redactor{}, map[string][]Operator{}
	for _, class := range sortedKeys(p.specs) {
		s := p.specs[class]
		parts = append(parts, s.id())
		p.redact[class] = s.redactor(p.key)
		for _, format := range []string{"md", "html", "txt"} {
			for _, step := range s.Steps {
				p.compiled[class+" "+format] = append(p.compiled[class+" "+format], step.operator(format))
			}
		}
	}
	if len(p.key) > 0 {
		parts = append(parts, "key="+lineage.Hash(p.key))
	}
	for _, m := range measures {
		parts = append(parts, fmt.Sprint(m.Name, "/", m.Version))
	}
	for _, format := range sortedKeys(p.extract) {
		e := p.extract[format]
		parts = append(parts, fmt.Sprint(format, "=", e.Name(), "/", e.Version()))
	}
	p.id = planName + "-" + lineage.Hash([]byte(strings.Join(parts, "\n")))[:8]
	return p
}

// ID names the plan with everything that its results depend on.
func (p Plan) ID() string { return p.id }

// classOf is the class whose plan a record gets.
func (p Plan) classOf(r source.Record) string {
	if p.class != "" {
		return p.class
	}
	return classOf(r, p.specs)
}

// operators are those of a class and format, in order.
func (p Plan) operators(class, format string) []Operator {
	switch format {
	case "md", "html":
	case "docx", "pptx": // written as markdown is: indents are lists
		format = "md"
	default:
		format = "txt"
	}
	return p.compiled[class+" "+format]
}

// lineOperators make titles and labels plain.
var lineOperators = []Operator{controlOperator, spaceOperator(false), widthOperator, nfcOperator}

// Step is what one operator did to a record.
type Step struct {
	Name   string     `json:"name"`
	Before string     `json:"before"`
	After  string     `json:"after"`
	Map    offset.Map `json:"-"`               // After to Before
	Spans  []Span     `json:"spans,omitempty"` // found in After
}

// Changed reports whether the step changed anything.
func (s Step) Changed() bool { return s.Before != s.After }

// apply runs the plan on a record's text; each step is told as it is done.
func (p Plan) apply(r source.Record, tell func(Step)) (title, text string, spans []Span) {
	title, text = r.Title, r.Text
	step := func(name string, e Effect) {
		tell(Step{Name: name, Before: text, After: e.Text, Map: e.Map, Spans: e.Spans})
		spans = append(forward(spans, e.Map), e.Spans...)
		text = e.Text
	}
	if e := p.extract[r.Format]; e != nil && r.Class == source.ClassDocument {
		found, after, m := e.Extract(text)
		if title == "" {
			title = found
		}
		step(e.Name(), Effect{Text: after, Map: m})
	}
	for _, op := range p.operators(p.classOf(r), r.Format) {
		step(op.Name, op.Run(text))
	}
	return line(title), text, joinSpans(spans)
}

// personal finds personal data in a text and does what the plan says about it.
func (p Plan) personal(r source.Record, text string) (pii.Redacted, []pii.Tag, error) {
	tags, alike := pii.Find(text)
	redactor := p.redact[p.classOf(r)]
	if len(tags) == 0 || !redactor.Active() {
		return pii.Redacted{Text: text, Map: offset.Identity(len(text)), Tags: tags}, alike, nil
	}
	red, err := redactor.Apply(text, tags)
	return red, alike, err
}

// line is a title or label on one line.
func line(s string) string {
	for _, op := range lineOperators {
		s, _ = op.Apply(s)
	}
	return strings.Join(strings.Fields(s), " ")
}
