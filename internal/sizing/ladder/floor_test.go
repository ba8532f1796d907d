package ladder_test

import (
	"math"
	"math/rand/v2"
	"runtime"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/luodi/luodi/internal/sizing/etest"
	"github.com/luodi/luodi/internal/sizing/ladder"
)

const (
	floorRuns = 10_000
	floorMean = .7
)

// falsely plays studies whose candidates all lie at their floor and reports
// the share of them that certify any. setup may build each study anew; several
// are played at once, each from its own seed, and each only up to its first
// certificate, which nothing takes back.
func falsely(runs int, setup func(r *rand.Rand) (ladder.Config, func(arm, item int) ladder.Observation)) float64 {
	var next, wrong atomic.Int64
	var players sync.WaitGroup
	for range runtime.GOMAXPROCS(0) {
		players.Go(func() {
			var obs []ladder.Observation
			for run := next.Add(1) - 1; run < int64(runs); run = next.Add(1) - 1 {
				cfg, score := setup(rand.New(rand.NewPCG(23, uint64(run))))
				l := ladder.New(cfg)
				for {
					s, ok := l.Next()
					if !ok {
						break
					}
					obs = obs[:0]
					for i := s.From; i < s.To; i++ {
						obs = append(obs, score(s.Arm, i))
					}
					l.Observe(obs...)
					if l.Verdict(s.Arm).Status == ladder.Certified {
						wrong.Add(1)
						break
					}
				}
			}
		})
	}
	players.Wait()
	return float64(wrong.Load()) / float64(runs)
}

// within fails where the lower 99.9 % bound of a false rate passes 5 %;
// beyond, where it does not.
func within(t *testing.T, p float64) {
	t.Helper()
	t.Logf("%.2f %%", 100*p)
	if p-3.09*math.Sqrt(p*(1-p)/floorRuns) > .05 {
		t.Errorf("%.2f %% of the runs hold a false certificate", 100*p)
	}
}

func beyond(t *testing.T, p float64) {
	t.Helper()
	t.Logf("%.2f %%", 100*p)
	if p-3.09*math.Sqrt(p*(1-p)/floorRuns) <= .05 {
		t.Errorf("only %.2f %% of the runs hold a false certificate: the loosened bound is not caught", 100*p)
	}
}

// hard is a study in which every candidate is tested to the end.
func hard(items, arms int, cache *etest.Cache) ladder.Config {
	return ladder.Config{Arms: make([]ladder.Arm, arms), Items: items, Bar: floorMean + .03, Slack: .03, Beta: 1e-12, Frontier: true,
		Aside: ladder.Aside{Off: true}, Every: 50, Cache: cache}
}

func flip(r *rand.Rand, p float64) ladder.Observation {
	if r.Float64() < p {
		return ladder.Observation{Score: 1}
	}
	return ladder.Observation{}
}

// A later candidate is the one of 60 that did best on the items that were
// seen: the hardest choice there is. On unseen items, at its share of the
// reserve, the 5 % hold with those of the first candidates.
func TestLaterCandidatesAtTheFloor(t *testing.T) {
	const items, half, prompts = 200, 100, 40
	cache := new(etest.Cache)
	study := func(from int) float64 {
		return falsely(floorRuns, func(r *rand.Rand) (ladder.Config, func(arm, item int) ladder.Observation) {
			best, seen := -1, make([]float64, half)
			for range prompts {
				var row [half]float64
				sum := 0
				for i := range row {
					if r.Float64() < floorMean {
						row[i] = 1
						sum++
					}
				}
				if sum > best {
					best = sum
					copy(seen, row[:])
				}
			}
			cfg := hard(items, 2, cache)
			cfg.Reserve = .02
			cfg.Arms = append(cfg.Arms, ladder.Arm{Later: 1, From: from}, ladder.Arm{Later: 2, From: from})
			return cfg, func(arm, item int) ladder.Observation {
				if arm >= 2 && item < half {
					return ladder.Observation{Score: seen[item]}
				}
				return flip(r, floorMean)
			}
		})
	}
	t.Run("on unseen items", func(t *testing.T) { within(t, study(half)) })
	t.Run("on seen items too", func(t *testing.T) { beyond(t, study(0)) })
}

// The pool doubles after the tests were fixed for its first half.
func TestGrowingPoolAtTheFloor(t *testing.T) {
	const first, items = 100, 400
	cache := new(etest.Cache)
	study := func(grows bool) float64 {
		return falsely(floorRuns, func(r *rand.Rand) (ladder.Config, func(arm, item int) ladder.Observation) {
			cfg := hard(items, 2, cache)
			cfg.Grows = grows
			for k := range cfg.Arms {
				cfg.Arms[k].Horizon = first
			}
			if !grows { // the tests are begun anew when items come
				cfg.Arms = append(cfg.Arms, ladder.Arm{From: first, Share: .025}, ladder.Arm{From: first, Share: .025})
			}
			return cfg, func(int, int) ladder.Observation { return flip(r, floorMean) }
		})
	}
	t.Run("a tenth kept", func(t *testing.T) { within(t, study(true)) })
	t.Run("begun anew with the same share", func(t *testing.T) { beyond(t, study(false)) })
}

// population is a closed archive: an ordering of so many scores.
func population(r *rand.Rand, scores []float64) []float64 {
	r.Shuffle(len(scores), func(i, j int) { scores[i], scores[j] = scores[j], scores[i] })
	return scores
}

