package sizing_test

import (
	"context"
	"fmt"
	"math"
	"strings"
	"testing"

	"github.com/luodi/luodi/internal/sizing"
)

func TestClosedArchive(t *testing.T) {
	w := &world{right: map[string]float64{"bad": .6, "near": .865, "good": .97}}
	cfg := config(w, new(sizing.Memory), 400, chat("bad", 1_000_000), chat("near", 2_000_000), chat("good", 3_000_000))
	cfg.Closed = true
	r := study(t, cfg)
	open := cfg
	open.Closed, open.Store = false, new(sizing.Memory)
	if o := study(t, open); byName(t, o, "near").Status == "certified" || byName(t, r, "near").Status != "certified" {
		t.Errorf("near is %s, and %s as traffic", byName(t, r, "near").Status, byName(t, o, "near").Status)
	}
	near := byName(t, r, "near")
	if near.Interval[0] > *near.Quality || near.Interval[1] < *near.Quality || near.Interval[1]-near.Interval[0] > .1 {
		t.Errorf("interval %v of %v", *near.Interval, *near.Quality)
	}
	for _, want := range []string{"has a mean score over these 400 items below its floor", "nothing is said about other items or traffic"} {
		if !strings.Contains(r.Certificate.En, want) {
			t.Errorf("certificate lacks %q: %s", want, r.Certificate.En)
		}
	}
	if strings.Contains(r.Certificate.En, "exchangeable with traffic") || !strings.Contains(r.Certificate.Zh, "在这 400 道题上的平均分") {
		t.Error(r.Certificate)
	}
	verified(t, decide(t, r, cfg), cfg)

	// A later candidate is decided by a census, whoever has seen what.
	w.right["late"] = .95
	cfg.Arms = append(cfg.Arms, variant("late", 500_000, "Later {input}"))
	r = study(t, cfg)
	if late := byName(t, r, "late"); late.Status != "certified" || late.Items < 332 || !strings.Contains(r.Certificate.En, "only a census") {
		t.Errorf("late is %s after %d items: %s", late.Status, late.Items, r.Certificate.En)
	}
	verified(t, decide(t, r, cfg), cfg)
}

// A third of the items have labels, drawn by chance; a free candidate that is
// mostly right says which answers are probably right.
func TestLabelsOfAPart(t *testing.T) {
	w := &world{right: map[string]float64{"small": .9, "m": .97}}
	cfg := config(w, new(sizing.Memory), 3000, local("small"), chat("m", 1_000_000))
	cfg.Bar, cfg.Slack, cfg.LabelLeast, cfg.Frontier = .88, .06, .35, true
	labels := 0
	for i := range cfg.Items {
		it := &cfg.Items[i]
		it.Drawn = .35
		if it.Unlabelled = chance(it.ID+"draw") >= .35; it.Unlabelled {
			it.Label = ""
		} else {
			labels++
		}
	}
	w2 := labelled{w}
	cfg.Runner = w2
	r := study(t, cfg)
	m := byName(t, r, "m")
	if m.Status != "certified" || m.Items < 300 {
		t.Errorf("m is %s after %d items (%d labels in all)", m.Status, m.Items, labels)
	}
	if m.Interval[0] > .97 || m.Interval[1] < .97 || math.Abs(*m.Quality-.97) > .06 {
		t.Errorf("quality %v %v", *m.Quality, *m.Interval)
	}
	if !strings.Contains(r.Certificate.En, "known probability of at least .35") {
		t.Error(r.Certificate.En)
	}
	verified(t, decide(t, r, cfg), cfg)
}

// labelled answers as the world does where "yes" is right, label or not.
type labelled struct{ *world }

func (l labelled) Run(ctx context.Context, c sizing.Configuration, it sizing.Item) (sizing.Output, error) {
	it.Label = "yes"
	return l.world.Run(ctx, c, it)
}

func TestWeightsOfStrata(t *testing.T) {
	w := &world{right: map[string]float64{"m": .95}}
	cfg := config(w, new(sizing.Memory), 3000, chat("m", 1_000_000))
	for i := range cfg.Items {
		cfg.Items[i].Weight = []float64{.5, .5, 2}[i%3]
	}
	r := study(t, cfg)
	if m := r.Arms[0]; m.Status != "certified" || m.Interval[0] > .95 || m.Interval[1] < .95 || !strings.Contains(r.Certificate.En, "known weights") {
		t.Errorf("%s %v: %s", m.Status, m.Interval, r.Certificate.En)
	}
	verified(t, decide(t, r, cfg), cfg)
}

