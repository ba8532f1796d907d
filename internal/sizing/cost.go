package sizing

import (
	"fmt"
	"math"

	"github.com/luodi/luodi/internal/errs"
	"github.com/luodi/luodi/internal/sizing/etest"
	"github.com/luodi/luodi/internal/sizing/ladder"
)

// CostTest is how a candidate did against the bar of cost. Amounts are in the
// study's currency per 1,000 requests, at the candidate's price row.
type CostTest struct {
	// Status of this bar alone: exact where the price proves it for every item,
	// certified or refuted by a test, undecided.
	Status string `json:"status"`
	// Cap is what a request counts for at most: what the longest item of the
	// study's first round could cost, fixed before any call.
	Cap      float64    `json:"cap"`
	Interval [2]float64 `json:"interval"` // of the mean, 95 %, valid at any time
}

// costExact is a CostTest.Status: no request can cost more than the bar.
const costExact = "exact"

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
// and then, by intervals of their means at shares alpha and beta.
func (r *run) sideBounds(i int, alpha, beta float64) (out []ladder.Status) {
	t := &r.tallies[i]
	for _, s := range r.sides[i] {
		interval := func(share float64) (lo, hi float64) {
			if s.most == 0 {
				return etest.Interval(total(t.inTime), t.n, share)
			}
			kept := etest.Range{Alpha: share}
			for _, c := range t.costs {
				kept.Add(math.Max(1-c/s.most, 0))
			}
			return kept.Bounds()
		}
		status := ladder.Undecided
		if lo, _ := interval(alpha); lo >= s.Floor {
			status = ladder.Certified
		} else if _, hi := interval(beta); hi < s.Floor {
			status = ladder.Refuted
		}
		out = append(out, status)
	}
	return out
}

// costTest is how a candidate did against the bar of cost; nil without one.
func (r *run) costTest(i int, v ladder.Verdict) *CostTest {
	cfg, t := &r.cfg, &r.tallies[i]
	if cfg.Cost == 0 || t.n == 0 || cfg.Arms[i].Price.Unknown {
		return nil
	}
	most := r.most1[i]
	out := &CostTest{Status: string(ladder.Undecided), Cap: round(most * 1000)}
	if most <= cfg.Cost/1000 {
		out.Status = costExact
	}
	for k, s := range r.sides[i] {
		if s.most > 0 && k < len(v.Sides) {
			out.Status = string(v.Sides[k])
		}
	}
	if most > 0 {
		parts := make([]float64, t.n)
		for k, c := range t.costs {
			parts[k] = math.Min(c/most, 1)
		}
		_, lo, hi := r.bounds(i, parts, true)
		out.Interval = [2]float64{round(lo * out.Cap), round(math.Min(hi, 1) * out.Cap)}
	}
	return out
}

func (c *StudyConfig) validateCost() error {
	if !(c.Cost >= 0) || math.IsInf(c.Cost, 0) {
		return errs.Invalid("sizing scenario %s: the bar of cost %v is no amount per 1,000 requests", c.Scenario, c.Cost)
	}
	return nil
}

// overCost says why a candidate fell short of the bar of cost; "" where it is
// not that.
func (a *ArmResult) overCost(r *run) string {
	if a.CostTest == nil || a.CostTest.Status != string(ladder.Refuted) || a.CostPer1000 == nil {
		return ""
	}
	return fmt.Sprintf("over the cost bar: %s [%s, %s] %s per 1,000 requests, bar %s", short(*a.CostPer1000), short(a.CostTest.Interval[0]), short(a.CostTest.Interval[1]), r.cfg.Currency, short(r.cfg.Cost))
}

// costWords say how the choice did against the bar of cost.
func costWords(r *Result, choice ArmResult, add func(en, zh string)) {
	test := choice.CostTest
	if test == nil || choice.CostPer1000 == nil {
		return
	}
	bar, is := short(r.CostBar)+" "+r.Currency, short(*choice.CostPer1000)
	lo, hi, most := short(test.Interval[0]), short(test.Interval[1]), short(test.Cap/1000)+" "+r.Currency
	counted, countedZh := "", ""
	if choice.Usage.Estimated {
		counted, countedZh = " The endpoint does not report all tokens; they were counted here, roughly.", "接入点没有报告全部 token，由本机粗略计数。"
	}
	switch test.Status {
	case costExact:
		add(fmt.Sprintf("Cost: at most %s per 1,000 requests by its price alone: the longest item can cost %s.", bar, most),
			fmt.Sprintf("成本：仅由价格即知每千次请求不超过 %s：最长的题目最多花费 %s。", bar, most))
	case string(ladder.Certified):
		add(fmt.Sprintf("The same for cost, by a test of its own at the full share: on average at most %s per 1,000 requests at price row %s (measured %s, interval %s to %s), a request counting for at most %s, which the longest item could cost.%s", bar, choice.Price.Row, is, lo, hi, most, counted),
			fmt.Sprintf("成本同样得到证明，用全部份额单独检验：按价格行 %s，每千次请求的真实平均成本不超过 %s（实测 %s，区间 %s 至 %s），单次请求最多计 %s，即最长题目可能的花费。%s", choice.Price.Row, bar, is, lo, hi, most, countedZh))
	default:
		add(fmt.Sprintf("Its cost is not proven: %s per 1,000 requests (interval %s to %s), bar %s.%s", is, lo, hi, bar, counted),
			fmt.Sprintf("其成本尚未得到证明：每千次请求 %s（区间 %s 至 %s），成本线 %s。%s", is, lo, hi, bar, countedZh))
	}
}
