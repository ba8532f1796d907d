package sizing

import (
	"fmt"
	"maps"
	"math"
	"slices"
	"strings"

	"github.com/luodi/luodi/internal/errs"
	"github.com/luodi/luodi/internal/sizing/etest"
	"github.com/luodi/luodi/internal/sizing/ladder"
)

// Recall is how a candidate did on the items of one label that has a bar.
type Recall struct {
	Label    string     `json:"label"`
	Bar      float64    `json:"bar"`
	Floor    float64    `json:"floor"`
	Items    int        `json:"items"`
	Found    float64    `json:"found"`    // share of them; 0 without any
	Interval [2]float64 `json:"interval"` // 95 %, valid at any time
}

// recallLabels are the labels with a bar, in order.
func (c *StudyConfig) recallLabels() []string { return slices.Sorted(maps.Keys(c.Recall)) }

// parts are the tests of single labels, over the items that there were of each
// when the study began: what they aim at is fixed before data.
func (r *run) parts() (out []ladder.Part) {
	for _, label := range r.cfg.recallLabels() {
		p := ladder.Part{Bar: r.cfg.Recall[label], Floor: math.Max(r.cfg.Recall[label]-r.cfg.Slack, 0)}
		for _, it := range r.items[:r.start[min(r.record.Units, r.units())]] {
			if it.Label == label {
				p.Items++
			}
		}
		out = append(out, p)
	}
	return out
}

// partOf is the part that an item is of, from 1; 0 for none.
func (r *run) partOf(it Item) int {
	if _, ok := r.cfg.Recall[it.Label]; !ok {
		return 0
	}
	return slices.Index(r.cfg.recallLabels(), it.Label) + 1
}

// recall is how a candidate did on the labels with a bar, its items being
// those from a unit on.
func (r *run) recall(scores []float64, first int) (out []Recall) {
	for _, label := range r.cfg.recallLabels() {
		x := Recall{Label: label, Bar: r.cfg.Recall[label], Floor: math.Max(round(r.cfg.Recall[label]-r.cfg.Slack), 0)}
		sum := 0.0
		for i, s := range scores {
			if r.items[r.start[first]+i].Label == label {
				x.Items++
				sum += math.Floor(s)
			}
		}
		if x.Items > 0 {
			x.Found = sum / float64(x.Items)
		}
		x.Interval[0], x.Interval[1] = etest.Interval(sum, x.Items, .05)
		out = append(out, x)
	}
	return out
}

// recallBounds tells, for a figure that is looked at now and then, whether all
// labels are proven to be above their floors, or one below its bar.
func (r *run) recallBounds(items []Item, scores []Score, alpha, beta float64) (above, below bool) {
	above = true
	for label, bar := range r.cfg.Recall {
		sum, n := 0.0, 0
		for i, it := range items {
			if it.Label == label {
				n++
				sum += math.Floor(scores[i].Value)
			}
		}
		lo, _ := etest.Interval(sum, n, alpha)
		_, hi := etest.Interval(sum, n, beta)
		above = above && lo >= math.Max(bar-r.cfg.Slack, 0)
		below = below || hi < bar
	}
	return above, below
}

func (c *StudyConfig) validateRecall() error {
	if len(c.Recall) == 0 {
		return nil
	}
	if c.Reference != "" || c.Closed || c.LabelLeast > 0 {
		return errs.Invalid("sizing scenario %s: bars of single labels go with an absolute bar over an open eval set whose items all have labels", c.Scenario)
	}
	seen := map[string]bool{}
	for _, it := range c.Items {
		seen[it.Label] = true
		if it.Cluster != "" || it.Weight > 0 {
			return errs.Invalid("sizing scenario %s: there is no test of a label's recall over clusters or weighted items", c.Scenario)
		}
	}
	for _, label := range c.recallLabels() {
		if bar := c.Recall[label]; bar <= 0 || bar >= 1 {
			return errs.Invalid("sizing scenario %s: the recall %v of %q is not in (0,1)", c.Scenario, bar, label)
		}
		if !seen[label] {
			return errs.Invalid("sizing scenario %s: no item of the eval set has the label %q, whose recall has a bar; there are %d labels", c.Scenario, label, len(seen))
		}
	}
	return nil
}

// recalls says how the choice did on the labels with a bar.
func recalls(r *Result, choice ArmResult, add func(en, zh string)) {
	if len(choice.Recall) == 0 {
		return
	}
	var en, zh []string
	for _, x := range choice.Recall {
		en = append(en, fmt.Sprintf("%s %s of %d (interval %s to %s; bar %s, floor %s)", x.Label, Decimal(thousandth(x.Found)), x.Items, Decimal(thousandth(x.Interval[0])), Decimal(thousandth(x.Interval[1])), Decimal(x.Bar), Decimal(x.Floor)))
		zh = append(zh, fmt.Sprintf("%s：%d 题中 %s（区间 %s 至 %s；达标线 %s，下限 %s）", x.Label, x.Items, Decimal(thousandth(x.Found)), Decimal(thousandth(x.Interval[0])), Decimal(thousandth(x.Interval[1])), Decimal(x.Bar), Decimal(x.Floor)))
	}
	head, headZh := "Share of a label's items that is found", "各标签题目被找出的比例"
	if r.Status == StatusCertified {
		head, headZh = "The same is proven of the share of a label's items that is found, each label by a test of its own at the full share", "各标签题目被找出的比例同样得到证明，每个标签各用全部份额单独检验"
	}
	add(head+": "+strings.Join(en, ", ")+".", headZh+"："+strings.Join(zh, "，")+"。")
}
