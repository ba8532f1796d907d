package meter

import (
	"time"

	"github.com/luodi/luodi/internal/money"
)

// Outcome is how a call ended.
type Outcome string

// The outcomes.
const (
	OK            Outcome = "ok"
	ClientGone    Outcome = "client_gone"    // the client left before the end
	UpstreamCut   Outcome = "upstream_cut"   // the upstream broke off after its first byte
	UpstreamError Outcome = "upstream_error" // the upstream refused or could not be reached
	Lost          Outcome = "lost"           // this process died during the call
	Denied        Outcome = "denied"         // a guard refused it; no vendor saw it
	Hedged        Outcome = "hedged"         // another upstream, asked beside this one, was faster
)

// Outcomes are all of them.
var Outcomes = []Outcome{OK, ClientGone, UpstreamCut, UpstreamError, Lost, Denied, Hedged}

// The marks of rows; a denied one has its guard's name.
const (
	MarkAlert    = "alert"    // a budget of the call had passed its alert
	MarkDegraded = "degraded" // and the call went to the budget's cheaper route
	MarkBatch    = "batch"    // the output of a batch, at the batch price
)

// Call is who asks for what, at which price.
type Call struct {
	ID            string // unique; the client's x-luodi-request-id
	Time          time.Time
	Key           string // the key's id
	Department    string
	Scenario      string // "" for a model that is passed through
	Configuration string
	Model         string // as the vendor calls it
	Vendor        string
	Price         Price
	Most          Usage   // the most that the call can use, for the hold
	Own           *Budget // of the key itself, beside those of the project; nil: none
	Mark          string  // for the row; "" is MarkAlert where a budget has passed its alert
}

// Final is what a call did use.
type Final struct {
	Usage      Usage
	Estimated  bool // counted here, not by the vendor
	Outcome    Outcome
	Latency    time.Duration
	FirstToken time.Duration
}

// Charge is a part of a budget's window, held or settled, in its currency, or
// of a package's, in tokens.
type Charge struct {
	Budget string // the window's id, such as "department:service/2026-03"
	Amount money.Amount
}

// Row is one call in the ledger.
type Row struct {
	Segment string // with Offset the row's identity: where it was first written
	Offset  int64

	ID            string
	Time          time.Time // when the call began
	Key           string
	Department    string
	Scenario      string
	Configuration string
	Model         string
	Vendor        string
	Usage         Usage
	Estimated     bool
	PriceRow      string // the row of the price book; "" where no price was known
	Currency      money.Currency
	Cost          money.Amount // in Currency
	Over          money.Amount // what the cost was above the hold, where budgets applied
	Rate          string       // the exchange rate used for a budget; "" where none was
	Latency       time.Duration
	FirstToken    time.Duration
	Outcome       Outcome
	Mark          string   // "" for most: alert, degraded, batch, or the guard that refused the call
	Charges       []Charge // what it took of which budgets and packages
	Covered       int64    // tokens that packages paid for; Cost is without them
	Package       string   // those packages, joined by +
}
