package sizing_test

import (
	"context"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/luodi/luodi/internal/catalog"
	"github.com/luodi/luodi/internal/errs"
	"github.com/luodi/luodi/internal/money"
	"github.com/luodi/luodi/internal/sizing"
)

// decided is a frontier study of two adequate models, decided.
func decided(t *testing.T, store sizing.Store, arms ...sizing.Arm) (sizing.StudyConfig, sizing.Decision, *world) {
	t.Helper()
	w := &world{right: map[string]float64{"a": .95, "b": .95, "c": .95}}
	cfg := config(w, store, 600, arms...)
	cfg.Frontier, cfg.Rates = true, map[money.Currency]float64{money.USD: 7}
	r, err := sizing.Study(context.Background(), cfg)
	if err != nil {
		t.Fatal(err)
	}
	d, err := sizing.Decide(context.Background(), r, cfg.Items, store, sizing.Input{Name: "items/intent", ID: "blob"})
	if err != nil {
		t.Fatal(err)
	}
	if err := store.PutDecision(context.Background(), d); err != nil {
		t.Fatal(err)
	}
	return cfg, d, w
}

func TestADecisionFollowsAPrice(t *testing.T) {
	ctx, store := context.Background(), new(sizing.Memory)
	cfg, d, w := decided(t, store, chat("a", 1_000_000), chat("b", 2_000_000))
	calls := w.n.Load()
	dear := chat("a", 9_000_000).Price
	dear.Row = "row-a-2"
	next, err := d.Reprice(ctx, map[string]sizing.Price{d.Result.Choice: dear}, cfg.Items, cfg.Scorer, store)
	if err != nil {
		t.Fatal(err)
	}
	why := next.Repriced
	if next.ID == d.ID || next.Result.Choice == d.Result.Choice || why.Previous != d.ID || why.From != d.Result.Choice || why.To != next.Result.Choice {
		t.Fatalf("%+v follows %s", why, d.ID)
	}
	if w.n.Load() != calls {
		t.Errorf("%d calls were made", w.n.Load()-calls)
	}
	if d := cmp.Diff(d.Inputs, next.Inputs); d != "" {
		t.Error(d)
	}
	const want = "Price of a: row-a → row-a-2 (0.11 → 0.99 CNY per 1,000 requests). The choice moves from a to b. Decided again from the kept outcomes, without a call; certificates are about quality and stand."
	if why.Why.En != want || !strings.Contains(why.Why.Zh, "选择由 a 改为 b。") {
		t.Errorf("it says\n%s\n%s\nwant\n%s", why.Why.En, why.Why.Zh, want)
	}
	if err := store.PutDecision(ctx, next); err != nil {
		t.Fatal(err)
	}
	if v, err := sizing.Verify(ctx, next, cfg.Items, cfg.Scorer, store); err != nil || !v.OK || v.Decision != next.ID {
		t.Errorf("%+v, %v", v, err)
	}
	// Back again: a third decision, that follows the second.
	back, err := next.Reprice(ctx, map[string]sizing.Price{d.Result.Choice: d.Result.Arms[0].Price}, cfg.Items, cfg.Scorer, store)
	if err != nil || back.Result.Choice != d.Result.Choice || back.ID == d.ID || back.Repriced.Previous != next.ID {
		t.Fatalf("%+v, %v", back.Repriced, err)
	}
	if v, err := sizing.Verify(ctx, back, cfg.Items, cfg.Scorer, store); err != nil || !v.OK {
		t.Errorf("%+v, %v", v, err)
	}
}

func TestAPriceThatSaysTheSameChangesNothing(t *testing.T) {
	ctx, store := context.Background(), new(sizing.Memory)
	cfg, d, _ := decided(t, store, chat("a", 1_000_000), chat("b", 2_000_000))
	p := d.Result.Arms[0].Price
	p.Source, p.Date = "read again", "2026-11-24"
	next, err := d.Reprice(ctx, map[string]sizing.Price{d.Result.Choice: p, "cfg_of_nobody": {}}, cfg.Items, cfg.Scorer, store)
	if err != nil || next.ID != d.ID || next.Repriced != nil {
		t.Errorf("%+v, %v", next.Repriced, err)
	}
}

func TestARateIsPartOfAPrice(t *testing.T) {
	ctx, store := context.Background(), new(sizing.Memory)
	b := chat("b", 200_000)
	b.Price.Currency, b.Price.Rate = money.USD, &sizing.Rate{ID: "USD/CNY@2026-03-31=7", Value: 7, Date: "2026-03-31", Source: "bank"}
	cfg, d, _ := decided(t, store, chat("a", 1_000_000), b)
	if v, err := sizing.Verify(ctx, d, cfg.Items, cfg.Scorer, store); err != nil || !v.OK {
		t.Fatalf("a decision in two currencies: %+v, %v", v, err)
	}
	p := d.Result.Arms[1].Price
	p.Rate = &sizing.Rate{ID: "USD/CNY@2026-12-01=4", Value: 4, Date: "2026-12-01", Source: "bank"}
	next, err := d.Reprice(ctx, map[string]sizing.Price{d.Result.Arms[1].ID: p}, cfg.Items, cfg.Scorer, store)
	if err != nil {
		t.Fatal(err)
	}
	if got := *next.Result.Arms[1].CostPer1000; got != .088 || next.Result.Choice != d.Result.Arms[1].ID {
		t.Errorf("b costs %v, choice %s; want .088 and b", got, next.Result.Choice)
	}
	if !strings.Contains(next.Repriced.Why.En, "row-b (USD/CNY@2026-03-31=7) → row-b (USD/CNY@2026-12-01=4)") {
		t.Error(next.Repriced.Why.En)
	}
}

