package cascade

import (
	"math"
	"slices"
	"sort"
)

// Options of Search. The zero value works but for Reference and Loss.
type Options struct {
	Reference int
	Loss      float64 // points that may be lost, such as .01
	// ItemsB is the number of items on split B; 0 means as many as on A.
	ItemsB float64
	// Depth is the most models asked before the fallback; 0 means 5.
	Depth int
	// Beam is how many unfinished policies are kept per depth and trade-off
	// of cost against loss; 0 means 12.
	Beam int
	// Models that may be used; nil means all.
	Models []int
}

// ranked is a policy with what split A says of it.
type ranked struct {
	Policy
	cost float64 // per item
	z    float64 // predicted standard deviations above −loss on B
}

// prefix is a policy without its fallback: what it has answered so far and
// the items still open.
type prefix struct {
	models []int
	done   Sum     // of answered items
	open   []int   // items on which no two agree
	spent  float64 // on the open items
	worth  []float64
}

// tradeoffs weigh one lost point against the reference's cost.
var tradeoffs = []float64{1, 3, 8, 20, 60}

// Search returns policies from safest to cheapest for Certify. The reference
// alone is not among them.
func Search(o *Outcomes, opt Options) []Policy {
	if opt.Depth == 0 {
		opt.Depth = 5
	}
	if opt.Beam == 0 {
		opt.Beam = 12
	}
	if opt.Models == nil {
		for m := range o.Score {
			opt.Models = append(opt.Models, m)
		}
	}
	s := &search{o: o, opt: opt}
	for i := range o.Items() {
		if w := o.weight(i); w > 0 {
			s.items = append(s.items, i)
			s.total += w
			s.refCost += w * o.Cost[opt.Reference][i]
		}
	}
	if opt.ItemsB == 0 {
		s.opt.ItemsB = s.total
	}
	s.start()
	for depth := 3; depth <= opt.Depth; depth++ {
		s.extend()
	}
	return s.sequence()
}

type search struct {
	o        *Outcomes
	opt      Options
	items    []int
	total    float64
	refCost  float64
	found    []ranked
	beam     []prefix
	lastMean float64 // of the policy finished last
}

// start evaluates single models and all pairs.
func (s *search) start() {
	var pairs []prefix
	for k, a := range s.opt.Models {
		if a != s.opt.Reference {
			s.finish(prefix{open: s.items}, a)
		}
		for _, b := range s.opt.Models[:k] {
			p := prefix{models: []int{b, a}}
			for _, i := range s.items {
				w := s.o.weight(i)
				cost := s.o.Cost[a][i] + s.o.Cost[b][i]
				if x := s.o.Answer[a][i]; x >= 0 && x == s.o.Answer[b][i] {
					p.done.add(w, s.o.Score[a][i]-s.o.Score[s.opt.Reference][i], cost)
				} else {
					p.open = append(p.open, i)
					p.spent += w * cost
				}
			}
			if p.done.Cost+p.spent < s.refCost {
				pairs = append(pairs, s.close(p))
			}
		}
	}
	s.keep(pairs)
}

// extend asks one more model on what is open of each kept prefix.
func (s *search) extend() {
	var next []prefix
	for _, p := range s.beam {
		for _, m := range s.opt.Models {
			if slices.Contains(p.models, m) {
				continue
			}
			q := prefix{models: append(slices.Clone(p.models), m), done: p.done}
			per := 0.0
			for _, i := range p.open {
				w := s.o.weight(i)
				per += w
				agreed := false
				x := s.o.Answer[m][i]
				for _, e := range p.models {
					agreed = agreed || x >= 0 && x == s.o.Answer[e][i]
				}
				cost := s.o.Cost[m][i]
				for _, e := range p.models {
					cost += s.o.Cost[e][i]
				}
				if agreed {
					q.done.add(w, s.o.Score[m][i]-s.o.Score[s.opt.Reference][i], cost)
				} else {
					q.open = append(q.open, i)
					q.spent += w * cost
				}
			}
			if q.done.Cost+q.spent < s.refCost {
				next = append(next, s.close(q))
			}
		}
	}
	s.keep(next)
}

// close tries every fallback of a prefix and notes its best trade-offs.
func (s *search) close(p prefix) prefix {
	p.worth = slices.Repeat([]float64{math.Inf(1)}, len(tradeoffs))
	for _, f := range s.opt.Models {
		r := s.finish(p, f)
		d := 0.0
		if r.z != 0 {
			d = s.lastMean
		}
		for k, t := range tradeoffs {
			p.worth[k] = math.Min(p.worth[k], r.cost*s.total/s.refCost+t*math.Max(0, -d)*10)
		}
	}
	return p
}

// finish adds a policy to those found.
func (s *search) finish(p prefix, fallback int) ranked {
	sum := p.done
	sum.Cost += p.spent
	asked := slices.Contains(p.models, fallback)
	for _, i := range p.open {
		w := s.o.weight(i)
		d := s.o.Score[fallback][i] - s.o.Score[s.opt.Reference][i]
		sum.N += w
		sum.Diff += w * d
		sum.Square += w * d * d
		if !asked {
			sum.Cost += w * s.o.Cost[fallback][i]
		}
	}
	mean, variance := sum.Mean()
	s.lastMean = mean
	r := ranked{Policy: Policy{Models: p.models, Fallback: fallback}, cost: sum.Cost / sum.N}
	r.z = (mean + s.opt.Loss) / math.Sqrt(variance*(1/s.total+1/s.opt.ItemsB))
	if r.z > 0 && sum.Cost < s.refCost {
		s.found = append(s.found, r)
	}
	return r
}

// keep leaves the best prefixes of each trade-off in the beam.
func (s *search) keep(all []prefix) {
	s.beam = nil
	in := make([]bool, len(all))
	order := make([]int, len(all))
	for k := range tradeoffs {
		for i := range order {
			order[i] = i
		}
		sort.SliceStable(order, func(a, b int) bool { return all[order[a]].worth[k] < all[order[b]].worth[k] })
		for _, i := range order[:min(s.opt.Beam, len(order))] {
			if !in[i] {
				in[i] = true
				s.beam = append(s.beam, all[i])
			}
		}
	}
}

// sequence takes, for falling certainty, the cheapest policy that has it.
func (s *search) sequence() []Policy {
	var out []Policy
	cost := math.Inf(1)
	for z := 3.8; z > .25; z -= .35 {
		best := -1
		for i, r := range s.found {
			if r.z >= z && (best < 0 || r.cost < s.found[best].cost) {
				best = i
			}
		}
		if best >= 0 && s.found[best].cost < cost {
			cost = s.found[best].cost
			out = append(out, s.found[best].Policy)
		}
	}
	return out
}
