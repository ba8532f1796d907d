package cascade_test

import (
	"math"
	"math/rand/v2"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/luodi/luodi/internal/sizing/cascade"
)

// gated makes a small model that is sure of some items, and rightly so.
func gated(r *rand.Rand, n int, sure, right float64) *cascade.Gate {
	g := &cascade.Gate{}
	for range n {
		margin, score := r.Float64()*.5, 0.0
		answer := int32(1 + r.IntN(8))
		if r.Float64() < sure {
			margin += .5
			if r.Float64() < right {
				score, answer = 1, 0
			}
		}
		g.Margin, g.Score, g.Answer = append(g.Margin, margin), append(g.Score, score), append(g.Answer, answer)
	}
	return g
}

func TestRouteAnswers(t *testing.T) {
	o := &cascade.Outcomes{
		Score:  [][]float64{{1, 0, 0}, {1, 1, 0}, {1, 1, 1}},
		Answer: [][]int32{{0, 1, -1}, {0, 0, -1}, {0, 0, 0}},
		Cost:   [][]float64{{1, 1, 1}, {2, 2, 2}, {10, 10, 10}},
	}
	g := &cascade.Gate{Score: []float64{0, 1, 1}, Answer: []int32{3, 0, 0}, Margin: []float64{.9, .2, .5}}
	pair := cascade.Policy{Models: []int{0, 1}, Fallback: 2}
	tests := []struct {
		name        string
		r           cascade.Route
		item        int
		score, cost float64
		asked       []int
		up          bool
	}{
		{"the gate answers, rightly or not", cascade.Route{Gated: true, Threshold: .5, Policy: pair}, 0, 0, 0, nil, false},
		{"at the threshold itself", cascade.Route{Gated: true, Threshold: .5, Policy: pair}, 2, 1, 0, nil, false},
		{"below it the cheap disagree", cascade.Route{Gated: true, Threshold: .5, Policy: pair}, 1, 1, 13, []int{0, 1, 2}, true},
		{"without a gate the cheap agree", cascade.Route{Policy: pair}, 0, 1, 3, []int{0, 1}, false},
		{"the gate, then the fallback alone", cascade.Route{Gated: true, Threshold: .6, Policy: cascade.Policy{Fallback: 2}}, 2, 1, 10, []int{2}, true},
		{"a fallback that was asked", cascade.Route{Policy: cascade.Policy{Models: []int{0, 1}, Fallback: 1}}, 1, 1, 3, []int{0, 1}, true},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			s, c := tt.r.Answer(o, g, tt.item)
			asked, up := tt.r.Asked(o, g, tt.item)
			if s != tt.score || c != tt.cost || up != tt.up || !cmp.Equal(tt.asked, asked) {
				t.Errorf("score %v, cost %v, asked %v, escalated %v", s, c, asked, up)
			}
		})
	}
}

// What a route asks, item by item, is what its stages ask for together.
func TestOpenIsWhatIsAsked(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		r := rand.New(rand.NewPCG(rapid.Uint64().Draw(t, "seed"), 1))
		o := table(r, 30, []float64{.6, .7, .8, .9}, []float64{1, 2, 3, 4})
		g := gated(r, 30, .5, .9)
		route := cascade.Route{Gated: rapid.Bool().Draw(t, "gated"), Threshold: .5,
			Policy: cascade.Policy{Models: rapid.Permutation([]int{0, 1, 2}).Draw(t, "models")[:rapid.IntRange(0, 3).Draw(t, "n")], Fallback: 3}}
		count := map[int]int{}
		for i := range 30 {
			asked, _ := route.Asked(o, g, i)
			cost := 0.0
			for _, m := range asked {
				count[m]++
				cost += o.Cost[m][i]
			}
			if _, c := route.Answer(o, g, i); c != cost {
				t.Fatalf("item %d costs %v, its calls %v", i, c, cost)
			}
		}
		for k, m := range append(append([]int(nil), route.Models...), route.Fallback) {
			if n := len(route.Open(o, g, k)); n != count[m] {
				t.Fatalf("model %d is asked %d times, its stage %d", m, count[m], n)
			}
		}
	})
}

func TestSearchRoutesPutsAGoodGateFirst(t *testing.T) {
	right, cost := []float64{.80, .82, .93}, []float64{1, 1.2, 40}
	ra, rb := rand.New(rand.NewPCG(1, 1)), rand.New(rand.NewPCG(2, 2))
	a, ga := table(ra, 3000, right, cost), gated(ra, 3000, .6, .99)
	b, gb := table(rb, 3000, right, cost), gated(rb, 3000, .6, .99)
	opt := cascade.Options{Reference: 2, Loss: .02, Depth: 3}
	routes := cascade.SearchRoutes(a, ga, []float64{.5, .8}, opt)
	var passed *cascade.Route
	last := math.Inf(1)
	for i, r := range routes {
		if s := r.Evaluate(a, ga, 2); s.Cost/s.N >= last {
			t.Errorf("%+v is not cheaper than the one before", r)
		} else {
			last = s.Cost / s.N
		}
		if _, ok := r.LosesAtMost(.02, b, gb, all(3000), 2, .02); !ok {
			break
		}
		passed = &routes[i]
	}
	if passed == nil || !passed.Gated {
		t.Fatalf("passed %+v of %d routes", passed, len(routes))
	}
	without := cascade.SearchRoutes(a, nil, nil, opt)
	with := passed.Evaluate(b, gb, 2)
	if len(without) == 0 {
		t.Fatal("no route without a gate")
	}
	if s := without[0].Evaluate(b, nil, 2); with.Cost/with.N >= s.Cost/s.N {
		t.Errorf("with the gate %v, the safest without %v", with.Cost/with.N, s.Cost/s.N)
	}
}

// A gate at the boundary: what it answers loses exactly what may be lost.
func TestRoutesAtTheBoundary(t *testing.T) {
	const runs, n, loss = 3000, 300, .05
	o := &cascade.Outcomes{Score: [][]float64{{}}, Answer: [][]int32{{}}, Cost: [][]float64{{}}}
	g := &cascade.Gate{}
	for i := range 100 {
		score := 1.0
		if i < 5 {
			score = 0
		}
		o.Score[0], o.Answer[0], o.Cost[0] = append(o.Score[0], 1), append(o.Answer[0], 0), append(o.Cost[0], 1)
		g.Score, g.Answer, g.Margin = append(g.Score, score), append(g.Answer, 0), append(g.Margin, 1)
	}
	route := cascade.Route{Gated: true, Threshold: 1}
	r := rand.New(rand.NewPCG(3, 3))
	wrong, low := 0, 0
	for range runs {
		d, values := make(cascade.Draw, n), make([]float64, n)
		for i := range d {
			d[i] = r.IntN(100)
			values[i] = g.Score[d[i]]
		}
		if _, ok := route.LosesAtMost(loss, o, g, d, 0, .05); ok {
			wrong++
		}
		if cascade.Reaches(.95, values, .05) {
			low++
		}
	}
	for _, k := range []int{wrong, low} {
		if p := float64(k) / runs; p-3.09*math.Sqrt(p*(1-p)/runs) > .05 {
			t.Errorf("%d of %d runs certify at the boundary", k, runs)
		}
	}
}
