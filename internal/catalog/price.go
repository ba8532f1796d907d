package catalog

import (
	"fmt"
	"time"

	"github.com/luodi/luodi/internal/errs"
	"github.com/luodi/luodi/internal/money"
)

// Usage is the tokens of one call.
type Usage struct {
	Input       int64 // tokens of the prompt, the two kinds below included
	CachedInput int64 // of Input, read from the vendor's cache
	CacheWrite  int64 // of Input, written to the vendor's cache
	Output      int64 // tokens of the reply, reasoning included
	Reasoning   int64 // of Output, spent on reasoning
}

// Prices are per token kind. What a vendor does not list apart costs as input
// or as output.
type Prices struct {
	In         money.Price `json:"in"`
	Out        money.Price `json:"out"`
	Cached     money.Price `json:"cached"`
	CacheWrite money.Price `json:"cache_write"`
	Reasoning  money.Price `json:"reasoning"`
}

// Tier is the prices of every token of a call whose whole input has at most
// UpTo tokens; 0 is no limit.
type Tier struct {
	UpTo int64 `json:"up_to,omitempty"`
	Prices
}

// Confidence says how far a row is to be trusted.
type Confidence string

// The degrees of confidence, best first.
const (
	Verified   Confidence = "verified"    // a bill was checked against it
	Copy       Confidence = "copy"        // read in a stored copy of the vendor's own page
	ThirdParty Confidence = "third_party" // read where somebody else lists it
	Memory     Confidence = "memory"      // from memory, unverified
	Project    Confidence = "project"     // stated by the project's own file
)

// Row is one line of the price book: what a vendor's model costs from one day
// to another. Its ID changes with its content, so that a ledger row or a
// decision that names it names these very numbers.
type Row struct {
	ID         string         `json:"id"`
	Vendor     string         `json:"vendor"`
	Model      string         `json:"model"` // a pattern, see Match
	Currency   money.Currency `json:"currency"`
	ValidFrom  time.Time      `json:"valid_from"`
	ValidTo    time.Time      `json:"valid_to,omitzero"` // the first moment it no longer holds; zero: open
	Tiers      []Tier         `json:"tiers"`             // at least one, ascending, the last without limit
	Windows    []Window       `json:"windows,omitempty"`
	Batch      Percent        `json:"batch,omitempty"` // of the price, for batch calls; 0: no batch price known
	Free       bool           `json:"free,omitempty"`
	Source     string         `json:"source"`
	DateRead   time.Time      `json:"date_read"`
	Confidence Confidence     `json:"confidence"`
	Note       string         `json:"note,omitempty"`
	// Own says that the row is of the project's own files. It counts before any
	// row that comes with luodi.
	Own bool `json:"own,omitempty"`
	// Recorded is when the row was written into its file, by luodi price set.
	// Of rows for the same model and first day the one recorded last counts;
	// the others are history.
	Recorded time.Time `json:"recorded,omitzero"`
	// Hosting is what the price of a self-hosted model was computed from.
	Hosting *Hosting `json:"hosting,omitempty"`
	// Discount is the share of Tiers that is paid; nil: the whole.
	Discount *Discount `json:"discount,omitempty"`
}

// Terms are the circumstances of a call that change its price. The zero value
// is a call at the row's full price.
type Terms struct {
	At    time.Time // for time-of-day windows; zero: outside of all
	Batch bool
	// Covered tokens, of the input and of the output, are paid for already, by
	// packages. They still count for the tier. A package covers tokens of no
	// cache first, then those read, then those written; the answer, then the
	// reasoning.
	CoveredInput, CoveredOutput int64
}

// Cost is what u costs at the full price.
func (r *Row) Cost(u Usage) (money.Amount, error) { return r.CostAt(u, Terms{}) }

// CostAt is what u costs under terms, rounded half up once. The tier is chosen
// by the whole input, cached tokens included. It returns errs.Invalid where
// the counts contradict each other, or the row has no batch price.
func (r *Row) CostAt(u Usage, terms Terms) (money.Amount, error) {
	if u.Input < 0 || u.Output < 0 || u.CachedInput < 0 || u.CacheWrite < 0 || u.Reasoning < 0 ||
		u.CachedInput > u.Input-u.CacheWrite || u.Reasoning > u.Output {
		return 0, errs.Invalid("cost by price row %s: the token counts %+v contradict each other", r.ID, u)
	}
	p := r.tier(u.Input).times(r.percentAt(terms.At))
	if terms.Batch {
		if r.Batch == 0 {
			return 0, errs.Invalid("cost by price row %s: it has no batch price", r.ID)
		}
		p = p.times(r.Batch)
	}
	in := uncovered(terms.CoveredInput, [3]int64{u.Input - u.CachedInput - u.CacheWrite, u.CachedInput, u.CacheWrite})
	out := uncovered(terms.CoveredOutput, [3]int64{u.Output - u.Reasoning, u.Reasoning})
	amount, err := r.share().Cost(
		money.Tokens{N: in[0], Price: p.In},
		money.Tokens{N: in[1], Price: p.Cached},
		money.Tokens{N: in[2], Price: p.CacheWrite},
		money.Tokens{N: out[0], Price: p.Out},
		money.Tokens{N: out[1], Price: p.Reasoning},
	)
	if err != nil {
		return 0, fmt.Errorf("cost by price row %s: %w", r.ID, err)
	}
	return amount, nil
}

// uncovered takes n tokens from counts, the first ones first.
func uncovered(n int64, counts [3]int64) [3]int64 {
	for i := range counts {
		taken := max(0, min(n, counts[i]))
		counts[i], n = counts[i]-taken, n-taken
	}
	return counts
}

func (p Prices) times(percent Percent) Prices {
	return Prices{percent.of(p.In), percent.of(p.Out), percent.of(p.Cached), percent.of(p.CacheWrite), percent.of(p.Reasoning)}
}

func (r *Row) tier(input int64) Prices {
	for _, t := range r.Tiers {
		if t.UpTo == 0 || input <= t.UpTo {
			return t.Prices
		}
	}
	return r.Tiers[len(r.Tiers)-1].Prices
}

// Bound is the most that a call of at most input and output tokens can cost
// by this row: whatever its tier, its time of day and its share of cached and
// reasoning tokens. A budget reserves it.
func (r *Row) Bound(input, output int64) (money.Amount, error) {
	var bound money.Amount
	percent := Percent(100)
	for _, w := range r.Windows {
		percent = max(percent, w.Percent)
	}
	for _, t := range r.Tiers {
		n := input
		if t.UpTo != 0 {
			n = min(n, t.UpTo)
		}
		amount, err := r.share().Cost(
			money.Tokens{N: n, Price: percent.of(max(t.In, t.Cached, t.CacheWrite))},
			money.Tokens{N: output, Price: percent.of(max(t.Out, t.Reasoning))},
		)
		if err != nil {
			return 0, fmt.Errorf("bound by price row %s: %w", r.ID, err)
		}
		bound = max(bound, amount)
		if t.UpTo == 0 || input <= t.UpTo {
			break
		}
	}
	return bound, nil
}

// Stale reports whether the row was read more than days before now. A row that
// nobody read, such as a price in luodi.yaml, does not grow old.
func (r *Row) Stale(now time.Time, days int) bool {
	return !r.DateRead.IsZero() && now.Sub(r.DateRead) > time.Duration(days)*24*time.Hour
}
