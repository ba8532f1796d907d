package etest_test

import (
	"fmt"
	"math"
	"math/rand/v2"
	"testing"

	"pgregory.net/rapid"

	"github.com/luodi/luodi/internal/sizing/etest"
)

// draws of scores with a mean exactly at .6, of different shapes.
var shapes = map[string]func(r *rand.Rand) float64{
	"binary":  func(r *rand.Rand) float64 { return one(r.Float64() < .6) },
	"uniform": func(r *rand.Rand) float64 { return .2 + .8*r.Float64() },
	"ties 80%": func(r *rand.Rand) float64 { // a paired difference, on the scale of (d+1)/2
		switch u := r.Float64(); {
		case u < .8:
			return .6
		case u < .9:
			return .1
		default:
			return 1.1 - 1e-15
		}
	},
	"rare loss": func(r *rand.Rand) float64 {
		if r.Float64() < .04 {
			return 0
		}
		return .625
	},
}

func one(b bool) float64 {
	if b {
		return 1
	}
	return 0
}

// The defining property: whatever the scores' shape, with a mean at the floor
// the next factor has mean at most 1, because it is 1 + λ(x − floor) with λ
// fixed before x and small enough that no factor is negative.
func TestBetsAreAMartingale(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		floor := rapid.Float64Range(.02, .98).Draw(t, "floor")
		share := rapid.Float64Range(1e-4, .2).Draw(t, "share")
		past := rapid.SliceOfN(rapid.Float64Range(0, 1), 0, 60).Draw(t, "past")
		at := func(x float64) float64 {
			b := etest.NewBets(floor, share, 50, 0)
			for _, p := range past {
				b.Add(p)
			}
			b.Add(x)
			return b.Capital()
		}
		before := etest.NewBets(floor, share, 50, 0)
		for _, p := range past {
			before.Add(p)
		}
		low, mid, high := at(0), at(floor), at(1)
		if low < 0 {
			t.Fatalf("capital %v is negative after a score of 0", low)
		}
		if math.Abs(mid-before.Capital()) > 1e-9*before.Capital() {
			t.Fatalf("a score at the floor moves the capital from %v to %v", before.Capital(), mid)
		}
		mean := (1-floor)*low + floor*high // the binary draw with mean floor
		if mean > before.Capital()*(1+1e-9) {
			t.Fatalf("the capital grows from %v to %v on average at the floor", before.Capital(), mean)
		}
	})
}

func TestBetsAtTheFloor(t *testing.T) {
	const runs, items = 4000, 400
	for name, draw := range shapes {
		for _, share := range []float64{.0135, .05} {
			t.Run(fmt.Sprintf("%s at %v", name, share), func(t *testing.T) {
				t.Parallel()
				r := rand.New(rand.NewPCG(7, uint64(len(name))))
				crossed, capital := 0, 0.0
				for range runs {
					b := etest.NewBets(.6, share, items, 0)
					for range items {
						b.Add(min(draw(r), 1))
					}
					if b.Crossed() {
						crossed++
					}
					capital += b.Capital() / runs
				}
				if lower999(crossed, runs) > share {
					t.Errorf("%d of %d runs cross", crossed, runs)
				}
				if capital > 1.6 { // heavy tail: a sanity bound, the exact one is tested above
					t.Errorf("mean capital %v, want at most about 1", capital)
				}
			})
		}
	}
}

func TestBetsHavePower(t *testing.T) {
	const runs, items = 400, 1000
	r := rand.New(rand.NewPCG(3, 3))
	crossed := 0
	for range runs {
		b := etest.NewBets(.67, .05, items, 0)
		for range items {
			if b.Add(one(r.Float64() < .72)) {
				crossed++
				break
			}
		}
	}
	if share := float64(crossed) / runs; share < .88 { // .93 in the study this comes from
		t.Errorf("%.2f of runs at .72 are certified above .67, want .93", share)
	}
}

// Scores that are all alike and above the floor are the surest proof there is:
// the capital must reach its goal, not come ever nearer to it.
func TestBetsReachTheirGoalOnEqualScores(t *testing.T) {
	for _, share := range []float64{.05, .0125, .001} {
		for _, c := range []struct {
			floor, score float64
			items        int
		}{{.6, .65, 600}, {.475, .5, 400}, {.49, .5, 1500}, {.495, .5, 3000}, {.9, .95, 600}, {.7, 1, 100}} {
			for name, b := range map[string]*etest.Bets{
				"three deadlines": etest.NewBets(c.floor, share, c.items, .0125), "one deadline": etest.NewDeadlineBets(c.floor, share, c.items, .0125),
			} {
				for range c.items {
					b.Add(c.score)
				}
				if !b.Crossed() {
					t.Errorf("%s: %d scores of %v do not prove a mean above %v at share %v: capital %v of %v", name, c.items, c.score, c.floor, share, b.Capital(), 1/share)
				}
			}
		}
	}
}

func TestMixtureAtTheFloorHasNoDeadline(t *testing.T) {
	const runs = 2000
	r := rand.New(rand.NewPCG(5, 5))
	crossed := 0
	for range runs {
		m := etest.NewMixture(.6, .05)
		for range 1500 {
			if m.Add(one(r.Float64() < .6)) {
				crossed++
				break
			}
		}
	}
	if lower999(crossed, runs) > .05 {
		t.Errorf("%d of %d runs cross", crossed, runs)
	}
}

func BenchmarkBets(b *testing.B) {
	r := rand.New(rand.NewPCG(1, 1))
	scores := make([]float64, 1000)
	for i := range scores {
		scores[i] = one(r.Float64() < .85)
	}
	var x *etest.Bets
	for i := range b.N {
		if i%1000 == 0 {
			x = etest.NewBets(.83, .01, 1000, 0)
		}
		x.Add(scores[i%1000])
	}
}

func BenchmarkMixture(b *testing.B) {
	x := etest.NewMixture(.83, .01)
	for i := range b.N {
		x.Add(float64(i & 1))
	}
}
