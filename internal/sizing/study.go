package sizing

import (
	"context"
	"errors"
	"fmt"
	"math"
	"slices"
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
	if err := cfg.validate(); err != nil {
		return Result{}, err
	}
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
	laid        // the eval set in study order
	refs    int // index of the reference among the arms, or -1
	ladder  *ladder.Ladder
	calls   []*calls
	tallies []tally
	reasons []string // why a candidate stopped without a proof
	purse   *purse
	caps    []int // with Verify: most units of each candidate; nil otherwise

	verifying bool
	// unanswered is why the reference answered nothing: there is nothing to
	// compare with.
	unanswered error
	bench      bench     // of a Judged scorer
	guesses    []guesser // of each candidate, with labels for a part only
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
	r := newRun(cfg)
	r.verifying = caps != nil
	if err := r.open(ctx); err != nil {
		return Result{}, err
	}
	if err := r.prepare(ctx, caps); err != nil {
		return Result{}, err
	}
	if f, ok := cfg.Scorer.(Figure); ok {
		return r.byFigure(ctx, f)
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

func newRun(cfg StudyConfig) *run {
	cfg.defaults()
	r := &run{cfg: cfg, purse: &purse{limit: cfg.Budget}, refs: -1}
	return r
}

// order sorts candidates by expected cost per request; a candidate without a
// price comes last. Equal costs: in-process first, then by name.
func (c *StudyConfig) order(items []Item) error {
	type ranked struct {
		arm  Arm
		cost float64
	}
	list := make([]ranked, len(c.Arms))
	for i, a := range c.Arms {
		cost, err := c.expectedCost(a, items)
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
		c.Arms[i] = list[i].arm
	}
	return nil
}

// expectedCost per request in the study's currency; infinite where the price
// or the exchange rate is not known.
func (c *StudyConfig) expectedCost(a Arm, items []Item) (float64, error) {
	if a.recorded != nil {
		return *a.recorded, nil
	}
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
	r.guesses = make([]guesser, len(cfg.Arms))
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
	return r.begin()
}

// begin starts the ladder once the order is fixed. Without its reference no
// candidate can be compared.
func (r *run) begin() error {
	cfg := &r.cfg
	r.refs = slices.IndexFunc(cfg.Arms, func(a Arm) bool { return a.Config.ID() == cfg.Reference })
	if r.refs >= 0 && cfg.Arms[r.refs].Missing != "" {
		for i := range r.refs {
			if cfg.Arms[i].Missing == "" {
				cfg.Arms[i].Missing = "its reference " + cfg.Arms[r.refs].Config.Name + " cannot be run: " + cfg.Arms[r.refs].Missing
			}
		}
	}
	rules := cfg.rules(r.record, r.units(), r.most)
	rules.Parts = r.parts()
	for i := range rules.Arms {
		cost, err := cfg.expectedCost(cfg.Arms[i], r.items)
		if err != nil {
			return err
		}
		rules.Arms[i].Cost, rules.Arms[i].Paid = cost, r.paid(i)
	}
	r.ladder = ladder.New(rules)
	return nil
}

// paid is how many of a candidate's units have kept outcomes, from the first
// that counts on.
func (r *run) paid(i int) int {
	if len(r.calls) == 0 { // a plan
		return 0
	}
	kept := func(arm int, it Item) bool { _, ok := r.calls[arm].kept[it.ID]; return ok }
	n := 0
	for u := r.first(i); u < r.units(); u++ {
		for _, it := range r.items[r.start[u]:r.start[u+1]] {
			if !kept(i, it) || r.refs >= 0 && !kept(r.refs, it) {
				return n
			}
		}
		if n++; r.caps != nil && n >= r.caps[i] {
			return r.caps[i]
		}
	}
	return n
}

// step fetches the outputs that the ladder asks for and shows their scores.
func (r *run) step(ctx context.Context, s ladder.Step) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	to := s.To
	if r.caps != nil {
		to = max(min(to, r.first(s.Arm)+r.caps[s.Arm]), s.From)
	}
	scores, fast, fault, err := r.scores(ctx, s.Arm, r.start[s.From], r.start[to])
	if err != nil {
		return err
	}
	if r.refs >= 0 {
		lo := r.start[s.From]
		from := min(lo, r.tallies[r.refs].n) // a later candidate starts further on
		other, _, refFault, err := r.scores(ctx, r.refs, from, lo+len(scores))
		if err != nil {
			return err
		}
		other = other[min(lo-from, len(other)):]
		if scores = scores[:len(other)]; refFault != nil {
			fault = fmt.Errorf("its reference: %w", refFault)
			if r.tallies[r.refs].n == 0 {
				r.unanswered = refFault
			}
		}
		for i := range scores {
			scores[i] -= other[i]
		}
	}
	var obs []ladder.Observation
	for u := s.From; u < to && r.start[u+1]-r.start[s.From] <= len(scores); u++ {
		lo, hi := r.start[u]-r.start[s.From], r.start[u+1]-r.start[s.From]
		obs = append(obs, ladder.Observation{Score: scores[lo], Scores: scores[lo:hi], Second: fast[lo] == 1, Seconds: fast[lo:hi], Weight: r.items[r.start[u]].Weight,
			Part: r.partOf(r.items[r.start[u]]), Found: scores[lo] == 1})
	}
	r.ladder.Observe(obs...)
	if v := r.ladder.Verdict(s.Arm); v.Number > 0 {
		r.record.Numbers[r.cfg.Arms[s.Arm].Config.ID()] = v.Number
	}
	r.progress(s.Arm)
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

// scores of a candidate's items from lo to hi, and whether each was fast
// enough (1) or not; fewer than asked for when calls failed, with the reason.
func (r *run) scores(ctx context.Context, arm, lo, hi int) (scores, fast []float64, fault, err error) {
	outputs, fault := r.calls[arm].fetch(ctx, r.items[lo:hi])
	if err := ctx.Err(); err != nil {
		return nil, nil, nil, err
	}
	if broken := (*storeError)(nil); errors.As(fault, &broken) {
		return nil, nil, nil, broken
	}
	if j, ok := r.cfg.Scorer.(Judged); ok && fault == nil {
		outputs, fault = r.judge(ctx, j, r.items[lo:lo+len(outputs)], outputs)
		if broken := (*storeError)(nil); errors.As(fault, &broken) {
			return nil, nil, nil, broken
		}
		if err := ctx.Err(); err != nil {
			return nil, nil, nil, err
		}
	}
	t := &r.tallies[arm]
	base := r.start[r.first(arm)]
	for i, o := range outputs {
		it := r.items[lo+i]
		score := 0.0
		if !it.Unlabelled && o.Failure == "" {
			score = r.cfg.Scorer.Score(it, o).Value
		}
		if !(score >= 0 && score <= 1) {
			return nil, nil, nil, errs.Internal("scorer %s gave %v for item %s; scores must lie in [0,1]", r.cfg.Scorer.Name(), score, it.ID)
		}
		if r.cfg.LabelLeast > 0 {
			if score, err = r.robust(ctx, arm, lo+i, o, score); err != nil {
				return nil, nil, nil, err
			}
		}
		in := r.cfg.P95 > 0 && o.Latency <= r.cfg.P95
		if lo+i-base >= t.n { // a reference is asked for again by each candidate
			if err := t.add(&r.cfg, r.cfg.Arms[arm], o, score, in); err != nil {
				return nil, nil, nil, err
			}
		}
		scores = append(scores, score)
		if fast = append(fast, 0); in {
			fast[i] = 1
		}
	}
	return scores, fast, fault, nil
}

func (r *run) progress(arm int) {
	if r.cfg.Progress == nil {
		return
	}
	made := 0
	for _, c := range r.calls {
		made += c.made
	}
	r.cfg.Progress(Progress{Candidate: r.cfg.Arms[arm].Config.Name, Items: r.tallies[arm].n, Total: len(r.items), Calls: made, Spent: r.purse.spent()})
}

// verdict of a candidate; the reference meets its own bar, and dearer
// candidates are not compared.
func (r *run) verdict(i int) ladder.Verdict {
	switch {
	case r.refs < 0 || i < r.refs:
		return r.ladder.Verdict(i)
	case r.cfg.Arms[i].Missing != "":
		return ladder.Verdict{Status: ladder.Missing}
	case i == r.refs && r.unanswered != nil:
		return ladder.Verdict{Status: ladder.Undecided}
	case i == r.refs:
		return ladder.Verdict{Status: ladder.Certified}
	}
	return ladder.Verdict{Status: ladder.Waiting}
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

// first is the first unit that counts for a candidate.
func (r *run) first(arm int) int {
	if j, ok := r.record.Later[r.cfg.Arms[arm].Config.ID()]; ok && j.Tested && arm != r.refs {
		return j.From
	}
	return 0
}

// close keeps the enrolment numbers.
func (r *run) close(ctx context.Context) error {
	if r.cfg.Store == nil || r.verifying || len(r.record.Numbers) == 0 {
		return nil
	}
	return r.cfg.Store.PutStudy(ctx, r.record)
}
