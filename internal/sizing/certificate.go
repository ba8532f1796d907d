package sizing

import (
	"fmt"
	"strings"
)

// certificate words a result. The sentences of the guarantees are fixed: they
// say exactly what the tests prove and no more.
func certificate(r *Result) Text {
	var en, zh []string
	add := func(e, z string) { en, zh = append(en, e), append(zh, z) }
	confB := percent(1 - r.Beta)
	choice, ok := r.Arm(r.Choice)
	switch {
	case r.Status == StatusCertified && ok && choice.ID == r.Reference:
		add(fmt.Sprintf("REFERENCE(%s): no cheaper configuration is proven within %s of it.", choice.Name, Decimal(-r.Floor)),
			fmt.Sprintf("参照（%s）：没有更便宜的配置被证明与它相差不超过 %s。", choice.Name, Decimal(-r.Floor)))
		costWords(r, choice, add)
		e, z := cheapest(r, choice)
		add(e, z)
	case r.Status == StatusCertified && ok:
		claim(r, choice, add)
		alone(r, choice, add)
		assumptions(r, add)
		if r.Clusters > 0 {
			add("Items of one document or customer were tested together; exchangeable are the documents or customers.",
				"同一文档或客户的题目合并检验；可交换的单位是文档或客户。")
		}
		if r.P95 > 0 {
			add(fmt.Sprintf("The same for latency: at least .95 of requests within %s ms, for the load measured.", trim(r.P95)),
				fmt.Sprintf("时延同样得到证明：在实测负载下，至少 .95 的请求在 %s 毫秒以内。", trim(r.P95)))
		}
		recalls(r, choice, add)
		costWords(r, choice, add)
		e, z := cheapest(r, choice)
		add(e, z)
	case r.Status == StatusBestGuess && ok:
		add(fmt.Sprintf("BEST GUESS: %s. No configuration is certified for %s; %s is the cheapest that looks adequate, or else the best seen.", choice.Name, goal(r).En, choice.Name),
			fmt.Sprintf("最佳猜测：%s。没有配置通过%s的认证；%s 是看起来够用的配置中最便宜的，没有够用的则是已测中最好的。", choice.Name, goal(r).Zh, choice.Name))
		recalls(r, choice, add)
		costWords(r, choice, add)
	case len(names(r.Arms, "refuted")) == len(r.Arms):
		add(fmt.Sprintf("PLAN: every candidate is proven to fall short of %s; name others in luodi.yaml, or lower the bar.", goal(r).short),
			fmt.Sprintf("计划：所有候选都已被证明达不到%s；请在 luodi.yaml 中换用其他候选，或降低要求。", goal(r).shortZh))
	default:
		add(fmt.Sprintf("PLAN: nothing is certified for %s, and no candidate that could be run is a choice.", goal(r).En),
			fmt.Sprintf("计划：没有配置通过%s的认证，可以运行的候选中没有可选的配置。", goal(r).Zh))
	}
	if refuted := names(r.Arms, "refuted"); len(refuted) > 0 {
		bar := goal(r)
		add(fmt.Sprintf("REFUTED(%s, %s): with probability ≥ %s no refuted configuration has a true mean at or above its bar%s.", strings.Join(refuted, ", "), bar.short, confB, either(r, false)),
			fmt.Sprintf("已否定（%s，%s）：以不低于 %s 的概率，没有任何被否定配置的真实平均分达到其达标线%s。", strings.Join(refuted, "、"), bar.shortZh, confB, either(r, true)))
	}
	if r.Status != StatusPlan {
		provisions(r, add)
	}
	if r.Number > 1 {
		add(fmt.Sprintf("This is study %d of this scenario; each study spends its own %s.", r.Number, percent(r.Alpha)),
			fmt.Sprintf("这是该场景的第 %d 次研究；每次研究各自承担 %s 的错误概率。", r.Number, percent(r.Alpha)))
	}
	return worded(r, Text{En: strings.Join(en, " "), Zh: strings.Join(zh, "")})
}

// claim is the sentence of the certificate itself.
func claim(r *Result, choice ArmResult, add func(en, zh string)) {
	conf := percent(1 - r.Alpha)
	if ref, ok := r.Arm(r.Reference); ok {
		add(fmt.Sprintf("NON-INFERIOR(%s, %s, %s): bar within %s of %s, certified within %s.", choice.Name, ref.Name, Decimal(-r.Floor), Decimal(-r.Bar), ref.Name, Decimal(-r.Floor)),
			fmt.Sprintf("非劣效（%s，%s，%s）：要求与 %s 相差不超过 %s，已证明相差不超过 %s。", choice.Name, ref.Name, Decimal(-r.Floor), ref.Name, Decimal(-r.Bar), Decimal(-r.Floor)))
		add(fmt.Sprintf("With probability ≥ %s over the random draw of items, no certified configuration of this study has a true mean score more than %s below that of %s, on paired differences; valid for all candidates, all looks, any stopping rule.", conf, Decimal(-r.Floor), ref.Name),
			fmt.Sprintf("按同题配对差值，在题目随机抽取的意义下，以不低于 %s 的概率，本次研究中没有任何已认证配置的真实平均分比 %s 低 %s 以上；对所有候选、所有查看时刻、任何停止规则都成立。", conf, ref.Name, Decimal(-r.Floor)))
		return
	}
	add(fmt.Sprintf("CERTIFIED(%s, %s): bar %s, certified floor %s.", choice.Name, Decimal(r.Floor), Decimal(r.Bar), Decimal(r.Floor)),
		fmt.Sprintf("已认证（%s，%s）：达标线 %s，认证下限 %s。", choice.Name, Decimal(r.Floor), Decimal(r.Bar), Decimal(r.Floor)))
	if r.Population == PopulationClosed {
		add(fmt.Sprintf("With probability ≥ %s over the random order in which they were drawn, no certified configuration of this study has a mean score over these %d items below its floor; valid for all candidates, all looks, any stopping rule.", conf, r.Items),
			fmt.Sprintf("在题目抽取次序随机的意义下，以不低于 %s 的概率，本次研究中没有任何已认证配置在这 %d 道题上的平均分低于其下限；对所有候选、所有查看时刻、任何停止规则都成立。", conf, r.Items))
		return
	}
	add(fmt.Sprintf("With probability ≥ %s over the random draw of items, no certified configuration of this study has a true mean score below its floor; valid for all candidates, all looks, any stopping rule.", conf),
		fmt.Sprintf("在题目随机抽取的意义下，以不低于 %s 的概率，本次研究中没有任何已认证配置的真实平均分低于其下限；对所有候选、所有查看时刻、任何停止规则都成立。", conf))
}

// alone says what one certificate of a study stands for by itself: it was
// tested at its own share, whatever the others are.
func alone(r *Result, choice ArmResult, add func(en, zh string)) {
	if choice.Share <= 0 || choice.Share >= r.Alpha {
		return
	}
	own, all := percent(choice.Share), percent(r.Alpha)
	add(fmt.Sprintf("This certificate was tested at a share of %s: taken alone it is right with probability ≥ %s; the %s are for all certificates of the study together.", own, percent(1-choice.Share), all),
		fmt.Sprintf("本证书是用 %s 的份额检验的：单独来看，它正确的概率不低于 %s；%s 是本次研究全部证书合在一起的错误概率上限。", own, percent(1-choice.Share), all))
}
