package judge

import (
	"math"

	"github.com/luodi/luodi/internal/binomial"
	"github.com/luodi/luodi/internal/errs"
	"github.com/luodi/luodi/internal/sizing"
)

// Least is how many human labels an agreement needs to be reported as one.
const Least = 50

// Agreement is how far two raters of the same items agree.
type Agreement = sizing.Agreement

// Agree compares the verdicts of people and of a judge, item by item. The
// interval is that of the share of equal verdicts (Clopper–Pearson), carried
// over at the chance agreement as seen; unlike the usual standard error it does
// not shrink to nothing where all agree. Where a rater gives one verdict only,
// kappa says nothing: it is 0 with the interval [−1, 1].
func Agree(human, judge []string) (Agreement, error) {
	n := len(human)
	if n != len(judge) {
		return Agreement{}, errs.Invalid("comparing a judge with people: %d human verdicts, %d of the judge", n, len(judge))
	}
	out := Agreement{N: n, Interval: [2]float64{-1, 1}, Enough: n >= Least}
	if n == 0 {
		return out, nil
	}
	same := 0
	x, y := map[string]int{}, map[string]int{}
	for i := range human {
		if human[i] == judge[i] {
			same++
		}
		x[human[i]]++
		y[judge[i]]++
	}
	chance := 0
	for v, k := range x {
		chance += k * y[v]
	}
	out.Same, out.Chance = float64(same)/float64(n), float64(chance)/float64(n)/float64(n)
	if len(x) == 1 || len(y) == 1 {
		return out, nil
	}
	kappa := func(p float64) float64 { return math.Max((p-out.Chance)/(1-out.Chance), -1) }
	out.Kappa = kappa(out.Same)
	out.Interval = [2]float64{kappa(binomial.Lower(same, n, .975)), kappa(binomial.Upper(same, n, .975))}
	return out, nil
}
