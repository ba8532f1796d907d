package sizing

import (
	"context"
	"fmt"
	"math"
	"slices"
	"sort"
	"time"

	"github.com/luodi/luodi/internal/errs"
	"github.com/luodi/luodi/internal/money"
	"github.com/luodi/luodi/internal/sizing/ladder"
)

// Study sizes one scenario: it tests candidates from the cheapest up, stops
// at the first certificate and says what is proven. It is resumable: outcomes
// that are kept are not called again, and the verdict is that of an
// uninterrupted run. When ctx ends it returns ctx's error; outcomes paid by
// then are kept. A failing endpoint does not fail the study: its candidate is
// shown as undecided with the reason.
func Study(ctx context.Context, cfg StudyConfig) (Result, error) {
	r, err := study(ctx, cfg, nil)
	if err != nil {
		return Result{}, fmt.Errorf("sizing scenario %s: %w", cfg.Scenario, err)
	}
	return r, nil
}

// run is a study under way.
type run struct {
	cfg     StudyConfig
	record  StudyRecord
	items   []Item
	ladder  *ladder.Ladder
	calls   []*calls
	tallies []tally
	reasons []string // why a candidate stopped without a proof
	purse   *purse
	caps    []int // with Verify: most items of each candidate; nil otherwise
}

// tally adds up a candidate's outcomes.
type tally struct {
	n, fast   int
	cost      float64 // at the current price, study currency
	paid      money.Amount
	usage     Usage
	latencies []time.Duration
	failures  int
	scores    []float64
}

func study(ctx context.Context, cfg StudyConfig, caps map[string]int) (Result, error) {
	if err := cfg.validate(); err != nil {
		return Result{}, err
	}
	cfg.defaults()
	r := &run{cfg: cfg, items: ordered(cfg.Items, cfg.Seed), purse: &purse{limit: cfg.Budget}}
	digest := itemsDigest(r.items)
	if err := r.open(ctx, digest); err != nil {
		return Result{}, err
	}
	if err := r.prepare(ctx, caps); err != nil {
		return Result{}, err
	}
	for {
		step, ok := r.ladder.Next()
		if !ok {
			break
		}
		if err := r.step(ctx, step); err != nil {
			return Result{}, err
		}
	}
	if err := r.close(ctx); err != nil {
		return Result{}, err
	}
	return r.result()
}

// open takes the study's record from the store, or fixes it now: the order of
// candidates by expected cost and the number of the study.
func (r *run) open(ctx context.Context, digest string) error {
	cfg := &r.cfg
	r.record = StudyRecord{ID: cfg.id(digest), Scenario: cfg.Scenario, Number: 1, Items: digest, Numbers: map[string]int{}}
	if cfg.Store != nil {
		old, err := cfg.Store.Study(ctx, r.record.ID)
		switch {
		case err == nil && len(old.Order) == len(cfg.Arms):
			r.record = old
			if r.record.Numbers == nil {
				r.record.Numbers = map[string]int{}
			}
			place := map[string]int{}
			for i, id := range old.Order {
				place[id] = i
			}
			sort.SliceStable(cfg.Arms, func(i, j int) bool { return place[cfg.Arms[i].Config.ID()] < place[cfg.Arms[j].Config.ID()] })
			return nil
		case err != nil && !errs.Is(err, errs.CodeNotFound):
			return err
		}
		earlier, err := cfg.Store.Studies(ctx, cfg.Scenario)
		if err != nil {
			return err
		}
		r.record.Number = len(earlier) + 1
	}
	if err := r.order(); err != nil {
		return err
	}
	for _, a := range cfg.Arms {
		r.record.Order = append(r.record.Order, a.Config.ID())
	}
	if cfg.Store == nil {
		return nil
	}
	return cfg.Store.PutStudy(ctx, r.record)
}

// order sorts candidates by expected cost per request; a candidate without a
// price comes last. Equal costs: in-process first, then by name.
func (r *run) order() error {
	cfg := &r.cfg
	type ranked struct {
		arm  Arm
		cost float64
	}
	list := make([]ranked, len(cfg.Arms))
	for i, a := range cfg.Arms {
		cost, err := cfg.expectedCost(a, r.items)
		if err != nil {
			return err
		}
		list[i] = ranked{a, cost}
	}
	slices.SortStableFunc(list, func(x, y ranked) int {
		switch {
		case x.cost != y.cost:
			if x.cost < y.cost {
				return -1
			}
			return 1
		case x.arm.Config.Kind.InProcess() != y.arm.Config.Kind.InProcess():
			if x.arm.Config.Kind.InProcess() {
				return -1
			}
			return 1
		}
		if x.arm.Config.Name < y.arm.Config.Name {
			return -1
		}
		return 1
	})
	for i := range list {
		cfg.Arms[i] = list[i].arm
	}
	return nil
}

