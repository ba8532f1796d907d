package sizing

import (
	"time"

	"github.com/luodi/luodi/internal/money"
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
