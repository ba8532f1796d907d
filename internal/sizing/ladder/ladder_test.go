package ladder_test

import (
	"fmt"
	"math/rand/v2"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/luodi/luodi/internal/sizing/etest"
	"github.com/luodi/luodi/internal/sizing/ladder"
)

// play runs a ladder on scores by arm and item.
func play(l *ladder.Ladder, score func(arm, item int) ladder.Observation) {
	for {
		s, ok := l.Next()
		if !ok {
			return
		}
		var obs []ladder.Observation
		for i := s.From; i < s.To; i++ {
			obs = append(obs, score(s.Arm, i))
		}
		l.Observe(obs...)
	}
}

// coin gives each arm 0/1 scores with its mean.
func coin(r *rand.Rand, means ...float64) func(arm, item int) ladder.Observation {
	scores := map[[2]int]float64{}
	return func(arm, item int) ladder.Observation {
		k := [2]int{arm, item}
		if _, ok := scores[k]; !ok {
			scores[k] = 0
			if r.Float64() < means[arm] {
				scores[k] = 1
			}
		}
		return ladder.Observation{Score: scores[k]}
	}
}

func statuses(l *ladder.Ladder, n int) (out []ladder.Status) {
	for i := range n {
		out = append(out, l.Verdict(i).Status)
	}
	return out
}

func TestStatuses(t *testing.T) {
	arms := func(n int) []ladder.Arm { return make([]ladder.Arm, n) }
	tests := []struct {
		name   string
		cfg    ladder.Config
		means  []float64
		want   []ladder.Status
		choice int
		sure   bool
	}{
		{"the first certificate ends it", ladder.Config{Arms: arms(3), Items: 1000, Bar: .8, Slack: .02}, []float64{.5, .95, .99},
			[]ladder.Status{ladder.SetAside, ladder.Certified, ladder.Waiting}, 1, true},
		{"the frontier goes on", ladder.Config{Arms: arms(3), Items: 1000, Bar: .8, Slack: .02, Frontier: true}, []float64{.5, .95, .99},
			[]ladder.Status{ladder.SetAside, ladder.Certified, ladder.Certified}, 1, true},
		{"one that has become cheaper is tried after the certificate", ladder.Config{Arms: []ladder.Arm{{Cost: 3}, {Cost: 5}, {Cost: 1}}, Items: 1000, Bar: .8, Slack: .02}, []float64{.95, .99, .96},
			[]ladder.Status{ladder.Certified, ladder.Waiting, ladder.Certified}, 0, true},
		{"free candidates see every item and are refuted, not set aside", ladder.Config{Arms: []ladder.Arm{{Free: true}, {}}, Items: 1000, Bar: .8, Slack: .02}, []float64{.5, .95},
			[]ladder.Status{ladder.Refuted, ladder.Certified}, 1, true},
		{"missing candidates are passed over", ladder.Config{Arms: []ladder.Arm{{Missing: true}, {}}, Items: 1000, Bar: .8, Slack: .02}, []float64{1, .95},
			[]ladder.Status{ladder.Missing, ladder.Certified}, 1, true},
		{"with nothing adequate the best seen is a guess", ladder.Config{Arms: arms(2), Items: 500, Bar: .9}, []float64{.3, .8},
			[]ladder.Status{ladder.Refuted, ladder.SetAside}, 1, false},
		{"with no candidate that can run there is no choice", ladder.Config{Arms: []ladder.Arm{{Missing: true}}, Items: 500, Bar: .9}, []float64{.3},
			[]ladder.Status{ladder.Missing}, -1, false},
		{"a near miss is undecided, and the ladder goes on", ladder.Config{Arms: arms(2), Items: 600, Bar: .8, Slack: .01, Aside: ladder.Aside{Off: true}}, []float64{.795, .95},
			[]ladder.Status{ladder.Undecided, ladder.Certified}, 1, true},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			l := ladder.New(tt.cfg)
			play(l, coin(rand.New(rand.NewPCG(2, 2)), tt.means...))
			if d := cmp.Diff(tt.want, statuses(l, len(tt.want))); d != "" {
				t.Errorf("(-want +got):\n%s", d)
			}
			if c, sure := l.Choice(); c != tt.choice || sure != tt.sure {
				t.Errorf("choice %d, %v; want %d, %v", c, sure, tt.choice, tt.sure)
			}
		})
	}
}

