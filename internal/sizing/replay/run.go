package replay

import (
	"context"
	"math"
	"math/rand/v2"

	"github.com/luodi/luodi/internal/sizing/etest"
	"github.com/luodi/luodi/internal/sizing/ladder"
)

// Run replays one strategy over every scenario and bar.
func Run(ctx context.Context, o Options) (Figures, error) {
	o, err := o.withDefaults()
	if err != nil {
		return Figures{}, err
	}
	t, err := Read(o.Scores, "", o.Prices, o.Exclude)
	if err != nil {
		return Figures{}, err
	}
	return replay(ctx, t, o)
}

// RunAll replays every strategy on the same draws.
func RunAll(ctx context.Context, o Options) ([]Figures, error) {
	o, err := o.withDefaults()
	if err != nil {
		return nil, err
	}
	t, err := Read(o.Scores, "", o.Prices, o.Exclude)
	if err != nil {
		return nil, err
	}
	var out []Figures
	for _, s := range Strategies {
		o.Strategy = s
		f, err := replay(ctx, t, o)
		if err != nil {
			return nil, err
		}
		out = append(out, f)
	}
	return out, nil
}

func replay(ctx context.Context, t *Table, o Options) (Figures, error) {
	scenes := t.Scenes(o.By != "")
	out := Figures{Strategy: o.Strategy, Unpriced: t.Unpriced, Notes: t.notes()}
	cache := new(etest.Cache)
	for c, s := range scenes {
		beliefs := noBeliefs(len(s.Arms))
		if o.Prior == "other" {
			beliefs = believe(scenes, c)
		}
		if o.Prior == "other" && beliefs.cov == nil && c == 0 {
			out.Notes = append(out.Notes, "no beliefs were used: --prior other learns from at least 3 other categories (--by cat) of 2 or more models")
		}
		for b, name := range o.Bars {
			below, err := points(name)
			if err != nil {
				return out, err
			}
			trial := newTrial(s, o, below, beliefs, cache)
			for r := range o.Runs {
				if err := ctx.Err(); err != nil {
					return out, err
				}
				trial.draw(rand.New(rand.NewPCG(o.Seed, uint64(c)<<40|uint64(b)<<32|uint64(r))))
				trial.play(o.Strategy)
				trial.count(&out)
			}
		}
	}
	n := float64(out.Runs)
	for _, f := range []*float64{&out.Inadequate, &out.CheapestAdequate, &out.False, &out.Certified, &out.Spend, &out.Calls} {
		*f /= n
	}
	return out, nil
}

// trial is one scenario and bar, drawn and played many times.
type trial struct {
	s        *Scene
	o        Options
	bar      float64 // absolute, on the scale of true means
	best     int     // arm of the best true mean
	below    float64
	graded   bool
	beliefs  beliefs
	cache    *etest.Cache
	rows     []int // this run's items
	used     []int // calls by arm
	choice   int
	sure     bool // the choice is certified
	falsely  bool // some certificate is false
	allCost  float64
	adequate int // cheapest arm that truly meets the bar
}

func newTrial(s *Scene, o Options, below float64, b beliefs, cache *etest.Cache) *trial {
	t := &trial{s: s, o: o, below: below, beliefs: b, cache: cache, rows: make([]int, o.Items), used: make([]int, len(s.Arms))}
	var best float64
	t.best, best = s.Best()
	t.bar = best - below
	for _, c := range s.Cost {
		t.allCost += c * float64(o.Items)
	}
	for s.Mean[t.adequate] < t.bar {
		t.adequate++ // the best arm ends this
	}
	for _, m := range s.Arms {
		for _, i := range s.Items {
			if x := s.table.Score[m][i]; x != 0 && x != 1 {
				t.graded = true
			}
		}
	}
	return t
}

func (t *trial) draw(r *rand.Rand) {
	for i := range t.rows {
		t.rows[i] = t.s.Items[r.IntN(len(t.s.Items))]
	}
	clear(t.used)
	t.choice, t.sure, t.falsely = -1, false, false
}

// score of an arm's item; with relative bars the difference to the best.
func (t *trial) score(arm, item int) float64 {
	x := t.s.table.Score[t.s.Arms[arm]][t.rows[item]]
	if t.o.Relative {
		x -= t.s.table.Score[t.s.Arms[t.best]][t.rows[item]]
	}
	return x
}

