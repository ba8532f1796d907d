package sizing

import (
	"context"
	"maps"
	"slices"

	"github.com/luodi/luodi/internal/sizing/etest"
)

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
	// altered says that items which a run has used were corrected or taken out
	// since: whoever did it may have looked at what a candidate got wrong, so
	// that on the others, too, it would look better than it is.
	altered bool
}

// Before is what the studies of a scenario leave to prove on items that they have
// used: only configurations in Fixed, which were fixed before any item was seen,
// and nothing where items were Altered since. Seen is false where there was no
// study, and everything can be proven.
type Before struct {
	Seen    bool
	Fixed   map[string]bool // by configuration id
	Altered bool
}

// Proves reports whether a configuration may be tested on the items.
func (b Before) Proves(id string) bool { return !b.Seen || b.Fixed[id] && !b.Altered }

// SeenBefore looks a scenario's studies up.
func SeenBefore(ctx context.Context, store Store, scenario string, items []Item) (Before, error) {
	earlier, err := store.Studies(ctx, scenario)
	if err != nil || len(earlier) == 0 {
		return Before{}, err
	}
	p, err := (&run{cfg: StudyConfig{Store: store, Items: items}}).past(ctx, earlier)
	return Before{Seen: len(p.items) > 0, Fixed: p.first, Altered: p.altered}, err
}

func (r *run) past(ctx context.Context, earlier []StudyRecord) (past, error) {
	p := past{items: map[string]bool{}, inputs: map[string]bool{}, first: map[string]bool{}, spent: map[string]bool{}}
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
	now := map[string]bool{}
	for _, it := range r.cfg.Items {
		now[it.ID] = true
	}
	for id := range p.items {
		p.altered = p.altered || !now[id]
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
