package proxy

import "github.com/luodi/luodi/internal/meter"

// asked is who asks, as budgets look at it.
func (c *call) asked() meter.Call {
	return meter.Call{Time: c.start, Key: c.key.ID, Department: c.key.Department, Scenario: c.view.route.Scenario, Own: c.key.Budget}
}

// degrade sends the call to the cheaper route that one of its budgets names,
// and reports whether it did: once the budget has passed its alert, or with
// full set where no room is left for the route that was asked for. A scenario
// is served as it was certified or not at all.
func (c *call) degrade(full bool) bool {
	if c.view.route.Scenario != "" || c.mark == meter.MarkDegraded {
		return false
	}
	probe := c.asked()
	name := c.s.cfg.Meter.Degrade(&probe, full)
	v := c.s.state.Load().views[name]
	if v == nil || v == c.view || !may(c.key, v) {
		return false
	}
	c.w.Header()["X-Luodi-Degraded"] = c.view.header
	c.w.Header()["X-Luodi-Route"] = v.header
	c.view, c.mark = v, meter.MarkDegraded
	return true
}
