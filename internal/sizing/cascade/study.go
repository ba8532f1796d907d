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
	"github.com/luodi/luodi/internal/sizing/etest"
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
	Alpha     float64       // the cascade's part of the scenario's alpha
	Seed      uint64
	Scorer    sizing.Scorer
	Runner    sizing.Runner
	Store     sizing.Store
	Small     *Small // nil: no gate
	Currency  money.Currency
	Rates     map[money.Currency]float64 // units of Currency per unit of another one
	Grace     time.Duration              // for calls under way when ctx ends; 0 is 20 s
	Progress  func(candidate string, done, total int)
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
		Scenario: cfg.Scenario, Status: StatusNone, Reference: cfg.Reference, Loss: cfg.Loss, Floor: cfg.Floor, P95: float64(cfg.P95) / 1e6,
		Alpha: cfg.Alpha, Seed: cfg.Seed, Scorer: cfg.Scorer.Name(), Items: s.digest(), ItemsA: len(s.a), ItemsB: len(s.b),
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

// searchAndCertify makes the calls. fault is an endpoint's failure, which
// leaves the study open.
func (s *study) searchAndCertify(ctx context.Context) (fault, err error) {
	use, fault := s.runA(ctx)
	if fault != nil {
		return fault, nil
	}
	gateA, err := s.gate(ctx, s.a)
	if err != nil {
		return nil, err
	}
	if s.cfg.Small != nil {
		s.rec.Gate = &s.cfg.Small.Config
		if s.rec.Thresholds, err = s.cfg.Small.Thresholds(s.a); err != nil {
			return nil, err
		}
	}
	a, err := s.outcomes(s.a)
	if err != nil {
		return nil, err
	}
	if mean(a.Cost[s.ref]) == 0 {
		s.rec.Reason = sizing.Text{En: "its reference costs nothing, so there is nothing to save", Zh: "参照不花钱，没有可节省的"}
		return nil, nil
	}
	if fault := s.calls[s.ref].fetch(ctx, s.b); fault != nil {
		return fault, nil
	}
	gateB, err := s.gate(ctx, s.b)
	if err != nil {
		return nil, err
	}
	for _, p := range s.points() {
		routes := SearchRoutes(a, gateA, s.rec.Thresholds, Options{
			Reference: s.ref, Loss: p.Loss, ItemsB: float64(len(s.b)), Depth: depth, Models: use,
		})
		if fault, err = s.certify(ctx, &p, routes, gateB); fault != nil || err != nil {
			return fault, err
		}
		s.rec.Points = append(s.rec.Points, p)
		if p.Wanted && p.OK {
			s.rec.Status = StatusCertified
		}
		if p.Wanted && !p.OK {
			s.rec.Reason = s.failed()
			if len(routes) == 0 {
				s.rec.Reason = sizing.Text{En: "no route seen on split A is cheaper and predicted to lose so little", Zh: "在 A 集上没有更便宜且预计损失足够小的路由"}
			}
		}
	}
	return nil, nil
}

// failed says what no route has shown on split B.
func (s *study) failed() sizing.Text {
	en, zh := "no route passed on split B: to lose at most "+sizing.Decimal(s.cfg.Loss), "没有路由在 B 集上通过检验：损失不超过 "+sizing.Decimal(s.cfg.Loss)
	if s.cfg.Floor > 0 {
		en, zh = en+", and to reach the floor "+sizing.Decimal(s.cfg.Floor), zh+"，且达到下限 "+sizing.Decimal(s.cfg.Floor)
	}
	if s.cfg.P95 > 0 {
		en, zh = en+fmt.Sprintf(", and 95 %% within %s", s.cfg.P95), zh+fmt.Sprintf("，且 95 %% 在 %s 以内", s.cfg.P95)
	}
	return sizing.Text{En: en, Zh: zh}
}

// points are the losses to certify with their parts of alpha.
func (s *study) points() (out []Point) {
	rest := slices.DeleteFunc(slices.Clone(losses), func(l float64) bool { return math.Abs(l-s.cfg.Loss) < 1e-9 })
	for _, l := range rest {
		out = append(out, Point{Loss: l, Alpha: s.cfg.Alpha / 2 / float64(len(rest)) * (1 - 1e-12)})
	}
	out = append(out, Point{Loss: s.cfg.Loss, Wanted: true, Alpha: s.cfg.Alpha / 2})
	slices.SortFunc(out, func(a, b Point) int { return cmp.Compare(b.Loss, a.Loss) })
	return out
}

// runA runs every candidate on split A, those that are hopeless on its first
// items only, and returns which are left. Nothing but A decides that.
func (s *study) runA(ctx context.Context) (use []int, fault error) {
	if fault := s.calls[s.ref].fetch(ctx, s.a); fault != nil {
		return nil, fault
	}
	first := s.a[:min(probe, len(s.a))]
	least := s.mean(s.ref, first) - aside
	for m, c := range s.calls {
		rec := &s.rec.Members[m]
		if fault := c.fetch(ctx, first); fault != nil {
			return nil, fault
		}
		rec.ItemsA, rec.Quality = len(first), s.mean(m, first)
		if rec.Quality < least && !c.arm.Config.Kind.InProcess() {
			rec.Left = fmt.Sprintf("mean %s after %d items of split A, more than %s below the reference", sizing.Decimal(math.Round(rec.Quality*1e3)/1e3), len(first), sizing.Decimal(aside))
			continue
		}
		if fault := c.fetch(ctx, s.a); fault != nil {
			return nil, fault
		}
		rec.ItemsA, rec.Quality = len(s.a), s.mean(m, s.a)
		use = append(use, m)
	}
	return use, nil
}

