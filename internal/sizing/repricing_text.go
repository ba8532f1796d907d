package sizing

import (
	"fmt"
	"strings"
)

func (w *Repricing) text(r *Result, reopened []string) Text {
	var en, zh []string
	add := func(e, z string) { en, zh = append(en, e), append(zh, z) }
	for _, c := range w.Changes {
		t := c.Words(r.Currency)
		add(t.En, t.Zh)
	}
	from, _ := r.Arm(w.From)
	to, _ := r.Arm(w.To)
	switch {
	case w.To == "" && w.From != "":
		add(fmt.Sprintf("No candidate is a choice any more; it was %s.", from.Name), fmt.Sprintf("不再有可选的候选；原为 %s。", from.Name))
	case w.To == "":
	case w.From == "":
		add(fmt.Sprintf("The choice is %s; there was none.", to.Name), fmt.Sprintf("选择为 %s；此前没有可选的候选。", to.Name))
	case w.From == w.To:
		add(fmt.Sprintf("The choice stays %s.", to.Name), fmt.Sprintf("选择不变：%s。", to.Name))
	default:
		add(fmt.Sprintf("The choice moves from %s to %s.", from.Name, to.Name), fmt.Sprintf("选择由 %s 改为 %s。", from.Name, to.Name))
	}
	if r.CostBar > 0 {
		add("Decided again from the kept outcomes, without a call; the cost bar was tested again at these prices.", "由已保存的结果重新决策，未发起任何调用；成本线已按新价格重新检验。")
	} else {
		add("Decided again from the kept outcomes, without a call; certificates are about quality and stand.", "由已保存的结果重新决策，未发起任何调用；证书只涉及质量，仍然有效。")
	}
	if len(reopened) > 0 {
		add(fmt.Sprintf("Not decided any more: %s; luodi size goes on with it where it stopped.", strings.Join(reopened, ", ")),
			fmt.Sprintf("不再有定论：%s；luodi size 会从停下处继续。", strings.Join(reopened, "、")))
	}
	for _, a := range r.Arms {
		if a.Quality == nil && to.ID != "" && a.ID != to.ID && a.Status == "not_run" && isCheaper(a, to, r.Arms) {
			add(fmt.Sprintf("%s would now be cheaper, but was never measured: luodi size --frontier measures it.", a.Name),
				fmt.Sprintf("%s 现在更便宜，但从未测过：可用 luodi size --frontier 测量。", a.Name))
		}
	}
	return Text{En: strings.Join(en, " "), Zh: strings.Join(zh, "")}
}

// Words say which price row took the place of which, and what that does to
// the cost of 1,000 requests where it was measured.
func (c Change) Words(currency string) Text {
	if c.OldCost == nil || c.NewCost == nil {
		return Text{En: fmt.Sprintf("Price of %s: %s.", c.Name, rows(c)), Zh: fmt.Sprintf("%s 的价格：%s。", c.Name, rows(c))}
	}
	cost := short(*c.OldCost) + " → " + short(*c.NewCost) + " " + currency
	return Text{
		En: fmt.Sprintf("Price of %s: %s (%s per 1,000 requests).", c.Name, rows(c), cost),
		Zh: fmt.Sprintf("%s 的价格：%s（每千次请求 %s）。", c.Name, rows(c), cost),
	}
}

// rows names what changed: price rows, and rates where those differ.
func rows(c Change) string {
	name := func(p Price) string {
		switch {
		case p.Unknown:
			return "–"
		case p.Rate != nil:
			return p.Row + " (" + p.Rate.ID + ")"
		}
		return p.Row
	}
	return name(c.Old) + " → " + name(c.New)
}
