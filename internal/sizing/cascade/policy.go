package cascade

// Outcomes are what models answered on the same items. Slices are by model,
// then item.
type Outcomes struct {
	Score  [][]float64 // in [0,1]
	Answer [][]int32   // equal numbers are equal answers; below 0 agrees with nothing
	Cost   [][]float64
	Weight []float64 // how often each item counts; nil means once
}

// Items is the number of different items.
func (o *Outcomes) Items() int { return len(o.Score[0]) }

func (o *Outcomes) weight(i int) float64 {
	if o.Weight == nil {
		return 1
	}
	return o.Weight[i]
}

// Policy asks Models in order until two of them agree and answers that; where
// none agree it asks Fallback and answers what it says. Without models it is
// the fallback alone.
type Policy struct {
	Models   []int
	Fallback int
}

// Answer is the score and cost of a policy on one item, and whether the
// fallback was asked.
func (p Policy) Answer(o *Outcomes, item int) (score, cost float64, escalated bool) {
	for k, m := range p.Models {
		cost += o.Cost[m][item]
		for _, earlier := range p.Models[:k] {
			if a := o.Answer[m][item]; a >= 0 && a == o.Answer[earlier][item] {
				return o.Score[m][item], cost, false
			}
		}
	}
	for _, m := range p.Models {
		if m == p.Fallback { // asked already
			return o.Score[m][item], cost, true
		}
	}
	return o.Score[p.Fallback][item], cost + o.Cost[p.Fallback][item], true
}

// Sum adds a policy up over all items against a reference model.
type Sum struct {
	N, Diff, Square, Cost float64 // weights, Σd, Σd², Σcost
}

// Evaluate a policy against a reference.
func (p Policy) Evaluate(o *Outcomes, reference int) (s Sum) {
	for i := range o.Items() {
		w := o.weight(i)
		if w == 0 {
			continue
		}
		score, cost, _ := p.Answer(o, i)
		s.add(w, score-o.Score[reference][i], cost)
	}
	return s
}

func (s *Sum) add(w, d, cost float64) {
	s.N += w
	s.Diff += w * d
	s.Square += w * d * d
	s.Cost += w * cost
}

// Mean difference and its variance per item, shrunk a little so that a policy
// that never differed is not taken as certain.
func (s Sum) Mean() (d, variance float64) {
	d = s.Diff / s.N
	return d, (s.Square+1)/(s.N+1) - d*d*s.N/(s.N+1)
}
