package sizing

import (
	"context"
	"fmt"
	"math"
	"strings"

	"github.com/luodi/luodi/internal/errs"
	"github.com/luodi/luodi/internal/money"
	"github.com/luodi/luodi/internal/sizing/ladder"
)

// Judged is a scorer that asks a judging model about outputs, and whose figure
// is the mean that people would give: they label a sample, the judge predicts
// the rest. StudyConfig.Judge is who is asked; its replies are kept as
// outcomes are, so that none is paid for twice.
type Judged interface {
	Figure
	// Questions are what the judge must be asked before an output can be
	// scored; none where rules decide.
	Questions(Item, Output) []Question
	// Hear shows a reply to a question. It is called before the score of an
	// output is asked for, from one goroutine.
	Hear(q Question, reply string)
	// Proven reports whether the mean that people would give to all items, of
	// which there are at most total, is above floor: wrong with probability at
	// most share, whatever the judge says and however often it is asked. It is
	// false without people's labels.
	Proven(items []Item, scores []Score, total int, floor, share float64) bool
	// Waits says why showing more items would tell nothing now, or why there is
	// no certificate with none left to show: people have not labelled the
	// sample, or it is too small. "" where the scores speak for themselves.
	Waits(scores []Score, left int) string
	// Unread is the share of the points so far without a verdict that could be
	// read: they count as not met, and may be anything.
	Unread() float64
	// Report describes the judge: its agreement with people, and how it can be
	// fooled, for which it asks questions of its own.
	Report(ctx context.Context, ask func(ctx context.Context, q Question) (string, error)) (Judgement, error)
}

// Question is put to a judge that answers with one of the labels; their order
// is part of what is asked.
type Question struct {
	Item   Item
	Labels []string
}

// Judgement describes the judge of a study.
type Judgement struct {
	Configuration Configuration `json:"configuration"`
	Price         Price         `json:"price"`
	Concurrency   int           `json:"concurrency"`
	Calls         int           `json:"calls"`  // replies used
	Spent         float64       `json:"spent"`  // on them; part of the study's, of no configuration's cost
	Sample        float64       `json:"sample"` // chance of an item to be labelled by people
	Points        int           `json:"points"` // judged
	Unsteady      int           `json:"unsteady"`
	Unread        int           `json:"unread"`
	Labels        int           `json:"labels"` // of points, by people
	Wanted        int           `json:"wanted"` // points of the sample that have none yet
	Agreement     *Agreement    `json:"agreement,omitempty"`
	Probes        []Probed      `json:"probes,omitempty"`
	NoProbes      string        `json:"no_probes,omitempty"` // why there are none
}

// Agreement is how far two raters of the same items agree.
type Agreement struct {
	N        int        `json:"n"`
	Same     float64    `json:"same"`           // share of items with the same verdict
	Chance   float64    `json:"chance"`         // share expected of raters that do not look
	Kappa    float64    `json:"kappa"`          // agreement beyond chance (Cohen 1960)
	Interval [2]float64 `json:"kappa_interval"` // 95 %, for a sample looked at once
	Enough   bool       `json:"enough"`         // at least 50 labels
}

// Probed is how a judge did on one kind of question whose answer is known.
type Probed struct {
	Kind   string  `json:"kind"` // null, padded, wrong, right
	Asked  int     `json:"asked"`
	Fooled int     `json:"fooled"`
	Unread int     `json:"unread"` // verdicts that could not be read
	Rate   float64 `json:"rate"`   // fooled / asked
	Upper  float64 `json:"upper"`  // 95 % limit of the rate (Clopper–Pearson)
}

// bench is the judge of a study at work.
type bench struct {
	calls map[string]*calls // by the labels that are offered
	heard map[string]bool   // questions whose replies are counted
	spent money.Amount
}

// caller makes the judge's calls for one way to offer labels.
func (r *run) caller(ctx context.Context, labels []string) (*calls, error) {
	if r.cfg.Judge == nil {
		return nil, errs.Internal("scorer %s asks a judge, and the study has none", r.cfg.Scorer.Name())
	}
	key := strings.Join(labels, "\x00")
	if c, ok := r.bench.calls[key]; ok {
		return c, nil
	}
	arm := *r.cfg.Judge
	arm.Config.Labels = labels
	c, err := newCalls(ctx, &r.cfg, arm, r.purse)
	if err == nil {
		if r.bench.calls == nil {
			r.bench = bench{calls: map[string]*calls{}, heard: map[string]bool{}}
		}
		r.bench.calls[key] = c
	}
	return c, err
}