// target is the bar on the scale of score.
func (t *trial) target() float64 {
	if t.o.Relative {
		return -t.below
	}
	return t.bar
}

func (t *trial) play(strategy string) {
	switch strategy {
	case Exhaustive:
		t.fixed(t.o.Items)
	case Fixed100:
		t.fixed(min(100, t.o.Items))
	case Peek:
		t.peek()
	case Elimination:
		t.eliminate()
	default:
		t.climb()
	}
}

// count adds the run to the figures.
func (t *trial) count(f *Figures) {
	f.Runs++
	calls, spend, most := 0, 0.0, 0
	for i, n := range t.used {
		calls += n
		if n > most {
			most = n
		}
		spend += t.spendOf(i, 0, n)
	}
	if t.o.Relative && most > t.used[t.best] {
		calls += most - t.used[t.best]
		spend += t.spendOf(t.best, t.used[t.best], most)
	}
	f.Calls += float64(calls) / float64(t.o.Items*len(t.s.Arms))
	if t.allCost > 0 { // else all of it is free
		f.Spend += spend / t.allCost
	}
	if t.sure {
		f.Certified++
	}
	if t.falsely {
		f.False++
	}
	switch truth := t.s.Mean[t.choice]; {
	case truth < t.bar-t.o.Eps:
		f.Inadequate++
	case t.s.Cost[t.choice] <= t.s.Cost[t.adequate]:
		f.CheapestAdequate++
	}
}

func (t *trial) spendOf(arm, from, to int) float64 {
	sum := 0.0
	cost := t.s.table.Cost[t.s.Arms[arm]]
	for _, row := range t.rows[from:to] {
		sum += cost[row]
	}
	return sum
}

// certify notes a certificate and whether it is false.
func (t *trial) certify(arm int) {
	if t.s.Mean[arm] < t.bar-t.o.Eps-1e-12 {
		t.falsely = true
	}
}

// believe puts the beliefs about the first arms into the rules. Of a
// difference to the reference both sides are believed.
func (t *trial) believe(cfg *ladder.Config, arms int) {
	mean, cov := t.beliefs.mean, t.beliefs.cov
	cfg.Arms = make([]ladder.Arm, arms)
	if cov == nil {
		return
	}
	cfg.Covariance = make([][]float64, arms)
	for a := range arms {
		cfg.Covariance[a] = make([]float64, arms)
		for b := range arms {
			cfg.Covariance[a][b] = cov[a][b]
			if t.o.Relative {
				cfg.Covariance[a][b] += cov[t.best][t.best] - cov[a][t.best] - cov[b][t.best]
			}
		}
		cfg.Arms[a].Mean = mean[a]
		if t.o.Relative {
			cfg.Arms[a].Mean -= mean[t.best]
		}
		cfg.Arms[a].SD = t.beliefs.alone
		if t.o.Relative {
			cfg.Arms[a].SD *= math.Sqrt2
		}
	}
	cfg.ShiftSD = t.beliefs.shift
	if t.o.Relative {
		cfg.ShiftSD = t.beliefs.alone / 2 // what moves all models alike leaves differences as they are
	}
}

// climb runs the ladder.
func (t *trial) climb() {
	cfg := ladder.Config{Items: t.o.Items, Bar: t.target(), Slack: t.o.Eps, Paired: t.o.Relative, Graded: t.graded, StopAtGuess: true, Every: t.o.Every, Cache: t.cache}
	last := len(t.s.Arms)
	if t.o.Relative {
		last = t.best // the reference itself needs no test: its difference is 0
	}
	t.believe(&cfg, last)
	if last == 0 {
		t.choice, t.sure = t.best, true
		return
	}
	l := ladder.New(cfg)
	obs := make([]ladder.Observation, 0, 16)
	for {
		step, ok := l.Next()
		if !ok {
			break
		}
		obs = obs[:0]
		for i := step.From; i < step.To; i++ {
			obs = append(obs, ladder.Observation{Score: t.score(step.Arm, i)})
		}
		l.Observe(obs...)
		t.used[step.Arm] = step.To
	}
	for i := range last {
		if l.Verdict(i).Status == ladder.Certified {
			t.certify(i)
		}
	}
	t.choice, t.sure = l.Choice()
	if t.o.Relative && !t.sure && !l.Guessed() {
		t.choice, t.sure = t.best, true // within 0 points of itself
	}
}
