package cascade_test

import (
	"context"
	"math"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/luodi/luodi/internal/errs"
	"github.com/luodi/luodi/internal/money"
	"github.com/luodi/luodi/internal/sizing"
	"github.com/luodi/luodi/internal/sizing/cascade"
)

func priced(cfg cascade.Config, prices map[string]int64) cascade.Config {
	cfg.Arms = append([]sizing.Arm(nil), cfg.Arms...)
	for i := range cfg.Arms {
		if p, ok := prices[cfg.Arms[i].Config.Name]; ok {
			cfg.Arms[i].Price.Row += " anew"
			cfg.Arms[i].Price.In, cfg.Arms[i].Price.Out = money.Price(p), money.Price(p)
		}
	}
	cfg.Runner = sizing.RunnerFunc(func(context.Context, sizing.Configuration, sizing.Item) (sizing.Output, error) {
		panic("a call was made")
	})
	return cfg
}

func TestRepriceTakesTheCheapestThatPassed(t *testing.T) {
	w, store := newWorld(3000, good), new(sizing.Memory)
	cfg := w.config(store)
	rec, err := cascade.Study(t.Context(), cfg)
	if err != nil {
		t.Fatal(err)
	}
	was, _ := rec.Wanted()
	if len(was.Passed) < 2 {
		t.Fatalf("%d routes passed: the test needs some", len(was.Passed))
	}
	for name, prices := range map[string]map[string]int64{
		"the reference is cheaper": {"strong": 400_000},
		"a member is dear":         {"cheap": 3_900_000, "other": 3_900_000},
		"all are free but one":     {"strong": 1, "cheap": 1, "other": 5_000_000},
	} {
		t.Run(name, func(t *testing.T) {
			got, err := cascade.Reprice(t.Context(), rec, priced(cfg, prices))
			if err != nil {
				t.Fatal(err)
			}
			p, ok := got.Wanted()
			if !ok || got.ID == rec.ID || got.Repriced.Previous != rec.ID || len(got.Repriced.Changes) != len(prices) {
				t.Fatalf("%+v", got.Repriced)
			}
			if got.Calls != rec.Calls || got.Spent != rec.Spent || got.ItemsB != rec.ItemsB {
				t.Errorf("%d calls, spent %v", got.Calls, got.Spent)
			}
			if d := cmp.Diff(was.Passed, p.Passed); d != "" {
				t.Errorf("what passed has changed: %s", d)
			}
			// Nothing that passed is cheaper: priced alone, each costs as much.
			for _, x := range p.Passed {
				alone := rec
				alone.Points = []cascade.Point{was}
				alone.Points[0].Passed = []cascade.Pass{x}
				one, err := cascade.Reprice(t.Context(), alone, priced(cfg, prices))
				if err != nil {
					t.Fatal(err)
				}
				if q, _ := one.Wanted(); q.CostPer1000 < p.CostPer1000-1e-9 {
					t.Errorf("a route that passed costs %v, the chosen one %v", q.CostPer1000, p.CostPer1000)
				}
			}
			if saves := p.Ratio < 1; saves == strings.Contains(got.Repriced.Why.En, "saves nothing") {
				t.Errorf("ratio %v: %s", p.Ratio, got.Repriced.Why.En)
			}
			again, err := cascade.Reprice(t.Context(), rec, priced(cfg, prices))
			if err != nil || again.ID != got.ID {
				t.Errorf("not reproducible: %s, %s, %v", got.ID, again.ID, err)
			}
			if math.Abs(p.Ratio-p.CostPer1000/p.Reference) > 1e-3 {
				t.Errorf("%+v", p)
			}
		})
	}

	t.Run("same prices", func(t *testing.T) {
		if got, err := cascade.Reprice(t.Context(), rec, priced(cfg, nil)); err != nil || got.ID != rec.ID {
			t.Errorf("%s, %v", got.ID, err)
		}
	})
	t.Run("other items", func(t *testing.T) {
		less := priced(cfg, nil)
		less.Items = less.Items[1:]
		if _, err := cascade.Reprice(t.Context(), rec, less); !errs.Is(err, errs.CodeConflict) {
			t.Errorf("%v", err)
		}
	})
	t.Run("another candidate", func(t *testing.T) {
		more := priced(cfg, map[string]int64{"cheap": 5})
		more.Arms = append(more.Arms, arm("late", 7))
		if _, err := cascade.Reprice(t.Context(), rec, more); !errs.Is(err, errs.CodeConflict) {
			t.Errorf("%v", err)
		}
	})
	t.Run("outcomes that are gone", func(t *testing.T) {
		empty := priced(cfg, map[string]int64{"cheap": 5})
		empty.Store = new(sizing.Memory)
		if _, err := cascade.Reprice(t.Context(), rec, empty); !errs.Is(err, errs.CodeNotFound) {
			t.Errorf("%v", err)
		}
	})
}
