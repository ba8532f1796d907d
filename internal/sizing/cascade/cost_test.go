package cascade_test

import (
	"context"
	"math"
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/luodi/luodi/internal/sizing"
	"github.com/luodi/luodi/internal/sizing/cascade"
)

// A route whose true mean is exactly the bar passes no more often than alpha,
// however skewed its costs are and however few items there are.
func TestCostsAtTheBar(t *testing.T) {
	const runs, alpha, bar = 4000, .05, .01
	r := rand.New(rand.NewPCG(1, 2))
	for _, tt := range []struct {
		name        string
		dear, share float64 // a request costs dear with this probability, else what is left of the bar
	}{
		{"alike", bar, 1}, {"skewed", .1, .09}, {"a rare one costs all", 1, .009}, {"free or dear", .1, .1},
	} {
		for _, n := range []int{40, 300} {
			passed := 0
			for range runs {
				costs := make([]float64, n)
				for i := range costs {
					if costs[i] = tt.dear; r.Float64() >= tt.share {
						costs[i] = (bar - tt.share*tt.dear) / (1 - tt.share)
					}
				}
				if cascade.CostsAtMost(bar, costs, 1, alpha) {
					passed++
				}
			}
			if most := runs*alpha + 3.1*math.Sqrt(runs*alpha*(1-alpha)); float64(passed) > most {
				t.Errorf("%s, %d items: %d of %d passed, alpha %v", tt.name, n, passed, runs, alpha)
			}
		}
	}
	if !cascade.CostsAtMost(bar, []float64{bar, bar}, bar, alpha) {
		t.Error("a price that cannot pass the bar needs no test")
	}
	if cascade.CostsAtMost(bar, []float64{0, 2 * bar}, bar, alpha) {
		t.Error("a request has cost more than its price allows for")
	}
}

// few tells usages that fit the inputs.
type few struct{ *world }

func (w few) Run(ctx context.Context, c sizing.Configuration, it sizing.Item) (sizing.Output, error) {
	out, err := w.world.Run(ctx, c, it)
	out.Usage = sizing.Usage{Input: 10, Output: 2}
	return out, err
}

func TestCascadeUnderABarOfCost(t *testing.T) {
	for _, tt := range []struct {
		name   string
		bar    float64 // of what the cheapest route costs without one
		ok     bool
		reason string
	}{
		{"room", 3, true, ""},
		{"by price alone", 1e6, true, ""},
		{"too little", .5, false, "is predicted to cost more than"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			w, store := newWorld(3000, good), new(sizing.Memory)
			cfg := w.config(store)
			cfg.Runner = few{w}
			free, err := cascade.Study(t.Context(), cfg)
			if err != nil {
				t.Fatal(err)
			}
			without, _ := free.Wanted()
			cfg.Cost = without.CostPer1000 * tt.bar
			rec, err := cascade.Study(t.Context(), cfg)
			if err != nil {
				t.Fatal(err)
			}
			p, ok := rec.Wanted()
			if ok != tt.ok || !strings.Contains(rec.Reason.En, tt.reason) {
				t.Fatalf("certified %v: %s", ok, rec.Reason.En)
			}
			if !ok {
				return
			}
			if p.CostPer1000 > cfg.Cost || p.Cap < p.CostPer1000 || !strings.Contains(rec.Certificate.En, "The same for cost") {
				t.Errorf("%+v: %s", p, rec.Certificate.En)
			}
			if alone := strings.Contains(rec.Certificate.En, "by its prices alone"); alone != (p.Cap <= cfg.Cost) {
				t.Errorf("cap %v, bar %v: %s", p.Cap, cfg.Cost, rec.Certificate.En)
			}
			dear, err := cascade.Reprice(t.Context(), rec, priced(cfg, map[string]int64{"strong": 4e12, "cheap": 4e12, "other": 4e12}))
			if err != nil {
				t.Fatal(err)
			}
			if _, ok := dear.Wanted(); ok || dear.Status != cascade.StatusNone || !strings.Contains(dear.Repriced.Why.En, "the bar of cost was tested again") {
				t.Errorf("a million times dearer: %+v", dear.Repriced)
			}
			cheap, err := cascade.Reprice(t.Context(), rec, priced(cfg, map[string]int64{"strong": 3_900_000}))
			if err != nil {
				t.Fatal(err)
			}
			if q, ok := cheap.Wanted(); !ok || q.CostPer1000 > p.CostPer1000 {
				t.Errorf("a little cheaper: %+v", q)
			}
		})
	}
}
