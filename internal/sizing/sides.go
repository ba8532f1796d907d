package sizing

import (
	"fmt"
	"math"

	"github.com/luodi/luodi/internal/sizing/etest"
	"github.com/luodi/luodi/internal/sizing/ladder"
)

// inTime is the share of requests that a bar of latency is about.
const inTime = .95

// side is a bar beside that of the score: latency, or cost.
type side struct {
	ladder.Side
	most float64 // that one request can cost; 0 of a bar of latency
}

// value of an outcome in [0,1]: in time or not, or what it leaves of the most
// that it can cost.
func (s side) value(cfg *StudyConfig, p Price, o Output) (float64, error) {
	if s.most == 0 {
		return yes(o.Latency <= cfg.P95), nil
	}
	c, err := cfg.priced(p, o.Usage)
	return math.Max(1-c.Float()/s.most, 0), err
}

// besides fixes the bars of all candidates beside that of the score. A bar of
// cost that a candidate's price alone proves needs no test.
func (r *run) besides() error {
	cfg := &r.cfg
	r.sides, r.most1 = make([][]side, len(cfg.Arms)), make([]float64, len(cfg.Arms))
	for i, arm := range cfg.Arms {
		if cfg.P95 > 0 {
			r.sides[i] = append(r.sides[i], side{Side: ladder.Side{Floor: inTime}})
		}
		if cfg.Cost == 0 || arm.Missing != "" || arm.Price.Unknown {
			continue
		}
		most, err := r.mostOf(arm)
		if err != nil {
			return fmt.Errorf("the most that a request of %s can cost: %w", arm.Config.Name, err)
		}
		if r.most1[i] = most; most > cfg.Cost/1000 {
			r.sides[i] = append(r.sides[i], side{Side: ladder.Side{Floor: 1 - cfg.Cost/1000/most, Graded: true}, most: most})
		}
	}
	return nil
}

// mostOf is the most that one request of a candidate can cost: with the
// longest item that there was when the study began, a token per byte of what
// is sent, and the longest reply.
func (r *run) mostOf(arm Arm) (float64, error) {
	most := 0.0
	for _, it := range r.items[:r.start[min(r.record.Units, r.units())]] {
		c, err := r.cfg.priced(arm.Price, arm.hold(it.Input))
		if err != nil {
			return 0, err
		}
		most = math.Max(most, c.Float())
	}
	return most, nil
}

// sideBounds are where a candidate's sides stand when they are looked at now
// and then, at shares alpha and beta.
func (r *run) sideBounds(i int, alpha, beta float64) (out []ladder.Status) {
	t := &r.tallies[i]
	for _, s := range r.sides[i] {
		status := ladder.Undecided
		var above, below bool
		if s.most == 0 {
			lo, _ := etest.Interval(total(t.inTime), t.n, alpha)
			_, hi := etest.Interval(total(t.inTime), t.n, beta)
			above, below = lo >= s.Floor, hi < s.Floor
		} else {
			parts := t.partsOf(s.most)
			above, below = r.rejects(i, parts, 1-s.Floor, true, alpha), r.rejects(i, parts, 1-s.Floor, false, beta)
		}
		if above {
			status = ladder.Certified
		} else if below {
			status = ladder.Refuted
		}
		out = append(out, status)
	}
	return out
}
