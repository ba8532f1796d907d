package sizing

import (
	"fmt"
	"strings"
)

// judged says who decided what a text is worth, and how good the judge is.
func judged(r *Result, add func(en, zh string)) {
	j := r.Judge
	if j == nil {
		return
	}
	name, share := j.Configuration.Name, percent(j.Sample)
	switch {
	case j.Labels == 0:
		add(fmt.Sprintf("Figures are the opinion of the judge %s, who certifies nothing alone: people have labelled no reply yet (luodi size label %s --out labels.csv writes the sample).", name, r.Scenario),
			fmt.Sprintf("数字只是评判模型 %s 的意见，它单独不能认证：还没有任何答复经人标注（用 luodi size label %s --out labels.csv 写出样本）。", name, r.Scenario))
	default:
		add(fmt.Sprintf("The mean is the one that people would give: they labelled %d points of a random sample of %s of the items, and the judge %s, asked in both orders, only predicts the rest; a wrong judge costs width, never truth.", j.Labels, share, name),
			fmt.Sprintf("平均分是人会给出的平均分：人标注了随机 %s 题目样本中的 %d 个要点，评判模型 %s（两种次序都问）只预测其余部分；评判有误只会让区间变宽，不影响正确性。", share, j.Labels, name))
	}
	if a := j.Agreement; a != nil {
		few, fewZh := "", ""
		if !a.Enough {
			few, fewZh = ", on fewer than the 50 labels that this takes", "，标注不足所需的 50 个"
		}
		add(fmt.Sprintf("The judge agrees with people on %s of %d points (kappa %s, 95 %% interval %s to %s%s).", percent(thousandth(a.Same)), a.N, signed(a.Kappa), signed(a.Interval[0]), signed(a.Interval[1]), few),
			fmt.Sprintf("评判模型与人在 %d 个要点中的 %s 上一致（kappa %s，95%% 区间 %s 至 %s%s）。", a.N, percent(thousandth(a.Same)), signed(a.Kappa), signed(a.Interval[0]), signed(a.Interval[1]), fewZh))
		if a.Enough && a.Interval[0] <= 0 {
			add("That is not shown to be better than chance: its opinion saves no labels here; name another judge, or word the rubric's points more plainly.",
				"未能证明这比随机猜测更好：在这里它的意见省不下标注；请换一个评判模型，或把评分要点写得更明确。")
		}
	}
	if j.Unsteady+j.Unread > 0 {
		add(fmt.Sprintf("Of %d points it judged %d otherwise when its verdicts were shown in the other order, and %d without a verdict that could be read.", j.Points, j.Unsteady, j.Unread),
			fmt.Sprintf("在 %d 个要点中，有 %d 个在调换选项次序后结论改变，%d 个读不出结论。", j.Points, j.Unsteady, j.Unread))
	}
	var fooled, fooledZh []string
	for _, p := range j.Probes {
		if p.Asked > 0 {
			fooled = append(fooled, fmt.Sprintf("%s %d of %d", probeNames[p.Kind].En, p.Fooled, p.Asked))
			fooledZh = append(fooledZh, fmt.Sprintf("%s %d/%d", probeNames[p.Kind].Zh, p.Fooled, p.Asked))
		}
	}
	if len(fooled) > 0 {
		add("It was wrong on probes: "+strings.Join(fooled, ", ")+".", "在探测题上判错："+strings.Join(fooledZh, "，")+"。")
	}
	if j.NoProbes != "" {
		add("It could not be probed: "+j.NoProbes+".", "未能对它做探测："+j.NoProbes+"。")
	}
}

var probeNames = map[string]Text{
	"null": {"replies that say nothing", "空话"}, "wrong": {"confident replies to something else", "自信的答非所问"},
	"padded": {"padding taken for quality", "把注水当作质量"}, "right": {"right replies", "正确的答复"},
}
