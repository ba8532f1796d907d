package cascade

import (
	"cmp"
	"context"
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"time"

	"github.com/luodi/luodi/internal/errs"
	"github.com/luodi/luodi/internal/lineage"
	"github.com/luodi/luodi/internal/money"
	"github.com/luodi/luodi/internal/sizing"
)

// Config of a Study. All but Runner, Store and Progress is fixed before data.
type Config struct {
	Scenario  string
	Items     []sizing.Item // that stand alone: no clusters
	Arms      []sizing.Arm  // candidates; the reference is among them
	Reference string        // configuration id of the strong one
	Loss      float64       // points that the served route may lose
	Floor     float64       // mean that it must reach too; 0: none
	P95       time.Duration // that 95 % of its replies must stay within; 0: none
	Cost      float64       // that 1,000 of its requests may cost on average, in Currency; 0: none
	Alpha     float64       // the cascade's part of the scenario's alpha
	Seed      uint64
	Scorer    sizing.Scorer
	Runner    sizing.Runner
	Store     sizing.Store
	Small     *Small // nil: no gate
	// Opened says that another study of the scenario has looked at split B, so
	// that it is no longer sealed: nothing is searched.
	Opened bool
	// Before is what other studies have seen of the items: a candidate that was
	// fixed after that may owe its answers on them to who looked.
	Before   sizing.Before
	Currency money.Currency
	Rates    map[money.Currency]float64 // units of Currency per unit of another one
	Grace    time.Duration              // for calls under way when ctx ends; 0 is 20 s
	Progress func(candidate string, done, total int)
}

// Small is the model that answers alone where it is sure.
type Small struct {
	Config sizing.Configuration
	// Predict is deterministic.
	Predict func(ctx context.Context, text string) (label string, margin float64, err error)
	// Thresholds are the margins to try. They may look at the items that they
	// are given, which are those of split A, and at training rows.
	Thresholds func(a []sizing.Item) ([]float64, error)
}

const (
	shareA = .3 // of the items: what the search sees
	probe  = 60 // items of A after which a hopeless candidate is left out
	aside  = .2 // that far below the reference
	depth  = 3  // most models asked before the fallback: each adds its latency
)

// losses are the points listed besides the wanted one.
var losses = []float64{.03, .02, .01}

// study is one under way.
type study struct {
	cfg    Config
	rec    Record
	a, b   []sizing.Item
	calls  []*calls // by member
	ref    int
	labels map[string]int32
}

// Study searches a cascade on split A and certifies it on split B. Which item
// lies in which split is fixed by the seed before the first call. It is
// resumable as sizing.Study is: outcomes are kept as soon as they are paid.
// The wanted point takes half of Alpha, the listed ones share the rest, so
// that all of them hold together.
func Study(ctx context.Context, cfg Config) (Record, error) {
	if cfg.Grace == 0 {
		cfg.Grace = 20 * time.Second
	}
	s := &study{cfg: cfg, labels: map[string]int32{}}
	if err := s.run(ctx); err != nil {
		return Record{}, fmt.Errorf("searching a cascade for scenario %s: %w", cfg.Scenario, err)
	}
	for _, c := range s.calls {
		s.rec.NewCalls += c.made
	}
	return s.rec, s.rec.seal()
}

func (s *study) run(ctx context.Context) error {
	cfg := &s.cfg
	if cfg.Loss <= 0 || cfg.Loss >= 1 || cfg.Alpha <= 0 || cfg.Alpha >= 1 {
		return errs.Invalid("loss %v and alpha %v must lie in (0,1)", cfg.Loss, cfg.Alpha)
	}
	s.split()
	s.rec = Record{
		Scenario: cfg.Scenario, Status: StatusNone, Reference: cfg.Reference, Loss: cfg.Loss, Floor: cfg.Floor, P95: float64(cfg.P95) / 1e6, Cost: cfg.Cost,
		Alpha: cfg.Alpha, Seed: cfg.Seed, Scorer: cfg.Scorer.Name(), Opened: cfg.Opened, Items: s.digest(), ItemsA: len(s.a), ItemsB: len(s.b),
		Currency: string(cfg.Currency), Members: []Member{}, Points: []Point{},
	}
	reason, err := s.members(ctx)
	if err != nil {
		return err
	}
	if reason != nil {
		s.rec.Status, s.rec.Reason = StatusPlan, *reason
		return s.plan()
	}
	if cfg.Opened {
		s.rec.Reason = sizing.Text{
			En: "a search before this one has looked at split B, and candidates, items, labels or the goal have changed since; one cascade is certified per scenario: give it another name and items that no run has used",
			Zh: "此前的一次搜索已看过 B 集，而候选、题目、标注或目标此后有变化；每个场景只认证一个级联：请另起场景名，并使用没有任何运行用过的题目",
		}
		return nil
	}
	if text := s.unproven(); text != nil {
		s.rec.Reason = *text
		return nil
	}
	if need := Needed(cfg.Loss, cfg.Alpha/2); len(s.b) < need {
		all := int(math.Ceil(float64(need) / (1 - shareA)))
		s.rec.Reason = sizing.Text{
			En: fmt.Sprintf("split B holds %d items; it takes at least %d, about %d in all, to prove a loss of %s even without one difference", len(s.b), need, all, sizing.Decimal(cfg.Loss)),
			Zh: fmt.Sprintf("B 集只有 %d 题；即使没有一处差异，要证明损失不超过 %[4]s 也至少需要 %[2]d 题，总共约 %[3]d 题", len(s.b), need, all, sizing.Decimal(cfg.Loss)),
		}
		return nil
	}
	fault, err := s.searchAndCertify(ctx)
	if err != nil || ctx.Err() != nil {
		return cmp.Or(ctx.Err(), err)
	}
	if fault != nil {
		s.rec.Status, s.rec.Reason = StatusStopped, same(fault.Error())
	}
	return s.sums()
}

