package ladder_test

import (
	"fmt"
	"math/rand/v2"
	"testing"

	"github.com/luodi/luodi/internal/sizing/etest"
	"github.com/luodi/luodi/internal/sizing/ladder"
)

// oneItem is an observation of a right answer with one side.
func oneItem(score, side float64) ladder.Observation {
	return ladder.Observation{Score: score, Sides: [][]float64{{side}}}
}

func TestASideMustPassToo(t *testing.T) {
	for _, tt := range []struct {
		name string
		side ladder.Side
		draw func(r *rand.Rand) float64
		want ladder.Status
		of   ladder.Status // the side alone
	}{
		{"in time", ladder.Side{Floor: .95}, func(*rand.Rand) float64 { return 1 }, ladder.Certified, ladder.Certified},
		{"half of them late", ladder.Side{Floor: .95}, func(r *rand.Rand) float64 { return float64(r.IntN(2)) }, ladder.Refuted, ladder.Refuted},
		{"cheap", ladder.Side{Floor: .8, Graded: true}, func(r *rand.Rand) float64 { return .85 + .1*r.Float64() }, ladder.Certified, ladder.Certified},
		{"dear", ladder.Side{Floor: .8, Graded: true}, func(r *rand.Rand) float64 { return .6 + .1*r.Float64() }, ladder.Refuted, ladder.Refuted},
		{"at its bar", ladder.Side{Floor: .8, Graded: true}, func(r *rand.Rand) float64 { return .8 - .02 + .04*float64(r.IntN(2)) }, ladder.Undecided, ladder.Undecided},
	} {
		t.Run(tt.name, func(t *testing.T) {
			r := rand.New(rand.NewPCG(4, 4))
			l := ladder.New(ladder.Config{Arms: []ladder.Arm{{Sides: []ladder.Side{tt.side}}}, Items: 1000, Bar: .8, Slack: .02, Aside: ladder.Aside{Off: true}})
			play(l, func(int, int) ladder.Observation { return oneItem(flip(r, .95).Score, tt.draw(r)) })
			v := l.Verdict(0)
			if v.Status != tt.want || len(v.Sides) != 1 || v.Sides[0] != tt.of {
				t.Errorf("%s, side %v; want %s, %s", v.Status, v.Sides, tt.want, tt.of)
			}
			if decided := v.Status != ladder.Undecided; decided != (v.At > 0) {
				t.Errorf("the proof came at %d", v.At)
			}
		})
	}
}

// Nobody takes a candidate for adequate whose score is good and whose side is
// short of its bar.
func TestAGuessLooksAtSides(t *testing.T) {
	for _, seen := range []bool{false, true} {
		l := ladder.New(ladder.Config{Items: 40, Bar: .8, Slack: .02, Beta: 1e-9, Arms: []ladder.Arm{
			{Sides: []ladder.Side{{Floor: .8, Graded: true}}, Seen: seen, Horizon: 40},
			{Sides: []ladder.Side{{Floor: .8, Graded: true}}, Seen: seen, Horizon: 40},
		}})
		play(l, func(arm, _ int) ladder.Observation { return oneItem(1, []float64{.75, .81}[arm]) })
		if c, sure := l.Choice(); c != 1 || sure {
			t.Errorf("seen %v: choice %d, %v", seen, c, sure)
		}
	}
}

// A side exactly at its floor beside a score far above: whatever the pool is
// like, it certifies in at most 5 % of studies. Costs are skewed as real ones
// are: most items take a little, a few take all they can.
func TestSidesAtTheFloor(t *testing.T) {
	const (
		items        = 80
		little, rare = .01, .06
		mean         = (1-rare)*little + rare // of the cost, as a part of its cap
	)
	study := func(counted float64, change func(*ladder.Config)) float64 {
		return falsely(floorRuns, func(r *rand.Rand) (ladder.Config, func(arm, item int) ladder.Observation) {
			cfg := hard(items, 2, nil)
			cfg.Bar, cfg.Slack, cfg.Graded = .5, .2, true
			for k := range cfg.Arms {
				cfg.Arms[k].Sides = []ladder.Side{{Floor: 1 - mean/counted, Graded: true}}
			}
			change(&cfg)
			cost := func(p float64) float64 {
				if r.Float64() < p {
					return max(1-1/counted, 0)
				}
				return 1 - little/counted
			}
			return cfg, func(int, int) ladder.Observation {
				switch {
				case cfg.ClusterMost > 0: // of three or of one, the large ones dearer
					sides := []float64{cost(rare)}
					if r.IntN(2) == 0 {
						sides = []float64{cost(rare), cost(rare), cost(rare)}
					}
					return ladder.Observation{Scores: []float64{1, 1, 1}[:len(sides)], Sides: [][]float64{sides}}
				case cfg.WeightMost > 0: // dear items are half as many here as in traffic
					if r.Float64() < 2./3 {
						return ladder.Observation{Score: 1, Weight: .5, Sides: [][]float64{{cost(rare / 2)}}}
					}
					return ladder.Observation{Score: 1, Weight: 2, Sides: [][]float64{{cost(rare * 5 / 4)}}}
				}
				return oneItem(1, cost(rare))
			}
		})
	}
	asIs := func(*ladder.Config) {}
	t.Run("the most it can cost", func(t *testing.T) { within(t, study(1, asIs)) })
	t.Run("clusters", func(t *testing.T) { within(t, study(1, func(c *ladder.Config) { c.ClusterMost = 3 })) })
	t.Run("weights", func(t *testing.T) { within(t, study(1, func(c *ladder.Config) { c.WeightMost = 2 })) })
	t.Run("a growing pool", func(t *testing.T) {
		within(t, study(1, func(c *ladder.Config) {
			c.Grows, c.Items = true, 2*items
			for k := range c.Arms {
				c.Arms[k].Horizon = items
			}
		}))
	})
	t.Run("a cap that dear items pass", func(t *testing.T) { beyond(t, study(.25, asIs)) })
	t.Run("a bar loosened by half", func(t *testing.T) {
		beyond(t, study(1, func(c *ladder.Config) {
			for k := range c.Arms {
				c.Arms[k].Sides[0].Floor = 1 - 1.5*mean
			}
		}))
	})
}

func ExampleSide() {
	// 1,000 requests may cost 20 CNY, one at most .1 CNY: what is bet on is
	// 1 − cost/.1, whose mean must lie above 1 − .02/.1.
	l := ladder.New(ladder.Config{Arms: []ladder.Arm{{Sides: []ladder.Side{{Floor: .8, Graded: true}}}}, Items: 300, Bar: .8, Slack: .05, Cache: new(etest.Cache)})
	for {
		step, ok := l.Next()
		if !ok {
			break
		}
		for range step.To - step.From {
			l.Observe(oneItem(1, 1-.012/.1))
		}
	}
	fmt.Println(l.Verdict(0).Status, l.Verdict(0).Sides)
	// Output: certified [certified]
}
