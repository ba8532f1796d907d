package sizing

import (
	"fmt"
	"strings"
)

// Explain says why the choice of a scenario differs between two results:
// prices alone (which needs no call), more outcomes, or another study. It is
// empty where the choice and its status are the same.
func Explain(old, now Result) Text {
	if old.Choice == now.Choice && old.Status == now.Status {
		return Text{}
	}
	en := []string{fmt.Sprintf("The choice changed from %s to %s.", named(old), named(now))}
	zh := []string{fmt.Sprintf("选择由 %s 变为 %s。", named(old), named(now))}
	if old.Study != now.Study {
		var what, whatZh []string
		note := func(differs bool, e, z string) {
			if differs {
				what, whatZh = append(what, e), append(whatZh, z)
			}
		}
		note(old.Digest != now.Digest, "the eval set", "评测集")
		note(old.Bar != now.Bar || old.Slack != now.Slack || old.P95 != now.P95 || old.CostBar != now.CostBar || old.Reference != now.Reference, "the bar", "达标线")
		note(candidates(old) != candidates(now), "the candidates", "候选")
		note(old.Scorer != now.Scorer, "the scorer", "评分器")
		if len(what) == 0 {
			what, whatZh = []string{"the study's rules"}, []string{"研究规则"}
		}
		return Text{strings.Join(append(en, "It is another study: "+strings.Join(what, " and ")+" changed."), " "),
			strings.Join(append(zh, "这是另一次研究："+strings.Join(whatZh, "、")+"有变化。"), "")}
	}
	calls := false
	for _, a := range now.Arms {
		b, ok := old.Arm(a.ID)
		if !ok {
			continue
		}
		calls = calls || a.Items != b.Items
		if a.CostPer1000 != nil && b.CostPer1000 != nil && a.Items == b.Items && *a.CostPer1000 != *b.CostPer1000 {
			en = append(en, fmt.Sprintf("%s costs %s %s per 1,000 requests, was %s (price row %s, was %s).", a.Name, trim(*a.CostPer1000), now.Currency, trim(*b.CostPer1000), row(a), row(b)))
			zh = append(zh, fmt.Sprintf("%s 每千次请求的费用为 %s %s，原为 %s（价格行 %s，原为 %s）。", a.Name, trim(*a.CostPer1000), now.Currency, trim(*b.CostPer1000), row(a), row(b)))
		}
		if a.Status != b.Status {
			en = append(en, fmt.Sprintf("%s is %s, was %s.", a.Name, statusText(a.Status).En, statusText(b.Status).En))
			zh = append(zh, fmt.Sprintf("%s：%s，原为%s。", a.Name, statusText(a.Status).Zh, statusText(b.Status).Zh))
		}
	}
	if !calls {
		en = append(en, "No model was called for it; certificates stand.")
		zh = append(zh, "没有为此调用任何模型；证书不变。")
	}
	return Text{strings.Join(en, " "), strings.Join(zh, "")}
}

func named(r Result) string {
	if a, ok := r.Arm(r.Choice); ok {
		return a.Name
	}
	return "–"
}

func candidates(r Result) string {
	seen := map[string]bool{}
	for _, a := range r.Arms {
		seen[a.ID] = true
	}
	return fmt.Sprint(seen) // maps print in key order
}

func row(a ArmResult) string {
	if a.Price.Row == "" {
		return "–"
	}
	return a.Price.Row
}
