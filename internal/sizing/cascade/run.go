package cascade

import (
	"cmp"
	"context"
	"fmt"
	"math"
	"slices"

	"github.com/luodi/luodi/internal/sizing"
)

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
		found := len(routes)
		if p.Wanted && s.cfg.Cost > 0 {
			routes = s.affordable(routes, a, gateA)
		}
		if fault, err = s.certify(ctx, &p, routes, gateB); fault != nil || err != nil {
			return fault, err
		}
		s.rec.Points = append(s.rec.Points, p)
		if p.Wanted && p.OK {
			s.rec.Status = StatusCertified
		}
		if p.Wanted && !p.OK {
			s.rec.Reason = s.failed()
			if len(routes) == 0 && found > 0 {
				s.rec.Reason = s.dear()
			} else if found == 0 {
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
	if s.cfg.Cost > 0 {
		bar := number(s.cfg.Cost) + " " + string(s.cfg.Currency)
		en, zh = en+", and to cost at most "+bar+" per 1,000 requests", zh+"，且每千次请求的成本不超过 "+bar
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
		if rec.Late {
			continue
		}
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
	most, err := s.mosts()
	if err != nil {
		return nil, err
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
			ok = s.meets(r, o, g, r.most(most), p.Alpha)
		}
		if !ok {
			break
		}
		p.Passed = append(p.Passed, Pass{Served: s.served(r), At: at})
	}
	return nil, s.choose(p, g)
}
