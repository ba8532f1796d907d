package cascade

import (
	"context"
	"fmt"
	"slices"

	"github.com/luodi/luodi/internal/errs"
	"github.com/luodi/luodi/internal/sizing"
)

// Reprice is a study's record at the prices of cfg.Arms, without a call; the
// record itself where none of them differs. What a route loses has nothing to
// do with prices, so all that passed stay certified, and each point takes the
// one of them that is the cheapest now. A bar of cost alone is tested again; what
// fails it is not served at these prices. No other route is searched: split B
// has been looked at, and its alpha is spent. cfg must otherwise be the
// study's, with the store that keeps its outcomes; errs.Conflict or
// errs.NotFound where it is not.
func Reprice(ctx context.Context, old Record, cfg Config) (Record, error) {
	s := &study{cfg: cfg, labels: map[string]int32{}}
	out, err := s.reprice(ctx, old)
	if err != nil {
		return Record{}, fmt.Errorf("repricing cascade %s of scenario %s: %w", old.ID, cfg.Scenario, err)
	}
	return out, nil
}

func (s *study) reprice(ctx context.Context, old Record) (Record, error) {
	s.split()
	if s.digest() != old.Items {
		return old, errs.Conflict("its items have changed; run luodi size")
	}
	if reason, err := s.members(ctx); err != nil || reason != nil {
		if reason != nil {
			err = errs.Conflict("%s", reason.En)
		}
		return old, err
	}
	rec, why := old, &sizing.Repricing{Previous: old.ID}
	rec.Members, rec.Points = slices.Clone(old.Members), slices.Clone(old.Points)
	for i, was := range old.Members {
		j := slices.IndexFunc(s.rec.Members, func(m Member) bool { return m.ID == was.ID })
		if j < 0 || len(s.rec.Members) != len(old.Members) {
			return old, errs.Conflict("its candidates have changed; run luodi size")
		}
		price := s.rec.Members[j].Price
		if rec.Members[i].Price = price; !was.Price.Same(price) {
			why.Changes = append(why.Changes, sizing.Change{Configuration: was.ID, Name: was.Configuration.Name, Old: was.Price, New: price})
		}
	}
	if len(why.Changes) == 0 {
		return old, nil
	}
	gate, err := s.gate(ctx, s.b)
	if err != nil {
		return old, err
	}
	gateA, err := s.gate(ctx, s.a)
	if err != nil {
		return old, err
	}
	a, err := s.outcomes(s.a)
	if err != nil {
		return old, err
	}
	for i := range rec.Points {
		if p := &rec.Points[i]; p.OK {
			if err := s.complete(p.Passed, gate); err != nil {
				return old, err
			}
			if p.Wanted && s.cfg.Cost > 0 {
				if err := s.afford(p, a, gateA, gate); err != nil {
					return old, err
				}
			}
			if err := s.choose(p, gate); err != nil {
				return old, err
			}
			if p.Wanted && !p.OK {
				*p = Point{Loss: p.Loss, Wanted: true, Alpha: p.Alpha, Tested: p.Tested}
				rec.Status, rec.Reason = StatusNone, sizing.Text{
					En: "none of the routes that had passed keeps to the bar of cost at the present prices",
					Zh: "按现价，此前通过检验的路由都不满足成本线",
				}
			}
		}
	}
	rec.explain(&old, why)
	return rec, rec.seal()
}

// explain says what changed prices have done to the wanted point.
func (r *Record) explain(old *Record, why *sizing.Repricing) {
	r.Repriced = why
	add := func(t sizing.Text) {
		if why.Why.En != "" {
			t.En = " " + t.En
		}
		why.Why.En, why.Why.Zh = why.Why.En+t.En, why.Why.Zh+t.Zh
	}
	for _, c := range why.Changes {
		add(c.Words(r.Currency))
	}
	was, _ := old.Wanted()
	now, ok := r.Wanted()
	if ok {
		var fromZh, toZh string
		why.From, fromZh = old.Words(was.Served)
		why.To, toZh = r.Words(now.Served)
		cost := fmt.Sprintf("%s → %s %s", number(was.CostPer1000), number(now.CostPer1000), r.Currency)
		if why.From == why.To {
			add(sizing.Text{En: fmt.Sprintf("The route stays %s (%s per 1,000 requests).", why.To, cost), Zh: fmt.Sprintf("路由不变：%s（每千次请求 %s）。", toZh, cost)})
		} else {
			add(sizing.Text{En: fmt.Sprintf("The route moves from %s to %s (%s per 1,000 requests).", why.From, why.To, cost), Zh: fmt.Sprintf("路由由 %s 改为 %s（每千次请求 %s）。", fromZh, toZh, cost)})
		}
		if now.Ratio >= 1 {
			add(sizing.Text{En: "It saves nothing against its reference any more.", Zh: "与参照相比已不再节省。"})
		}
	}
	if !ok && len(was.Passed) > 0 {
		from, fromZh := old.Words(was.Served)
		why.From, why.To = from, "no cascade"
		add(sizing.Text{En: "The route was " + from + ": " + r.Reason.En + ".", Zh: "原路由为 " + fromZh + "：" + r.Reason.Zh + "。"})
	}
	stands := sizing.Text{En: "certificates are about quality and stand.", Zh: "证书只涉及质量，仍然有效。"}
	if r.Cost > 0 {
		stands = sizing.Text{En: "what is certified of their quality stands, the bar of cost was tested again.", Zh: "其质量的证书仍然有效，成本线已重新检验。"}
	}
	add(sizing.Text{En: "Priced anew from the kept outcomes, without a call, among the routes that had passed; " + stands.En,
		Zh: "由已保存的结果在已通过检验的路由中重新计价，未发起任何调用；" + stands.Zh})
}

// complete checks that every outcome that a route reads is kept.
func (s *study) complete(passed []Pass, g *Gate) error {
	o, err := s.outcomes(s.b)
	if err != nil {
		return err
	}
	for _, x := range passed {
		r, err := s.route(x.Served)
		if err != nil {
			return err
		}
		for i, it := range s.b {
			asked, _ := r.Asked(o, g, i)
			for _, m := range append(asked, s.ref) {
				if _, ok := s.calls[m].kept[it.ID]; !ok {
					return errs.NotFound("no outcome of %s for item %s is kept", s.rec.Members[m].Configuration.Name, it.ID)
				}
			}
		}
	}
	return nil
}
