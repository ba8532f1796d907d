package meter

import (
	"cmp"
	"context"
	"encoding/json"
	"slices"
	"time"

	"github.com/luodi/luodi/internal/errs"
	"github.com/luodi/luodi/internal/money"
)

// Dimensions are the columns that Costs can group by.
var Dimensions = []string{"day", "department", "scenario", "key", "configuration", "model", "outcome", "mark", "package"}

// Cost is one line of a cost report. Its JSON has a member for each dimension
// that was asked for, and requests, input_tokens, output_tokens, covered_tokens
// (of both, those that packages paid for), cost (of the others, an exact decimal
// of the currency), currency and estimated (how many of the requests were
// counted here, not by the vendor).
type Cost struct {
	By                                              []string
	Day                                             string // 2006-01-02 in the report's zone
	Department, Scenario, Key, Configuration, Model string
	Outcome, Mark, Package                          string
	Requests, Input, Output, Estimated, Covered     int64
	Cost                                            money.Amount
	Currency                                        money.Currency
}

// Dimension is the line's value of one of Dimensions.
func (c Cost) Dimension(name string) string {
	switch name {
	case "day":
		return c.Day
	case "department":
		return c.Department
	case "scenario":
		return c.Scenario
	case "key":
		return c.Key
	case "configuration":
		return c.Configuration
	case "model":
		return c.Model
	case "outcome":
		return c.Outcome
	case "mark":
		return c.Mark
	case "package":
		return c.Package
	}
	return ""
}

// MarshalJSON writes the members described at Cost.
func (c Cost) MarshalJSON() ([]byte, error) {
	b := []byte{'{'}
	for _, name := range c.By {
		v, err := json.Marshal(c.Dimension(name))
		if err != nil {
			return nil, err
		}
		b = append(append(append(append(b, '"'), name...), `":`...), v...)
		b = append(b, ',')
	}
	rest, err := json.Marshal(struct {
		Requests  int64          `json:"requests"`
		Input     int64          `json:"input_tokens"`
		Output    int64          `json:"output_tokens"`
		Covered   int64          `json:"covered_tokens"`
		Cost      json.Number    `json:"cost"`
		Currency  money.Currency `json:"currency"`
		Estimated int64          `json:"estimated"`
	}{c.Requests, c.Input, c.Output, c.Covered, json.Number(c.Cost.String()), c.Currency, c.Estimated})
	return append(b, rest[1:]...), err
}

// Costs adds up the ledger by the columns of q.By, with days in zone (nil:
// UTC), in order of the columns. Amounts of different currencies are different
// lines. It returns errs.Invalid for a column that is not one of Dimensions.
func Costs(ctx context.Context, s Store, q Query, zone *time.Location) ([]Cost, error) {
	for _, name := range q.By {
		if !slices.Contains(Dimensions, name) {
			return nil, errs.Invalid("costs cannot be grouped by %q; choose from %v", name, Dimensions)
		}
	}
	if zone == nil {
		zone = time.UTC
	}
	sums, err := s.Sum(ctx, q)
	if err != nil {
		return nil, err
	}
	byKey := map[[10]string]*Cost{}
	var out []*Cost
	for _, s := range sums {
		c := Cost{By: q.By, Department: s.Department, Scenario: s.Scenario, Key: s.Key, Configuration: s.Configuration, Model: s.Model, Outcome: s.Outcome, Mark: s.Mark, Package: s.Package, Currency: s.Currency}
		if slices.Contains(q.By, "day") {
			c.Day = time.Unix(s.Quarter*900, 0).In(zone).Format("2006-01-02")
		}
		k := [10]string{c.Day, c.Department, c.Scenario, c.Key, c.Configuration, c.Model, c.Outcome, c.Mark, c.Package, string(c.Currency)}
		if byKey[k] == nil {
			byKey[k] = &c
			out = append(out, &c)
		}
		t := byKey[k]
		t.Requests += s.Requests
		t.Input += s.Input
		t.Output += s.Output
		t.Estimated += s.Estimated
		t.Covered += s.Covered
		t.Cost += s.Cost
	}
	lines := make([]Cost, len(out))
	for i, c := range out {
		lines[i] = *c
	}
	slices.SortStableFunc(lines, func(a, b Cost) int {
		for _, name := range q.By {
			if c := cmp.Compare(a.Dimension(name), b.Dimension(name)); c != 0 {
				return c
			}
		}
		return cmp.Compare(a.Currency, b.Currency)
	})
	return lines, nil
}
