// Package rank learns from golden questions how to order what a search found.
//
// Two small models, both linear and both fitted in seconds: Fit learns what
// each feature of a passage weighs, by the listwise softmax (Cao and others
// 2007) over the passages found for each question; FitMap learns a matrix that
// turns a question's vector towards the vectors of its answers, a bridge
// between the words that people ask with and the words that documents use.
//
// A map that is judged on the questions it was fitted to looks perfect and is
// worth nothing, so its feature must be made by a map that has not seen the
// question; package knowledge crosses the folds and decides, by an interval
// over questions not fitted to, whether anything here is used at all.
//
// Fitting is deterministic: seeded, one goroutine, every sum in a fixed order.
// It knows no documents, no access rules and no store.
package rank

import (
	"math"
	"math/rand/v2"
)

// List is what was found for one question: Dim features of each candidate, and
// which candidates answer it.
type List struct {
	X     []float32
	Right []bool
}

// Config says how to fit. Its zero value is what the notes measured.
type Config struct {
	Seed   uint64
	Epochs int     // 0 is 60 for weights, 15 for a map
	Rate   float64 // 0 is .02 for weights, .05 for a map
	Decay  float64 // pull to where it started; 0 is 1e-3
}

func (c Config) or(epochs int, rate float64) Config {
	if c.Epochs == 0 {
		c.Epochs = epochs
	}
	if c.Rate == 0 {
		c.Rate = rate
	}
	if c.Decay == 0 {
		c.Decay = 1e-3
	}
	return c
}

// batch is how many lists one step of Fit looks at.
const batch = 16

// Fit returns the weights under which the right candidates of the lists come
// first, beginning with start. Lists without a right candidate, or with
// nothing else, teach nothing and are left out.
func Fit(lists []List, start []float64, c Config) []float64 {
	c = c.or(60, .02)
	w := append([]float64(nil), start...)
	var use []int
	for i, l := range lists {
		if n := count(l.Right); n > 0 && n < len(l.Right) {
			use = append(use, i)
		}
	}
	r := rand.New(rand.NewPCG(c.Seed, 1))
	step := newAdam(len(w), c.Rate)
	grad, p := make([]float64, len(w)), []float64(nil)
	for range c.Epochs {
		r.Shuffle(len(use), func(i, j int) { use[i], use[j] = use[j], use[i] })
		for from := 0; from < len(use); from += batch {
			part := use[from:min(from+batch, len(use))]
			clear(grad)
			for _, i := range part {
				p = slope(grad, lists[i], w, p)
			}
			for k := range grad {
				grad[k] = grad[k]/float64(len(part)) + c.Decay*(w[k]-start[k])
			}
			step.move(w, grad)
		}
	}
	return w
}

func count(right []bool) (n int) {
	for _, r := range right {
		if r {
			n++
		}
	}
	return n
}

// slope adds the gradient of one list's loss: the cross-entropy of the softmax
// of scores against the even distribution over the right candidates.
func slope(grad []float64, l List, w, p []float64) []float64 {
	n, dim := len(l.Right), len(w)
	if cap(p) < n {
		p = make([]float64, n)
	}
	p = p[:n]
	for i := range p {
		p[i] = Score(w, l.X[i*dim:(i+1)*dim])
	}
	softmax(p)
	share := 1 / float64(count(l.Right))
	for i, right := range l.Right {
		d := p[i]
		if right {
			d -= share
		}
		for k, x := range l.X[i*dim : (i+1)*dim] {
			grad[k] += d * float64(x)
		}
	}
	return p
}

// Score is a candidate's score under weights.
func Score(w []float64, x []float32) float64 {
	sum := 0.
	for k, v := range x {
		sum += w[k] * float64(v)
	}
	return sum
}

func softmax(p []float64) {
	most, sum := math.Inf(-1), 0.
	for _, x := range p {
		most = max(most, x)
	}
	for i, x := range p {
		p[i] = math.Exp(x - most)
		sum += p[i]
	}
	for i := range p {
		p[i] /= sum
	}
}

// adam is the optimiser of Kingma and Ba 2015 with its usual constants.
type adam struct {
	rate   float64
	m, v   []float64
	b1, b2 float64 // powers of the decay rates
}

func newAdam(n int, rate float64) *adam {
	return &adam{rate: rate, m: make([]float64, n), v: make([]float64, n), b1: 1, b2: 1}
}

func (a *adam) move(w, grad []float64) {
	const beta1, beta2, tiny = .9, .999, 1e-8
	a.b1 *= beta1
	a.b2 *= beta2
	for k, g := range grad {
		a.m[k] = beta1*a.m[k] + (1-beta1)*g
		a.v[k] = beta2*a.v[k] + (1-beta2)*g*g
		w[k] -= a.rate * (a.m[k] / (1 - a.b1)) / (math.Sqrt(a.v[k]/(1-a.b2)) + tiny)
	}
}
