package score_test

import (
	"fmt"
	"math"
	"math/rand/v2"
	"testing"

	"github.com/luodi/luodi/internal/sizing/score"
)

// world draws items with labels of uneven frequency and a classifier that
// confuses neighbours.
type world struct {
	labels []string
	freq   []float64 // cumulated
	right  []float64
}

func newWorld(k int, right float64) world {
	var w world
	sum := 0.0
	for i := range k {
		w.labels = append(w.labels, fmt.Sprint("c", i))
		sum += 1 / float64(i+2)
		w.freq = append(w.freq, sum)
		w.right = append(w.right, right-.2*float64(i%3)/2)
	}
	for i := range w.freq {
		w.freq[i] /= sum
	}
	return w
}

func (w world) draw(r *rand.Rand, n int) (gold, predicted []string) {
	for range n {
		u, i := r.Float64(), 0
		for w.freq[i] < u {
			i++
		}
		p := i
		if r.Float64() > w.right[i] {
			p = (i + 1 + r.IntN(2)) % len(w.labels)
		}
		gold, predicted = append(gold, w.labels[i]), append(predicted, w.labels[p])
	}
	return gold, predicted
}

func (w world) truth() float64 {
	gold, predicted := w.draw(rand.New(rand.NewPCG(9, 9)), 400_000)
	_, f := score.Classes(gold, predicted)
	return f
}

func TestMacroBoundsHoldAtEveryLook(t *testing.T) {
	for _, k := range []int{2, 6} {
		w := newWorld(k, .85)
		truth := w.truth()
		const runs, alpha = 150, .2
		missed := 0
		for run := range runs {
			gold, predicted := w.draw(rand.New(rand.NewPCG(uint64(run), 1)), 300)
			for n := 20; n <= 300; n += 70 {
				lo, hi := score.MacroBounds(w.labels, gold[:n], predicted[:n], alpha)
				if lo > truth || hi < truth {
					missed++
					break
				}
			}
		}
		// alpha·runs misses are allowed, and 1.645 standard errors
		if limit := alpha*runs + 1.645*math.Sqrt(runs*alpha*(1-alpha)); float64(missed) > limit {
			t.Errorf("%d classes: missed in %d of %d runs", k, missed, runs)
		}
	}
}

func TestMacroBoundsNarrow(t *testing.T) {
	w := newWorld(6, .95)
	gold, predicted := w.draw(rand.New(rand.NewPCG(3, 3)), 3000)
	_, f := score.Classes(gold, predicted)
	before := 1.0
	for _, n := range []int{100, 400, 3000} {
		lo, hi := score.MacroBounds(w.labels, gold[:n], predicted[:n], .05)
		if hi-lo >= before || lo < 0 || hi > 1 || lo > hi {
			t.Errorf("%d items: %v to %v", n, lo, hi)
		}
		before = hi - lo
		if n == 3000 && (f < lo || f > hi || f-lo > .06) {
			t.Errorf("macro-F1 %v, bounds %v to %v", f, lo, hi)
		}
	}
	if lo, hi := score.MacroBounds(w.labels, nil, nil, .05); lo > 1e-6 || hi < .999 {
		t.Errorf("without items %v to %v", lo, hi)
	}
	// a label without items may be as bad as it likes
	if lo, _ := score.MacroBounds(append([]string{"never"}, w.labels...), gold, predicted, .05); lo > 6./7 {
		t.Errorf("with a label that never came: at least %v", lo)
	}
}

func TestMacroBoundsOfASingleMistakeMatter(t *testing.T) {
	gold := []string{"a", "a", "b", "b"}
	lo1, _ := score.MacroBounds([]string{"a", "b"}, gold, []string{"a", "a", "b", "b"}, .05)
	lo2, _ := score.MacroBounds([]string{"a", "b"}, gold, []string{"a", "a", "b", ""}, .05)
	if lo2 >= lo1 {
		t.Errorf("%v after an abstention, %v before", lo2, lo1)
	}
}

func BenchmarkMacroBounds(b *testing.B) {
	w := newWorld(77, .95)
	gold, predicted := w.draw(rand.New(rand.NewPCG(3, 3)), 3000)
	for b.Loop() {
		score.MacroBounds(w.labels, gold, predicted, .01)
	}
}
