package sizing

import (
	"context"
	"maps"
	"math"
	"slices"
	"sort"

	"github.com/luodi/luodi/internal/errs"
	"github.com/luodi/luodi/internal/sizing/etest"
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

// past is what earlier studies of the scenario have seen.
//
// A certificate needs a configuration that does not
// depend on the items it is tested on. A new prompt, changed documents or a
// corrected label comes from somebody who may have looked at what was wrong on
// those items, so such a candidate is tested only on items that no run had
// used before it was fixed. A change that nobody made because of the items (a
// new rate sheet) would leave them exchangeable for it; but nothing that this
// program can see tells the one from the other, and who edits documents reads
// the report, so it does not take anybody's word for it: the result is a best
// guess that says how many fresh items decide it.
type past struct {
	items, inputs map[string]bool
	first         map[string]bool // candidates fixed before any item was seen
	spent         map[string]bool // studies that have seen items
}

func (r *run) past(ctx context.Context, earlier []StudyRecord) (past, error) {
	p := past{map[string]bool{}, map[string]bool{}, map[string]bool{}, map[string]bool{}}
	for _, rec := range earlier {
		inputs := map[string]string{}
		for _, round := range rec.Rounds {
			for i, id := range round.Items {
				inputs[id] = round.Inputs[i]
				if rec.Calibrated || r.cfg.Calibrated {
					p.items[id], p.inputs[round.Inputs[i]] = true, true
				}
			}
		}
		for _, id := range rec.Order {
			err := r.cfg.Store.EachOutcome(ctx, id, func(o Outcome) error {
				p.items[o.Item] = true
				if in, ok := inputs[o.Item]; ok {
					p.inputs[in] = true
					if !rec.Guess {
						p.spent[rec.ID] = true
					}
				}
				return nil
			})
			if err != nil {
				return p, err
			}
		}
		for _, id := range rec.Order {
			if _, later := rec.Later[id]; !later && !rec.Guess && !rec.Fresh {
				p.first[id] = true
			}
		}
	}
	return p, nil
}

func (p *past) seen(it Item) bool { return p.items[it.ID] || p.inputs[inputID(it)] }

// goOn continues a study with the items and candidates of now. It is false
// where that cannot be done: none of its candidates is left, items are gone,
// or came to a pool that was not to grow.
func (r *run) goOn(ctx context.Context, rec StudyRecord, p past) (bool, error) {
	cfg := &r.cfg
	known := func(a Arm) bool { return slices.Contains(rec.Order, a.Config.ID()) }
	if !slices.ContainsFunc(cfg.Arms, known) {
		return false, nil
	}
	u, rest, ok := arrange(cfg.Items, cfg.Seed, rec.Rounds)
	if rec.Fresh { // the rest holds what was seen before
		rest = slices.DeleteFunc(rest, p.seen)
	}
	if !ok || len(rest) > 0 && !cfg.Grows {
		return false, nil
	}
	if len(rest) > 0 {
		fresh, ok := grow(u, rest, cfg.Seed, len(rec.Rounds), lay(u).most)
		if !ok {
			return false, nil
		}
		if len(fresh) > 0 {
			u = append(u, fresh...)
			rec.Rounds = append(slices.Clone(rec.Rounds), roundOf(fresh))
		}
	}
	r.laid = lay(u)
	rec.Items = itemsDigest(r.items)
	rec.Order, rec.Later = slices.Clone(rec.Order), maps.Clone(rec.Later)
	rec.Priors = maps.Clone(rec.Priors)
	rec.Calibrated = rec.Calibrated || cfg.Calibrated
	r.record = rec
	if err := r.join(slices.DeleteFunc(slices.Clone(cfg.Arms), known), p); err != nil {
		return false, err
	}
	r.byRecord()
	return true, cfg.Store.PutStudy(ctx, r.record)
}

// join gives new candidates their place, their number and the units that they
// count, and looks again at those that had too few of them.
func (r *run) join(arms []Arm, p past) error {
	cfg, rec := &r.cfg, &r.record
	from := 0
	for u := range r.units() {
		if slices.ContainsFunc(r.items[r.start[u]:r.start[u+1]], p.seen) {
			from = u + 1
		}
	}
	if rec.Later == nil {
		rec.Later = map[string]Join{}
	}
	sorted := StudyConfig{Arms: arms, Currency: cfg.Currency, Rates: cfg.Rates}
	if err := sorted.order(r.items); err != nil {
		return err
	}
	for _, a := range sorted.Arms {
		id := a.Config.ID()
		rec.Later[id] = Join{Number: len(rec.Later) + 1}
		if a.SD > 0 {
			if rec.Priors == nil {
				rec.Priors = map[string]Prior{}
			}
			rec.Priors[id] = Prior{a.Mean, a.SD}
		}
		cost, err := cfg.expectedCost(a, r.items)
		if err != nil {
			return err
		}
		at := len(rec.Order)
		for i, other := range rec.Order {
			k := slices.IndexFunc(cfg.Arms, func(b Arm) bool { return b.Config.ID() == other })
			if k < 0 {
				continue
			}
			if c, err := cfg.expectedCost(cfg.Arms[k], r.items); err != nil || c > cost {
				at = i
				break
			}
		}
		if !slices.Contains(rec.Order, id) {
			rec.Order = slices.Insert(rec.Order, at, id)
		}
	}
	for id, j := range rec.Later {
		if !j.Tested {
			j.From, j.Horizon = from, r.units()
			j.Tested = r.units()-from >= enough(cfg.unitFloor(), etest.Later(cfg.Reserve, j.Number))
			if cfg.Closed { // a census of all of them decides, whoever has seen what
				j.From, j.Tested = 0, true
			}
			rec.Later[id] = j
		}
	}
	return nil
}

// begins fixes a new study. Candidates that were fixed before any item was
// seen count all items; of the others only unseen ones count.
func (r *run) begins(ctx context.Context, p past) error {
	cfg := &r.cfg
	number := len(p.spent) + 1
	all := units(cfg.Items, cfg.Seed)
	isFirst := func(a Arm) bool { return p.first[a.Config.ID()] }
	isNew := func(a Arm) bool { return !isFirst(a) }
	unseen := slices.DeleteFunc(slices.Clone(all), func(u []Item) bool { return slices.ContainsFunc(u, p.seen) })
	reference := slices.ContainsFunc(cfg.Arms, func(a Arm) bool { return a.Config.ID() == cfg.Reference && isNew(a) })
	switch {
	case len(unseen) == len(all) || !slices.ContainsFunc(cfg.Arms, isNew):
		r.laid = lay(all)
		if err := r.fix(number); err != nil {
			return err
		}
	case slices.ContainsFunc(cfg.Arms, isFirst) && !reference:
		r.laid = lay(all)
		arms := cfg.Arms
		cfg.Arms = slices.DeleteFunc(slices.Clone(arms), isNew)
		if err := r.fix(number); err != nil {
			return err
		}
		cfg.Arms = arms
		if err := r.join(slices.DeleteFunc(slices.Clone(arms), isFirst), p); err != nil {
			return err
		}
		r.byRecord()
	case cfg.Closed: // only a census decides
		r.laid = lay(all)
		if err := r.fix(number); err != nil {
			return err
		}
		r.record.First, r.record.Shares = 0, nil
		if err := r.join(cfg.Arms, p); err != nil {
			return err
		}
		r.byRecord()
	default:
		r.record.Fresh = true
		share := (cfg.Alpha - cfg.Reserve - cfg.Cascade) / float64(len(cfg.Arms))
		r.laid = lay(units(slices.Concat(unseen...), cfg.Seed))
		if guess := len(unseen) < enough(cfg.unitFloor(), share); guess {
			seen := slices.DeleteFunc(all, func(u []Item) bool { return !slices.ContainsFunc(u, p.seen) })
			r.laid = lay(units(slices.Concat(seen...), cfg.Seed))
			r.record.Guess = true
		}
		if err := r.fix(number); err != nil {
			return err
		}
	}
	return cfg.Store.PutStudy(ctx, r.record)
}

// fix writes down what holds before data: the order of candidates by expected
// cost, beliefs, and how alpha is divided over them.
func (r *run) fix(number int) error {
	cfg := &r.cfg
	if err := cfg.order(r.items); err != nil {
		return err
	}
	var u [][]Item
	for i := range r.units() {
		u = append(u, r.items[r.start[i]:r.start[i+1]])
	}
	digest := itemsDigest(r.items)
	rec := StudyRecord{ID: cfg.id(digest), Scenario: cfg.Scenario, Number: number, Items: digest, Rules: cfg.rulesID(), Shares: map[string]float64{},
		Rounds: []Round{roundOf(u)}, Units: r.units(), Shift: cfg.Shift, Guess: r.record.Guess, Fresh: r.record.Fresh, Calibrated: cfg.Calibrated}
	for _, a := range cfg.Arms {
		id := a.Config.ID()
		rec.Order = append(rec.Order, id)
		if a.SD > 0 {
			if rec.Priors == nil {
				rec.Priors = map[string]Prior{}
			}
			rec.Priors[id] = Prior{a.Mean, a.SD}
		}
	}
	rules := cfg.rules(StudyRecord{}, r.units(), r.most)
	rule, shares := rules.Fixed()
	rec.ShareRule, rec.First = string(rule), len(rules.Arms)
	for i, share := range shares {
		if share > 0 {
			rec.Shares[cfg.Arms[i].Config.ID()] = share
		}
	}
	r.record = rec
	return nil
}

// unitFloor is the certified floor on the scale of what is bet on.
func (c *StudyConfig) unitFloor() float64 {
	floor := c.bar() - c.Slack
	switch {
	case c.Reference != "":
		return (1 + floor) / 2
	case c.LabelLeast > 0:
		return etest.Robust{Least: c.LabelLeast}.Scale(floor)
	}
	return math.Max(floor, 0)
}
