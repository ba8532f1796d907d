package cascade_test

import (
	"fmt"
	"math"
	"math/rand/v2"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/luodi/luodi/internal/sizing/cascade"
)

// table makes outcomes of models with these accuracies and costs on n items
// of four possible answers; wrong answers scatter.
func table(r *rand.Rand, n int, right, cost []float64) *cascade.Outcomes {
	o := &cascade.Outcomes{}
	for m := range right {
		score, answer, c := make([]float64, n), make([]int32, n), make([]float64, n)
		for i := range n {
			c[i] = cost[m]
			if r.Float64() < right[m] {
				score[i] = 1
			} else {
				answer[i] = int32(1 + r.IntN(8))
			}
		}
		o.Score, o.Answer, o.Cost = append(o.Score, score), append(o.Answer, answer), append(o.Cost, c)
	}
	return o
}

func all(n int) (d cascade.Draw) {
	for i := range n {
		d = append(d, i)
	}
	return d
}

func TestPolicyAnswers(t *testing.T) {
	o := &cascade.Outcomes{
		Score:  [][]float64{{1, 0, 0}, {1, 1, 0}, {1, 1, 1}},
		Answer: [][]int32{{0, 1, -1}, {0, 0, -1}, {0, 0, 0}},
		Cost:   [][]float64{{1, 1, 1}, {2, 2, 2}, {10, 10, 10}},
	}
	tests := []struct {
		name        string
		p           cascade.Policy
		item        int
		score, cost float64
		up          bool
	}{
		{"the cheap agree", cascade.Policy{Models: []int{0, 1}, Fallback: 2}, 0, 1, 3, false},
		{"they disagree: the strong one answers", cascade.Policy{Models: []int{0, 1}, Fallback: 2}, 1, 1, 13, true},
		{"unreadable answers do not agree", cascade.Policy{Models: []int{0, 1}, Fallback: 2}, 2, 1, 13, true},
		{"the third agrees with one of them", cascade.Policy{Models: []int{0, 1, 2}, Fallback: 0}, 1, 1, 13, false},
		{"a fallback that was asked costs nothing more", cascade.Policy{Models: []int{0, 1}, Fallback: 1}, 1, 1, 3, true},
		{"the fallback alone", cascade.Policy{Fallback: 2}, 1, 1, 10, true},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if s, c, up := tt.p.Answer(o, tt.item); s != tt.score || c != tt.cost || up != tt.up {
				t.Errorf("score %v, cost %v, escalated %v", s, c, up)
			}
		})
	}
}

func TestSearchAndCertifyASavingCascade(t *testing.T) {
	right, cost := []float64{.80, .82, .85, .93}, []float64{1, 1.2, 2, 40}
	a := table(rand.New(rand.NewPCG(1, 1)), 4000, right, cost)
	b := table(rand.New(rand.NewPCG(2, 2)), 4000, right, cost)
	seq := cascade.Search(a, cascade.Options{Reference: 3, Loss: .02})
	if len(seq) == 0 {
		t.Fatal("nothing found")
	}
	last := math.Inf(1)
	for _, p := range seq {
		s := p.Evaluate(a, 3)
		if c := s.Cost / s.N; c >= last {
			t.Errorf("the sequence does not get cheaper: %v after %v", c, last)
		} else {
			last = c
		}
	}
	c := cascade.Certify(seq, b, all(4000), 3, .02, .05)
	if !c.OK {
		t.Fatal("nothing certified: two of three weak models that agree are right 98 % of the time")
	}
	s := c.Policy.Evaluate(b, 3)
	if ratio := s.Cost / s.N / 40; ratio > .6 {
		t.Errorf("%+v costs %.2f of the strong model", c.Policy, ratio)
	}
}

// The sweep over draws of B, for a fixed sequence whose every policy loses
// exactly what is allowed or more.
func TestCertifyAtTheBoundary(t *testing.T) {
	const runs, n, loss = 3000, 300, .05
	// Model 1 is the reference; model 0 loses exactly .05 on average, model 2 .08.
	o := &cascade.Outcomes{Score: [][]float64{{}, {}, {}}, Answer: [][]int32{{}, {}, {}}, Cost: [][]float64{{}, {}, {}}}
	for i := range 100 {
		ref, a, b := 1.0, 1.0, 1.0
		switch {
		case i < 10:
			a, b = 0, 0
		case i < 15:
			ref, a, b = 0, 1, 1
		case i < 18:
			b = 0
		}
		for m, s := range []float64{a, ref, b} {
			o.Score[m], o.Answer[m], o.Cost[m] = append(o.Score[m], s), append(o.Answer[m], int32(m)), append(o.Cost[m], float64(m))
		}
	}
	seq := []cascade.Policy{{Fallback: 0}, {Fallback: 2}}
	r := rand.New(rand.NewPCG(3, 3))
	wrong := 0
	for range runs {
		d := make(cascade.Draw, n)
		for i := range d {
			d[i] = r.IntN(100)
		}
		if cascade.Certify(seq, o, d, 1, loss, .05).OK {
			wrong++
		}
	}
	if p := float64(wrong) / runs; p-3.09*math.Sqrt(p*(1-p)/runs) > .05 {
		t.Errorf("%d of %d runs certify a policy at the boundary", wrong, runs)
	}
}

func TestCertifyStopsAtTheFirstFailure(t *testing.T) {
	r := rand.New(rand.NewPCG(4, 4))
	o := table(r, 2000, []float64{.95, .4, .95, .95}, []float64{3, 1, 2, 10})
	seq := []cascade.Policy{{Fallback: 0}, {Fallback: 1}, {Fallback: 2}}
	c := cascade.Certify(seq, o, all(2000), 3, .05, .05)
	if d := cmp.Diff(cascade.Policy{Fallback: 0}, c.Policy); d != "" || c.Tested != 2 || !c.OK {
		t.Errorf("%+v; the third must not be tested after the second has failed", c)
	}
	if c := cascade.Certify(nil, o, all(10), 3, .05, .05); c.OK {
		t.Error("nothing to certify, yet certified")
	}
}

func ExampleSearch() {
	right, cost := []float64{.80, .82, .85, .93}, []float64{1, 1.2, 2, 40}
	a := table(rand.New(rand.NewPCG(1, 1)), 4000, right, cost) // split A
	b := table(rand.New(rand.NewPCG(2, 2)), 4000, right, cost) // split B, sealed
	seq := cascade.Search(a, cascade.Options{Reference: 3, Loss: .02})
	c := cascade.Certify(seq, b, all(4000), 3, .02, .05)
	s := c.Policy.Evaluate(b, 3)
	fmt.Printf("ask %v, else %d: %.0f %% of the cost\n", c.Policy.Models, c.Policy.Fallback, 100*s.Cost/s.N/40)
	// Output:
	// ask [0 1], else 2: 7 % of the cost
}
