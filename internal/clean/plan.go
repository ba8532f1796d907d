package clean

import (
	"fmt"
	"strings"

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

// Plan is a list of operators per kind of record. The zero value is not
// usable: NewPlan.
type Plan struct {
	extract map[string]Extractor // by format
	id      string
}

// planName is the name of the plan that this package makes; the number counts
// up when its operators, their order, or what is found in the text changes.
const planName = "clean/1"

// NewPlan returns the plan of this version with extractors by format ("html").
// Documents of those formats are extracted first.
func NewPlan(extract map[string]Extractor) Plan {
	parts := []string{planName}
	for _, ops := range [][]Operator{operators("md"), operators("txt")} {
		for _, op := range ops {
			parts = append(parts, fmt.Sprint(op.Name, "/", op.Version))
		}
	}
	for _, format := range sortedKeys(extract) {
		e := extract[format]
		parts = append(parts, fmt.Sprint(format, "=", e.Name(), "/", e.Version()))
	}
	return Plan{extract: extract, id: planName + "-" + lineage.Hash([]byte(strings.Join(parts, "\n")))[:8]}
}

// ID names the plan with everything that its results depend on.
func (p Plan) ID() string { return p.id }

// operators are those of a format, in order.
func operators(format string) []Operator {
	return []Operator{controlOperator, spaceOperator(format == "md" || format == "html"), widthOperator, nfcOperator}
}

// Step is what one operator did to a record.
type Step struct {
	Name   string     `json:"name"`
	Before string     `json:"before"`
	After  string     `json:"after"`
	Map    offset.Map `json:"-"` // After to Before
}

// Changed reports whether the step changed anything.
func (s Step) Changed() bool { return s.Before != s.After }

// apply runs the plan on a record's text; each step is told as it is done.
func (p Plan) apply(r source.Record, tell func(Step)) (title, text string) {
	title, text = r.Title, r.Text
	step := func(name, after string, m offset.Map) {
		tell(Step{Name: name, Before: text, After: after, Map: m})
		text = after
	}
	if e := p.extract[r.Format]; e != nil && r.Class == source.ClassDocument {
		found, after, m := e.Extract(text)
		if title == "" {
			title = found
		}
		step(e.Name(), after, m)
	}
	for _, op := range operators(r.Format) {
		after, m := op.Apply(text)
		step(op.Name, after, m)
	}
	return line(title), text
}

// line is a title or label on one line.
func line(s string) string {
	for _, op := range operators("") {
		s, _ = op.Apply(s)
	}
	return strings.Join(strings.Fields(s), " ")
}
