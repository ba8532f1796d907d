package score

import (
	"math"
	"sort"

	"github.com/luodi/luodi/internal/sizing"
)

// MacroF1 is ExactLabel with macro-F1 as the figure to certify. Macro-F1 is
// not a mean over items, so the tests of means do not apply to it; Figure
// gives bounds of its own.
type MacroF1 struct{ Labels []string }

// Name implements sizing.Scorer.
func (MacroF1) Name() string { return "macro_f1/1" }

// Graded implements sizing.Scorer.
func (MacroF1) Graded() bool { return false }

// Score implements sizing.Scorer: whether the label is right.
func (s MacroF1) Score(it sizing.Item, o sizing.Output) sizing.Score {
	out := ExactLabel(s).Score(it, o)
	if out.Value == 1 {
		out.Predicted = it.Label // as gold writes it
	}
	return out
}

// Figure implements sizing.Figure: macro-F1 over the classes among the
// scenario's labels, with MacroBounds.
func (s MacroF1) Figure(items []sizing.Item, scores []sizing.Score, alpha float64) (value, lo, hi float64) {
	gold, predicted := make([]string, len(scores)), make([]string, len(scores))
	for i, sc := range scores {
		gold[i], predicted[i] = items[i].Label, sc.Predicted
	}
	_, value = Classes(gold, predicted)
	lo, hi = MacroBounds(s.Labels, gold, predicted, alpha)
	return value, lo, hi
}

// MacroBounds bounds the true macro-F1 over the classes of labels: with
// probability 1−alpha both hold at every number of items at once, for items
// drawn independently.
//
// F1 of a class is 2q/(1+q), where q is the chance to be right on an item that
// involves the class, being its gold or predicted label. Among the items that
// involve a class, right and wrong are a Bernoulli sequence of mean q, so a
// beta mixture over it, M(q), is a martingale (Robbins 1970). An item involves
// at most two classes; with gold g and prediction p the product of the square
// roots of their factors is at most their mean, so ∏ M(q)^½ over classes is a
// supermartingale and reaches 1/alpha with probability at most alpha (Ville
// 1939). The bounds are those of macro-F1 over all q with Σ ½ log M(q) <
// log(1/alpha), by Lagrangian duality, which errs to the wide side only.
func MacroBounds(labels, gold, predicted []string, alpha float64) (lo, hi float64) {
	type tally struct{ right, wrong float64 }
	by := map[string]*tally{}
	for _, l := range labels {
		by[l] = new(tally)
	}
	for i, g := range gold {
		p := predicted[i]
		if g == p {
			if t := by[g]; t != nil {
				t.right++
			}
			continue
		}
		for _, l := range []string{g, p} {
			if t := by[l]; t != nil {
				t.wrong++
			}
		}
	}
	if len(by) == 0 {
		return 0, 1
	}
	names := make([]string, 0, len(by))
	for l := range by {
		names = append(names, l)
	}
	sort.Strings(names) // sums must not depend on the order of a map
	evidence := make([][]float64, len(names))
	for i, l := range names {
		evidence[i] = evidenceOf(by[l].right, by[l].wrong)
	}
	budget := math.Log(1 / alpha)
	lo = best(func(weight float64) float64 { return dual(evidence, weight, budget, false) })
	hi = -best(func(weight float64) float64 { return dual(evidence, weight, budget, true) })
	return math.Max(lo, 0), math.Min(hi, 1)
}

// cells that q is divided into.
const cells = 1024

// priors of the mixture, as weights of beta(a, b): one for anything, one for
// classifiers that are any good. They may be anything that is fixed.
var priors = []struct{ a, b float64 }{{1, 1}, {8, 1.5}}

// evidenceOf is the least ½ log M(q) in each cell of q.
func evidenceOf(right, wrong float64) []float64 {
	mixture := math.Inf(-1)
	for _, p := range priors {
		mixture = logSum(mixture, logBeta(p.a+right, p.b+wrong)-logBeta(p.a, p.b)-math.Log(float64(len(priors))))
	}
	at := func(q float64) float64 {
		l := mixture
		if right > 0 {
			l -= right * math.Log(q)
		}
		if wrong > 0 {
			l -= wrong * math.Log1p(-q)
		}
		return l / 2
	}
	out := make([]float64, cells)
	before := at(0)
	for i := range out {
		after := at(float64(i+1) / cells)
		out[i] = math.Min(before, after)
		if n := right + wrong; n > 0 { // convex in q, least at right/n
			if q := right / n; q > float64(i)/cells && q < float64(i+1)/cells {
				out[i] = at(q)
			}
		}
		before = after
	}
	return out
}

func logBeta(a, b float64) float64 {
	x, _ := math.Lgamma(a)
	y, _ := math.Lgamma(b)
	z, _ := math.Lgamma(a + b)
	return x + y - z
}

func logSum(a, b float64) float64 {
	if a < b {
		a, b = b, a
	}
	if math.IsInf(b, -1) {
		return a
	}
	return a + math.Log1p(math.Exp(b-a))
}

// dual is the Lagrangian bound at a weight: from below of macro-F1, or, with
// upper, from below of −macro-F1.
func dual(evidence [][]float64, weight, budget float64, upper bool) float64 {
	total := -weight * budget
	each := 1 / float64(len(evidence))
	for _, e := range evidence {
		least := math.Inf(1)
		for i, v := range e {
			f := edges[i] * each
			if upper {
				f = -edges[i+1] * each
			}
			if f += weight * v; f < least {
				least = f
			}
		}
		total += least
	}
	return total
}

// edges are F1 at the edges of the cells.
var edges = func() (out [cells + 1]float64) {
	for i := range out {
		q := float64(i) / cells
		out[i] = 2 * q / (1 + q)
	}
	return out
}()

// best is the maximum over weights of a concave function; any weight gives a
// valid bound.
func best(bound func(weight float64) float64) float64 {
	const step = .6180339887498949
	lo, hi := math.Log(1e-6), math.Log(10.)
	a, b := hi-step*(hi-lo), lo+step*(hi-lo)
	fa, fb := bound(math.Exp(a)), bound(math.Exp(b))
	for range 30 {
		if fa > fb {
			hi, b, fb = b, a, fa
			a = hi - step*(hi-lo)
			fa = bound(math.Exp(a))
		} else {
			lo, a, fa = a, b, fb
			b = lo + step*(hi-lo)
			fb = bound(math.Exp(b))
		}
	}
	return math.Max(math.Max(fa, fb), -1)
}
