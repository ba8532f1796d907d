package sizing

import (
	"encoding/json"
	"strings"
	"time"

	"github.com/luodi/luodi/internal/lineage"
	"github.com/luodi/luodi/internal/money"
)

// Item is one row of an eval set: an input and what is right for it.
type Item struct {
	ID        string   `json:"id"` // content address of input and gold; see ItemID
	Input     string   `json:"input"`
	Label     string   `json:"label,omitempty"`     // gold label (classify)
	Answers   []string `json:"answers,omitempty"`   // accepted answers (answer)
	Citations []string `json:"citations,omitempty"` // addresses that support it
	Refuse    bool     `json:"refuse,omitempty"`    // right is to say that nothing answers it
	// Gold is what is right where a label or answers cannot say it, as JSON
	// that the task's scorer reads: fields (extract), rubric points (generate),
	// calls of tools.
	Gold    json.RawMessage `json:"gold,omitempty"`
	Cluster string          `json:"cluster,omitempty"` // document or customer it comes from
	// Drawn is the probability with which it was drawn for a label, where only
	// a part of the items has one; Unlabelled says that it was not drawn.
	Drawn      float64 `json:"drawn,omitempty"`
	Unlabelled bool    `json:"unlabelled,omitempty"`
	// Weight is its stratum's share of traffic over that of the eval set, known
	// or estimated from elsewhere, never from outcomes; 0 means 1.
	Weight  float64  `json:"weight,omitempty"`
	Records []string `json:"records,omitempty"` // source records, for lineage
}

// share is the item's weight in means over traffic.
func (it Item) share() float64 {
	if it.Weight > 0 {
		return it.Weight
	}
	return 1
}

// ItemID is the address of an item by its content. Gold is part of it: a
// corrected label is another item.
func ItemID(it Item) string {
	refuse := ""
	if it.Refuse {
		refuse = "refuse"
	}
	parts := []string{"item", it.Input, it.Label, strings.Join(it.Answers, "\x00"), strings.Join(it.Citations, "\x00"), refuse}
	if len(it.Gold) > 0 {
		parts = append(parts, string(it.Gold))
	}
	return lineage.NewID(lineage.Record, parts...)
}

// Usage is the tokens of one call.
type Usage struct {
	Input     int64 `json:"input"`               // including cached
	Cached    int64 `json:"cached,omitempty"`    // part of Input
	Output    int64 `json:"output"`              // including reasoning
	Reasoning int64 `json:"reasoning,omitempty"` // part of Output
	Estimated bool  `json:"estimated,omitempty"` // counted here, not reported by the endpoint
}

// Output is what a configuration answered to one item.
type Output struct {
	Text      string        `json:"text"`
	Label     string        `json:"label,omitempty"`
	Unknown   bool          `json:"unknown,omitempty"`   // the small model abstained
	Refused   bool          `json:"refused,omitempty"`   // said that nothing answers it
	Citations []string      `json:"citations,omitempty"` // addresses cited, best first
	Quotes    []string      `json:"quotes,omitempty"`
	Usage     Usage         `json:"usage"`
	Cost      money.Amount  `json:"cost"` // paid, at the price of the moment
	Currency  string        `json:"currency,omitempty"`
	PriceRow  string        `json:"price_row,omitempty"`
	Latency   time.Duration `json:"latency"` // nanoseconds, retries not included
	// Failure is a final refusal of this one item by the endpoint, such as a
	// content filter: the item scores 0 and the reason is kept.
	Failure string `json:"failure,omitempty"`
}

// Outcome is one cached call: the output of a configuration for an item.
// Scores are not kept: a scorer may change without calls.
type Outcome struct {
	Configuration string `json:"configuration"` // Configuration.ID
	Item          string `json:"item"`          // Item.ID
	Output        Output `json:"output"`
}

// Score is what a scorer gives one output.
type Score struct {
	Value     float64 // in [0,1]
	Predicted string  // what was read from the output, such as the label found
	Note      string  // why it is not 1, for people
	// Value of a Judged scorer is the judge's. Human is the score that people
	// gave, nil where none did; Wanted says that the item is of the sample that
	// they label.
	Human  *float64
	Wanted bool
}

// Scorer compares an output with its item. It is called from one goroutine,
// must be deterministic, and returns values in [0,1].
type Scorer interface {
	// Name with version, such as "exact_label/1"; part of a study's address.
	Name() string
	// Graded tells whether values between 0 and 1 occur.
	Graded() bool
	Score(Item, Output) Score
}
