package sizing

import (
	"unicode/utf8"

	"github.com/luodi/luodi/internal/catalog"
	"github.com/luodi/luodi/internal/money"
)

// Arm is one candidate of a study.
type Arm struct {
	Config Configuration
	Price  Price
	// Missing says why the candidate cannot be run now ("${DASHSCOPE_API_KEY}
	// is not set"); it gets a plan instead of a result.
	Missing string
	// Concurrency is how many calls the endpoint takes at once; 0 means 4.
	Concurrency int
	// Mean and SD are what is believed of its true mean before data, from
	// public scores or other scenarios; SD 0 means no belief.
	Mean, SD float64
	// Latency is the expected milliseconds of one call, for the plan; 0 means
	// 2,000 (in-process kinds: 1).
	Latency float64

	recorded *float64 // with Verify: the expected cost that was recorded, per request
}

// Price is what calls cost by one row of the price book.
type Price struct {
	Row      string         `json:"row"` // its id; "" where there is none
	Currency money.Currency `json:"currency"`
	In       money.Price    `json:"in"`
	Cached   money.Price    `json:"cached"`
	Out      money.Price    `json:"out"`
	Source   string         `json:"source,omitempty"`
	Date     string         `json:"date,omitempty"`
	// Rate brings Currency to the study's, where that is another one.
	Rate *Rate `json:"rate,omitempty"`
	// Hosting is what a self-hosted model's price was computed from.
	Hosting *catalog.Hosting `json:"hosting,omitempty"`
	// Tiered says that the row has tiers: In, Cached and Out are the first.
	Tiered bool `json:"tiered,omitempty"`
	// Of overrides the linear cost, for rows with tiers. It must not be
	// cheaper for more tokens.
	Of func(Usage) (money.Amount, error) `json:"-"`
	// Unknown says that no row was found: a paid candidate without a price is
	// not run under a money limit.
	Unknown bool `json:"unknown,omitempty"`
}

// Cost of one call's tokens.
func (p Price) Cost(u Usage) (money.Amount, error) {
	if p.Of != nil {
		return p.Of(u)
	}
	cached := min(u.Cached, u.Input)
	return money.Cost(
		money.Tokens{N: u.Input - cached, Price: p.In},
		money.Tokens{N: cached, Price: p.Cached},
		money.Tokens{N: u.Output, Price: p.Out},
	)
}

// EstimateTokens is a rough count for plans: .6 token per Han character, one
// per 4 bytes else. Vendors differ by ±30 %.
func EstimateTokens(text string) int64 {
	han, other := 0, 0
	for _, r := range text {
		if r >= 0x2E80 {
			han++
		} else {
			other += utf8.RuneLen(r)
		}
	}
	return int64(float64(han)*.6+float64(other)/4) + 1
}

// passageBytes bounds one retrieved passage where only its number is known.
const passageBytes = 3600

// calledTokens is a usual call of a function with one argument.
const calledTokens = 24

// expected is the estimated usage of one call for an input, before it is made.
func (a Arm) expected(input string) Usage {
	if a.Config.Kind.InProcess() {
		return Usage{}
	}
	in := a.Config.Estimate(a.Config.Messages(input, nil))
	usual := a.Config.Prompt.Expected
	if a.Config.Prompt.Function {
		usual = max(usual, calledTokens)
	}
	out := int64(max(8, usual))
	if a.Config.Retrieval.K > 0 {
		in += int64(a.Config.Retrieval.K) * 400
		out = 120
	}
	return Usage{Input: in, Output: min(out, int64(max(a.Config.ReplyTokens(), 8)))}
}

// hold bounds the usage of one call from above.
func (a Arm) hold(input string) Usage {
	if a.Config.Kind.InProcess() {
		return Usage{}
	}
	return a.Config.Longest(input)
}

// Longest bounds the usage of one call for an input from above, whatever is
// retrieved for it.
func (c Configuration) Longest(input string) Usage {
	u := c.Most(c.Messages(input, nil))
	u.Input += int64(c.Retrieval.K) * passageBytes
	return u
}

// expectedCost is the mean estimated cost of one call over the items.
func (a Arm) expectedCost(items []Item) (float64, error) {
	total := 0.0
	step := max(len(items)/200, 1)
	n := 0
	for i := 0; i < len(items); i += step {
		c, err := a.Price.Cost(a.expected(items[i].Input))
		if err != nil {
			return 0, err
		}
		total += c.Float()
		n++
	}
	return total / float64(max(n, 1)), nil
}
