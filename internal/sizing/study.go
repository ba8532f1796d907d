package sizing

import (
	"context"
	"fmt"
	"math"
	"slices"

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
	sides   [][]side  // bars of each candidate beside that of its score
	most1   []float64 // that one request of each can cost, with a bar of cost
	caps    []int     // with Verify: most units of each candidate; nil otherwise

	verifying bool
	// unanswered is why the reference answered nothing: there is nothing to
	// compare with.
	unanswered error
	bench      bench     // of a Judged scorer
	guesses    []guesser // of each candidate, with labels for a part only
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
	if err := r.besides(); err != nil {
		return err
	}
	rules := cfg.rules(r.record, r.units(), r.most)
	rules.Parts = r.parts()
	for i := range rules.Arms {
		cost, err := cfg.expectedCost(cfg.Arms[i], r.items)
		if err != nil {
			return err
		}
		rules.Arms[i].Cost, rules.Arms[i].Paid = cost, r.paid(i)
		for _, side := range r.sides[i] {
			rules.Arms[i].Sides = append(rules.Arms[i].Sides, side.Side)
		}
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
	case i == r.refs && (r.unanswered != nil || r.most1[i] > r.cfg.Cost/1000):
		return ladder.Verdict{Status: ladder.Undecided}
	case i == r.refs:
		return ladder.Verdict{Status: ladder.Certified}
	}
	return ladder.Verdict{Status: ladder.Waiting}
}

// first is the first unit that counts for a candidate.
func (r *run) first(arm int) int {
	if j, ok := r.record.Later[r.cfg.Arms[arm].Config.ID()]; ok && j.Tested && arm != r.refs {
		return j.From
	}
	return 0
}

// close keeps the shares that probes have fixed.
func (r *run) close(ctx context.Context) error {
	if r.cfg.Store == nil || r.verifying || r.record.ShareRule != string(ladder.Probing) {
		return nil
	}
	return r.cfg.Store.PutStudy(ctx, r.record)
}
