package sizing

import (
	"math"
	"slices"
)

// order sorts candidates by expected cost per request; a candidate without a
// price comes last. Equal costs: in-process first, then by name.
func (c *StudyConfig) order(items []Item) error {
	type ranked struct {
		arm  Arm
		cost float64
	}
	list := make([]ranked, len(c.Arms))
	for i, a := range c.Arms {
		cost, err := c.expectedCost(a, items)
		if err != nil {
			return err
		}
		list[i] = ranked{a, cost}
	}
	slices.SortStableFunc(list, func(x, y ranked) int {
		switch {
		case x.cost != y.cost:
			if x.cost < y.cost {
				return -1
			}
			return 1
		case x.arm.Config.Kind.InProcess() != y.arm.Config.Kind.InProcess():
			if x.arm.Config.Kind.InProcess() {
				return -1
			}
			return 1
		}
		if x.arm.Config.Name < y.arm.Config.Name {
			return -1
		}
		return 1
	})
	for i := range list {
		c.Arms[i] = list[i].arm
	}
	return nil
}

// expectedCost per request in the study's currency; infinite where the price
// or the exchange rate is not known.
func (c *StudyConfig) expectedCost(a Arm, items []Item) (float64, error) {
	if a.recorded != nil {
		return *a.recorded, nil
	}
	if a.Price.Unknown {
		return math.Inf(1), nil
	}
	cost, err := a.expectedCost(items)
	if err != nil {
		return 0, err
	}
	rate := 1.0
	if cost > 0 && a.Price.Currency != "" && a.Price.Currency != c.Currency {
		rate = c.Rates[a.Price.Currency]
		if rate <= 0 {
			return math.Inf(1), nil
		}
	}
	return cost * rate, nil
}
