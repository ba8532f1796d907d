package sizing

import (
	"context"
	"slices"
	"sort"

	"github.com/luodi/luodi/internal/errs"
)

// StudyRecord is what a study fixes before data, kept so that a resumed study
// gives the verdict of an uninterrupted one, and so that candidates and items
// that come later are told from those that were there.
type StudyRecord struct {
	ID       string `json:"id"`
	Scenario string `json:"scenario"`
	Number   int    `json:"number"` // 1 for the scenario's first study
	Items    string `json:"items"`  // digest of the eval set in study order, all rounds
	// Rules is the digest of all else that is fixed: bar, scorer, alpha and its
	// parts, seed. A study goes on where they are the same.
	Rules  string   `json:"rules,omitempty"`
	Order  []string `json:"order"` // configuration ids in cost order
	Rounds []Round  `json:"rounds,omitempty"`
	// First is how many candidates were tested from the start; ShareRule and
	// Shares how alpha was divided over them, Priors and Shift what was
	// believed of them.
	First     int                `json:"first,omitempty"`
	Units     int                `json:"units,omitempty"` // of the first round
	ShareRule string             `json:"share_rule,omitempty"`
	Shares    map[string]float64 `json:"shares,omitempty"`
	Priors    map[string]Prior   `json:"priors,omitempty"`
	Shift     float64            `json:"shift,omitempty"`
	// Later are the candidates that joined after items were seen.
	Later map[string]Join `json:"later,omitempty"`
	// Guess says that no item was unseen when the candidates were fixed: the
	// study measures and proves nothing.
	Guess bool `json:"guess,omitempty"`
	// Calibrated says that a small model has looked at all items.
	Calibrated bool `json:"calibrated,omitempty"`
	// Fresh says that the candidates were fixed after items were seen, and
	// that only those not seen by then were laid.
	Fresh bool `json:"fresh,omitempty"`
}

// Join is how a later candidate came to a study.
type Join struct {
	Number int `json:"number"` // j: its share is reserve·6/(π²j²)
	// From is the first unit (item, or cluster) that nobody had seen when the
	// candidate was fixed, Horizon how many there were in all.
	From    int `json:"from"`
	Horizon int `json:"horizon"`
	// Tested says that it has unseen units enough; until then they are left
	// alone, and it is measured on the seen ones.
	Tested bool `json:"tested"`
}

// open goes on with a study that stands, or fixes a new one now.
func (r *run) open(ctx context.Context) error {
	cfg := &r.cfg
	if cfg.Store == nil {
		r.laid = lay(units(cfg.Items, cfg.Seed))
		return r.fix(1)
	}
	if r.verifying {
		rec, err := cfg.Store.Study(ctx, "")
		if err != nil {
			return err
		}
		return r.resume(rec)
	}
	earlier, err := cfg.Store.Studies(ctx, cfg.Scenario)
	if err != nil {
		return err
	}
	past, err := r.past(ctx, earlier)
	if err != nil {
		return err
	}
	rules := cfg.rulesID()
	for _, rec := range slices.Backward(earlier) {
		if rec.Rules != rules || rec.Guess || !past.spent[rec.ID] && !r.holds(rec) {
			continue
		}
		ok, err := r.goOn(ctx, rec, past)
		if ok || err != nil {
			return err
		}
	}
	return r.begins(ctx, past)
}

// resume takes a record as it is.
func (r *run) resume(rec StudyRecord) error {
	u, _, ok := arrange(r.cfg.Items, r.cfg.Seed, rec.Rounds)
	if !ok {
		return errs.Conflict("items that study %s has measured are gone", rec.ID)
	}
	r.record, r.laid = rec, lay(u)
	r.byRecord()
	return nil
}

// byRecord puts the candidates in the record's order, with the beliefs that
// were fixed.
func (r *run) byRecord() {
	place := map[string]int{}
	for i, id := range r.record.Order {
		place[id] = i
	}
	arms := r.cfg.Arms
	sort.SliceStable(arms, func(i, j int) bool { return place[arms[i].Config.ID()] < place[arms[j].Config.ID()] })
	r.cfg.Shift = r.record.Shift
	for i := range arms {
		p := r.record.Priors[arms[i].Config.ID()]
		arms[i].Mean, arms[i].SD = p.Mean, p.SD
	}
	if r.record.Shares == nil {
		r.record.Shares = map[string]float64{}
	}
}

// holds tells whether a record is of exactly these candidates.
func (r *run) holds(rec StudyRecord) bool {
	return len(rec.Order) == len(r.cfg.Arms) && !slices.ContainsFunc(r.cfg.Arms, func(a Arm) bool { return !slices.Contains(rec.Order, a.Config.ID()) })
}