// A closed archive just below its floor, drawn without replacement to the last
// item: one success too few, or graded scores whose sum misses it by .001. One
// above it is certified by its census, so that a bound loosened by as much is
// caught.
func TestClosedPopulationAtTheFloor(t *testing.T) {
	const items, arms = 101, 2
	cache := new(etest.Cache)
	study := func(graded bool, extra float64) float64 {
		return falsely(floorRuns, func(r *rand.Rand) (ladder.Config, func(arm, item int) ladder.Observation) {
			cfg := hard(items, arms, cache)
			cfg.Closed, cfg.Graded = true, graded
			cfg.Bar, cfg.Slack = floorMean+1e-5, 1e-5 // else a refutation would come before the census
			var order [arms][]float64
			for k := range order {
				scores := make([]float64, items)
				for i := range scores {
					if scores[i] = .4 + .3*float64(i%3); !graded {
						scores[i] = 0
						if float64(i) < floorMean*items-1+extra {
							scores[i] = 1
						}
					}
				}
				if graded {
					scores[items-1] = .7 - .001 + extra
					scores[items-2] = .7
				}
				order[k] = population(r, scores)
			}
			return cfg, func(arm, item int) ladder.Observation { return ladder.Observation{Score: order[arm][item]} }
		})
	}
	t.Run("one success below", func(t *testing.T) { within(t, study(false, 0)) })
	t.Run("graded, just below", func(t *testing.T) { within(t, study(true, 0)) })
	t.Run("at the floor a census certifies", func(t *testing.T) { beyond(t, study(false, 1)) })
	t.Run("graded, just above", func(t *testing.T) { beyond(t, study(true, .01)) })
}

func TestWeightsAtTheFloor(t *testing.T) {
	const items = 150
	study := func(weighted bool) float64 {
		return falsely(floorRuns, func(r *rand.Rand) (ladder.Config, func(arm, item int) ladder.Observation) {
			cfg := hard(items, 2, nil)
			cfg.WeightMost, cfg.Bar, cfg.Slack = 2, floorMean+.03, .03
			return cfg, func(int, int) ladder.Observation {
				// Two thirds of the items are of the easy stratum, which is a third of traffic.
				p, w := .9, .5
				if r.Float64() < 1./3 {
					p, w = .6, 2
				}
				o := flip(r, p)
				if o.Weight = w; !weighted {
					o.Weight = 1
				}
				return o
			}
		})
	}
	t.Run("weighted", func(t *testing.T) { within(t, study(true)) })
	t.Run("as if the eval set were traffic", func(t *testing.T) { beyond(t, study(false)) })
}

// Labels of a part of the items, drawn by chance; predictions from earlier
// items. A prediction that knows the label it predicts is caught.
func TestDoublyRobustAtTheFloor(t *testing.T) {
	const items, least = 150, .4
	robust := etest.Robust{Least: least}
	study := func(peek bool) float64 {
		return falsely(floorRuns, func(r *rand.Rand) (ladder.Config, func(arm, item int) ladder.Observation) {
			cfg := hard(items, 2, nil)
			cfg.Graded = true
			cfg.Bar, cfg.Slack = robust.Scale(floorMean+.03), robust.Scale(floorMean+.03)-robust.Scale(floorMean)
			var sum, n [2][2]float64
			return cfg, func(arm, _ int) ladder.Observation {
				y, agree := 0.0, 0
				if r.Float64() < floorMean {
					y = 1
				}
				if r.Float64() < .2+.6*y { // a cheap candidate that agrees with right answers
					agree = 1
				}
				f := (sum[arm][agree] + 1) / (n[arm][agree] + 2)
				seen := r.Float64() < least
				if peek && !seen { // only what is wrong is not guessed
					f = 1
				}
				if seen {
					sum[arm][agree] += y
					n[arm][agree]++
				}
				return ladder.Observation{Score: robust.Score(f, y, seen, least)}
			}
		})
	}
	t.Run("from earlier items", func(t *testing.T) { within(t, study(false)) })
	t.Run("that knows whether a label comes", func(t *testing.T) { beyond(t, study(true)) })
}

// Beliefs that were formed on the data they steer are caught.
func TestBeliefsAtTheFloor(t *testing.T) {
	const items, arms = 100, 6
	study := func(peek bool) float64 {
		cache := new(etest.Cache)
		return falsely(floorRuns, func(r *rand.Rand) (ladder.Config, func(arm, item int) ladder.Observation) {
			var scores [arms][items]float64
			cfg := hard(items, arms, cache)
			cfg.Shares = ladder.Beliefs
			best, top := 0, -1.0
			for k := range scores {
				sum := 0.0
				for i := range scores[k] {
					if r.Float64() < floorMean {
						scores[k][i] = 1
						sum++
					}
				}
				if sum > top {
					best, top = k, sum
				}
				cfg.Arms[k].Mean, cfg.Arms[k].SD = .4, .02
			}
			believed := 3
			if peek {
				believed = best
			}
			cfg.Arms[believed].Mean = .95
			return cfg, func(arm, item int) ladder.Observation { return ladder.Observation{Score: scores[arm][item]} }
		})
	}
	t.Run("from elsewhere", func(t *testing.T) { within(t, study(false)) })
	t.Run("from the data themselves", func(t *testing.T) { beyond(t, study(true)) })
}
