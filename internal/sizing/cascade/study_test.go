package cascade_test

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/luodi/luodi/internal/money"
	"github.com/luodi/luodi/internal/sizing"
	"github.com/luodi/luodi/internal/sizing/cascade"
	"github.com/luodi/luodi/internal/sizing/score"
)

var labels = []string{"a", "b", "c", "d", "e", "f"}

// world is a scenario whose models are right as often as they are told.
type world struct {
	mu    sync.Mutex
	right map[string]float64
	seen  map[string]int // calls by pair
	fail  func(model string, n int) error
	items []sizing.Item
	index map[string]bool // items of split A, once known
}

func newWorld(n int, right map[string]float64) *world {
	w := &world{right: right, seen: map[string]int{}}
	r := rand.New(rand.NewPCG(7, 7))
	for i := range n {
		it := sizing.Item{Input: fmt.Sprintf("item %d", i), Label: labels[r.IntN(len(labels))]}
		it.ID = sizing.ItemID(it)
		w.items = append(w.items, it)
	}
	return w
}

// answer is fixed by model and item.
func (w *world) answer(model string, it sizing.Item) (label string, sure float64) {
	var h uint64
	for _, c := range model + it.Input {
		h = h*1099511628211 + uint64(c)
	}
	r := rand.New(rand.NewPCG(h, 5))
	r.Uint64()
	if u := r.Float64(); u < w.right[model] {
		return it.Label, 1 - u/w.right[model]*.5 // right ones are surer
	}
	return labels[r.IntN(len(labels))], r.Float64() * .5
}

func (w *world) Run(_ context.Context, c sizing.Configuration, it sizing.Item) (sizing.Output, error) {
	label, _ := w.answer(c.Name, it)
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.fail != nil {
		if err := w.fail(c.Name, len(w.seen)); err != nil {
			return sizing.Output{}, err
		}
	}
	w.seen[c.Name+"|"+it.ID]++
	return sizing.Output{Text: label, Usage: sizing.Usage{Input: 100, Output: 4}, Latency: 40 * time.Millisecond}, nil
}

func arm(name string, price int64) sizing.Arm {
	kind := sizing.Chat
	if name == "small" {
		kind = sizing.Small
	}
	return sizing.Arm{Config: sizing.Configuration{Name: name, Kind: kind, Model: name, Labels: labels}, Concurrency: 3,
		Price: sizing.Price{Row: name, Currency: money.CNY, In: money.Price(price), Out: money.Price(price)}}
}

func (w *world) config(store sizing.Store) cascade.Config {
	arms := []sizing.Arm{arm("small", 0), arm("cheap", 100_000), arm("other", 120_000), arm("strong", 4_000_000)}
	return cascade.Config{
		Scenario: "intent", Items: w.items, Arms: arms, Reference: arms[3].Config.ID(), Loss: .02, Alpha: .02, Seed: 1,
		Scorer: score.ExactLabel{Labels: labels}, Runner: w, Store: store, Currency: money.CNY,
		Small: &cascade.Small{
			Config: arms[0].Config,
			Predict: func(_ context.Context, text string) (string, float64, error) {
				for _, it := range w.items {
					if it.Input == text {
						l, sure := w.answer("small", it)
						return l, sure, nil
					}
				}
				return "", 0, errors.New("unknown text")
			},
			Thresholds: func(a []sizing.Item) ([]float64, error) {
				w.index = map[string]bool{}
				for _, it := range a {
					w.index[it.ID] = true
				}
				return []float64{.5, .7}, nil
			},
		},
	}
}

var good = map[string]float64{"small": .7, "cheap": .86, "other": .87, "strong": .95, "hopeless": .2}