// decidedElsewhere keeps a decision of another scenario in a store.
func decidedElsewhere(t *testing.T, store sizing.Store, scenario string, offset int, right map[string]float64) {
	t.Helper()
	w := &world{right: right}
	cfg := config(w, store, 300)
	for name := range right {
		cfg.Arms = append(cfg.Arms, chat(name, 1_000_000))
	}
	cfg.Scenario, cfg.Frontier = scenario, true
	for i := range cfg.Items {
		cfg.Items[i].Input = fmt.Sprintf("%s %d", scenario, i+offset)
		cfg.Items[i].ID = sizing.ItemID(cfg.Items[i])
	}
	if err := store.PutDecision(context.Background(), decide(t, study(t, cfg), cfg)); err != nil {
		t.Fatal(err)
	}
}

func TestBeliefsOfOtherScenarios(t *testing.T) {
	ctx, store := context.Background(), new(sizing.Memory)
	for k, name := range []string{"mail", "chat", "voice"} {
		shift := .03 * float64(k-1)
		decidedElsewhere(t, store, name, 0, map[string]float64{"weak": .6 + shift, "mid": .86 + shift, "strong": .95 + shift})
	}
	w := &world{right: map[string]float64{"weak": .62, "mid": .91, "strong": .96}}
	cfg := config(w, store, 1000, chat("weak", 1_000_000), chat("mid", 2_000_000), chat("strong", 3_000_000), local("small"))
	w.right["small"] = .5
	others := []string{"mail", "chat", "voice", "never sized"}
	if err := sizing.Believe(ctx, &cfg, others); err != nil {
		t.Fatal(err)
	}
	believed := map[string]sizing.Arm{}
	for _, a := range cfg.Arms {
		believed[a.Config.Name] = a
	}
	if m := believed["mid"]; math.Abs(m.Mean-.86) > .06 || m.SD < .02 || m.SD > .15 {
		t.Errorf("believed of mid: %v ± %v", m.Mean, m.SD)
	}
	if believed["weak"].Mean > believed["mid"].Mean-.15 || believed["small"].SD != 0 || cfg.Shift < .03 || cfg.Shift > .25 {
		t.Errorf("%+v, shift %v", believed, cfg.Shift)
	}
	r := study(t, cfg)
	if r.ShareRule != "prior" || byName(t, r, "mid").Share <= byName(t, r, "weak").Share {
		t.Errorf("shares by %s: mid %v, weak %v", r.ShareRule, byName(t, r, "mid").Share, byName(t, r, "weak").Share)
	}
	if !strings.Contains(r.Certificate.En, "Beliefs from other scenarios or public scores, fixed before data, steered the shares of alpha") {
		t.Error(r.Certificate.En)
	}
	verified(t, decide(t, r, cfg), cfg)

	// What other scenarios show later changes nothing of a study that stands.
	decidedElsewhere(t, store, "late", 0, map[string]float64{"weak": .99, "mid": .2, "strong": .5})
	if err := sizing.Believe(ctx, &cfg, append(others, "late")); err != nil {
		t.Fatal(err)
	}
	again := study(t, cfg)
	if again.Study != r.Study || again.NewCalls != 0 || *byName(t, again, "mid").Prior != *byName(t, r, "mid").Prior {
		t.Error("the study has begun anew")
	}
}

// What was measured on the same questions says nothing before data.
func TestBeliefsFromTheSameItemsAreRefused(t *testing.T) {
	store := new(sizing.Memory)
	decidedElsewhere(t, store, "mail", 0, map[string]float64{"m": .9})
	cfg := config(&world{}, store, 10, chat("m", 1_000_000))
	cfg.Items[3].Input = "mail 7" // with another label
	if err := sizing.Believe(context.Background(), &cfg, []string{"mail"}); err != nil {
		t.Fatal(err)
	}
	if cfg.Arms[0].SD != 0 {
		t.Errorf("believes %v ± %v", cfg.Arms[0].Mean, cfg.Arms[0].SD)
	}
}