// certify walks the routes on split B, asking only what each would ask, and
// stops at the first that fails.
func (s *study) certify(ctx context.Context, p *Point, routes []Route, g *Gate) (fault, err error) {
	draw := make(Draw, len(s.b))
	for i := range draw {
		draw[i] = i
	}
	for _, r := range routes {
		for k := range len(r.Models) + 1 {
			o, err := s.outcomes(s.b)
			if err != nil {
				return nil, err
			}
			m := r.Fallback
			if k < len(r.Models) {
				m = r.Models[k]
			}
			var ask []sizing.Item
			for _, i := range r.Open(o, g, k) {
				ask = append(ask, s.b[i])
			}
			if fault := s.calls[m].fetch(ctx, ask); fault != nil {
				return fault, nil
			}
		}
		o, err := s.outcomes(s.b)
		if err != nil {
			return nil, err
		}
		p.Tested++
		at, ok := r.LosesAtMost(p.Loss, o, g, draw, s.ref, p.Alpha)
		if ok && p.Wanted {
			ok = s.meets(r, o, g, p.Alpha)
		}
		if !ok {
			break
		}
		p.Passed = append(p.Passed, Pass{Served: s.served(r), At: at})
	}
	return nil, s.choose(p, g)
}

// choose measures the cheapest route on split B of those that passed.
func (s *study) choose(p *Point, g *Gate) error {
	p.OK = len(p.Passed) > 0
	if !p.OK {
		return nil
	}
	o, err := s.outcomes(s.b)
	if err != nil {
		return err
	}
	least := math.Inf(1)
	for _, x := range p.Passed {
		r, err := s.route(x.Served)
		if err != nil {
			return err
		}
		if cost := r.Evaluate(o, g, s.ref).Cost; cost < least {
			least, p.At, p.Served = cost, x.At, x.Served
			s.measure(p, r, o, g)
		}
	}
	return nil
}

// served is a route by its members' ids; route leads back.
func (s *study) served(r Route) Served {
	out := Served{Gated: r.Gated, Threshold: r.Threshold, Fallback: s.rec.Members[r.Fallback].ID}
	for _, m := range r.Models {
		out.Ask = append(out.Ask, s.rec.Members[m].ID)
	}
	return out
}

func (s *study) route(x Served) (Route, error) {
	var unknown error
	member := func(id string) int {
		i := slices.IndexFunc(s.rec.Members, func(m Member) bool { return m.ID == id })
		if i < 0 {
			unknown = errs.Conflict("a route asks configuration %s, which is no candidate any more", id)
		}
		return i
	}
	r := Route{Gated: x.Gated, Threshold: x.Threshold, Policy: Policy{Fallback: member(x.Fallback)}}
	for _, id := range x.Ask {
		r.Models = append(r.Models, member(id))
	}
	return r, unknown
}

// meets tests floor and latency too, each at the full alpha: the route is
// certified when every test passes (Berger 1982).
func (s *study) meets(r Route, o *Outcomes, g *Gate, alpha float64) bool {
	scores, fast := make([]float64, len(s.b)), make([]float64, len(s.b))
	for i := range s.b {
		scores[i], _ = r.Answer(o, g, i)
		if s.latency(r, o, g, i) <= s.cfg.P95 {
			fast[i] = 1
		}
	}
	return (s.cfg.Floor == 0 || Reaches(s.cfg.Floor, scores, alpha)) && (s.cfg.P95 == 0 || Reaches(.95, fast, alpha))
}

// latency of a route on an item of B: its models are asked one after another.
func (s *study) latency(r Route, o *Outcomes, g *Gate, item int) (sum time.Duration) {
	asked, _ := r.Asked(o, g, item)
	for _, m := range asked {
		sum += s.calls[m].kept[s.b[item].ID].Latency
	}
	return sum
}

func (s *study) measure(p *Point, r Route, o *Outcomes, g *Gate) {
	n := float64(len(s.b))
	sum := r.Evaluate(o, g, s.ref)
	p.Difference = sum.Diff / n
	p.CostPer1000, p.Reference = round(1000*sum.Cost/n), round(1000*mean(o.Cost[s.ref]))
	p.Ratio = 1
	if p.Reference > 0 {
		p.Ratio = math.Round(1e4*p.CostPer1000/p.Reference) / 1e4
	}
	right, times := 0.0, make([]time.Duration, len(s.b))
	p.Sure, p.Agreed, p.Escalated = 0, 0, 0
	for i := range s.b {
		score, _ := r.Answer(o, g, i)
		right += score
		times[i] = s.latency(r, o, g, i)
		switch asked, up := r.Asked(o, g, i); {
		case asked == nil:
			p.Sure++
		case up:
			p.Escalated++
		default:
			p.Agreed++
		}
	}
	p.Sure, p.Agreed, p.Escalated = p.Sure/n, p.Agreed/n, p.Escalated/n
	p.Quality = right / n
	lo, hi := etest.Interval(right, len(s.b), .05)
	p.Interval = &[2]float64{lo, hi}
	slices.Sort(times)
	p.P95 = float64(times[min(int(.95*n), len(times)-1)].Microseconds()) / 1e3
}
