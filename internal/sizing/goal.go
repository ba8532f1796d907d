package sizing

import (
	"fmt"
	"strings"
)

// bar in words, with and without the floor.
type bar struct {
	Text
	short, shortZh string
}

func goal(r *Result) bar {
	b := bar{Text{fmt.Sprintf("bar %s (certified floor %s)", Decimal(r.Bar), Decimal(r.Floor)),
		fmt.Sprintf("达标线 %s（认证下限 %s）", Decimal(r.Bar), Decimal(r.Floor))},
		"bar " + Decimal(r.Bar), "达标线 " + Decimal(r.Bar)}
	if ref, ok := r.Arm(r.Reference); ok {
		b = bar{Text{fmt.Sprintf("within %s of %s (certified within %s)", Decimal(-r.Bar), ref.Name, Decimal(-r.Floor)),
			fmt.Sprintf("与 %s 相差不超过 %s（认证 %s）", ref.Name, Decimal(-r.Bar), Decimal(-r.Floor))},
			fmt.Sprintf("within %s of %s", Decimal(-r.Bar), ref.Name), fmt.Sprintf("与 %s 相差不超过 %s", ref.Name, Decimal(-r.Bar))}
	}
	if r.CostBar > 0 {
		en, zh := fmt.Sprintf(" at a cost of at most %s %s per 1,000 requests", short(r.CostBar), r.Currency), fmt.Sprintf("且每千次请求不超过 %s %s", short(r.CostBar), r.Currency)
		b.En, b.short, b.Zh, b.shortZh = b.En+en, b.short+en, b.Zh+zh, b.shortZh+zh
	}
	return b
}

// either names the bars beside that of the score.
func either(r *Result, zh bool) string {
	var en, cn []string
	if r.P95 > 0 {
		en, cn = append(en, "latency"), append(cn, "时延")
	}
	if r.CostBar > 0 {
		en, cn = append(en, "cost"), append(cn, "成本")
	}
	switch {
	case len(en) == 0:
		return ""
	case zh:
		return "（并满足" + strings.Join(cn, "与") + "要求）"
	case len(en) > 1:
		return " and meets its bars of " + strings.Join(en, " and ")
	}
	return " and meets its " + en[0] + " bar"
}

// cheapest says whether the choice is proven to be the cheapest adequate one:
// only when every cheaper candidate is refuted.
func cheapest(r *Result, choice ArmResult) (en, zh string) {
	var open []string
	var openZh []string
	cheaper := 0
	for _, a := range r.Arms {
		if a.ID == choice.ID || !isCheaper(a, choice, r.Arms) {
			continue
		}
		cheaper++
		if a.Status != "refuted" {
			open = append(open, a.Name+" ("+statusText(a.Status).En+")")
			openZh = append(openZh, a.Name+"（"+statusText(a.Status).Zh+"）")
		}
	}
	switch {
	case cheaper == 0:
		return "Cheapest among candidates: none is cheaper.", "候选中最便宜：没有更便宜的候选。"
	case len(open) == 0:
		return "Cheapest among candidates: every cheaper one is refuted.", "候选中最便宜：更便宜的候选都已被否定。"
	}
	return "Cheapest certified; cheaper and not proven below the bar: " + strings.Join(open, ", ") + ".",
		"已认证中最便宜；更便宜但尚未被证明低于达标线的候选：" + strings.Join(openZh, "、") + "。"
}

// isCheaper compares measured cost where both have it, else expected cost
// (that of the present price rows), else the study's order.
func isCheaper(a, b ArmResult, arms []ArmResult) bool {
	switch {
	case a.CostPer1000 != nil && b.CostPer1000 != nil:
		if *a.CostPer1000 != *b.CostPer1000 {
			return *a.CostPer1000 < *b.CostPer1000
		}
	case a.Expected != nil && b.Expected != nil:
		if *a.Expected != *b.Expected {
			return *a.Expected < *b.Expected
		}
	case (a.Expected == nil) != (b.Expected == nil): // a cost that is not known is not less
		return a.Expected != nil
	}
	for _, x := range arms {
		switch x.ID {
		case a.ID:
			return true
		case b.ID:
			return false
		}
	}
	return false
}
