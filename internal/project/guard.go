package project

import (
	"errors"
	"fmt"
	"strconv"
	"strings"

	"github.com/luodi/luodi/internal/money"
	"github.com/luodi/luodi/internal/policy"
	"github.com/luodi/luodi/internal/strictyaml"
)

// Guard refuses calls at the gateway before a model sees them.
type Guard struct {
	Name      string   `yaml:"name"`
	Models    []string `yaml:"models"`     // it is for these names only: models, routes, scenario/NAME; none: all
	MaxPrompt Size     `yaml:"max_prompt"` // 0: any length
	Deny      string   `yaml:"deny"`       // CEL, true for calls to be refused; "" is none
	Message   string   `yaml:"message"`    // what callers are told

	Rule *policy.Rule // Deny, compiled
}

// Size is a number of bytes.
type Size int64

var sizes = []struct {
	unit  string
	bytes int64
}{{"GB", 1 << 30}, {"MB", 1 << 20}, {"KB", 1 << 10}, {"B", 1}}

// UnmarshalText reads "32KB", "1MB" or "4000B".
func (s *Size) UnmarshalText(b []byte) error {
	for _, u := range sizes {
		number, ok := strings.CutSuffix(string(b), u.unit)
		if !ok {
			continue
		}
		n, err := strconv.ParseInt(strings.TrimSpace(number), 10, 32)
		if err != nil || n <= 0 {
			break
		}
		*s = Size(n * u.bytes)
		return nil
	}
	return fmt.Errorf("%q is no size; write it as 32KB, 1MB or 4000B", b)
}

// Served are the names that callers may give as model, as far as the file
// decides them.
func (p *Project) Served() []string {
	out := namesOf(p.Models, func(m Model) string { return m.Name })
	out = append(out, namesOf(p.Routes, func(r Route) string { return r.Name })...)
	for _, s := range p.Scenarios {
		out = append(out, "scenario/"+s.Name)
	}
	return out
}

func (c *checker) checkGuards() {
	c.checkNames(guards, "guard", namesOf(c.Guards, func(g Guard) string { return g.Name }), "")
	for i := range c.Guards {
		g, at := &c.Guards[i], guards.Index(i)
		if c.doc.Has(at.Key("models")) {
			c.checkList(at.Key("models"), "model", g.Models, c.Served())
		}
		if g.Deny == "" {
			if !c.doc.Has(at.Key("max_prompt")) {
				c.doc.Errorf(at, "guard %q refuses nothing; give it max_prompt, such as 32KB, or deny, a rule such as model == \"qwen-plus\" && prompt_bytes > 1000", g.Name)
			}
			continue
		}
		rule, err := policy.Compile(g.Deny)
		var slip *policy.Error
		if errors.As(err, &slip) {
			c.doc.Errorf(at.Key("deny"), "%s", slip)
		}
		g.Rule = rule
	}
}

// checkDegrade checks what becomes of calls beyond a budget's alert.
func (c *checker) checkDegrade(at strictyaml.Path, b *Budget) {
	if b.Alert > 100 {
		c.doc.Errorf(at.Key("alert"), "an alert is a share of the limit, up to 100%%, such as 80%%")
	}
	if b.Degrade == "" {
		return
	}
	names := append(c.modelNames(), namesOf(c.Routes, func(r Route) string { return r.Name })...)
	c.refers(at.Key("degrade"), "model", b.Degrade, names)
}

// AlertAt is the amount of spending from which calls are marked; 0: none.
func (b Budget) AlertAt() money.Amount {
	return b.Limit.Amount/100*money.Amount(b.Alert) + b.Limit.Amount%100*money.Amount(b.Alert)/100
}
