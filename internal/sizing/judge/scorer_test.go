package judge_test

import (
	"context"
	"encoding/json"
	"fmt"
	"hash/fnv"
	"math"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"github.com/luodi/luodi/internal/errs"
	"github.com/luodi/luodi/internal/money"
	"github.com/luodi/luodi/internal/sizing"
	"github.com/luodi/luodi/internal/sizing/judge"
	"github.com/luodi/luodi/internal/sizing/prompt"
	"github.com/luodi/luodi/internal/sizing/score"
)

// court is a world in which candidates reply, a judge judges and people know
// what is right.
type court struct {
	good  float64 // chance of a candidate's reply to be polite
	judge func(question string, first string) string
	asked map[string]int
}

func chance(parts ...any) float64 {
	h := fnv.New64a()
	fmt.Fprint(h, parts...)
	return float64(h.Sum64()%100_000) / 100_000
}

func (c *court) Run(_ context.Context, cfg sizing.Configuration, it sizing.Item) (sizing.Output, error) {
	c.asked[cfg.ID()+" "+it.ID]++
	out := sizing.Output{Usage: sizing.Usage{Input: 100, Output: 10}}
	if len(cfg.Labels) > 0 { // the judge
		out.Text = c.judge(it.Input, cfg.Labels[0])
		return out, nil
	}
	out.Text = "rude " + it.Input
	if chance(cfg.Name, it.ID) < c.good {
		out.Text = "polite " + it.Input
	}
	return out, nil
}

// polite is the truth about a question or a reply.
func polite(text string) bool { return strings.Contains(text, "Reply:\npolite") }

func honest(question, _ string) string {
	if polite(question) {
		return "met"
	}
	return "not met"
}

func (c *court) config(t interface {
	Helper()
	Fatal(...any)
}, n int, store sizing.Store) (sizing.StudyConfig, *judge.Scorer) {
	t.Helper()
	c.asked = map[string]int{}
	gold, err := json.Marshal([]string{"judge is polite"})
	if err != nil {
		t.Fatal(err)
	}
	s := &judge.Scorer{Base: score.Rubric{}, Judge: judge.Judge{Model: judge.Model{Name: "glm-4"}}, Sample: .4, Scenario: "letters", Human: map[string]bool{}}
	price := sizing.Price{Row: "p", Currency: money.CNY, In: 1_000_000_000, Out: 1_000_000_000}
	cfg := sizing.StudyConfig{
		Scenario: "letters", Metric: "rubric", Scorer: s, Runner: c, Store: store, Bar: .85, Slack: .1, Grows: true,
		Arms:  []sizing.Arm{{Config: sizing.Configuration{Name: "cheap", Kind: sizing.Chat, Model: "m", Prompt: prompt.Parse("{input}")}, Price: price, Concurrency: 1}},
		Judge: &sizing.Arm{Config: sizing.Configuration{Name: "glm-4", Kind: sizing.Chat, Model: "glm-4", Prompt: prompt.Default("judge", "en")}, Price: price, Concurrency: 1},
	}
	for i := range n {
		it := sizing.Item{Input: fmt.Sprint("letter ", i), Gold: gold}
		it.ID = sizing.ItemID(it)
		cfg.Items = append(cfg.Items, it)
	}
	return cfg, s
}

// label is people at work on all that waits for them.
func label(s *judge.Scorer) (n int) {
	for _, p := range s.Wanting() {
		s.Human[p.ID()] = strings.HasPrefix(p.Reply, "polite")
		n++
	}
	return n
}