func TestPairedAndGraded(t *testing.T) {
	r := rand.New(rand.NewPCG(6, 6))
	diff := func(loss float64) func(int, int) ladder.Observation {
		return func(int, int) ladder.Observation {
			switch u := r.Float64(); {
			case u < .05+loss:
				return ladder.Observation{Score: -1}
			case u < .10+loss:
				return ladder.Observation{Score: 1}
			}
			return ladder.Observation{}
		}
	}
	for _, tt := range []struct {
		loss float64
		want ladder.Status
	}{{0, ladder.Certified}, {.25, ladder.SetAside}} {
		l := ladder.New(ladder.Config{Arms: make([]ladder.Arm, 1), Items: 2000, Bar: -.05, Slack: .03, Paired: true})
		play(l, diff(tt.loss))
		if v := l.Verdict(0); v.Status != tt.want || v.Lo > -tt.loss || v.Hi < -tt.loss {
			t.Errorf("losing %v: %+v, want %s", tt.loss, v, tt.want)
		}
	}
	l := ladder.New(ladder.Config{Arms: make([]ladder.Arm, 1), Items: 1000, Bar: .7, Slack: .02, Graded: true})
	play(l, func(int, int) ladder.Observation { return ladder.Observation{Score: .6 + .3*r.Float64()} })
	if v := l.Verdict(0); v.Status != ladder.Certified || v.Items > 200 {
		t.Errorf("graded scores about .75 that hardly vary: %+v", v)
	}
}

// Every share rule, every candidate exactly at its floor, every one tested to
// the end: the hardest case for the 5 %. And with pruning and stopping.
func TestShareRulesAtTheFloor(t *testing.T) {
	const items, arms, floor = 200, 8, .67
	for _, rule := range []ladder.Rule{ladder.Equal, ladder.Probing, ladder.Beliefs} {
		for _, prune := range []bool{false, true} {
			t.Run(fmt.Sprintf("%s prune %v", rule, prune), func(t *testing.T) {
				cfg := ladder.Config{Items: items, Bar: floor + .03, Slack: .03, Shares: rule, Frontier: !prune, Aside: ladder.Aside{Off: !prune},
					Every: 20, Cache: new(etest.Cache), StopAtGuess: prune}
				for k := range arms {
					a := ladder.Arm{}
					if rule == ladder.Beliefs {
						a.Mean, a.SD = .5+.05*float64(k), .05
					}
					cfg.Arms = append(cfg.Arms, a)
				}
				within(t, falsely(floorRuns, func(r *rand.Rand) (ladder.Config, func(arm, item int) ladder.Observation) {
					return cfg, func(int, int) ladder.Observation { return flip(r, floor) }
				}))
			})
		}
	}
}

// Who is enrolled with which share must not depend on items after the probe.
func TestProbeSharesDoNotDependOnLaterItems(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		const arms, items, probe = 8, 400, 60
		seed := rapid.Uint64().Draw(t, "seed")
		later := rapid.Uint64().Draw(t, "later")
		believed := rapid.Bool().Draw(t, "believed")
		run := func(other uint64) (shares []float64) {
			first, rest := rand.New(rand.NewPCG(seed, 1)), rand.New(rand.NewPCG(other, 2))
			scores := make([][]float64, arms)
			for k := range scores {
				scores[k] = make([]float64, items)
				q := .5 + .06*float64(k)
				for i := range scores[k] {
					u := rest.Float64()
					if i < probe {
						u = first.Float64()
					}
					if u < q {
						scores[k][i] = 1
					}
				}
			}
			cfg := ladder.Config{Items: items, Bar: .75, Slack: .03, Shares: ladder.Probing, Frontier: true}
			for k := range arms {
				a := ladder.Arm{}
				if believed {
					a.Mean, a.SD = .5+.05*float64(k), .08
				}
				cfg.Arms = append(cfg.Arms, a)
			}
			l := ladder.New(cfg)
			play(l, func(arm, item int) ladder.Observation { return ladder.Observation{Score: scores[arm][item]} })
			for k := range arms {
				shares = append(shares, l.Verdict(k).Share)
			}
			return shares
		}
		if d := cmp.Diff(run(seed), run(later)); d != "" {
			t.Fatalf("other later items change the shares:\n%s", d)
		}
	})
}

