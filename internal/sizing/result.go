package sizing

// The statuses of a scenario.
const (
	StatusCertified = "certified"
	StatusBestGuess = "best_guess"
	StatusPlan      = "plan"
)

// Result is what a study found.
type Result struct {
	Study    string `json:"study"`
	Number   int    `json:"number"` // of the scenario's studies; each spends its own alpha
	Scenario string `json:"scenario"`
	Metric   string `json:"metric"`
	Scorer   string `json:"scorer"`
	Status   string `json:"status"` // certified | best_guess | plan
	// Bar and Floor are of the mean; with a Reference (configuration id) of
	// the mean difference to it, so that within 2 points is −.02.
	Reference string             `json:"reference,omitempty"`
	Bar       float64            `json:"bar"`
	Slack     float64            `json:"slack"`
	Floor     float64            `json:"floor"`
	P95       float64            `json:"p95_ms,omitempty"`
	RecallBar map[string]float64 `json:"recall_bars,omitempty"`
	CostBar   float64            `json:"cost_bar,omitempty"` // of 1,000 requests, in Currency
	Alpha     float64            `json:"alpha"`
	Beta      float64            `json:"beta"`
	Seed      uint64             `json:"seed"`
	Frontier  bool               `json:"frontier"`
	Items     int                `json:"items"`
	Clusters  int                `json:"clusters,omitempty"` // where items are tested by cluster
	Digest    string             `json:"items_digest"`

	// Alpha's parts: Reserve for candidates that join later, Cascade for a test
	// of cascades, the rest for the candidates of the start, divided by
	// ShareRule over First of them.
	Reserve   float64 `json:"alpha_reserve"`
	Cascade   float64 `json:"alpha_cascade"`
	ShareRule string  `json:"share_rule,omitempty"`
	First     int     `json:"first_candidates,omitempty"`
	Shift     float64 `json:"prior_shift,omitempty"`
	// Population is "closed" where the items are all there is.
	Population string  `json:"population,omitempty"`
	Grows      bool    `json:"grows,omitempty"`       // items may be added to the study
	Rounds     int     `json:"rounds,omitempty"`      // in which they came
	Units      int     `json:"first_units,omitempty"` // items, or clusters, of the first
	LabelLeast float64 `json:"label_least,omitempty"`
	WeightMost float64 `json:"weight_most,omitempty"`
	Calibrated bool    `json:"calibrated,omitempty"` // a small model has looked at all items
	Guess      bool    `json:"guess,omitempty"`      // all items were seen before the candidates were fixed
	// Fresh says that candidates were fixed, or items altered, after items had
	// been seen, and that only those not seen by then count.
	Fresh bool `json:"fresh,omitempty"`
	// Judge is who judged the texts, where a judge did.
	Judge *Judgement `json:"judge,omitempty"`

	Choice      string      `json:"choice"` // configuration id; "" with a plan
	Arms        []ArmResult `json:"arms"`   // in the study's cost order
	Certificate Text        `json:"certificate"`
	Currency    string      `json:"currency"`
	Spent       float64     `json:"spent"`     // on this study's items, earlier runs included
	Calls       int         `json:"calls"`     // outcomes used, endpoints only
	NewCalls    int         `json:"new_calls"` // made by this run
	Requests    float64     `json:"requests_per_month,omitempty"`
	Plan        []PlanRow   `json:"plan"` // of candidates not run, and of the undecided what would decide
}

// PopulationClosed is a Result.Population.
const PopulationClosed = "closed"

// Text is in both languages.
type Text struct {
	En string `json:"en"`
	Zh string `json:"zh"`
}

// untestedCost is why a reference is undecided whose price alone does not prove
// its cost: it has no share of alpha to test it with.
const untestedCost = "the reference itself; whether its cost stays within the bar is not tested"

// CutShort is the first candidate that a fault has kept from being decided, so
// that running the study again may go on with it; nil where there is none.
func (r *Result) CutShort() *ArmResult {
	for i := range r.Arms {
		if a := &r.Arms[i]; a.Status == "undecided" && a.Reason != "" && a.Reason != untestedCost && !a.Unproven && a.Items < r.Items {
			return a
		}
	}
	return nil
}

// ArmResult is one candidate of a study.
type ArmResult struct {
	Configuration Configuration `json:"configuration"`
	ID            string        `json:"id"`
	Name          string        `json:"name"`
	Status        string        `json:"status"` // certified | refuted | set_aside | undecided | not_run | not_configured
	Reason        string        `json:"reason,omitempty"`
	Items         int           `json:"items"`
	Clusters      int           `json:"clusters,omitempty"` // those items' clusters
	// Difference to the reference, with its interval, where there is one.
	Difference         *float64    `json:"difference,omitempty"`
	DifferenceInterval *[2]float64 `json:"difference_interval,omitempty"`
	Quality            *float64    `json:"quality"`  // mean score, null without items
	Interval           *[2]float64 `json:"interval"` // 95 %, valid at any time
	DecidedAt          int         `json:"decided_at,omitempty"`
	Share              float64     `json:"alpha_share"`
	CostPer1000        *float64    `json:"cost_per_1000"`          // at the current price row
	CostTest           *CostTest   `json:"cost_test,omitempty"`    // where cost has a bar
	Expected           *float64    `json:"expected_cost_per_1000"` // by which it was ordered
	Price              Price       `json:"price"`
	Spent              float64     `json:"spent"`
	Usage              Usage       `json:"usage"`
	Failures           int         `json:"failures,omitempty"` // items finally refused by the endpoint, scored 0
	P50                float64     `json:"p50_ms"`
	P95                float64     `json:"p95_ms"`
	FastShare          *float64    `json:"within_latency,omitempty"`
	FastInterval       *[2]float64 `json:"within_latency_interval,omitempty"`
	Recall             []Recall    `json:"recall,omitempty"` // of the labels with a bar of their own
	OnFrontier         bool        `json:"on_frontier"`      // nothing cheaper is as good
	Concurrency        int         `json:"concurrency"`
	Prior              *Prior      `json:"prior,omitempty"` // what was believed before data
	Later              *Join       `json:"later,omitempty"` // how it joined, where it came later
	// Unproven says that its items were seen before it was fixed.
	Unproven bool `json:"unproven,omitempty"`
}

// Prior is a belief about a true mean, held before data.
type Prior struct {
	Mean float64 `json:"mean"`
	SD   float64 `json:"sd"`
}

// Arm returns a candidate's result by configuration id.
func (r *Result) Arm(id string) (ArmResult, bool) {
	for _, a := range r.Arms {
		if a.ID == id {
			return a, true
		}
	}
	return ArmResult{}, false
}

// CostPerMonth of a candidate at the scenario's traffic; 0 where unknown.
func (r *Result) CostPerMonth(a ArmResult) float64 {
	if a.CostPer1000 == nil {
		return 0
	}
	return *a.CostPer1000 / 1000 * r.Requests
}
