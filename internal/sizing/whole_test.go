package sizing_test

import (
	"context"
	"strings"
	"testing"
	"time"

	"github.com/luodi/luodi/internal/sizing"
	"github.com/luodi/luodi/internal/sizing/score"
)

// macro is config with yes and no in turn and macro-F1 as its figure.
func macro(w *world, store sizing.Store, n int, arms ...sizing.Arm) sizing.StudyConfig {
	c := config(w, store, n, arms...)
	c.Metric, c.Scorer = "macro_f1", score.MacroF1{Labels: []string{"yes", "no"}}
	for i := range c.Items {
		if i%2 == 1 {
			c.Items[i].Label = "no"
		}
		c.Items[i].ID = sizing.ItemID(c.Items[i])
	}
	c.Runner = sizing.RunnerFunc(func(ctx context.Context, cfg sizing.Configuration, it sizing.Item) (sizing.Output, error) {
		o, err := w.Run(ctx, cfg, it)
		o.Label = map[bool]string{true: it.Label, false: map[string]string{"yes": "no", "no": "yes"}[it.Label]}[chance(cfg.Name+it.ID) < w.right[cfg.Name]]
		return o, err
	})
	return c
}

func TestStudyOfMacroF1(t *testing.T) {
	store := new(sizing.Memory)
	w := &world{right: map[string]float64{"bad": .70, "cheap": .95, "dear": .99}}
	c := macro(w, store, 1000, chat("dear", 9_000_000), chat("bad", 100_000), chat("cheap", 1_000_000))
	r, err := sizing.Study(context.Background(), c)
	if err != nil {
		t.Fatal(err)
	}
	for i, want := range []string{"refuted", "certified", "not_run"} {
		if r.Arms[i].Status != want {
			t.Errorf("%s is %s, want %s", r.Arms[i].Name, r.Arms[i].Status, want)
		}
	}
	if r.Status != sizing.StatusCertified || r.Choice != r.Arms[1].ID {
		t.Errorf("%s %s", r.Status, r.Choice)
	}
	if n := r.Arms[1].Items; n >= 1000 || n != len(callsOf(w, "cheap")) {
		t.Errorf("certified after %d items, %d calls; .95 against .83 takes fewer than all", n, len(callsOf(w, "cheap")))
	}
	if q, in := *r.Arms[1].Quality, *r.Arms[1].Interval; in[0] > q || q > in[1] || q < .9 {
		t.Errorf("macro-F1 %v in %v", q, in)
	}
	for _, text := range []string{"true macro-F1 below its floor", "no refuted configuration has a true macro-F1", "joint bounds"} {
		if !strings.Contains(r.Certificate.En, text) {
			t.Errorf("the certificate lacks %q:\n%s", text, r.Certificate.En)
		}
	}
	if strings.Contains(r.Certificate.En, "true mean") || strings.Contains(r.Certificate.Zh, "平均分") || !strings.Contains(r.Certificate.Zh, "宏平均 F1") {
		t.Errorf("the certificate speaks of a mean:\n%s\n%s", r.Certificate.En, r.Certificate.Zh)
	}
	d, err := sizing.Decide(context.Background(), r, c.Items, store)
	if err != nil {
		t.Fatal(err)
	}
	if v, err := sizing.Verify(context.Background(), d, c.Items, c.Scorer, store); err != nil || !v.OK {
		t.Errorf("%+v %v", v, err)
	}
	before := w.n.Load()
	if again, err := sizing.Study(context.Background(), c); err != nil || again.Choice != r.Choice || w.n.Load() != before {
		t.Errorf("the second run made %d calls, %v", w.n.Load()-before, err)
	}
}

func TestALaterCandidateProvesNothingOfMacroF1OnSeenItems(t *testing.T) {
	store := new(sizing.Memory)
	right := map[string]float64{"first": .80, "later": .99}
	if _, err := sizing.Study(context.Background(), macro(&world{right: right}, store, 400, chat("first", 1_000_000))); err != nil {
		t.Fatal(err)
	}
	c := macro(&world{right: right}, store, 400, chat("first", 1_000_000), chat("later", 2_000_000))
	r, err := sizing.Study(context.Background(), c)
	if err != nil {
		t.Fatal(err)
	}
	a, _ := r.Arm(chat("later", 2_000_000).Config.ID())
	if a.Status == "certified" || r.Status == sizing.StatusCertified || !a.Unproven || a.Items == 0 {
		t.Errorf("%s, later is %s on %d items: %s", r.Status, a.Status, a.Items, a.Reason)
	}
	d, err := sizing.Decide(context.Background(), r, c.Items, store)
	if err != nil {
		t.Fatal(err)
	}
	if v, err := sizing.Verify(context.Background(), d, c.Items, c.Scorer, store); err != nil || !v.OK {
		t.Errorf("%+v %v", v, err)
	}
}

func callsOf(w *world, name string) (out []string) {
	for k := range w.calls {
		if strings.HasPrefix(k, name+" ") {
			out = append(out, k)
		}
	}
	return out
}

func TestMacroF1IsABestGuessWhereNothingIsProven(t *testing.T) {
	w := &world{right: map[string]float64{"small": .86}}
	r, err := sizing.Study(context.Background(), macro(w, nil, 200, local("small")))
	if err != nil || r.Status != sizing.StatusBestGuess || !strings.Contains(r.Certificate.En, "BEST GUESS") {
		t.Errorf("%s %v\n%s", r.Status, err, r.Certificate.En)
	}
	// items of one customer are not independent
	c := macro(&world{right: map[string]float64{"small": .99}}, nil, 400, local("small"))
	for i := range c.Items {
		c.Items[i].Cluster = string(rune('a' + i%20))
	}
	if r, err = sizing.Study(context.Background(), c); err != nil || r.Status != sizing.StatusBestGuess || !strings.Contains(r.Arms[0].Reason, "customer") {
		t.Errorf("%s %v %s", r.Status, err, r.Arms[0].Reason)
	}
	// too slow
	c = macro(&world{right: map[string]float64{"m": .99}}, nil, 400, chat("m", 1))
	c.P95 = 50 * time.Millisecond
	if r, err = sizing.Study(context.Background(), c); err != nil || r.Arms[0].Status != "refuted" {
		t.Errorf("%s %v", r.Arms[0].Status, err)
	}
	// nothing compares two macro-F1
	c = macro(&world{right: map[string]float64{"m": .99}}, nil, 400, chat("m", 1), chat("n", 2))
	c.Reference, c.Within = c.Arms[1].Config.ID(), .05
	if _, err = sizing.Study(context.Background(), c); err == nil {
		t.Error("a relative bar of macro-F1 is accepted")
	}
}
