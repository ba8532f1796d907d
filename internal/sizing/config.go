package sizing

import (
	"encoding/json"
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"sort"
	"strings"
	"time"

	"github.com/luodi/luodi/internal/errs"
	"github.com/luodi/luodi/internal/lineage"
	"github.com/luodi/luodi/internal/money"
	"github.com/luodi/luodi/internal/sizing/etest"
	"github.com/luodi/luodi/internal/sizing/ladder"
)

// StudyConfig is one study of one scenario. Everything but Runner, Store,
// Budget and Progress is fixed before data and part of the study's address.
type StudyConfig struct {
	Scenario string
	Metric   string // for the report: accuracy, answer_and_citation
	Items    []Item // the eval set; put in seeded order by the study
	Arms     []Arm  // in any order; the study orders them by expected cost
	Scorer   Scorer
	Runner   Runner
	Judge    *Arm  // who a Judged scorer asks; its calls are paid from Budget too
	Store    Store // nil: nothing is kept, for tests

	Bar   float64 // mean to reach
	Slack float64 // certified floor = Bar − Slack
	// Reference makes the bar a relative one: the id of the candidate that
	// others are compared with, item by item; the bar is then "at most Within
	// below it", and Bar is not read. Only cheaper candidates are tested.
	Reference string
	Within    float64
	// Recall are bars of single labels, by label: the share of its items that
	// must be found. Each has a test of its own, whose floor is Slack below it.
	Recall map[string]float64
	// P95 is the latency that 95 % of requests must stay within; 0 means no
	// latency bar.
	P95 time.Duration
	// Cost is what 1,000 requests may cost on average, in Currency; 0 means no
	// bar of cost.
	Cost float64

	Alpha, Beta float64 // 0 means .05 each
	// Alpha is spent in parts that are fixed before data: Reserve for
	// candidates that join later (0 means a tenth of it, below 0 none),
	// Cascade for a test of cascades that others make, the rest for the
	// candidates of now.
	Reserve, Cascade float64
	// Shift is the standard deviation of what moves all candidates alike
	// against the beliefs that their arms hold; 0 means .1.
	Shift float64
	// Grows says that items may be added later: the study then goes on where
	// it stopped, with a tenth of every share kept for that.
	Grows bool
	// Closed says that the items are the whole population (an archive): the
	// certificate is about them, and says nothing about traffic.
	Closed bool
	// Calibrated says that a small model is calibrated on all items, labels
	// included, whenever they come: to candidates that are fixed later none of
	// them is unseen.
	Calibrated bool
	// LabelLeast, above 0, says that only a part of the items is labelled:
	// each was drawn for a label with its probability Drawn, at least
	// LabelLeast, by chance and not by its content. The tests are those of
	// doubly robust scores.
	LabelLeast float64
	Seed       uint64
	Frontier   bool // continue above the first certificate
	// Budget is the most this study may spend, outcomes of earlier runs
	// included, in Currency; 0 means no limit. A call starts only when its
	// upper bound still fits.
	Budget   money.Amount
	Currency money.Currency // of the study's sums; "" means CNY
	// Rates are units of Currency per unit of another one. A candidate priced
	// in a currency without a rate is not run.
	Rates    map[money.Currency]float64
	Requests float64 // expected per month, for the report
	// Grace is how long calls already made may take to answer after the
	// context has ended; their outcomes are kept. 0 means 20 s.
	Grace    time.Duration
	Progress func(Progress) // may be nil; called from one goroutine
}

// Progress is where a study stands.
type Progress struct {
	Candidate    string
	Items, Total int
	Calls        int // made now, not taken from the cache
	Spent        money.Amount
}

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

// units returns the items in the study's seeded order, whatever order they
// came in: a random order of ids, or of clusters where items share one.
func units(items []Item, seed uint64) (out [][]Item) {
	sorted := slices.Clone(items)
	sort.Slice(sorted, func(i, j int) bool { return sorted[i].ID < sorted[j].ID })
	at := map[string]int{}
	for _, it := range sorted {
		if k, ok := at[it.Cluster]; ok && it.Cluster != "" {
			out[k] = append(out[k], it)
			continue
		}
		at[it.Cluster] = len(out)
		out = append(out, []Item{it})
	}
	r := rand.New(rand.NewPCG(seed, 0x51ce))
	r.Shuffle(len(out), func(i, j int) { out[i], out[j] = out[j], out[i] })
	return out
}

func itemsDigest(items []Item) string {
	ids := make([]string, len(items))
	for i, it := range items {
		ids[i] = it.ID
	}
	return lineage.NewID(lineage.Dataset, ids...)
}

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
