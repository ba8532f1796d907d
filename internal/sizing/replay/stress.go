package replay

import (
	"context"
	"math/rand/v2"
	"slices"
	"strings"

	"github.com/luodi/luodi/internal/errs"
	"github.com/luodi/luodi/internal/sizing/etest"
	"github.com/luodi/luodi/internal/sizing/ladder"
)

// The elements of StressOptions.With.
const (
	WithRobust   = "dr"       // doubly robust scores, an item's label seen with probability .5 or 1
	WithClusters = "clusters" // items in clusters of 1 to 4 whose scores are alike
	WithReserve  = "reserve"  // as many later candidates, tested on the second half at the reserve's share
	WithGrowth   = "grow"     // the pool doubles after the tests were fixed for its first half
	WithStop     = "stop"     // set-aside rule, early guess, stop at the first certificate
)

// StressOptions of Stress. Zero values are the defaults given.
type StressOptions struct {
	Floor      float64 // the true mean of every candidate; 0 means .7
	Looks      int     // batches in which items come; 0 means 200. Tests look at every item.
	Items      int     // 0 means 2,000
	Runs       int     // 0 means 10,000
	Candidates int     // 0 means 1
	With       []string
	Seed       uint64 // 0 means 1
}

// StressFigures are what a stress run found.
type StressFigures struct {
	False      float64 `json:"false_certificates"` // share of runs with at least one
	Runs       int     `json:"runs"`
	Candidates int     `json:"candidates"` // later ones included
}

// Stress puts every candidate exactly at its floor and counts runs in which
// any is certified. Without "stop" every candidate is tested to the end, which
// is the hardest case.
func Stress(ctx context.Context, o StressOptions) (StressFigures, error) {
	if o.Floor == 0 {
		o.Floor = .7
	}
	if o.Looks == 0 {
		o.Looks = 200
	}
	if o.Items == 0 {
		o.Items = 2000
	}
	if o.Runs == 0 {
		o.Runs = 10_000
	}
	if o.Candidates == 0 {
		o.Candidates = 1
	}
	if o.Seed == 0 {
		o.Seed = 1
	}
	if !(o.Floor > 0 && o.Floor < 1) || o.Looks < 1 || o.Items < 1 || o.Runs < 1 || o.Candidates < 1 {
		return StressFigures{}, errs.Invalid("--floor %v must lie in (0,1); --looks %d, --n %d, --runs %d and --candidates %d must be positive", o.Floor, o.Looks, o.Items, o.Runs, o.Candidates)
	}
	known := []string{WithRobust, WithClusters, WithReserve, WithGrowth, WithStop}
	for _, w := range o.With {
		if !slices.Contains(known, w) {
			return StressFigures{}, errs.Invalid("--with %q: known are %s", w, strings.Join(known, ", "))
		}
	}
	s := newStress(o)
	out := StressFigures{Runs: o.Runs, Candidates: len(s.cfg.Arms)}
	wrong := 0
	for r := range o.Runs {
		if r%100 == 0 && ctx.Err() != nil {
			return out, ctx.Err()
		}
		if s.run(rand.New(rand.NewPCG(o.Seed, uint64(r)))) {
			wrong++
		}
	}
	out.False = float64(wrong) / float64(o.Runs)
	return out, nil
}

const (
	clusterMost = 4
	labelLeast  = .5
)

type stress struct {
	o                 StressOptions
	cfg               ladder.Config
	robust, clustered bool
	obs               []ladder.Observation
	scores            []float64
}

func newStress(o StressOptions) *stress {
	with := func(w string) bool { return slices.Contains(o.With, w) }
	s := &stress{o: o, robust: with(WithRobust), clustered: with(WithClusters)}
	slack := min(.03, (1-o.Floor)/2)
	s.cfg = ladder.Config{Items: o.Items, Bar: o.Floor + slack, Slack: slack, Graded: s.robust, Every: max(o.Items/o.Looks, 1),
		Frontier: !with(WithStop), StopAtGuess: with(WithStop), Aside: ladder.Aside{Off: !with(WithStop)}, Cache: new(etest.Cache)}
	if !with(WithStop) {
		s.cfg.Beta = 1e-12 // a refutation would end a test before its last item
	}
	if s.clustered {
		s.cfg.ClusterMost = clusterMost
	}
	if s.robust {
		r := etest.Robust{Least: labelLeast}
		s.cfg.Bar, s.cfg.Slack = r.Scale(s.cfg.Bar), r.Scale(s.cfg.Bar)-r.Scale(o.Floor)
	}
	s.cfg.Arms = make([]ladder.Arm, o.Candidates)
	if with(WithReserve) {
		s.cfg.Reserve = .01
		for j := range o.Candidates {
			s.cfg.Arms = append(s.cfg.Arms, ladder.Arm{Later: j + 1, From: o.Items / 2})
		}
	}
	if s.cfg.Grows = with(WithGrowth); s.cfg.Grows {
		for i := range s.cfg.Arms {
			if s.cfg.Arms[i].Later == 0 {
				s.cfg.Arms[i].Horizon = max(o.Items/2, 1)
			}
		}
	}
	return s
}

// run plays one study and reports whether any candidate was certified.
func (s *stress) run(r *rand.Rand) bool {
	l := ladder.New(s.cfg)
	for {
		step, ok := l.Next()
		if !ok {
			break
		}
		s.obs, s.scores = s.obs[:0], s.scores[:0]
		for range step.To - step.From {
			s.obs = append(s.obs, s.observe(r))
		}
		l.Observe(s.obs...)
	}
	for i := range s.cfg.Arms {
		if l.Verdict(i).Status == ladder.Certified {
			return true
		}
	}
	return false
}

func (s *stress) observe(r *rand.Rand) ladder.Observation {
	if !s.clustered {
		return ladder.Observation{Score: s.score(r, r.Float64() < s.o.Floor)}
	}
	first := len(s.scores)
	alike := r.Float64() < s.o.Floor
	for range 1 + r.IntN(clusterMost) {
		right := alike
		if r.Float64() < .5 {
			right = r.Float64() < s.o.Floor
		}
		s.scores = append(s.scores, s.score(r, right))
	}
	return ladder.Observation{Scores: s.scores[first:len(s.scores):len(s.scores)]}
}

// score of one item, right or not; with doubly robust scores the label is
// seen half of the time where the prediction is sure.
func (s *stress) score(r *rand.Rand, right bool) float64 {
	y := 0.0
	if right {
		y = 1
	}
	if !s.robust {
		return y
	}
	f, probability := s.o.Floor, 1.0
	if r.Float64() < .6 { // a prediction that is right 80 % of the time
		f, probability = .9, labelLeast
		if right != (r.Float64() < .8) {
			f = .2
		}
	}
	return etest.Robust{Least: labelLeast}.Score(f, y, r.Float64() < probability, probability)
}
