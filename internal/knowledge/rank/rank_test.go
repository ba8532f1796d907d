package rank_test

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/luodi/luodi/internal/errs"
	"github.com/luodi/luodi/internal/knowledge/rank"
	"github.com/luodi/luodi/internal/knowledge/space"
)

// lists of candidates whose second feature tells the right one; the first is
// the order before, which does not.
func lists(n int, seed uint64) (out []rank.List) {
	r := rand.New(rand.NewPCG(seed, 1))
	for range n {
		l := rank.List{}
		right := r.IntN(10)
		for i := range 10 {
			told := r.Float32() * .3
			if i == right {
				told += .7
			}
			l.X = append(l.X, 1-float32(i)/10, told)
			l.Right = append(l.Right, i == right)
		}
		out = append(out, l)
	}
	return out
}

func first(w []float64, l rank.List) bool {
	best, most := 0, 0.
	for i := range l.Right {
		if s := rank.Score(w, l.X[2*i:2*i+2]); i == 0 || s > most {
			best, most = i, s
		}
	}
	return l.Right[best]
}

func share(w []float64, ls []rank.List) float64 {
	n := 0
	for _, l := range ls {
		if first(w, l) {
			n++
		}
	}
	return float64(n) / float64(len(ls))
}

func TestFitFindsTheFeatureThatTells(t *testing.T) {
	start := []float64{10, 0}
	train, report := lists(200, 1), lists(200, 2)
	w := rank.Fit(train, start, rank.Config{})
	if before, after := share(start, report), share(w, report); after < .95 || before > .3 {
		t.Errorf("right first in %.2f, before %.2f, by %v", after, before, w)
	}
	if again := rank.Fit(train, start, rank.Config{}); !slices.Equal(w, again) {
		t.Errorf("two fits differ: %v, %v", w, again)
	}
	if start[0] != 10 || start[1] != 0 {
		t.Errorf("the start was changed to %v", start)
	}
}

func TestFitWithNothingToLearnStaysWhereItBegan(t *testing.T) {
	for name, ls := range map[string][]rank.List{
		"no lists":        nil,
		"nothing right":   {{X: []float32{1, 0, .5, 1}, Right: []bool{false, false}}},
		"everything is":   {{X: []float32{1, 0, .5, 1}, Right: []bool{true, true}}},
		"one that is all": {{X: []float32{1, 0}, Right: []bool{true}}},
	} {
		t.Run(name, func(t *testing.T) {
			if w := rank.Fit(ls, []float64{10, 0}, rank.Config{}); !slices.Equal(w, []float64{10, 0}) {
				t.Errorf("%v", w)
			}
		})
	}
}

// bridge makes questions in one half of a space about answers in the other.
func bridge(n int, seed uint64) (out []rank.Example) {
	const ideas = 4
	r := rand.New(rand.NewPCG(seed, 1))
	vector := func(at int) []float32 {
		v := make([]float32, 2*ideas)
		for i := range v {
			v[i] = r.Float32() * .1
		}
		v[at]++
		space.Unit(v)
		return v
	}
	for i := range n {
		e := rank.Example{Query: vector(i % ideas), Right: [][]float32{vector(ideas + i%ideas)}}
		for k := range ideas {
			if k != i%ideas {
				e.Wrong = append(e.Wrong, vector(ideas+k))
			}
		}
		out = append(out, e)
	}
	return out
}

func nearestIsRight(m rank.Map, e rank.Example) bool {
	q := m.Turn(e.Query)
	for _, w := range e.Wrong {
		if rank.Dot(q, w) >= rank.Dot(q, e.Right[0]) {
			return false
		}
	}
	return true
}

func TestMapBridgesWords(t *testing.T) {
	train, report := bridge(80, 1), bridge(80, 2)
	m := rank.FitMap(train, 8, rank.Config{})
	identity := rank.FitMap(nil, 8, rank.Config{})
	before, after := 0, 0
	for _, e := range report {
		if nearestIsRight(identity, e) {
			before++
		}
		if nearestIsRight(m, e) {
			after++
		}
	}
	if after < 79 || before > 60 {
		t.Errorf("of 80 the answer is nearest for %d, before %d", after, before)
	}
	if again := rank.FitMap(train, 8, rank.Config{}); !slices.Equal(m.W, again.W) {
		t.Error("two fits differ")
	}
}

func TestMapIsTheIdentityWithoutExamples(t *testing.T) {
	for name, es := range map[string][]rank.Example{
		"none":          nil,
		"nothing right": {{Query: []float32{1, 0}, Wrong: [][]float32{{0, 1}}}},
		"nothing wrong": {{Query: []float32{1, 0}, Right: [][]float32{{0, 1}}}},
	} {
		t.Run(name, func(t *testing.T) {
			m := rank.FitMap(es, 2, rank.Config{})
			if got := m.Turn([]float32{.6, .8}); !slices.Equal(got, []float32{.6, .8}) {
				t.Errorf("(.6, .8) is turned to %v", got)
			}
		})
	}
}

func TestPackedMapTurnsAlike(t *testing.T) {
	m := rank.FitMap(bridge(80, 1), 8, rank.Config{})
	got, err := rank.Unpack(m.Pack(), 8)
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range bridge(10, 3) {
		a, b := m.Turn(e.Query), got.Turn(e.Query)
		for i := range a {
			if d := a[i] - b[i]; d > .02 || d < -.02 {
				t.Fatalf("%v came back as %v", a, b)
			}
		}
	}
	for _, bad := range []struct {
		data []byte
		dim  int
	}{{nil, 8}, {m.Pack(), 7}, {m.Pack()[1:], 8}, {nil, 0}} {
		if _, err := rank.Unpack(bad.data, bad.dim); !errs.Is(err, errs.CodeInternal) {
			t.Errorf("%d bytes of %d dimensions: %v", len(bad.data), bad.dim, err)
		}
	}
}

func ExampleFit() {
	// Two questions; the second feature says which passage answers.
	questions := []rank.List{
		{X: []float32{1, 0, .9, 1}, Right: []bool{false, true}},
		{X: []float32{1, .9, .8, .1}, Right: []bool{true, false}},
	}
	w := rank.Fit(questions, []float64{10, 0}, rank.Config{Epochs: 300})
	fmt.Println(rank.Score(w, []float32{.9, 1}) > rank.Score(w, []float32{1, 0}))
	// Output: true
}