func TestAStudyWithAJudge(t *testing.T) {
	ctx, store := context.Background(), new(sizing.Memory)
	c := &court{good: .95, judge: honest}
	cfg, s := c.config(t, 800, store)
	r, err := sizing.Study(ctx, cfg)
	if err != nil {
		t.Fatal(err)
	}
	cheap := r.Arms[0]
	if r.Status != sizing.StatusBestGuess || *cheap.Interval != [2]float64{0, 1} || !strings.Contains(cheap.Reason, "luodi size label letters") {
		t.Fatalf("without people: %s, %v, %q", r.Status, *cheap.Interval, cheap.Reason)
	}
	j := r.Judge
	if j == nil || j.Labels != 0 || j.Wanted < 60 || len(j.Probes) != 4 || j.Unsteady != 0 || j.Calls <= 2*j.Points || math.Abs(r.Spent-cheap.Spent-j.Spent) > 1e-9 || j.Spent <= 0 {
		t.Fatalf("%+v, spent %v of which %v on replies", j, r.Spent, cheap.Spent)
	}
	if cost, want := *cheap.CostPer1000, cheap.Spent/float64(cheap.Items)*1000; math.Abs(cost-want) > 1e-6*want || want == 0 {
		t.Errorf("1,000 requests cost %v, want %v: the judge is no part of them", cost, want)
	}
	for round := 0; r.Status != sizing.StatusCertified && round < 20; round++ {
		if label(s) == 0 {
			t.Fatalf("nothing waits for people, and it is %s: %s", r.Status, r.Arms[0].Reason)
		}
		again, next := c.asked, *s
		_, fresh := c.config(t, 0, nil)
		*fresh = judge.Scorer{Base: next.Base, Judge: next.Judge, Sample: next.Sample, Scenario: next.Scenario, Human: next.Human}
		c.asked, cfg.Scorer, s = again, fresh, fresh // another run of the program
		if r, err = sizing.Study(ctx, cfg); err != nil {
			t.Fatal(err)
		}
	}
	cheap = r.Arms[0]
	if r.Status != sizing.StatusCertified || cheap.Interval[0] > .95 || cheap.Interval[1] < .95 || r.Judge.Agreement.Kappa != 1 || !r.Judge.Agreement.Enough {
		t.Errorf("%s, %v, %+v", r.Status, *cheap.Interval, r.Judge.Agreement)
	}
	for _, want := range []string{"CERTIFIED(cheap, .75)", "people", "kappa"} {
		if !strings.Contains(r.Certificate.En, want) {
			t.Errorf("the certificate lacks %q: %s", want, r.Certificate.En)
		}
	}
	for pair, n := range c.asked {
		if n > 1 {
			t.Fatalf("%s was paid for %d times", pair, n)
		}
	}
	d, err := sizing.Decide(ctx, r, cfg.Items, store)
	if err != nil {
		t.Fatal(err)
	}
	if v, err := sizing.Verify(ctx, d, cfg.Items, cfg.Scorer, store); err != nil || !v.OK {
		t.Errorf("%+v, %v", v, err)
	}
}

// Whatever a judge says: without labels of people nothing is certified and
// nothing refuted.
func TestAStudyWithAJudgeAloneProvesNothing(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		c := &court{good: rapid.Float64Range(0, 1).Draw(t, "good")}
		generous := rapid.Float64Range(0, 1).Draw(t, "generous")
		c.judge = func(question, first string) string {
			if chance(question, first) < generous {
				return "met"
			}
			return "not met"
		}
		cfg, s := c.config(t, rapid.IntRange(1, 300).Draw(t, "items"), nil)
		s.Sample = rapid.Float64Range(.02, 1).Draw(t, "sample")
		r, err := sizing.Study(context.Background(), cfg)
		if err != nil {
			t.Fatal(err)
		}
		wanted := false
		for _, it := range cfg.Items {
			wanted = wanted || s.Wanted(it)
		}
		for _, a := range r.Arms {
			if a.Status == "certified" || a.Status == "refuted" || *a.Interval != [2]float64{0, 1} {
				t.Fatalf("%s is %s in %v without a label; sample drawn: %v", a.Name, a.Status, *a.Interval, wanted)
			}
		}
	})
}

