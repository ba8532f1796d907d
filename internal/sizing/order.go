package sizing

import (
	"context"
	"math"
	"math/rand/v2"
	"slices"
	"sort"

	"github.com/luodi/luodi/internal/errs"
	"github.com/luodi/luodi/internal/lineage"
)

// laid is an eval set in study order: units (items, or clusters) one after
// another. A pool that grows is laid round after round, so that what was
// measured keeps its place.
type laid struct {
	items []Item
	start []int // of each unit among items, and the end
	most  int   // items of the largest unit
}

func lay(units [][]Item) (l laid) {
	for _, u := range units {
		l.start = append(l.start, len(l.items))
		l.items = append(l.items, u...)
		l.most = max(l.most, len(u))
	}
	l.start = append(l.start, len(l.items))
	return l
}

// units is how many the pool has.
func (l *laid) units() int { return len(l.start) - 1 }

// Round is a part of an eval set that came at one time.
type Round struct {
	Items  []string `json:"items"`  // ids, in study order
	Inputs []string `json:"inputs"` // digests of their inputs: a corrected label is no unseen item
}

func roundOf(units [][]Item) (r Round) {
	for _, it := range slices.Concat(units...) {
		r.Items = append(r.Items, it.ID)
		r.Inputs = append(r.Inputs, inputID(it))
	}
	return r
}

// inputID names an item by what is asked alone.
func inputID(it Item) string { return lineage.Hash([]byte(it.Input))[:16] }

// arrange lays items by rounds, and says which of them are in none; false when
// an item of a round is gone.
func arrange(items []Item, seed uint64, rounds []Round) (out [][]Item, rest []Item, ok bool) {
	if len(rounds) == 0 {
		return units(items, seed), nil, true
	}
	round := map[string]int{}
	for k, r := range rounds {
		for _, id := range r.Items {
			round[id] = k
		}
	}
	parts := make([][]Item, len(rounds))
	for _, it := range items {
		if k, known := round[it.ID]; known {
			parts[k] = append(parts[k], it)
		} else {
			rest = append(rest, it)
		}
	}
	for k, part := range parts {
		if len(part) != len(rounds[k].Items) {
			return nil, nil, false
		}
		out = append(out, units(part, seed+uint64(k))...)
	}
	return out, rest, true
}

// laid is the eval set that a result was measured on, in its order.
func (r *Result) laid(ctx context.Context, items []Item, store Store) (laid, error) {
	rounds, err := r.rounds(ctx, store)
	if err != nil {
		return laid{}, err
	}
	u, _, ok := arrange(items, r.Seed, rounds)
	if !ok {
		return laid{}, errs.Conflict("the eval set has changed: items that study %s has measured are gone", r.Study)
	}
	return lay(u), nil
}

// rounds are those that a result was measured on; nil where no record of them
// is kept and it was all items at once.
func (r *Result) rounds(ctx context.Context, store Store) ([]Round, error) {
	rec, err := store.Study(ctx, r.Study)
	if errs.Is(err, errs.CodeNotFound) && r.Rounds <= 1 && !r.Guess {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	if len(rec.Rounds) == 0 && r.Rounds == 0 {
		return nil, nil
	}
	if len(rec.Rounds) < r.Rounds {
		return nil, errs.Conflict("the record of study %s has %d rounds of items, not %d", r.Study, len(rec.Rounds), r.Rounds)
	}
	return rec.Rounds[:r.Rounds], nil
}

// grow adds the items that a pool has gained to the units of a study: those
// of clusters that were measured before are left out, because they tell
// nothing independent; ok is false where a new cluster is larger than what was
// fixed before data.
func grow(old [][]Item, rest []Item, seed uint64, round, most int) (fresh [][]Item, ok bool) {
	known := map[string]bool{}
	for _, u := range old {
		if c := u[0].Cluster; c != "" {
			known[c] = true
		}
	}
	rest = slices.DeleteFunc(slices.Clone(rest), func(it Item) bool { return known[it.Cluster] })
	fresh = units(rest, seed+uint64(round))
	for _, u := range fresh {
		if len(u) > max(most, 1) {
			return nil, false
		}
	}
	return fresh, true
}

// enough is the number of unseen items from which on a test of a floor at a
// share is worth its horizon: three times the least on which it can succeed.
func enough(floor, share float64) int {
	n := fewest(floor, share)
	if n > math.MaxInt/3 {
		return n
	}
	return 3 * n
}

// fewest is the least number of items on which a test of a floor at a share
// can succeed at all: no bet gains more than 1/floor an item.
func fewest(floor, share float64) int {
	if floor <= 0 || share >= 1 {
		return 1
	}
	if share <= 0 || floor >= 1 {
		return math.MaxInt
	}
	return int(math.Ceil(math.Log(share) / math.Log(floor)))
}

// seen are the items that a candidate's result rests on.
func (l *laid) seen(a ArmResult) ([]Item, error) {
	from := 0
	if a.Later != nil && a.Later.Tested && a.Later.From < len(l.start) {
		from = l.start[a.Later.From]
	}
	if from+a.Items > len(l.items) {
		return nil, errs.Conflict("candidate %s was measured on %d items, but the eval set has %d now", a.Name, a.Items, len(l.items)-from)
	}
	return l.items[from : from+a.Items], nil
}

// units returns the items in the study's seeded order, whatever order they
// came in: a random order of ids, or of clusters where items share one.
func units(items []Item, seed uint64) (out [][]Item) {
	sorted := slices.Clone(items)
	sort.Slice(sorted, func(i, j int) bool { return sorted[i].ID < sorted[j].ID })
	at := map[string]int{}
	for _, it := range sorted {
		if k, ok := at[it.Cluster]; ok && it.Cluster != "" {
			out[k] = append(out[k], it)
			continue
		}
		at[it.Cluster] = len(out)
		out = append(out, []Item{it})
	}
	r := rand.New(rand.NewPCG(seed, 0x51ce))
	r.Shuffle(len(out), func(i, j int) { out[i], out[j] = out[j], out[i] })
	return out
}

func itemsDigest(items []Item) string {
	ids := make([]string, len(items))
	for i, it := range items {
		ids[i] = it.ID
	}
	return lineage.NewID(lineage.Dataset, ids...)
}