func TestACandidateNeverMeasuredIsNamedNotChosen(t *testing.T) {
	ctx, store := context.Background(), new(sizing.Memory)
	w := &world{right: map[string]float64{"a": .95, "b": .95}}
	cfg := config(w, store, 600, chat("a", 1_000_000), chat("b", 2_000_000))
	r, err := sizing.Study(ctx, cfg)
	if err != nil {
		t.Fatal(err)
	}
	d, err := sizing.Decide(ctx, r, cfg.Items, store)
	if err != nil || r.Arms[1].Status != "not_run" {
		t.Fatalf("%v, %v", r.Arms[1].Status, err)
	}
	cheap := chat("b", 10_000).Price
	next, err := d.Reprice(ctx, map[string]sizing.Price{r.Arms[1].ID: cheap}, cfg.Items, cfg.Scorer, store)
	if err != nil || next.Result.Choice != r.Choice {
		t.Fatalf("choice %s, %v", next.Result.Choice, err)
	}
	if s := next.Repriced.Why.En; !strings.Contains(s, "b would now be cheaper, but was never measured") {
		t.Error(s)
	}
	if s := next.Result.Certificate.En; !strings.Contains(s, "cheaper and not proven below the bar: b (not run)") {
		t.Errorf("the certificate still claims: %s", s)
	}
}

func TestVerifyFindsWhatWasTamperedWith(t *testing.T) {
	ctx := context.Background()
	tests := []struct {
		name   string
		tamper func(store *sizing.Memory, d *sizing.Decision) sizing.Store
		want   string
	}{
		{"one outcome", func(s *sizing.Memory, d *sizing.Decision) sizing.Store { return altered{s, d.Result.Choice, "no"} }, "outcomes have changed"},
		{"the record's costs", func(s *sizing.Memory, d *sizing.Decision) sizing.Store {
			cost := .001
			d.Result.Arms[0].CostPer1000 = &cost
			return s
		}, "the record has changed"},
		{"the decision it follows is gone", func(s *sizing.Memory, d *sizing.Decision) sizing.Store {
			d.Repriced.Previous = "dec_x"
			return s
		}, "dec_x, is not kept"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			store := new(sizing.Memory)
			cfg, d, _ := decided(t, store, chat("a", 1_000_000), chat("b", 2_000_000))
			next, err := d.Reprice(ctx, map[string]sizing.Price{d.Result.Choice: chat("a", 9_000_000).Price}, cfg.Items, cfg.Scorer, store)
			if err != nil {
				t.Fatal(err)
			}
			v, err := sizing.Verify(ctx, next, cfg.Items, cfg.Scorer, tt.tamper(store, &next))
			if err != nil || v.OK || !strings.Contains(strings.Join(v.Differences, "\n"), tt.want) {
				t.Errorf("%+v, %v; want …%s…", v, err, tt.want)
			}
		})
	}
}

// altered shows one outcome of a configuration with another label.
type altered struct {
	*sizing.Memory
	configuration, label string
}

func (a altered) EachOutcome(ctx context.Context, configuration string, fn func(sizing.Outcome) error) error {
	done := configuration != a.configuration
	return a.Memory.EachOutcome(ctx, configuration, func(o sizing.Outcome) error {
		if !done {
			o.Output.Label, done = a.label, true
			if o.Output.Text == "" {
				o.Output.Text = a.label
			}
		}
		return fn(o)
	})
}

func TestHostedPriceIsShownInTheDecision(t *testing.T) {
	h := catalog.Hosting{GPUPerHour: 12 * money.Unit, Currency: money.CNY, GPUs: 1, Throughput: 900_000_000, Utilisation: 800_000}
	at := func(h catalog.Hosting) sizing.Price {
		p, err := h.Price()
		if err != nil {
			t.Fatal(err)
		}
		return sizing.Price{Row: "hosted", Currency: h.Currency, In: p, Cached: p, Out: p, Hosting: &h}
	}
	ctx, store := context.Background(), new(sizing.Memory)
	arm := chat("a", 0)
	arm.Price = at(h)
	cfg, d, _ := decided(t, store, arm, chat("b", 20_000_000))
	h.Utilisation = 600_000
	next, err := d.Reprice(ctx, map[string]sizing.Price{d.Result.Choice: at(h)}, cfg.Items, cfg.Scorer, store)
	if err != nil {
		t.Fatal(err)
	}
	before, after := *d.Result.Arms[0].CostPer1000, *next.Result.Arms[0].CostPer1000
	if ratio := after / before; ratio < 1.3333 || ratio > 1.3334 {
		t.Errorf("80 %% → 60 %% utilisation costs × %.4f, want × 1.333", ratio)
	}
}

func TestSignatures(t *testing.T) {
	at := time.Date(2026, 11, 23, 9, 30, 0, 123456789, time.FixedZone("", 8*3600))
	d := sizing.Decision{ID: "dec_1"}
	s, err := sizing.NewSignature(d, " CIO ", "seen", at)
	if err != nil || s.By != "CIO" || s.Decision != "dec_1" || !strings.HasPrefix(s.ID, "sig_") || s.At.Location() != time.UTC {
		t.Errorf("%+v, %v", s, err)
	}
	if same, _ := sizing.NewSignature(d, "CIO", "seen", at); same.ID != s.ID {
		t.Error("the same sign-off has another address")
	}
	for name, bad := range map[string][2]string{
		"nobody": {" ", ""}, "two lines": {"a\nb", ""}, "a long name": {strings.Repeat("职", 101), ""}, "a long note": {"CIO", strings.Repeat("x", 2001)},
	} {
		if _, err := sizing.NewSignature(d, bad[0], bad[1], at); !errs.Is(err, errs.CodeInvalid) {
			t.Errorf("%s: %v", name, err)
		}
	}
}