// unproven marks the members that cannot be tested on these items, and says why
// nothing can, if so.
func (s *study) unproven() *sizing.Text {
	before, left := s.cfg.Before, 0
	for i := range s.rec.Members {
		if m := &s.rec.Members[i]; !before.Proves(m.ID) {
			m.Late, m.Left = true, "it was fixed after its items had been seen"
			left++
		}
	}
	switch {
	case before.Seen && before.Altered:
		s.rec.Altered = true
		return &sizing.Text{
			En: "items that a study had used were corrected or taken out since, so what is left of them may favour a candidate; give the scenario another name and items that no run has used",
			Zh: "有研究用过的题目此后被更正或删除，余下的题目可能偏向某个候选；请另起场景名，并使用没有任何运行用过的题目",
		}
	case s.rec.Members[s.ref].Late || len(s.rec.Members)-left < 2:
		return &sizing.Text{
			En: "its reference, or every other candidate, was fixed after a study had seen the items; give the scenario another name and items that no run has used",
			Zh: "参照或其余全部候选是在研究看过题目之后才确定的；请另起场景名，并使用没有任何运行用过的题目",
		}
	}
	if g := s.cfg.Small; g != nil && !before.Proves(g.Config.ID()) {
		s.cfg.Small = nil
	}
	return nil
}

// split seals B: a random part of the items, whatever order they came in.
func (s *study) split() {
	items := slices.Clone(s.cfg.Items)
	slices.SortFunc(items, func(a, b sizing.Item) int { return cmp.Compare(a.ID, b.ID) })
	r := rand.New(rand.NewPCG(s.cfg.Seed, 0xca5cade))
	r.Shuffle(len(items), func(i, j int) { items[i], items[j] = items[j], items[i] })
	n := int(shareA * float64(len(items)))
	s.a, s.b = items[:n], items[n:]
}

func same(text string) sizing.Text { return sizing.Text{En: text, Zh: text} }

func (s *study) digest() string {
	var ids []string
	for _, it := range slices.Concat(s.a, s.b) {
		ids = append(ids, it.ID)
	}
	return lineage.NewID(lineage.Dataset, ids...)
}

// members are the candidates that can be run, the small model included, in
// their given order; and why there is nothing to search, if so.
func (s *study) members(ctx context.Context) (reason *sizing.Text, err error) {
	cfg := &s.cfg
	s.ref = -1
	for _, arm := range cfg.Arms {
		id := arm.Config.ID()
		if arm.Missing != "" || arm.Price.Unknown {
			if id == cfg.Reference {
				why := cmp.Or(arm.Missing, "no price is known for it")
				return &sizing.Text{En: "its reference " + arm.Config.Name + " cannot be run: " + why, Zh: "参照 " + arm.Config.Name + " 无法运行：" + why}, nil
			}
			continue
		}
		if id == cfg.Reference {
			s.ref = len(s.calls)
		}
		c, err := newCalls(ctx, cfg, arm)
		if err != nil {
			return nil, err
		}
		s.calls = append(s.calls, c)
		s.rec.Members = append(s.rec.Members, Member{Configuration: arm.Config, ID: id, Price: arm.Price})
	}
	switch {
	case s.ref < 0:
		return nil, errs.Invalid("its reference is not among the candidates")
	case len(s.calls) < 2:
		return &sizing.Text{En: "there is no candidate besides the reference that could be asked first", Zh: "除参照之外没有可以先问的候选"}, nil
	}
	return nil, nil
}
