package sizing

import (
	"fmt"

	"github.com/luodi/luodi/internal/sizing/ladder"
)

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
