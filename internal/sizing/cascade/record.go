package cascade

import (
	"encoding/json"

	"github.com/luodi/luodi/internal/lineage"
	"github.com/luodi/luodi/internal/sizing"
)

// The statuses of a study.
const (
	StatusCertified = "certified" // the wanted point is certified
	StatusNone      = "none"      // nothing is certified at the wanted point
	StatusPlan      = "plan"      // it cannot be run now
	StatusStopped   = "stopped"   // an endpoint failed; the next run goes on
)

// Record is what a study of a cascade found, with everything that is needed to
// serve it and to compute it again. Its id is its content address.
type Record struct {
	ID        string      `json:"id"`
	Scenario  string      `json:"scenario"`
	Status    string      `json:"status"` // certified | none | plan | stopped
	Reason    sizing.Text `json:"reason,omitzero"`
	Reference string      `json:"reference"` // configuration id
	// Loss is what the wanted point may lose; Floor, above 0, the mean that it
	// must reach too, P95 the latency in milliseconds, and Cost what 1,000
	// requests may cost on average.
	Loss  float64 `json:"loss"`
	Floor float64 `json:"floor,omitempty"`
	P95   float64 `json:"p95_ms,omitempty"`
	Cost  float64 `json:"cost_bar,omitempty"`
	// Alpha is the study's part of the scenario's 5 %.
	Alpha  float64 `json:"alpha"`
	Seed   uint64  `json:"seed"`
	Scorer string  `json:"scorer"`
	Items  string  `json:"items_digest"`
	ItemsA int     `json:"items_a"` // searched on
	ItemsB int     `json:"items_b"` // certified on, sealed before
	// Opened says that split B was no longer sealed; see Config.
	Opened bool `json:"opened,omitempty"`
	// Altered says that items which a study had used were corrected or taken out
	// before this one.
	Altered bool `json:"altered,omitempty"`
	// Gate is the small model; its thresholds come from training rows and
	// split A.
	Gate       *sizing.Configuration `json:"gate,omitempty"`
	Thresholds []float64             `json:"thresholds,omitempty"`
	Members    []Member              `json:"members"`
	Points     []Point               `json:"points"` // by falling loss
	Currency   string                `json:"currency"`
	// Calls are the outcomes used of endpoints, Spent what they cost.
	Calls       int         `json:"calls"`
	Spent       float64     `json:"spent"`
	Plan        *Plan       `json:"plan,omitempty"`
	Certificate sizing.Text `json:"certificate"`
	// Repriced says which record this one follows after a change of prices.
	Repriced *sizing.Repricing `json:"repriced,omitempty"`

	NewCalls int `json:"-"` // made by this run
}

// Member is a candidate that a cascade may ask.
type Member struct {
	Configuration sizing.Configuration `json:"configuration"`
	ID            string               `json:"id"`
	Price         sizing.Price         `json:"price"`
	ItemsA        int                  `json:"items_a"`
	Quality       float64              `json:"quality_a"` // mean over those of split A
	Left          string               `json:"left,omitempty"`
	// Late: it was fixed after its items had been seen, and no route asks it.
	Late bool `json:"late,omitempty"`
}

// Point is the cheapest certified route that loses at most Loss: all that
// passed are certified together, whichever of them is the cheapest.
type Point struct {
	Loss   float64 `json:"loss"`
	Wanted bool    `json:"wanted,omitempty"` // the point that may be served
	Alpha  float64 `json:"alpha"`
	OK     bool    `json:"certified"`
	Tested int     `json:"tested"` // routes tested, in their fixed order
	Passed []Pass  `json:"passed,omitempty"`
	At     int     `json:"at,omitempty"`
	Served Served  `json:"route,omitzero"`
	// All of the rest is measured on split B.
	Quality     float64     `json:"quality,omitempty"`
	Interval    *[2]float64 `json:"interval,omitempty"`
	Difference  float64     `json:"difference,omitempty"` // to the reference
	CostPer1000 float64     `json:"cost_per_1000"`
	Cap         float64     `json:"cost_cap,omitempty"` // of 1,000 requests: what one counted for at most against the bar of cost
	Reference   float64     `json:"reference_cost_per_1000"`
	Ratio       float64     `json:"cost_ratio"` // 1 where the reference is free
	// Shares of the items that the gate answers, that the asked agree on, and
	// that the fallback answers.
	Sure      float64 `json:"gate_share"`
	Agreed    float64 `json:"agreed_share"`
	Escalated float64 `json:"escalated_share"`
	P95       float64 `json:"p95_ms"`
}

// Pass is a route that is certified, after that many draws.
type Pass struct {
	Served Served `json:"route"`
	At     int    `json:"at"`
}

// Served is a route by configuration ids.
type Served struct {
	Gated     bool     `json:"gated,omitempty"`
	Threshold float64  `json:"threshold,omitempty"`
	Ask       []string `json:"ask,omitempty"` // in order, until two agree
	Fallback  string   `json:"fallback"`
}

// Plan is what a study would take at most: its reference runs on both splits,
// the others on A.
type Plan struct {
	ReferenceCalls int      `json:"reference_calls"`
	OtherCalls     int      `json:"other_calls"`
	Money          *float64 `json:"money"` // null where a price is not known
}

// Wanted is the point that may be served; false where it is not certified.
func (r *Record) Wanted() (Point, bool) {
	for _, p := range r.Points {
		if p.Wanted {
			return p, p.OK
		}
	}
	return Point{}, false
}

// Configuration of a member, or of the gate.
func (r *Record) Configuration(id string) (sizing.Configuration, bool) {
	for _, m := range r.Members {
		if m.ID == id {
			return m.Configuration, true
		}
	}
	return sizing.Configuration{}, false
}

// Before is what of other studies has counted when the record was made.
func (r *Record) Before() sizing.Before {
	b := sizing.Before{Seen: r.Altered, Altered: r.Altered, Fixed: map[string]bool{}}
	for _, m := range r.Members {
		b.Fixed[m.ID] = !m.Late
		b.Seen = b.Seen || m.Late
	}
	return b
}

func (r *Record) seal() error {
	r.ID, r.Certificate = "", certificate(r)
	b, err := json.Marshal(r)
	if err != nil {
		return err
	}
	r.ID = lineage.NewID(lineage.Decision, string(b))
	return nil
}