func TestPeopleDecideWhereAJudgeIsWrong(t *testing.T) {
	c := &court{good: .6, judge: func(string, string) string { return "met" }} // likes everything
	cfg, s := c.config(t, 600, new(sizing.Memory))
	s.Sample = 1
	for _, it := range cfg.Items {
		reply := "rude " + it.Input
		if chance("cheap", it.ID) < c.good {
			reply = "polite " + it.Input
		}
		s.Human[judge.Point{Task: it.Input, Reply: reply, Text: "is polite"}.ID()] = strings.HasPrefix(reply, "polite")
	}
	r, err := sizing.Study(context.Background(), cfg)
	if err != nil {
		t.Fatal(err)
	}
	if a := r.Arms[0]; a.Status != "refuted" || a.Interval[1] > .85 {
		t.Errorf("a candidate that people find adequate in .6 of the items is %s, %v", a.Status, *a.Interval)
	}
	if p := r.Judge.Probes[0]; p.Kind != "null" || p.Fooled != p.Asked || p.Asked == 0 {
		t.Errorf("%+v", p)
	}
}

func TestAJudgeByPositionIsUnsteady(t *testing.T) {
	c := &court{good: .9, judge: func(_, first string) string { return first }}
	cfg, s := c.config(t, 100, nil)
	r, err := sizing.Study(context.Background(), cfg)
	if err != nil {
		t.Fatal(err)
	}
	if j := r.Judge; j.Unsteady != j.Points || *r.Arms[0].Quality != .5 {
		t.Errorf("%d of %d points are unsteady, mean %v", j.Unsteady, j.Points, *r.Arms[0].Quality)
	}
	if w := s.Wanting(); len(w) == 0 || w[0].Text != "is polite" {
		t.Errorf("%v", w)
	}
}

func TestKnownNeedsNoLabel(t *testing.T) {
	h, err := judge.NewHumanMean(judge.Config{Label: .5, Floor: .5, Items: 200})
	if err != nil {
		t.Fatal(err)
	}
	for range 200 {
		if err := h.Known(1); err != nil {
			t.Fatal(err)
		}
	}
	if !h.Certified() {
		t.Error("200 items that rules decide are not enough for a mean of 1 above .5")
	}
	if err := h.Show(1, true); err != nil {
		t.Fatal(err)
	}
	if h.Known(1) == nil || !errs.Is(h.Show(1, false), errs.CodeConflict) || h.Certified() {
		t.Error("an item whose label is wanted was passed over")
	}
}

// A sample that is labelled and too small must not leave anybody stuck: the
// figure is already people's, and the reason says what to change.
func TestASampleTooSmallForACertificateSaysSo(t *testing.T) {
	ctx, store := context.Background(), new(sizing.Memory)
	c := &court{good: .95, judge: func(string, string) string { return "hm" }} // unreadable
	cfg, s := c.config(t, 100, store)
	s.Sample = .2
	r, err := sizing.Study(ctx, cfg)
	if err != nil {
		t.Fatal(err)
	}
	if a := r.Arms[0]; !strings.Contains(a.Reason, "no verdict could be read in 100 % of what its judge glm-4 said of") || *a.Quality != 0 {
		t.Fatalf("%v: %q", *a.Quality, a.Reason)
	}
	if n := len(c.asked); n > 2*100 {
		t.Errorf("%d calls: the judge was asked to the end", n)
	}
	for label(s) > 0 { // people take over
		if r, err = sizing.Study(ctx, cfg); err != nil {
			t.Fatal(err)
		}
	}
	a := r.Arms[0]
	if a.Status != "undecided" || !strings.Contains(a.Reason, "a certificate takes 50: raise the judge's sample (now 0.2 of the items) or bring more items") {
		t.Errorf("%s: %q", a.Status, a.Reason)
	}
	if *a.Quality < .6 || a.Interval[0] > .95 || a.Interval[1] < .95 || *a.Interval == [2]float64{0, 1} {
		t.Errorf("%.3f in %v of a truth of .95: the labels are not in the figure", *a.Quality, *a.Interval)
	}
}
