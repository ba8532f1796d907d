package project

import (
	"slices"
	"strings"
)

func (c *checker) checkRoutes() {
	c.checkNames(routes, "route", namesOf(c.Routes, func(r Route) string { return r.Name }), "/:@+")
	for i := range c.Routes {
		r, at := &c.Routes[i], routes.Index(i)
		switch {
		case slices.Contains(c.modelNames(), r.Name):
			c.doc.Errorf(at.Key("name"), "a model is called %q already; clients could not tell them apart", r.Name)
		case strings.HasPrefix(r.Name, "scenario/"):
			c.doc.Errorf(at.Key("name"), "scenario/… is how the gateway calls scenarios; give the route another name")
		}
		if c.need(at, "models", "the models that share its calls") {
			c.checkList(at.Key("models"), "model", r.Models, c.modelNames())
		}
		if c.doc.Has(at.Key("fallback")) {
			c.checkList(at.Key("fallback"), "model", r.Fallback, c.modelNames())
		}
		if !c.doc.Has(at.Key("weights")) {
			continue
		}
		if len(r.Weights) != len(r.Models) {
			c.doc.Errorf(at.Key("weights"), "%d weights for %d models; write one for each", len(r.Weights), len(r.Models))
		}
		for n, w := range r.Weights {
			if w <= 0 {
				c.doc.Errorf(at.Key("weights").Index(n), "a weight is a number above 0")
			}
		}
	}
}
