package replay

import (
	"strconv"
	"strings"

	"github.com/luodi/luodi/internal/errs"
)

// The strategies.
const (
	Exhaustive  = "exhaustive"  // every candidate on every item, then the cheapest that looks adequate
	Fixed100    = "fixed100"    // the same on 100 items
	Peek        = "peek"        // the ladder with a 95 % interval looked at after every item (not valid)
	Elimination = "elimination" // all candidates in lock-step, dropped when proven below the bar
	Ladder      = "ladder"      // what live studies run
)

// Strategies in the order of reports.
var Strategies = []string{Exhaustive, Fixed100, Peek, Elimination, Ladder}

// Options of Run. Zero values are the defaults given.
type Options struct {
	Scores, Preds, Prices string // files
	By                    string // "cat": one scenario per category; "": all items are one
	Exclude               []string
	Bars                  []string // best-2, …; default best-2, best-5, best-10, best-15
	Eps                   float64  // slack; 0 means .03
	Items                 int      // pool; 0 means 1,000
	Runs                  int      // per scenario and bar; 0 means 200
	Seed                  uint64   // 0 means 1
	Strategy              string   // "" means ladder; "all" runs each in turn (RunAll)
	Relative              bool     // bars within b points of the best model, by paired differences
	Prior                 string   // "" or "other": beliefs from the other categories
	Every                 int      // items between looks of the set-aside rule; 0 means 1
}

func (o Options) withDefaults() (Options, error) {
	if len(o.Bars) == 0 {
		o.Bars = []string{"best-2", "best-5", "best-10", "best-15"}
	}
	if o.Eps == 0 {
		o.Eps = .03
	}
	if o.Items == 0 {
		o.Items = 1000
	}
	if o.Runs == 0 {
		o.Runs = 200
	}
	if o.Seed == 0 {
		o.Seed = 1
	}
	if o.Strategy == "" {
		o.Strategy = Ladder
	}
	if o.Every == 0 {
		o.Every = 1
	}
	switch {
	case o.By != "" && o.By != "cat":
		return o, errs.Invalid("--by %q: only cat is known", o.By)
	case o.Prior != "" && o.Prior != "other":
		return o, errs.Invalid("--prior %q: only other is known", o.Prior)
	case o.Items < 1 || o.Runs < 1:
		return o, errs.Invalid("--items %d and --runs %d must be positive", o.Items, o.Runs)
	case !(o.Eps > 0 && o.Eps < 1):
		return o, errs.Invalid("--eps %v must lie in (0,1): .03 is 3 points between bar and certified floor", o.Eps)
	}
	known := o.Strategy == "all"
	for _, s := range Strategies {
		known = known || s == o.Strategy
	}
	if !known {
		return o, errs.Invalid("--strategy %q: known are %s", o.Strategy, strings.Join(Strategies, ", "))
	}
	return o, nil
}

// points reads "best-2" as .02.
func points(bar string) (float64, error) {
	rest, ok := strings.CutPrefix(bar, "best-")
	v, err := strconv.ParseFloat(rest, 64)
	if !ok || err != nil || !(v >= 0 && v < 100) {
		return 0, errs.Invalid("bar %q: write best-2 for 2 points below the best true mean", bar)
	}
	return v / 100, nil
}

// Figures are what a strategy reached, as shares in [0,1].
type Figures struct {
	Strategy         string   `json:"strategy"`
	Runs             int      `json:"runs"`
	Inadequate       float64  `json:"inadequate"`
	CheapestAdequate float64  `json:"cheapest_adequate"`
	False            float64  `json:"false_certificates"`
	Certified        float64  `json:"certified"`
	Spend            float64  `json:"spend"`
	Calls            float64  `json:"calls"`
	Unpriced         []string `json:"unpriced,omitempty"` // models left out for lack of a price
	Notes            []string `json:"notes,omitempty"`    // what the figures do not rest on as one may think
}
