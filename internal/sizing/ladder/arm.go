package ladder

// Status is where a candidate stands.
type Status string

// The statuses of a candidate.
const (
	Waiting   Status = "not_run"   // its turn has not come
	Certified Status = "certified" // proven above its floor
	Refuted   Status = "refuted"   // proven below its bar
	SetAside  Status = "set_aside" // predicted to miss, not proven below the bar
	Undecided Status = "undecided" // stopped without a proof either way
	Missing   Status = "not_configured"
)

// Rule says how alpha is divided over the candidates.
type Rule string

// The share rules. Each is fixed before data, or by probe items only.
const (
	Auto    Rule = ""      // by beliefs where most candidates have one; else equal up to 5 candidates or below 300 items, probe beyond
	Equal   Rule = "equal" // alpha/K
	Probing Rule = "probe" // etest.Probe
	Beliefs Rule = "prior" // etest.Prior
)

// Arm is one candidate. Arms are listed in cost order, cheapest first.
type Arm struct {
	// Mean and SD are what was believed of its true mean before data, from
	// other data; SD 0 means no belief.
	Mean, SD float64
	// Free candidates cost nothing to run: they see every item and are never
	// set aside.
	Free bool
	// Missing candidates cannot be run now. They hold their share, so that
	// they can join the same study later.
	Missing bool
	// Later is j ≥ 1 for the j-th candidate that joined after the start (a new
	// prompt, a retrained model): it has its own share of Reserve, and only
	// items from From on count, which nobody had seen before it was fixed.
	Later, From int
	// Paid is how many units' outcomes are there already: a candidate is shown
	// these even when a cheaper one is certified.
	Paid int
	// Share of alpha that was fixed when the candidate came, or by its probe
	// in an earlier run of the study; 0 means by the study's rule.
	Share float64
	// Horizon is the size of the pool that the tests aim at, where the pool
	// has grown since they were fixed; 0 means Items.
	Horizon int
	// Seen says that its items were seen before the candidate was fixed:
	// nothing is tested, so that it can only be a guess. It sees those before
	// Horizon.
	Seen bool
	// Cost per request now, where it may differ from the one that fixed the
	// order: a candidate that has become cheaper than the certified one is
	// still tried. 0 means in order.
	Cost float64
	// Width is the number of calls that may run at once; 0 means 1.
	Width int
	// Sides are bars beside that of the score, in time or money.
	Sides []Side
}