// ask puts questions to the judge; replies are by question and labels.
func (r *run) ask(ctx context.Context, questions []Question) (replies map[string]string, fault error) {
	replies = map[string]string{}
	var order []*calls
	todo := map[*calls][]Item{}
	for _, q := range questions {
		c, err := r.caller(ctx, q.Labels)
		if err != nil {
			return nil, err
		}
		at := c.id + " " + q.Item.ID
		if _, again := replies[at]; again {
			continue
		}
		replies[at] = ""
		if todo[c] == nil {
			order = append(order, c)
		}
		todo[c] = append(todo[c], q.Item)
	}
	clear(replies)
	for _, c := range order {
		before := c.made
		outputs, err := c.fetch(ctx, todo[c])
		if err != nil && fault == nil {
			fault = fmt.Errorf("asking the judge %s: %w", r.cfg.Judge.Config.Name, err)
		}
		fresh := c.made - before
		for i, o := range outputs {
			at := c.id + " " + todo[c][i].ID
			replies[at] = o.Text
			if r.bench.heard[at] {
				continue
			}
			r.bench.heard[at] = true
			if paid, err := r.cfg.convert(o.Cost, money.Currency(o.Currency)); err == nil {
				r.bench.spent += paid
				if fresh == 0 { // of an earlier run: it counts against the limit too
					r.purse.settle(0, paid)
				}
			}
		}
	}
	return replies, fault
}

// judge asks what scoring outputs takes and returns those that can be scored.
func (r *run) judge(ctx context.Context, j Judged, items []Item, outputs []Output) ([]Output, error) {
	asked := make([][]Question, len(outputs))
	var all []Question
	for i, o := range outputs {
		if o.Failure == "" {
			asked[i] = j.Questions(items[i], o)
			all = append(all, asked[i]...)
		}
	}
	replies, fault := r.ask(ctx, all)
	for i, questions := range asked {
		for _, q := range questions {
			c, err := r.caller(ctx, q.Labels)
			if err != nil {
				return nil, err
			}
			reply, ok := replies[c.id+" "+q.Item.ID]
			if !ok {
				return outputs[:i], fault
			}
			j.Hear(q, reply)
		}
	}
	return outputs, fault
}

// judgement is the report on the study's judge.
func (r *run) judgement(ctx context.Context, j Judged) (*Judgement, error) {
	out, err := j.Report(ctx, func(ctx context.Context, q Question) (string, error) {
		replies, fault := r.ask(ctx, []Question{q})
		for _, reply := range replies {
			return reply, nil
		}
		return "", fault
	})
	if err != nil {
		return nil, err
	}
	arm := r.cfg.Judge
	out.Configuration, out.Price, out.Concurrency = arm.Config, arm.Price, arm.Concurrency
	out.Calls, out.Spent = len(r.bench.heard), r.bench.spent.Float()
	return &out, nil
}

// hopeless tells whether a candidate is so far below the bar, as the judge
// sees it, that people's labels are better spent on others: more than three
// standard deviations of what the mean of all items may still become.
func (r *run) hopeless(j Judged, scores []Score) bool {
	n, all := float64(len(scores)), float64(len(r.items))
	if n < firstLook {
		return false
	}
	sum := 0.0
	for _, s := range scores {
		sum += s.Value
	}
	goal := r.cfg.Bar - r.cfg.Slack/2
	sd := math.Sqrt(goal * (1 - goal) * (1/n + 1/all))
	return goal-sum/n > 3*sd+judgeMayErr+j.Unread()
}

// judgeMayErr is what a judge's mean may be off by before anybody has compared
// it with people, where candidates are set aside.
const judgeMayErr = .1

// awaited looks at a candidate of a judged study that is not decided, and
// reports whether it is left as it is for now.
func (r *run) awaited(j Judged, i int, scores []Score, v *ladder.Verdict) bool {
	if r.hopeless(j, scores) {
		v.Status = ladder.SetAside
		return true
	}
	why := j.Waits(scores, len(r.items)-len(scores))
	if why != "" {
		r.reasons[i] = why
	}
	return why != ""
}