func TestStudyCertifiesASavingCascade(t *testing.T) {
	w, store := newWorld(3000, good), new(sizing.Memory)
	cfg := w.config(store)
	cfg.Arms = append(cfg.Arms, arm("hopeless", 90_000))
	rec, err := cascade.Study(t.Context(), cfg)
	if err != nil {
		t.Fatal(err)
	}
	p, ok := rec.Wanted()
	if !ok || rec.Status != cascade.StatusCertified || p.Ratio > .3 || p.Difference < -.02 || !p.Served.Gated {
		t.Fatalf("%s %+v\n%+v", rec.Status, rec.Reason, p)
	}
	if len(rec.Points) != 3 || rec.ItemsA != 900 || rec.ItemsB != 2100 {
		t.Errorf("%d points, %d + %d items", len(rec.Points), rec.ItemsA, rec.ItemsB)
	}
	sum := 0.0
	for _, p := range rec.Points {
		sum += p.Alpha
	}
	if sum > .02 || sum < .0199 {
		t.Errorf("the points' alpha add up to %v", sum)
	}
	if p.Sure+p.Agreed+p.Escalated < .999 || p.Quality < p.Interval[0] || p.Quality > p.Interval[1] {
		t.Errorf("%+v", p)
	}
	for _, m := range rec.Members {
		if hopeless := m.Configuration.Name == "hopeless"; hopeless != (m.Left != "") || hopeless && m.ItemsA != 60 {
			t.Errorf("%s: %d items, %q", m.Configuration.Name, m.ItemsA, m.Left)
		}
	}
	if !strings.HasPrefix(rec.Certificate.En, "CASCADE(small at margin ≥ ") || !strings.Contains(rec.Certificate.En, "with probability ≥ 99 %") || !strings.Contains(rec.Certificate.Zh, "以不低于 99 % 的概率") {
		t.Errorf("%s\n%s", rec.Certificate.En, rec.Certificate.Zh)
	}

	t.Run("no pair is asked twice, and of B only what a route would ask", func(t *testing.T) {
		paid := 0
		for pair, n := range w.seen {
			name, item, _ := strings.Cut(pair, "|")
			if n != 1 {
				t.Errorf("%s was asked %d times", pair, n)
			}
			if name != "small" {
				paid++
			}
			if name == "hopeless" && !w.index[item] {
				t.Error("a candidate that was left out saw an item of B")
			}
		}
		if rec.Calls != paid || rec.NewCalls != paid {
			t.Errorf("%d calls, %d new, %d made", rec.Calls, rec.NewCalls, paid)
		}
		if full := 60 + 2*900 + 2*2100 + 3000; paid >= full {
			t.Errorf("%d calls; all would be %d", paid, full)
		}
	})
	t.Run("again without a call", func(t *testing.T) {
		cfg.Runner = sizing.RunnerFunc(func(_ context.Context, c sizing.Configuration, _ sizing.Item) (sizing.Output, error) {
			return sizing.Output{}, fmt.Errorf("%s was asked again", c.Name)
		})
		again, err := cascade.Study(t.Context(), cfg)
		if err != nil {
			t.Fatal(err)
		}
		if again.NewCalls != 0 || again.ID != rec.ID {
			t.Errorf("%d calls, %s, was %s", again.NewCalls, again.ID, rec.ID)
		}
	})
}

func TestStudyThatIsCutShortGoesOn(t *testing.T) {
	whole := newWorld(1500, good)
	want, err := cascade.Study(t.Context(), whole.config(new(sizing.Memory)))
	if err != nil {
		t.Fatal(err)
	}
	w, store := newWorld(1500, good), new(sizing.Memory)
	ctx, cancel := context.WithCancel(t.Context())
	w.fail = func(_ string, n int) error {
		if n == 700 {
			cancel()
		}
		return nil
	}
	if _, err := cascade.Study(ctx, w.config(store)); !errors.Is(err, context.Canceled) {
		t.Fatalf("error %v", err)
	}
	busy := errors.New("busy")
	w.fail = func(model string, n int) error {
		if model == "strong" && n >= 1200 {
			return busy
		}
		return nil
	}
	rec, err := cascade.Study(t.Context(), w.config(store))
	if err != nil || rec.Status != cascade.StatusStopped || rec.Reason.En != "busy" {
		t.Fatalf("%s %v %v", rec.Status, rec.Reason, err)
	}
	w.fail = nil
	rec, err = cascade.Study(t.Context(), w.config(store))
	if err != nil {
		t.Fatal(err)
	}
	for pair, n := range w.seen {
		if n > 1 {
			t.Errorf("%s was asked %d times", pair, n)
		}
	}
	if rec.ID != want.ID || len(w.seen) != len(whole.seen) {
		t.Errorf("%s after %d calls, uninterrupted %s after %d", rec.ID, len(w.seen), want.ID, len(whole.seen))
	}
}

