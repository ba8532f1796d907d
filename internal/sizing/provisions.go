package sizing

import (
	"fmt"
	"strings"
)

// assumptions are what a certificate rests on.
func assumptions(r *Result, add func(en, zh string)) {
	if r.Population == PopulationClosed {
		add(fmt.Sprintf("These %d items are the whole population: nothing is said about other items or traffic. Assumes the scorer as truth, candidates, floors and weights fixed before data.", r.Items),
			fmt.Sprintf("这 %d 道题就是全部总体：不涉及其他题目或线上流量。前提：以评分器为准，候选、下限与权重在看到数据之前已经固定。", r.Items))
	} else {
		truth, truthZh := "the scorer", "评分器"
		if r.Judge != nil {
			truth, truthZh = "people's labels", "人的标注"
		}
		add("Assumes items exchangeable with traffic, "+truth+" as truth, candidates, floors and weights fixed before data.",
			"前提：题目与线上流量可交换，以"+truthZh+"为准，候选、下限与权重在看到数据之前已经固定。")
	}
	if r.LabelLeast > 0 {
		add(fmt.Sprintf("Only a part of the items is labelled: each was drawn for a label by chance, with a known probability of at least %s, not by its content; the scores are doubly robust.", Decimal(r.LabelLeast)),
			fmt.Sprintf("只有部分题目有标注：每道题以已知的、不低于 %s 的概率随机抽取标注，与内容无关；得分采用双重稳健估计。", Decimal(r.LabelLeast)))
	}
	if r.WeightMost > 0 {
		add("Items count by the known weights of their strata in traffic.", "题目按其所在层在线上流量中的已知权重计入。")
	}
}

// provisions say how alpha is divided, what was believed, and what came later.
func provisions(r *Result, add func(en, zh string)) {
	if r.Reserve+r.Cascade > 0 {
		en := fmt.Sprintf("Of the %s, %s are for the candidates of the start, %s for later ones", percent(r.Alpha), percent(r.Alpha-r.Reserve-r.Cascade), percent(r.Reserve))
		zh := fmt.Sprintf("%s 之中，%s 用于起始候选，%s 留给后来的候选", percent(r.Alpha), percent(r.Alpha-r.Reserve-r.Cascade), percent(r.Reserve))
		if r.Cascade > 0 {
			en, zh = en+fmt.Sprintf(", %s for a cascade", percent(r.Cascade)), zh+fmt.Sprintf("，%s 用于级联", percent(r.Cascade))
		}
		add(en+".", zh+"。")
	}
	judged(r, add)
	var beliefs []string
	for _, a := range r.Arms {
		if a.Prior != nil {
			beliefs = append(beliefs, fmt.Sprintf("%s %s ± %s", a.Name, Decimal(thousandth(a.Prior.Mean)), Decimal(thousandth(a.Prior.SD))))
		}
	}
	if len(beliefs) > 0 {
		steered, steeredZh := "which candidates were left early", "哪些候选被提前放下"
		if r.ShareRule == "prior" {
			steered, steeredZh = "the shares of alpha and "+steered, "α 的份额以及"+steeredZh
		}
		add(fmt.Sprintf("Beliefs from other scenarios or public scores, fixed before data, steered %s: %s; a wrong one costs calls, never the guarantee.", steered, strings.Join(beliefs, ", ")),
			fmt.Sprintf("来自其他场景或公开成绩、在看到数据之前固定的先验影响了%s：%s；先验有误只会多花调用，不影响保证。", steeredZh, strings.Join(beliefs, "、")))
	}
	if r.Fresh {
		add(fmt.Sprintf("Candidates were changed, or items corrected or taken out, after items had been seen: only the %d items that no run had used by then count.", r.Items),
			fmt.Sprintf("在题目被看过之后，候选有变化，或有题目被更正、移除：只计此前没有任何运行用过的 %d 道题目。", r.Items))
	}
	if r.Rounds > 1 {
		add(fmt.Sprintf("Items came in %d rounds; the study went on with the same tests, for which a tenth of each share was kept.", r.Rounds),
			fmt.Sprintf("题目分 %d 批加入；研究以同样的检验继续进行，每份 α 的十分之一为此预留。", r.Rounds))
	}
	for _, a := range r.Arms {
		later(r, a, add)
	}
}

// later says what holds for a candidate that was fixed after items were seen.
func later(r *Result, a ArmResult, add func(en, zh string)) {
	switch {
	case a.Items == 0 || a.Later == nil && !a.Unproven:
	case a.Unproven:
		en, zh := "", ""
		for _, row := range r.Plan {
			if row.ID == a.ID && row.Fresh > 0 {
				en, zh = fmt.Sprintf("; it takes about %d labels of items that nobody has seen", row.Fresh), fmt.Sprintf("；大约需要 %d 道从未被看过的已标注题目", row.Fresh)
			}
		}
		add(fmt.Sprintf("%s became what it is (model, prompt, documents, examples) after its items were seen, or items were corrected or taken out since: it is a best guess until fresh items come, and nothing is proven of it%s.", a.Name, en),
			fmt.Sprintf("%s 现在的样子（模型、提示词、所读文档、示例）是在题目被看过之后才有的，或此后有题目被更正、移除：在新题目到来之前只是最佳猜测，对它没有证明任何事%s。", a.Name, zh))
	case r.Population == PopulationClosed:
		add(fmt.Sprintf("%s joined later: only a census of all items decides it.", a.Name),
			fmt.Sprintf("%s 是后来加入的：只有全部题目测完才有定论。", a.Name))
	default:
		add(fmt.Sprintf("%s joined later, as number %d: it is tested at its part of the reserve, on %d items that nobody had seen before it was fixed.", a.Name, a.Later.Number, a.Items),
			fmt.Sprintf("%s 是后来加入的第 %d 个候选：用预留份额中属于它的一份，在它确定之前无人看过的 %d 道题上检验。", a.Name, a.Later.Number, a.Items))
	}
}
