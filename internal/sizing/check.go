package sizing

import (
	"slices"
	"time"

	"github.com/luodi/luodi/internal/errs"
	"github.com/luodi/luodi/internal/money"
)

func (c *StudyConfig) validate() error {
	switch {
	case c.Scenario == "":
		return errs.Invalid("sizing: the study has no scenario name")
	case len(c.Items) == 0:
		return errs.Invalid("sizing scenario %s: the eval set is empty; it needs labelled items", c.Scenario)
	case len(c.Arms) == 0:
		return errs.Invalid("sizing scenario %s: there are no candidates", c.Scenario)
	case c.Scorer == nil:
		return errs.Invalid("sizing scenario %s: there is no scorer", c.Scenario)
	case c.Reference != "":
		if c.Within < 0 || c.Slack < 0 || c.Within+c.Slack <= 0 || c.Within+c.Slack >= 1 {
			return errs.Invalid("sizing scenario %s: within %v and slack %v must not be negative, and together lie in (0,1)", c.Scenario, c.Within, c.Slack)
		}
		if !slices.ContainsFunc(c.Arms, func(a Arm) bool { return a.Config.ID() == c.Reference }) {
			return errs.Invalid("sizing scenario %s: the reference is not among the candidates", c.Scenario)
		}
	case c.Bar <= 0 || c.Bar > 1:
		return errs.Invalid("sizing scenario %s: the bar %v is not in (0,1]", c.Scenario, c.Bar)
	case c.Slack < 0 || c.Slack >= c.Bar:
		return errs.Invalid("sizing scenario %s: the slack %v is not in [0,%v)", c.Scenario, c.Slack, c.Bar)
	}
	if err := c.validateParts(); err != nil {
		return err
	}
	if err := c.validateCost(); err != nil {
		return err
	}
	switch {
	case c.Alpha < 0 || c.Alpha >= 1 || c.Beta < 0 || c.Beta >= 1:
		return errs.Invalid("sizing scenario %s: alpha %v and beta %v must lie in [0,1)", c.Scenario, c.Alpha, c.Beta)
	}
	seen := map[string]string{}
	for _, a := range c.Arms {
		id := a.Config.ID()
		if other, ok := seen[id]; ok {
			return errs.Invalid("sizing scenario %s: candidates %s and %s are the same configuration", c.Scenario, other, a.Config.Name)
		}
		seen[id] = a.Config.Name
	}
	ids := map[string]bool{}
	for _, it := range c.Items {
		if it.ID == "" {
			return errs.Invalid("sizing scenario %s: an item has no id", c.Scenario)
		}
		if ids[it.ID] {
			return errs.Invalid("sizing scenario %s: item %s is there twice; remove duplicates before", c.Scenario, it.ID)
		}
		ids[it.ID] = true
	}
	return nil
}

func (c *StudyConfig) defaults() {
	if c.Alpha == 0 {
		c.Alpha = .05
	}
	if c.Beta == 0 {
		c.Beta = .05
	}
	switch {
	case c.Reserve == 0:
		c.Reserve = c.Alpha * reservePart
	case c.Reserve < 0:
		c.Reserve = 0
	}
	if c.Currency == "" {
		c.Currency = money.CNY
	}
	if c.Grace == 0 {
		c.Grace = 20 * time.Second
	}
	if c.Judge != nil {
		judge := *c.Judge
		judge.Concurrency = max(judge.Concurrency, 1)
		c.Judge = &judge
	}
	c.Arms = slices.Clone(c.Arms)
	for i := range c.Arms {
		if c.Arms[i].Concurrency <= 0 {
			c.Arms[i].Concurrency = 4
		}
		if c.Arms[i].Latency == 0 {
			c.Arms[i].Latency = 2000
			if c.Arms[i].Config.Kind.InProcess() {
				c.Arms[i].Latency = 1
			}
		}
	}
}