func TestStudyWithoutACascade(t *testing.T) {
	tests := []struct {
		name, status, why string
		items             int
		change            func(*cascade.Config, map[string]float64)
	}{
		{"few items", cascade.StatusNone, "split B holds 70 items; it takes at least", 100, nil},
		{"no key for the reference", cascade.StatusPlan, "its reference strong cannot be run: no key", 1000, func(c *cascade.Config, _ map[string]float64) {
			c.Arms[3].Missing = "no key"
		}},
		{"a reference for free", cascade.StatusNone, "its reference costs nothing", 1000, func(c *cascade.Config, _ map[string]float64) {
			c.Arms[3].Price.In, c.Arms[3].Price.Out = 0, 0
		}},
		{"the cheap are of no help", cascade.StatusNone, "no route", 1000, func(c *cascade.Config, r map[string]float64) {
			c.Small = nil
			r["small"], r["cheap"], r["other"] = .3, .3, .3
		}},
		{"nothing reaches the floor", cascade.StatusNone, "no route passed on split B", 1500, func(c *cascade.Config, _ map[string]float64) {
			c.Floor = .99
		}},
		{"too slow", cascade.StatusNone, "no route passed on split B", 1500, func(c *cascade.Config, _ map[string]float64) {
			c.P95 = 30 * time.Millisecond
		}},
		{"nobody to ask first", cascade.StatusPlan, "there is no candidate besides the reference", 1000, func(c *cascade.Config, _ map[string]float64) {
			c.Arms, c.Small = c.Arms[3:], nil
		}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			right := map[string]float64{}
			for k, v := range good {
				right[k] = v
			}
			w := newWorld(tt.items, right)
			cfg := w.config(new(sizing.Memory))
			if tt.change != nil {
				tt.change(&cfg, right)
			}
			rec, err := cascade.Study(t.Context(), cfg)
			if err != nil {
				t.Fatal(err)
			}
			if rec.Status != tt.status || !strings.Contains(rec.Reason.En, tt.why) || rec.Reason.Zh == "" || rec.Certificate.En == "" {
				t.Errorf("%s: %+v\n%s", rec.Status, rec.Reason, rec.Certificate.En)
			}
			if _, ok := rec.Wanted(); ok {
				t.Error("a certified point all the same")
			}
			if tt.status == cascade.StatusPlan && (rec.Plan == nil || len(w.seen) > 0) {
				t.Errorf("plan %+v after %d calls", rec.Plan, len(w.seen))
			}
		})
	}
}

func TestTheSplitIsSealed(t *testing.T) {
	w := newWorld(1000, good)
	cfg := w.config(new(sizing.Memory))
	if _, err := cascade.Study(t.Context(), cfg); err != nil {
		t.Fatal(err)
	}
	first := w.index
	for i, j := 0, len(cfg.Items)-1; i < j; i, j = i+1, j-1 {
		cfg.Items[i], cfg.Items[j] = cfg.Items[j], cfg.Items[i]
	}
	cfg.Store = new(sizing.Memory)
	if _, err := cascade.Study(t.Context(), cfg); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(first, w.index); diff != "" {
		t.Errorf("another order of items gives another split:\n%s", diff)
	}
}

func TestNeeded(t *testing.T) {
	for _, tt := range []struct {
		loss, alpha float64
		most        int
	}{{.02, .01, 400}, {.01, .005, 1000}, {.05, .01, 160}} {
		if n := cascade.Needed(tt.loss, tt.alpha); n < 30 || n > tt.most {
			t.Errorf("loss %v at alpha %v: %d items", tt.loss, tt.alpha, n)
		}
	}
}