// expectedCost per request in the study's currency; infinite where the price
// or the exchange rate is not known.
func (c *StudyConfig) expectedCost(a Arm, items []Item) (float64, error) {
	if a.Price.Unknown {
		return math.Inf(1), nil
	}
	cost, err := a.expectedCost(items)
	if err != nil {
		return 0, err
	}
	rate := 1.0
	if cost > 0 && a.Price.Currency != "" && a.Price.Currency != c.Currency {
		rate = c.Rates[a.Price.Currency]
		if rate <= 0 {
			return math.Inf(1), nil
		}
	}
	return cost * rate, nil
}

// prepare loads the caches and starts the ladder.
func (r *run) prepare(ctx context.Context, caps map[string]int) error {
	cfg := &r.cfg
	inStudy := map[string]bool{}
	for _, it := range r.items {
		inStudy[it.ID] = true
	}
	r.reasons = make([]string, len(cfg.Arms))
	r.tallies = make([]tally, len(cfg.Arms))
	for i := range cfg.Arms {
		a := &cfg.Arms[i]
		if a.Missing == "" && !a.Config.Kind.InProcess() {
			if cost, _ := cfg.expectedCost(*a, r.items[:1]); math.IsInf(cost, 1) && caps == nil {
				a.Missing = "no price or exchange rate is known for it, so its cost could not be limited"
			}
		}
		c, err := newCalls(ctx, cfg, *a, r.purse)
		if err != nil {
			return err
		}
		for item, o := range c.kept {
			if inStudy[item] {
				if paid, err := cfg.convert(o.Cost, money.Currency(o.Currency)); err == nil {
					r.purse.settled += paid
				}
			}
		}
		r.calls = append(r.calls, c)
		if caps != nil {
			r.caps = append(r.caps, caps[a.Config.ID()])
		}
	}
	r.ladder = ladder.New(cfg.rules(r.record.Numbers))
	return nil
}

// step fetches the outputs that the ladder asks for and shows their scores.
func (r *run) step(ctx context.Context, s ladder.Step) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	arm, c, t := r.cfg.Arms[s.Arm], r.calls[s.Arm], &r.tallies[s.Arm]
	to := s.To
	if r.caps != nil {
		to = min(to, r.caps[s.Arm])
	}
	outputs, fault := c.fetch(ctx, r.items[s.From:to])
	if err := ctx.Err(); err != nil {
		return err
	}
	var obs []ladder.Observation
	for i, o := range outputs {
		score := r.cfg.Scorer.Score(r.items[s.From+i], o)
		if o.Failure != "" {
			score.Value = 0
		}
		if !(score.Value >= 0 && score.Value <= 1) {
			return errs.Internal("scorer %s gave %v for item %s; scores must lie in [0,1]", r.cfg.Scorer.Name(), score.Value, r.items[s.From+i].ID)
		}
		fast := r.cfg.P95 > 0 && o.Latency <= r.cfg.P95
		if err := t.add(&r.cfg, arm, o, score.Value, fast); err != nil {
			return err
		}
		obs = append(obs, ladder.Observation{Score: score.Value, Second: fast})
	}
	r.ladder.Observe(obs...)
	if v := r.ladder.Verdict(s.Arm); v.Number > 0 {
		r.record.Numbers[arm.Config.ID()] = v.Number
	}
	if r.cfg.Progress != nil {
		made := 0
		for _, c := range r.calls {
			made += c.made
		}
		r.cfg.Progress(Progress{Candidate: arm.Config.Name, Items: t.n, Total: len(r.items), Calls: made, Spent: r.purse.spent()})
	}
	if fault != nil || to < s.To {
		if next, ok := r.ladder.Next(); ok && next.Arm == s.Arm {
			if fault != nil {
				r.reasons[s.Arm] = fault.Error()
			}
			r.ladder.Stop()
		}
	}
	return nil
}

func (t *tally) add(cfg *StudyConfig, a Arm, o Output, score float64, fast bool) error {
	now, err := a.Price.Cost(o.Usage)
	if err != nil {
		return err
	}
	if now, err = cfg.convert(now, a.Price.Currency); err != nil {
		now = 0
	}
	paid, err := cfg.convert(o.Cost, money.Currency(o.Currency))
	if err != nil {
		paid = now
	}
	t.n++
	t.cost += now.Float()
	t.paid += paid
	t.usage.Input += o.Usage.Input
	t.usage.Cached += o.Usage.Cached
	t.usage.Output += o.Usage.Output
	t.usage.Reasoning += o.Usage.Reasoning
	t.usage.Estimated = t.usage.Estimated || o.Usage.Estimated
	t.latencies = append(t.latencies, o.Latency)
	t.scores = append(t.scores, score)
	if fast {
		t.fast++
	}
	if o.Failure != "" {
		t.failures++
	}
	return nil
}

// close keeps the enrolment numbers.
func (r *run) close(ctx context.Context) error {
	if r.cfg.Store == nil || r.caps != nil || len(r.record.Numbers) == 0 {
		return nil
	}
	return r.cfg.Store.PutStudy(ctx, r.record)
}
