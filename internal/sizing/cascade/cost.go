package cascade

import (
	"math"
	"slices"

	"github.com/luodi/luodi/internal/sizing"
)

// predicted is how many standard deviations below the bar of cost a route's mean
// must lie, as split A foretells that of split B, for it to be tested there.
const predicted = 1.645

// mosts are the most that one request of each member can cost: with the longest
// item there is, a token per byte of what is sent, and the longest reply. Inputs
// alone decide it, so it is fixed before any call.
func (s *study) mosts() ([]float64, error) {
	out := make([]float64, len(s.calls))
	for m, c := range s.calls {
		if c.arm.Config.Kind.InProcess() {
			continue
		}
		for _, it := range s.cfg.Items {
			paid, err := c.arm.Price.Cost(c.arm.Config.Longest(it.Input))
			if err != nil {
				return nil, err
			}
			out[m] = math.Max(out[m], s.convert(paid.Float(), c.arm.Price.Currency))
		}
	}
	return out, nil
}

// most is what a request of a route counts for at most: all its models.
func (r Route) most(of []float64) float64 {
	sum, fallback := 0.0, of[r.Fallback]
	for _, m := range r.Models {
		if sum += of[m]; m == r.Fallback {
			fallback = 0 // asked already
		}
	}
	return sum + fallback
}

// affordable are the routes that split A predicts to keep to the bar of cost,
// in their order.
func (s *study) affordable(routes []Route, o *Outcomes, g *Gate) (out []Route) {
	for _, r := range routes {
		n, sum, square := float64(len(s.a)), 0.0, 0.0
		for i := range s.a {
			_, c := r.Answer(o, g, i)
			sum, square = sum+c, square+c*c
		}
		mean := sum / n
		sd := math.Sqrt(math.Max(square/n-mean*mean, 0) * (1/n + 1/float64(len(s.b))))
		if mean+predicted*sd <= s.cfg.Cost/1000 {
			out = append(out, r)
		}
	}
	return out
}

// CostsAtMost tests that the mean of costs, in the order drawn, lies below a bar,
// where none can be above most; without a test where most is below it too. A cost
// above most shows that the vendor bills more than luodi knows of: nothing is
// proven then.
func CostsAtMost(bar float64, costs []float64, most, alpha float64) bool {
	if slices.ContainsFunc(costs, func(c float64) bool { return c > most }) {
		return false
	}
	if most <= bar {
		return true
	}
	left := make([]float64, len(costs))
	for i, c := range costs {
		left[i] = 1 - c/most
	}
	return Reaches(1-bar/most, left, alpha)
}

// costs of a route on the items of split B.
func (s *study) costs(r Route, o *Outcomes, g *Gate) []float64 {
	out := make([]float64, len(s.b))
	for i := range out {
		_, out[i] = r.Answer(o, g, i)
	}
	return out
}

// afford leaves of the routes that have passed at the study's prices those that
// keep to the bar of cost at the present ones: again in the order of the study,
// without what split A predicts to fail, up to the first that fails.
func (s *study) afford(p *Point, a *Outcomes, gateA, gateB *Gate) error {
	o, err := s.outcomes(s.b)
	if err != nil {
		return err
	}
	most, err := s.mosts()
	if err != nil {
		return err
	}
	passed := p.Passed
	p.Passed = nil
	for _, x := range passed {
		r, err := s.route(x.Served)
		if err != nil {
			return err
		}
		if len(s.affordable([]Route{r}, a, gateA)) == 0 {
			continue
		}
		if !CostsAtMost(s.cfg.Cost/1000, s.costs(r, o, gateB), r.most(most), p.Alpha) {
			break
		}
		p.Passed = append(p.Passed, x)
	}
	return nil
}

// dear says that no route is predicted to keep to the bar of cost.
func (s *study) dear() sizing.Text {
	bar := number(s.cfg.Cost) + " " + string(s.cfg.Currency)
	return sizing.Text{
		En: "every route that split A predicts to lose so little is predicted to cost more than " + bar + " per 1,000 requests",
		Zh: "A 集预计损失足够小的路由，预计每千次请求的成本都超过 " + bar,
	}
}
