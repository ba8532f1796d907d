package cascade

import (
	"fmt"
	"math"
	"strings"

	"github.com/luodi/luodi/internal/sizing"
)

// certificate words what is proven, and no more.
func certificate(r *Record) sizing.Text {
	var en, zh []string
	add := func(e, z string) { en, zh = append(en, e), append(zh, z) }
	ref, _ := r.Configuration(r.Reference)
	p, ok := r.Wanted()
	switch {
	case ok:
		e, z := r.Words(p.Served)
		add(fmt.Sprintf("CASCADE(%s, loss ≤ %s): on split B, sealed before the first call of the study, with probability ≥ %s over the random draw of items, its true mean score is at most %s below that of %s, on paired differences.",
			e, sizing.Decimal(p.Loss), percent(1-p.Alpha), sizing.Decimal(p.Loss), ref.Name),
			fmt.Sprintf("级联（%s，损失 ≤ %s）：在研究首次调用之前即封存的 B 集上，按同题配对差值，在题目随机抽取的意义下，以不低于 %s 的概率，其真实平均分比 %s 最多低 %s。",
				z, sizing.Decimal(p.Loss), percent(1-p.Alpha), ref.Name, sizing.Decimal(p.Loss)))
		if r.Floor > 0 {
			add(fmt.Sprintf("The same for the floor: its true mean score is not below %s.", sizing.Decimal(r.Floor)),
				fmt.Sprintf("下限同样得到证明：其真实平均分不低于 %s。", sizing.Decimal(r.Floor)))
		}
		if r.P95 > 0 {
			add(fmt.Sprintf("The same for latency: at least .95 of requests within %g ms, models asked one after another, for the load measured.", r.P95),
				fmt.Sprintf("时延同样得到证明：在实测负载下、模型依次询问时，至少 .95 的请求在 %g 毫秒以内。", r.P95))
		}
		if r.Cost > 0 {
			how, howZh := "by a test of its own", "单独检验"
			if p.Cap <= r.Cost {
				how, howZh = "by its prices alone", "仅由价格即知"
			}
			add(fmt.Sprintf("The same for cost, %s: on average at most %s %s per 1,000 requests at the price rows of its models (measured %s), a request counting for at most %s, which its models together could cost for the longest item.",
				how, number(r.Cost), r.Currency, number(p.CostPer1000), number(p.Cap/1000)),
				fmt.Sprintf("成本同样得到证明（%s）：按其各模型的价格行，每千次请求的真实平均成本不超过 %s %s（实测 %s），单次请求最多计 %s，即其各模型回答最长题目的花费之和。",
					howZh, number(r.Cost), r.Currency, number(p.CostPer1000), number(p.Cap/1000)))
		}
	case r.Status == StatusPlan:
		add("CASCADE PLAN: "+r.Reason.En+".", "级联计划："+r.Reason.Zh+"。")
	default:
		add(fmt.Sprintf("NO CASCADE is certified at a loss of %s: %s.", sizing.Decimal(r.Loss), r.Reason.En),
			fmt.Sprintf("没有级联在损失 %s 内得到认证：%s。", sizing.Decimal(r.Loss), r.Reason.Zh))
	}
	if len(r.Points) > 0 {
		var parts []string
		for _, p := range r.Points {
			parts = append(parts, fmt.Sprintf("%s (loss %s)", number(p.Alpha), sizing.Decimal(p.Loss)))
		}
		add(fmt.Sprintf("α of the cascade %s, divided over its points before data: %s; within a point routes are tested in a fixed order, each at the whole of it, up to the first that fails.", number(r.Alpha), strings.Join(parts, ", ")),
			fmt.Sprintf("级联的 α 为 %s，在看到数据之前分给各点：%s；每个点内按固定顺序逐条检验，各用该点全部 α，首次失败即止。", number(r.Alpha), strings.Join(parts, "、")))
	}
	return sizing.Text{En: strings.Join(en, " "), Zh: strings.Join(zh, "")}
}

// Words names a route in both languages.
func (r *Record) Words(s Served) (en, zh string) {
	name := func(id string) string { c, _ := r.Configuration(id); return c.Name }
	var e, z []string
	if s.Gated {
		e, z = append(e, fmt.Sprintf("%s at margin ≥ %.3f", r.Gate.Name, s.Threshold)), append(z, fmt.Sprintf("%s（置信差 ≥ %.3f）", r.Gate.Name, s.Threshold))
	}
	if len(s.Ask) > 0 {
		var names []string
		for _, id := range s.Ask {
			names = append(names, name(id))
		}
		e, z = append(e, "two that agree of "+strings.Join(names, ", ")), append(z, strings.Join(names, "、")+" 中有两个一致")
	}
	e, z = append(e, name(s.Fallback)), append(z, name(s.Fallback))
	return strings.Join(e, " → "), strings.Join(z, " → ")
}

func percent(p float64) string { return number(math.Round(1e4*p)/100) + " %" }

func number(f float64) string { return fmt.Sprintf("%.4g", f) }
