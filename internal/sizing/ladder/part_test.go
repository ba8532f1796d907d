package ladder_test

import (
	"math"
	"math/rand/v2"
	"testing"

	"github.com/luodi/luodi/internal/sizing/etest"
	"github.com/luodi/luodi/internal/sizing/ladder"
)

// A candidate that is far above its bar on all items and exactly at the floor
// on one part must hardly ever be certified: each test runs at the full share,
// and all must pass.
func TestPartsAtTheFloor(t *testing.T) {
	const runs, items, alpha = 2000, 600, .05
	cache := new(etest.Cache)
	wrong := 0
	for run := range runs {
		r := rand.New(rand.NewPCG(11, uint64(run)))
		l := ladder.New(ladder.Config{Items: items, Bar: .6, Slack: .1, Alpha: alpha, Cache: cache, Arms: []ladder.Arm{{}}, Aside: ladder.Aside{Off: true},
			Parts: []ladder.Part{{Bar: .93, Floor: .9, Items: items / 3}, {Bar: .5, Floor: .3, Items: items / 3}}})
		for {
			step, ok := l.Next()
			if !ok {
				break
			}
			var obs []ladder.Observation
			for i := step.From; i < step.To; i++ {
				o := ladder.Observation{Part: i % 3, Score: 1, Found: true}
				if o.Part == 1 && r.Float64() > .9 {
					o.Score, o.Found = 0, false
				}
				obs = append(obs, o)
			}
			l.Observe(obs...)
		}
		if l.Verdict(0).Status == ladder.Certified {
			wrong++
		}
	}
	if p := float64(wrong) / runs; p-3.09*math.Sqrt(p*(1-p)/runs) > alpha {
		t.Errorf("%d of %d runs certify a part that is at its floor", wrong, runs)
	}
	if wrong == 0 {
		t.Error("the test of a part has no power at all")
	}
}

func TestAPartCertifiesAndRefutes(t *testing.T) {
	for _, tt := range []struct {
		name  string
		right float64
		want  ladder.Status
	}{{"above", 1, ladder.Certified}, {"below", .5, ladder.Refuted}} {
		r := rand.New(rand.NewPCG(3, 3))
		l := ladder.New(ladder.Config{Items: 900, Bar: .6, Slack: .1, Arms: []ladder.Arm{{}}, Parts: []ladder.Part{{Bar: .93, Floor: .9, Items: 300}}})
		for {
			step, ok := l.Next()
			if !ok {
				break
			}
			var obs []ladder.Observation
			for i := step.From; i < step.To; i++ {
				o := ladder.Observation{Score: 1, Found: true}
				if i%3 == 0 {
					o.Part, o.Found = 1, r.Float64() < tt.right
				}
				obs = append(obs, o)
			}
			l.Observe(obs...)
		}
		if v := l.Verdict(0); v.Status != tt.want || v.At == 0 {
			t.Errorf("%s: %s at %d, want %s", tt.name, v.Status, v.At, tt.want)
		}
	}
}
