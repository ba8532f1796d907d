package cascade

import (
	"math"
	"slices"
	"time"

	"github.com/luodi/luodi/internal/errs"
	"github.com/luodi/luodi/internal/sizing/etest"
)

// choose measures the cheapest route on split B of those that passed.
func (s *study) choose(p *Point, g *Gate) error {
	p.OK = len(p.Passed) > 0
	if !p.OK {
		return nil
	}
	o, err := s.outcomes(s.b)
	if err != nil {
		return err
	}
	most, err := s.mosts()
	if err != nil {
		return err
	}
	least := math.Inf(1)
	for _, x := range p.Passed {
		r, err := s.route(x.Served)
		if err != nil {
			return err
		}
		if cost := r.Evaluate(o, g, s.ref).Cost; cost < least {
			least, p.At, p.Served = cost, x.At, x.Served
			s.measure(p, r, o, g)
			if p.Wanted && s.cfg.Cost > 0 {
				p.Cap = round(1000 * r.most(most))
			}
		}
	}
	return nil
}

// served is a route by its members' ids; route leads back.
func (s *study) served(r Route) Served {
	out := Served{Gated: r.Gated, Threshold: r.Threshold, Fallback: s.rec.Members[r.Fallback].ID}
	for _, m := range r.Models {
		out.Ask = append(out.Ask, s.rec.Members[m].ID)
	}
	return out
}

func (s *study) route(x Served) (Route, error) {
	var unknown error
	member := func(id string) int {
		i := slices.IndexFunc(s.rec.Members, func(m Member) bool { return m.ID == id })
		if i < 0 {
			unknown = errs.Conflict("a route asks configuration %s, which is no candidate any more", id)
		}
		return i
	}
	r := Route{Gated: x.Gated, Threshold: x.Threshold, Policy: Policy{Fallback: member(x.Fallback)}}
	for _, id := range x.Ask {
		r.Models = append(r.Models, member(id))
	}
	return r, unknown
}

// meets tests floor, latency and cost too, each at the full alpha: the route is
// certified when every test passes (Berger 1982).
func (s *study) meets(r Route, o *Outcomes, g *Gate, most, alpha float64) bool {
	scores, fast := make([]float64, len(s.b)), make([]float64, len(s.b))
	for i := range s.b {
		scores[i], _ = r.Answer(o, g, i)
		if s.latency(r, o, g, i) <= s.cfg.P95 {
			fast[i] = 1
		}
	}
	return (s.cfg.Floor == 0 || Reaches(s.cfg.Floor, scores, alpha)) && (s.cfg.P95 == 0 || Reaches(.95, fast, alpha)) &&
		(s.cfg.Cost == 0 || CostsAtMost(s.cfg.Cost/1000, s.costs(r, o, g), most, alpha))
}

// latency of a route on an item of B: its models are asked one after another.
func (s *study) latency(r Route, o *Outcomes, g *Gate, item int) (sum time.Duration) {
	asked, _ := r.Asked(o, g, item)
	for _, m := range asked {
		sum += s.calls[m].kept[s.b[item].ID].Latency
	}
	return sum
}

func (s *study) measure(p *Point, r Route, o *Outcomes, g *Gate) {
	n := float64(len(s.b))
	sum := r.Evaluate(o, g, s.ref)
	p.Difference = sum.Diff / n
	p.CostPer1000, p.Reference = round(1000*sum.Cost/n), round(1000*mean(o.Cost[s.ref]))
	p.Ratio = 1
	if p.Reference > 0 {
		p.Ratio = math.Round(1e4*p.CostPer1000/p.Reference) / 1e4
	}
	right, times := 0.0, make([]time.Duration, len(s.b))
	p.Sure, p.Agreed, p.Escalated = 0, 0, 0
	for i := range s.b {
		score, _ := r.Answer(o, g, i)
		right += score
		times[i] = s.latency(r, o, g, i)
		switch asked, up := r.Asked(o, g, i); {
		case asked == nil:
			p.Sure++
		case up:
			p.Escalated++
		default:
			p.Agreed++
		}
	}
	p.Sure, p.Agreed, p.Escalated = p.Sure/n, p.Agreed/n, p.Escalated/n
	p.Quality = right / n
	lo, hi := etest.Interval(right, len(s.b), .05)
	p.Interval = &[2]float64{lo, hi}
	slices.Sort(times)
	p.P95 = float64(times[min(int(.95*n), len(times)-1)].Microseconds()) / 1e3
}
