package sizing

import (
	"encoding/json"
	"fmt"
	"math"
	"sort"
	"strings"

	"github.com/luodi/luodi/internal/errs"
	"github.com/luodi/luodi/internal/lineage"
	"github.com/luodi/luodi/internal/money"
	"github.com/luodi/luodi/internal/sizing/etest"
	"github.com/luodi/luodi/internal/sizing/ladder"
)

// id is the study's address: all that is fixed before data.
func (c *StudyConfig) id(digest string) string {
	var arms []string
	for _, a := range c.Arms {
		b, _ := json.Marshal([]any{a.Config.ID(), a.Mean, a.SD})
		arms = append(arms, string(b))
	}
	sort.Strings(arms)
	return lineage.NewID(lineage.Study, c.Scenario, digest, c.rulesID(), strings.Join(arms, "\n"))
}

// rulesID is the digest of what a study fixes beside items and candidates. How
// far it runs is no part of it: its tests hold for any stopping rule.
func (c *StudyConfig) rulesID() string {
	b, _ := json.Marshal([]any{c.Metric, c.Bar, c.Slack, c.P95, c.Alpha, c.Beta, c.Seed, c.Scorer.Name(), c.Reference, c.Within, c.Reserve, c.Cascade, c.Grows, c.Closed, c.LabelLeast})
	if len(c.Recall) > 0 {
		recall, _ := json.Marshal(c.Recall) // in order of labels
		b = append(b, recall...)
	}
	if c.Cost > 0 {
		b = fmt.Appendf(b, "cost %v %s", c.Cost, c.Currency)
	}
	return lineage.NewID("rules", string(b))
}

// rules are the ladder's rules for arms in cost order over so many units, of
// at most most items each. Dearer candidates than a reference have no part.
func (c *StudyConfig) rules(rec StudyRecord, units, most int) ladder.Config {
	l := ladder.Config{Items: units, Bar: c.bar(), Slack: c.Slack, Graded: c.Scorer.Graded() || c.LabelLeast > 0, Paired: c.Reference != "",
		Alpha: c.Alpha - c.Cascade, Beta: c.Beta, Reserve: c.Reserve, Frontier: c.Frontier,
		Shares: ladder.Rule(rec.ShareRule), First: rec.First, Grows: c.Grows, Closed: c.Closed, Spare: c.Reserve > 0 && !c.Calibrated, WeightMost: c.weightMost()}
	if most > 1 {
		l.ClusterMost = most
	}
	unit := 1.0 // of a score, on the scale of what is bet on
	if c.LabelLeast > 0 {
		r := etest.Robust{Least: c.LabelLeast}
		unit = r.Scale(1) - r.Scale(0)
		l.Bar, l.Slack = r.Scale(l.Bar), l.Slack*unit
	}
	if l.Shares == ladder.Probing {
		for _, share := range rec.Shares {
			l.Taken += share
		}
	}
	width := 0         // of the reference, which is called for each item of the others
	var reference *Arm // and what is believed of it
	for i, a := range c.Arms {
		if a.Config.ID() == c.Reference {
			width, reference = a.Concurrency, &c.Arms[i]
		}
	}
	l.ShiftSD = c.Shift * unit
	for _, a := range c.Arms {
		id := a.Config.ID()
		if id == c.Reference {
			break
		}
		arm := ladder.Arm{Missing: a.Missing != "", Share: rec.Shares[id], Width: a.Concurrency, Seen: rec.Guess}
		switch {
		case a.SD <= 0:
		case reference == nil && c.LabelLeast > 0:
			arm.Mean, arm.SD = etest.Robust{Least: c.LabelLeast}.Scale(a.Mean), a.SD*unit
		case reference == nil:
			arm.Mean, arm.SD = a.Mean, a.SD
		case reference.SD > 0: // what moves all alike leaves differences as they are
			arm.Mean, arm.SD = a.Mean-reference.Mean, math.Hypot(a.SD, reference.SD)
			l.ShiftSD = a.SD / 2
		}
		if j, ok := rec.Later[id]; ok {
			arm.Later, arm.Horizon, arm.Seen, arm.Share = j.Number, j.Horizon, !j.Tested, 0
			if arm.Horizon = j.Horizon; j.Tested {
				arm.From = j.From
			} else {
				arm.Horizon = j.From // the unseen ones are left alone
			}
		} else if len(rec.Rounds) > 1 {
			arm.Horizon = rec.Units
		}
		switch {
		case width > 0:
			arm.Width = width
		case a.Config.Kind.InProcess():
			arm.Free, arm.Width = true, inProcessBatch
		}
		l.Arms = append(l.Arms, arm)
	}
	return l
}

// inProcessBatch is how many items of a free candidate are kept in one write.
const inProcessBatch = 500

// bar is the mean to reach, or the difference to the reference.
func (c *StudyConfig) bar() float64 {
	if c.Reference != "" {
		return 0 - c.Within
	}
	return c.Bar
}

// convert brings an amount to the study's currency.
func (c *StudyConfig) convert(a money.Amount, from money.Currency) (money.Amount, error) {
	if from == c.Currency || from == "" || a == 0 {
		return a, nil
	}
	rate, ok := c.Rates[from]
	if !ok || rate <= 0 {
		return 0, errs.Invalid("sizing scenario %s: no exchange rate from %s to %s", c.Scenario, from, c.Currency)
	}
	return money.Amount(a.Float()*rate*float64(money.Unit) + .5), nil
}

// unitFloor is the certified floor on the scale of what is bet on.
func (c *StudyConfig) unitFloor() float64 {
	floor := c.bar() - c.Slack
	switch {
	case c.Reference != "":
		return (1 + floor) / 2
	case c.LabelLeast > 0:
		return etest.Robust{Least: c.LabelLeast}.Scale(floor)
	}
	return math.Max(floor, 0)
}
