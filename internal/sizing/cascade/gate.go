package cascade

import (
	"math"

	"github.com/luodi/luodi/internal/sizing/etest"
)

// Gate is a model that answers alone, at no cost, the items on which it is
// sure enough. Slices are by item.
type Gate struct {
	Score  []float64
	Answer []int32
	Margin []float64 // how sure it is
}

// Route is a policy behind a gate: where Gated and the gate's margin reaches
// Threshold, the gate answers; everything else goes through the policy.
type Route struct {
	Gated     bool
	Threshold float64
	Policy
}

// passes reports whether the gate answers an item.
func (r Route) passes(g *Gate, item int) bool {
	return r.Gated && g.Margin[item] >= r.Threshold
}

// Asked are the models that an item is shown to, in order, and whether the
// last of them is the fallback; nil where the gate answers.
func (r Route) Asked(o *Outcomes, g *Gate, item int) (models []int, escalated bool) {
	if r.passes(g, item) {
		return nil, false
	}
	for k, m := range r.Models {
		models = append(models, m)
		for _, earlier := range r.Models[:k] {
			if a := o.Answer[m][item]; a >= 0 && a == o.Answer[earlier][item] {
				return models, false
			}
		}
	}
	for _, m := range r.Models {
		if m == r.Fallback { // asked already
			return models, true
		}
	}
	return append(models, r.Fallback), true
}

// Answer is the score and cost of a route on one item.
func (r Route) Answer(o *Outcomes, g *Gate, item int) (score, cost float64) {
	if r.passes(g, item) {
		return g.Score[item], 0
	}
	score, cost, _ = r.Policy.Answer(o, item)
	return score, cost
}

// Evaluate a route against a reference.
func (r Route) Evaluate(o *Outcomes, g *Gate, reference int) (s Sum) {
	for i := range o.Items() {
		if w := o.weight(i); w > 0 {
			score, cost := r.Answer(o, g, i)
			s.add(w, score-o.Score[reference][i], cost)
		}
	}
	return s
}

// Open are the items that are shown to the k-th of the route's models, or with
// k = len(Models) to its fallback. Only answers of earlier models are read.
func (r Route) Open(o *Outcomes, g *Gate, k int) (items []int) {
	for i := range o.Items() {
		if r.passes(g, i) {
			continue
		}
		open := true
		for a := range r.Models[:k] {
			for b := range a {
				x := o.Answer[r.Models[a]][i]
				open = open && (x < 0 || x != o.Answer[r.Models[b]][i])
			}
		}
		if open {
			items = append(items, i)
		}
	}
	return items
}

// behind shows the gate's answer, free of charge, in the place of every model
// on the items that it answers; the untouched reference becomes the last model.
func (g *Gate) behind(o *Outcomes, threshold float64, reference int) *Outcomes {
	r := Route{Gated: true, Threshold: threshold}
	out := &Outcomes{Weight: o.Weight}
	for m := range o.Score {
		score, answer, cost := append([]float64(nil), o.Score[m]...), append([]int32(nil), o.Answer[m]...), append([]float64(nil), o.Cost[m]...)
		for i := range score {
			if r.passes(g, i) {
				score[i], answer[i], cost[i] = g.Score[i], g.Answer[i], 0
			}
		}
		out.Score, out.Answer, out.Cost = append(out.Score, score), append(out.Answer, answer), append(out.Cost, cost)
	}
	out.Score, out.Answer, out.Cost = append(out.Score, o.Score[reference]), append(out.Answer, o.Answer[reference]), append(out.Cost, o.Cost[reference])
	return out
}

// SearchRoutes is Search without a gate and behind the gate at each threshold;
// what it returns is one sequence, from safest to cheapest. g may be nil.
func SearchRoutes(o *Outcomes, g *Gate, thresholds []float64, opt Options) []Route {
	type found struct {
		Route
		cost, z float64
	}
	var all []found
	total := 0.0
	for i := range o.Items() {
		total += o.weight(i)
	}
	if opt.ItemsB == 0 {
		opt.ItemsB = total
	}
	note := func(gated bool, threshold float64, policies []Policy) {
		for _, p := range policies {
			r := Route{gated, threshold, p}
			s := r.Evaluate(o, g, opt.Reference)
			mean, variance := s.Mean()
			all = append(all, found{r, s.Cost / s.N, (mean + opt.Loss) / math.Sqrt(variance*(1/total+1/opt.ItemsB))})
		}
	}
	note(false, 0, Search(o, opt))
	if g != nil {
		if opt.Models == nil {
			for m := range o.Score {
				opt.Models = append(opt.Models, m)
			}
		}
		behind := opt
		behind.Reference = len(o.Score)
		for _, t := range thresholds {
			note(true, t, Search(g.behind(o, t, opt.Reference), behind))
		}
	}
	var out []Route
	cost := math.Inf(1)
	for z := 3.8; z > .25; z -= .35 {
		best := -1
		for i, f := range all {
			if f.z >= z-1e-9 && (best < 0 || f.cost < all[best].cost) {
				best = i
			}
		}
		if best >= 0 && all[best].cost < cost {
			cost = all[best].cost
			out = append(out, all[best].Route)
		}
	}
	return out
}

// LosesAtMost tests one route on split B, drawn in this order: that it loses
// at most loss points against the reference, by paired bets with one deadline
// at the full alpha. at is the draw after which that is proven.
func (r Route) LosesAtMost(loss float64, o *Outcomes, g *Gate, draw Draw, reference int, alpha float64) (at int, ok bool) {
	test := etest.NewDeadlineBets((1-loss)/2, alpha, len(draw), .05/4)
	for k, i := range draw {
		score, _ := r.Answer(o, g, i)
		if test.Add((score - o.Score[reference][i] + 1) / 2) {
			return k + 1, true
		}
	}
	return 0, false
}

// Reaches tests that the mean of values in [0,1], in the order drawn, lies
// above floor.
func Reaches(floor float64, values []float64, alpha float64) bool {
	test := etest.NewDeadlineBets(floor, alpha, len(values), 0)
	for _, v := range values {
		if test.Add(v) {
			return true
		}
	}
	return false
}

// Needed is the least number of items on split B that can prove a loss, when
// the route never differs from its reference.
func Needed(loss, alpha float64) int {
	for n := 8; n < 1e5; n += n/50 + 1 {
		test := etest.NewDeadlineBets((1-loss)/2, alpha, n, .05/4)
		for range n {
			if test.Add(.5) {
				return n
			}
		}
	}
	return 1e5
}