func TestSharesOfAnEarlierRunAreKept(t *testing.T) {
	const alpha = .05
	cfg := ladder.Config{Arms: []ladder.Arm{{Missing: true}, {}, {}}, Items: 400, Bar: .6, Shares: ladder.Probing, Frontier: true}
	score := coin(rand.New(rand.NewPCG(1, 1)), .9, .9, .9)
	shares := func() (a, b, c float64) {
		l := ladder.New(cfg)
		play(l, score)
		return l.Verdict(0).Share, l.Verdict(1).Share, l.Verdict(2).Share
	}
	_, first, second := shares()
	if !(first > second && second > 0 && first+second < alpha) {
		t.Fatalf("shares %v, %v: the first to be probed should lead", first, second)
	}
	cfg.Arms, cfg.Taken = []ladder.Arm{{}, {Share: first}, {Share: second}}, first+second // the first candidate's endpoint has come
	a, b, c := shares()
	if b != first || c != second || !(a > 0 && a+b+c < alpha && a < second) {
		t.Errorf("shares %v, %v, %v; want the newcomer to take of what %v and %v have left", a, b, c, first, second)
	}
}

func TestStopLeavesACandidateUndecided(t *testing.T) {
	l := ladder.New(ladder.Config{Arms: make([]ladder.Arm, 2), Items: 100, Bar: .5})
	s, _ := l.Next()
	l.Observe(make([]ladder.Observation, s.To-2)...) // fewer than asked for
	if again, _ := l.Next(); again.From != s.To-2 {
		t.Errorf("asks from item %d on, want the missing ones from %d", again.From, s.To-2)
	}
	l.Stop()
	if got := l.Verdict(0).Status; got != ladder.Undecided {
		t.Errorf("%s", got)
	}
	if s, ok := l.Next(); !ok || s.Arm != 1 {
		t.Errorf("next is %v, %v; want the second candidate", s, ok)
	}
}

func TestBatchesGrowForCandidatesThatLookAdequate(t *testing.T) {
	l := ladder.New(ladder.Config{Arms: []ladder.Arm{{Width: 32}}, Items: 1000, Bar: .8, Slack: .02})
	s, _ := l.Next()
	if s.To-s.From > 5 {
		t.Errorf("starts with %d calls at once on an unknown candidate", s.To-s.From)
	}
	good := make([]ladder.Observation, 10)
	for i := range good {
		good[i].Score = 1
	}
	l.Observe(good...)
	if s, _ = l.Next(); s.To-s.From != 32 {
		t.Errorf("goes on with %d at once, want 32", s.To-s.From)
	}
}

func ExampleLadder() {
	l := ladder.New(ladder.Config{Arms: make([]ladder.Arm, 3), Items: 1000, Bar: .85, Slack: .02})
	r := rand.New(rand.NewPCG(1, 1))
	play(l, coin(r, .6, .93, .97)) // true means, cheapest first
	for i := range 3 {
		fmt.Println(i, l.Verdict(i).Status, l.Verdict(i).Items)
	}
	// Output:
	// 0 refuted 10
	// 1 certified 70
	// 2 not_run 0
}

func BenchmarkObserve(b *testing.B) {
	cfg := ladder.Config{Arms: make([]ladder.Arm, 1), Items: 1000, Bar: .85, Slack: .02, Aside: ladder.Aside{Off: true}, Cache: new(etest.Cache)}
	obs := make([]ladder.Observation, 5)
	for n := 0; n < b.N; {
		l := ladder.New(cfg)
		for {
			s, ok := l.Next()
			if !ok {
				break
			}
			for i := range obs {
				obs[i].Score = float64((n + i) & 1)
			}
			l.Observe(obs[:s.To-s.From]...)
			n += s.To - s.From
		}
	}
}
