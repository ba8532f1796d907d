package sizing

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/luodi/luodi/internal/errs"
	"github.com/luodi/luodi/internal/money"
)

// Rate is the exchange rate by which a price was brought to a study's
// currency.
type Rate struct {
	ID     string  `json:"id"` // such as USD/CNY@2026-03-31=7
	Value  float64 `json:"value"`
	Date   string  `json:"date"`
	Source string  `json:"source"`
}

// Repricing says why a decision follows another one: price rows changed, and
// nothing was called.
type Repricing struct {
	Previous string   `json:"previous"` // the decision it follows
	Changes  []Change `json:"changes"`
	From     string   `json:"from"` // configurations, or routes of a cascade, chosen before and now
	To       string   `json:"to"`
	Why      Text     `json:"why"`
}

// Change is a candidate's price in place of another.
type Change struct {
	Configuration string   `json:"configuration"`
	Name          string   `json:"name"`
	Old           Price    `json:"old"`
	New           Price    `json:"new"`
	OldCost       *float64 `json:"old_cost_per_1000"` // null where it was not measured
	NewCost       *float64 `json:"new_cost_per_1000"`
}

// Input is something a decision was computed from, by its content address.
type Input struct {
	Name string `json:"name"`
	ID   string `json:"id"`
}

// Reprice is the decision under other prices, by configuration id, without
// any call; d itself when no number of them differs. Candidates that prices
// does not name keep theirs. A bar of cost is tested again, by the scorer that
// d names; without one see the function Reprice.
func (d Decision) Reprice(ctx context.Context, prices map[string]Price, items []Item, scorer Scorer, store Store) (Decision, error) {
	changed, rates := map[string]Price{}, map[money.Currency]float64{}
	for _, a := range d.Result.Arms {
		p, ok := prices[a.ID]
		if !ok {
			p = a.Price
		}
		if p.Rate != nil {
			rates[p.Currency] = p.Rate.Value
		}
		if ok && !a.Price.Same(p) {
			changed[a.ID] = p
		}
	}
	if len(changed) == 0 {
		return d, nil
	}
	var r Result
	var err error
	if d.Result.CostBar > 0 {
		r, err = d.retested(ctx, changed, rates, items, scorer, store)
	} else {
		r, err = Reprice(ctx, d.Result, items, changed, rates, store)
	}
	if err != nil {
		return Decision{}, err
	}
	why := &Repricing{Previous: d.ID, From: d.Result.Choice, To: r.Choice}
	for i, a := range d.Result.Arms {
		if p, ok := changed[a.ID]; ok {
			why.Changes = append(why.Changes, Change{Configuration: a.ID, Name: a.Name, Old: a.Price, New: p, OldCost: a.CostPer1000, NewCost: r.Arms[i].CostPer1000})
		}
	}
	out := Decision{Result: r, Repriced: why, Inputs: d.Inputs}
	why.Why = why.text(&r, out.Reopened(d))
	return out.seal(ctx, items, store)
}

// Same compares what a price says; where and when it was read does not count.
func (p Price) Same(other Price) bool {
	numbers := func(p Price) string {
		p.Source, p.Date = "", ""
		b, err := json.Marshal(p)
		if err != nil {
			panic("sizing: a price of plain fields always marshals: " + err.Error())
		}
		return string(b)
	}
	return numbers(p) == numbers(other)
}

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

// short is up to four significant digits.
func short(f float64) string { return strconv.FormatFloat(f, 'g', 4, 64) }

// rates are those that a result's prices were converted by.
func (r *Result) rates() map[money.Currency]float64 {
	out := map[money.Currency]float64{}
	for _, a := range r.Arms {
		if a.Price.Rate != nil {
			out[a.Price.Currency] = a.Price.Rate.Value
		}
	}
	return out
}

// verifyRepriced verifies the decision that d follows, and that d is what the
// change of prices makes of it.
func verifyRepriced(ctx context.Context, d Decision, items []Item, scorer Scorer, store Store) (Verification, error) {
	v := Verification{Decision: d.ID, Differences: []string{}}
	differ := func(format string, args ...any) { v.Differences = append(v.Differences, fmt.Sprintf(format, args...)) }
	old, err := store.Decision(ctx, d.Repriced.Previous)
	if errs.Is(err, errs.CodeNotFound) {
		differ("the decision it follows, %s, is not kept", d.Repriced.Previous)
		return v, nil
	} else if err != nil {
		return v, err
	}
	before, err := Verify(ctx, old, items, scorer, store)
	if err != nil {
		return v, err
	}
	for _, s := range before.Differences {
		differ("the decision it follows, %s: %s", old.ID, s)
	}
	prices := map[string]Price{}
	for _, a := range d.Result.Arms {
		prices[a.ID] = a.Price
	}
	now, err := old.Reprice(ctx, prices, items, scorer, store)
	switch {
	case err != nil && (errs.Is(err, errs.CodeNotFound) || errs.Is(err, errs.CodeConflict)):
		if len(v.Differences) == 0 {
			differ("%v", err)
		}
		return v, nil
	case err != nil:
		return v, err
	case now.ID != d.ID:
		differ("the prices make another decision of it: %s, was %s", now.ID, d.ID)
	}
	switch same, err := d.seal(ctx, items, store); {
	case err != nil:
		return v, err
	case same.ID != d.ID:
		differ("the record has changed: its address is %s, was %s", same.ID, d.ID)
	}
	compare(d.Result, now.Result, differ)
	for _, a := range d.Result.Arms {
		if b, ok := now.Result.Arm(a.ID); ok && !slices.Equal(costs(a), costs(b)) {
			differ("candidate %s has another cost", a.Name)
		}
	}
	v.OK = len(v.Differences) == 0
	return v, nil
}

func costs(a ArmResult) (out []float64) {
	for _, c := range []*float64{a.CostPer1000, a.Expected} {
		if c != nil {
			out = append(out, *c)
		}
	}
	return out
}
