package sizing

import (
	"context"
	"slices"
)

// begins fixes a new study. Candidates that were fixed before any item was
// seen count all items, unless some were altered since; of the others only
// unseen ones count.
func (r *run) begins(ctx context.Context, p past) error {
	cfg := &r.cfg
	number := len(p.spent) + 1
	all := units(cfg.Items, cfg.Seed)
	isFirst := func(a Arm) bool { return p.first[a.Config.ID()] && !p.altered }
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
