// Package policy refuses calls before any model sees them: by the length of
// their prompt, and by rules that a team writes in CEL, the Common Expression
// Language, such as
//
//	department == "sales" && prompt.contains("合同编号")
//	now.getHours("Asia/Shanghai") < 6 && model != "local-small"
//
// A rule is compiled and its types are checked when luodi.yaml is read, so that
// a slip is an error with line and column there and not a call that is let
// through at night. CEL has no loops without an end and each evaluation has a
// limit of cost besides; what cannot be decided within it is refused.
//
// A rule sees what the caller sent, not what a scenario's prompt adds. It knows
// no vendor: what may leave the house by vendor is the personal data policy's
// (package gateway).
package policy

import (
	"fmt"
	"slices"
	"time"
)

// Call is what a guard may look at.
type Call struct {
	Model       string // the name that the caller gave: a model, a route, scenario/intent
	Key         string // the key's id
	KeyName     string
	Department  string // with those above it: retail/cards
	Scenario    string // "" for a model that is passed through
	PromptBytes int64  // UTF-8 bytes of the texts that a vendor will count
	MaxTokens   int64  // the caller's limit of the reply; 0: none
	Stream      bool
	Now         time.Time
	Prompt      func() string // the texts; asked for by rules that read them only, once
}

// Guard refuses some calls.
type Guard struct {
	Name    string
	Models  []string // the names that it is for, as callers give them; none: all
	Longest int64    // bytes of a prompt; 0: no limit
	Deny    *Rule    // nil: none
	Message string   // for the caller; "" says what was not met
}

// Denial is why a call is refused.
type Denial struct {
	Guard   string
	Message string
}

// Guards are asked in order; the first that refuses decides. The zero value
// lets everything through. They may be used from any goroutine.
type Guards []Guard

// Decide returns nil where the call may go on. A rule that cannot be
// evaluated refuses.
func (gs Guards) Decide(c *Call) *Denial {
	for i := range gs {
		g := &gs[i]
		if len(g.Models) > 0 && !slices.Contains(g.Models, c.Model) {
			continue
		}
		why := ""
		if g.Longest > 0 && c.PromptBytes > g.Longest {
			why = fmt.Sprintf("the prompt has %d bytes; %d are allowed", c.PromptBytes, g.Longest)
		} else if g.Deny != nil {
			switch denied, err := g.Deny.Denies(c); {
			case err != nil:
				return &Denial{g.Name, "the rule could not be evaluated: " + err.Error()}
			case denied:
				why = "a rule of this gateway does not allow the call"
			}
		}
		if why == "" {
			continue
		}
		if g.Message != "" {
			why = g.Message
		}
		return &Denial{g.Name, why}
	}
	return nil
}
