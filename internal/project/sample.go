package project

import (
	"math"

	"github.com/luodi/luodi/internal/strictyaml"
)

// Strata bring items to the mix of traffic: what share of it each value of a
// column has, known or estimated from elsewhere.
type Strata struct {
	Column string             `yaml:"column"`
	Shares map[string]float64 `yaml:"shares"`
}

// Labels says that only a part of the rows was drawn for a label.
type Labels struct {
	Probability string  `yaml:"probability"` // the column of each row's probability
	Least       float64 `yaml:"least"`       // that any row had, fixed before they were drawn
}

// checkSample checks how the items of a source stand for traffic.
func (c *checker) checkSample(at strictyaml.Path, s *Scenario) {
	i := &s.Items
	for key, given := range map[string]bool{"strata": i.Strata.Column != "", "labels": i.Labels.Probability != ""} {
		at := at.Key(key)
		if !c.doc.Has(at) {
			continue
		}
		switch {
		case i.File != "":
			c.doc.Errorf(at, "%s names a column, and the items of a file have none; declare the file as a source", key)
		case !given:
			c.doc.Errorf(at, "%s needs the name of a column: %s", key, map[string]string{
				"strata": "{column: channel, shares: {app: 0.7, branch: 0.3}}", "labels": "{probability: drawn, least: 0.3}"}[key])
		case s.Bar.Of != "" || s.Bar.Metric == "macro_f1" || i.Population == PopulationClosed || s.Cascade.Wanted:
			c.doc.Errorf(at, "%s goes with an absolute bar on a mean score, without a cascade, and not with a closed population", key)
		}
	}
	if shares := at.Key("strata").Key("shares"); i.Strata.Column != "" {
		sum := 0.0
		for name, v := range i.Strata.Shares {
			if c.share(shares.Key(name), v, 1) && v == 0 {
				c.doc.Errorf(shares.Key(name), "a stratum without traffic says nothing; leave its rows out of the source")
			}
			sum += v
		}
		if math.Abs(sum-1) > 1e-6 {
			c.doc.Errorf(at.Key("strata"), "the shares of traffic add up to %.6g, not to 1", sum)
		}
		if i.SplitBy == SplitDocument || i.SplitBy == SplitCustomer {
			c.doc.Errorf(at.Key("strata"), "rows of one %s are measured as one, and cannot be weighted; split by row or time", i.SplitBy)
		}
	}
	if i.Labels.Probability != "" && c.need(at.Key("labels"), "least", "the least probability of a label that any row had, such as 0.3") {
		if l := at.Key("labels").Key("least"); c.share(l, i.Labels.Least, 1) && i.Labels.Least == 0 {
			c.doc.Errorf(l, "with a probability of 0 some rows could never be labelled; write the least one that they had")
		}
	}
}
