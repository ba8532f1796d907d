package sizing_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/luodi/luodi/internal/errs"
	"github.com/luodi/luodi/internal/sizing"
)

// relative is a study "within 3 points of dear, slack 2".
func relative(w *world, store sizing.Store, n int, arms ...sizing.Arm) sizing.StudyConfig {
	cfg := config(w, store, n, arms...)
	cfg.Bar, cfg.Slack, cfg.Within = 0, .02, .03
	for _, a := range arms {
		if a.Config.Name == "dear" {
			cfg.Reference = a.Config.ID()
		}
	}
	return cfg
}

func TestRelativeBar(t *testing.T) {
	ctx, store := context.Background(), new(sizing.Memory)
	w := &world{right: map[string]float64{"bad": .6, "near": .92, "dear": .92, "dearer": .99}}
	cfg := relative(w, store, 2500, chat("dearer", 9_000_000), chat("dear", 5_000_000), chat("near", 2_000_000), chat("bad", 1_000_000))
	r, err := sizing.Study(ctx, cfg)
	if err != nil {
		t.Fatal(err)
	}
	want := []string{"bad refuted", "near certified", "dear certified", "dearer not_run"}
	for i, a := range r.Arms {
		if got := a.Name + " " + a.Status; got != want[i] && !(i == 0 && got == "bad set_aside") {
			t.Errorf("candidate %d: %s, want %s", i, got, want[i])
		}
	}
	near, ref := r.Arms[1], r.Arms[2]
	if r.Choice != near.ID || near.Difference == nil || near.DifferenceInterval[0] > *near.Difference || ref.Items != near.Items {
		t.Errorf("choice %s, %+v; the reference saw %d items", r.Choice, near, ref.Items)
	}
	if want := "NON-INFERIOR(near, dear, .05): bar within .03 of dear, certified within .05."; !strings.Contains(r.Certificate.En, want) {
		t.Errorf("certificate lacks %q: %s", want, r.Certificate.En)
	}
	if !strings.Contains(r.Certificate.Zh, "非劣效（near，dear，.05）") {
		t.Error(r.Certificate.Zh)
	}
	for pair, n := range w.calls {
		if n > 1 {
			t.Errorf("%s was called %d times", pair, n)
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

func TestRelativeBarWithoutACheaperOneKeepsTheReference(t *testing.T) {
	w := &world{right: map[string]float64{"bad": .5, "dear": .95}}
	r, err := sizing.Study(context.Background(), relative(w, new(sizing.Memory), 500, chat("dear", 5_000_000), chat("bad", 1_000_000)))
	if err != nil {
		t.Fatal(err)
	}
	if c, _ := r.Arm(r.Choice); c.Name != "dear" || !strings.HasPrefix(r.Certificate.En, "REFERENCE(dear)") {
		t.Errorf("choice %s: %s", c.Name, r.Certificate.En)
	}
}

func TestRelativeBarWithoutItsReferenceIsAPlan(t *testing.T) {
	w := &world{right: map[string]float64{"small": .9}}
	dear := chat("dear", 5_000_000)
	dear.Missing = "${KEY} is not set"
	r, err := sizing.Study(context.Background(), relative(w, new(sizing.Memory), 500, dear, local("small")))
	if err != nil {
		t.Fatal(err)
	}
	if r.Status != sizing.StatusPlan || len(r.Plan) != 2 || !strings.Contains(r.Arms[0].Reason, "reference dear cannot be run") {
		t.Errorf("%s, plan %+v", r.Status, r.Plan)
	}
	cfg := relative(w, nil, 10, local("small"))
	cfg.Reference = "cfg_unknown"
	if _, err := sizing.Study(context.Background(), cfg); !errs.Is(err, errs.CodeInvalid) {
		t.Errorf("an unknown reference: %v", err)
	}
}

// A reference that never answers leaves nothing to compare with: no number is
// made up, the reason and the way on are said, and the next run goes on.
func TestRelativeBarWhoseReferenceAnswersNothing(t *testing.T) {
	ctx, store := context.Background(), new(sizing.Memory)
	w := &world{right: map[string]float64{"near": .92, "dear": .92}}
	cfg := relative(w, store, 2500, chat("dear", 5_000_000), chat("near", 1_000_000))
	down := true
	cfg.Runner = sizing.RunnerFunc(func(ctx context.Context, c sizing.Configuration, it sizing.Item) (sizing.Output, error) {
		if down && c.Name == "dear" {
			return sizing.Output{}, errors.New("connection refused")
		}
		return w.Run(ctx, c, it)
	})
	r, err := sizing.Study(ctx, cfg)
	if err != nil {
		t.Fatal(err)
	}
	if r.Status != sizing.StatusPlan || r.Choice != "" || len(r.Plan) != 2 {
		t.Errorf("%s, choice %q, %d rows of a plan", r.Status, r.Choice, len(r.Plan))
	}
	for i, want := range []string{"its reference: connection refused", "it gave no answer: connection refused; see to its endpoint and key"} {
		if a := r.Arms[i]; a.Status != "undecided" || a.Difference != nil || !strings.Contains(a.Reason, want) {
			t.Errorf("%s: %s, %q", a.Name, a.Status, a.Reason)
		}
	}
	if _, err := json.Marshal(r); err != nil {
		t.Errorf("the result cannot be kept: %v", err)
	}
	d, err := sizing.Decide(ctx, r, cfg.Items, store)
	if err != nil {
		t.Fatal(err)
	}
	if v, err := sizing.Verify(ctx, d, cfg.Items, cfg.Scorer, store); err != nil || !v.OK {
		t.Errorf("%+v, %v", v, err)
	}
	paid := w.n.Load()
	down = false
	if r, err = sizing.Study(ctx, cfg); err != nil || r.Status != sizing.StatusCertified {
		t.Errorf("once it answers: %s, %v", r.Status, err)
	}
	for pair, n := range w.calls {
		if n > 1 {
			t.Errorf("%s was called %d times", pair, n)
		}
	}
	if paid == 0 {
		t.Error("nothing was measured while the reference was down")
	}
}

func TestClusters(t *testing.T) {
	ctx, store := context.Background(), new(sizing.Memory)
	w := &world{right: map[string]float64{"bad": .5, "good": .97}}
	cfg := config(w, store, 1500, chat("bad", 1_000_000), chat("good", 2_000_000))
	for i := range cfg.Items {
		cfg.Items[i].Cluster = fmt.Sprint("document ", i/3-i/30) // of 3 to 6 items
	}
	r, err := sizing.Study(ctx, cfg)
	if err != nil {
		t.Fatal(err)
	}
	good := r.Arms[1]
	if good.Status != "certified" || good.Clusters == 0 || good.Items <= good.Clusters || r.Clusters == 0 {
		t.Errorf("%s after %d items of %d clusters", good.Status, good.Items, good.Clusters)
	}
	if good.Interval[0] > .97 || good.Interval[1] < .97 {
		t.Errorf("interval %v", *good.Interval)
	}
	if !strings.Contains(r.Certificate.En, "documents or customers") {
		t.Error(r.Certificate.En)
	}
	d, err := sizing.Decide(ctx, r, cfg.Items, store)
	if err != nil {
		t.Fatal(err)
	}
	if v, err := sizing.Verify(ctx, d, cfg.Items, cfg.Scorer, store); err != nil || !v.OK {
		t.Errorf("%+v, %v", v, err)
	}
}

func TestPlanBeforeAnyCall(t *testing.T) {
	w := &world{}
	arms := []sizing.Arm{chat("dear", 5_000_000), chat("cheap", 1_000_000), local("small")}
	for name, cfg := range map[string]sizing.StudyConfig{"absolute": config(w, nil, 800, arms...), "relative": relative(w, nil, 2500, arms...)} {
		rows, err := sizing.Plan(cfg)
		if err != nil {
			t.Fatal(err)
		}
		for i, want := range []string{"small", "cheap", "dear"} {
			p := rows[i]
			if p.Name != want || p.Labels <= 0 || p.Labels > p.LabelsMax || p.Detectable == nil || p.Undecided < 0 || p.Undecided > 1 || p.Seconds <= 0 {
				t.Errorf("%s %d: %+v", name, i, p)
			}
			if free := p.Name == "small"; p.Money == nil || (*p.Money == 0) != free || *p.MoneyMax < *p.Money {
				t.Errorf("%s %s costs %v to %v", name, p.Name, p.Money, p.MoneyMax)
			}
		}
	}
	if w.n.Load() != 0 {
		t.Error("planning has made calls")
	}
}

// A free candidate that is hopeless must not make the reference be called for
// every item.
func TestRelativeBarSparesTheReference(t *testing.T) {
	w := &world{right: map[string]float64{"small": .4, "dear": .95}}
	r, err := sizing.Study(context.Background(), relative(w, new(sizing.Memory), 1000, chat("dear", 5_000_000), local("small")))
	if err != nil {
		t.Fatal(err)
	}
	if ref, _ := r.Arm(r.Choice); ref.Name != "dear" || ref.Items > 60 {
		t.Errorf("%s was called for %d items", ref.Name, ref.Items)
	}
}
