package judge

import (
	"context"
	"crypto/sha256"
	"encoding/binary"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/luodi/luodi/internal/lineage"
	"github.com/luodi/luodi/internal/sizing"
	"github.com/luodi/luodi/internal/sizing/score"
)

// Base is a scorer whose rules decide a part of an output.
type Base interface {
	sizing.Scorer
	// Open returns how many points of an output rules decide that are met, of
	// how many in all, and those that are left to a judge.
	Open(sizing.Item, sizing.Output) (met, total int, open []string)
}

// Scorer implements sizing.Judged: rules decide what they can, the judge says
// of each other point whether it is met, asked with the verdicts in both
// orders, and people label the points of a sample of the items. A point on
// which the two orders disagree counts half. Not for several goroutines.
type Scorer struct {
	Base     Base
	Judge    Judge           // Ask is not read
	Sample   float64         // chance of each item to be labelled by people
	Scenario string          // for messages
	Human    map[string]bool // verdicts of people, by Point.ID

	said map[string]string // verdicts of the judge, by question and first label
	seen map[string]rated
	ids  []string // of seen, in the order first scored
}

// Point is one point of an output that people or a judge decide.
type Point struct{ Task, Reply, Text string }

// ID is the point's address by content: equal replies to one task are one
// point, whoever gave them.
func (p Point) ID() string { return lineage.NewID("point", p.Task, p.Reply, p.Text) }

// rated is what was said of a point.
type rated struct {
	Point
	value  float64 // of the judge: 1, 0 or between
	read   bool
	wanted bool
}

var _ sizing.Judged = (*Scorer)(nil)

// Name implements sizing.Scorer. The judge's model is not in it: it predicts,
// and what is certified does not depend on it.
func (s *Scorer) Name() string {
	return fmt.Sprintf("judged/1 %s %g", s.Base.Name(), s.Sample)
}

// Graded implements sizing.Scorer.
func (s *Scorer) Graded() bool { return true }

// Wanted reports whether people label an item: drawn by its address, with the
// chance Sample, so that nobody can choose.
func (s *Scorer) Wanted(it sizing.Item) bool {
	sum := sha256.Sum256([]byte("label\x00" + it.ID))
	return float64(binary.BigEndian.Uint64(sum[:8])>>11)/(1<<53) < s.Sample
}

// Points are those of an output that are left to people and the judge.
func (s *Scorer) Points(it sizing.Item, o sizing.Output) []Point {
	_, _, open := s.Base.Open(it, o)
	var out []Point
	for _, text := range open {
		out = append(out, Point{it.Input, score.Spoken(o.Text), text})
	}
	return out
}

// Questions implements sizing.Judged.
func (s *Scorer) Questions(it sizing.Item, o sizing.Output) (out []sizing.Question) {
	for _, p := range s.Points(it, o) {
		for _, order := range s.orders() {
			out = append(out, sizing.Question{Item: s.Judge.item(p.Task, p.Reply, p.Text), Labels: order})
		}
	}
	return out
}

func (s *Scorer) orders() [2][]string {
	w, _ := s.Judge.words()
	return [2][]string{{w.met, w.unmet}, {w.unmet, w.met}}
}

// item is the question about a point as what a configuration is asked.
func (j Judge) item(task, reply, point string) sizing.Item {
	w, _ := j.words()
	return questionItem(fmt.Sprintf(w.point, task, reply, point))
}

func questionItem(text string) sizing.Item {
	it := sizing.Item{Input: text}
	it.ID = sizing.ItemID(it)
	return it
}

// Hear implements sizing.Judged.
func (s *Scorer) Hear(q sizing.Question, reply string) {
	if s.said == nil {
		s.said = map[string]string{}
	}
	s.said[q.Item.ID+" "+q.Labels[0]] = score.ExactLabel{Labels: q.Labels}.Read(reply)
}

// rate is what the judge said of a point.
func (s *Scorer) rate(p Point) (r rated) {
	r.Point, r.read = p, true
	q := s.Judge.item(p.Task, p.Reply, p.Text)
	w, _ := s.Judge.words()
	for _, order := range s.orders() {
		switch s.said[q.ID+" "+order[0]] {
		case w.met:
			r.value += .5
		case w.unmet:
		default:
			r.read = false
		}
	}
	return r
}

// Score implements sizing.Scorer.
func (s *Scorer) Score(it sizing.Item, o sizing.Output) sizing.Score {
	met, total, open := s.Base.Open(it, o)
	out := sizing.Score{Predicted: o.Text}
	if len(open) == 0 || total == 0 {
		out = s.Base.Score(it, o)
		out.Human = &out.Value
		return out
	}
	out.Wanted = s.Wanted(it)
	by, human, complete := float64(met), float64(met), true
	var notes []string
	for _, p := range s.Points(it, o) {
		r := s.rate(p)
		r.wanted = out.Wanted
		s.note(r)
		if by += r.value; r.value < 1 {
			notes = append(notes, p.Text)
		}
		label, ok := s.Human[p.ID()]
		if complete = complete && ok; label {
			human++
		}
	}
	out.Value = by / float64(total)
	if human /= float64(total); out.Wanted && complete {
		out.Human = &human
	}
	if len(notes) > 0 {
		out.Note = "the judge does not find: " + strings.Join(notes, "; ")
	}
	return out
}

func (s *Scorer) note(r rated) {
	id := r.ID()
	if s.seen == nil {
		s.seen = map[string]rated{}
	}
	if old, ok := s.seen[id]; ok {
		r.wanted = r.wanted || old.wanted
	} else {
		s.ids = append(s.ids, id)
	}
	s.seen[id] = r
}

// shown plays scores up to the first that waits for people.
func (s *Scorer) shown(scores []sizing.Score, c Config) (*HumanMean, error) {
	c.Label = s.Sample
	h, err := NewHumanMean(c)
	if err != nil {
		return nil, err
	}
	for _, sc := range scores {
		switch {
		case sc.Human == nil && sc.Wanted:
			return h, nil
		case sc.Human != nil && !sc.Wanted:
			err = h.Known(*sc.Human)
		default:
			if err = h.Show(sc.Value, sc.Wanted); err == nil && sc.Wanted {
				err = h.Label(*sc.Human)
			}
		}
		if err != nil {
			return nil, err
		}
	}
	return h, nil
}

// Figure implements sizing.Figure. Until people have labelled something the
// value is the judge's, and there are no bounds.
func (s *Scorer) Figure(_ []sizing.Item, scores []sizing.Score, alpha float64) (value, lo, hi float64) {
	sum := 0.0
	for _, sc := range scores {
		sum += sc.Value
	}
	value = sum / float64(max(len(scores), 1))
	h, err := s.shown(scores, Config{Floor: .5, Alpha: alpha})
	if err != nil || h.n == 0 || h.judged > 0 && h.labels == 0 {
		return value, 0, 1
	}
	lo, hi = h.Interval()
	return min(max(h.mean(), lo), hi), lo, hi
}

// Proven implements sizing.Judged.
func (s *Scorer) Proven(_ []sizing.Item, scores []sizing.Score, total int, floor, share float64) bool {
	if floor <= 0 || floor >= 1 || share <= 0 {
		return false
	}
	h, err := s.shown(scores, Config{Floor: floor, Share: share, Items: total})
	return err == nil && h.Certified()
}

// batch is how many items of the sample are measured before people are asked:
// enough to compare the judge with them.
const batch = Least + 10

// heardEnough is how many points show whether a judge's verdicts can be read.
const heardEnough = 40

// Waits implements sizing.Judged. A judge of whom most verdicts cannot be read
// spares nobody a label, so that it is not paid for more before people have
// given some.
func (s *Scorer) Waits(scores []sizing.Score, left int) string {
	open, labelled, byRule := 0, 0, 0
	for _, sc := range scores {
		switch {
		case sc.Human == nil && sc.Wanted:
			open++
		case sc.Human != nil && sc.Wanted:
			labelled++
		case sc.Human != nil:
			byRule++
		}
	}
	switch {
	case labelled+byRule == 0 && len(s.seen) >= heardEnough && s.Unread() > .5:
		return fmt.Sprintf("no verdict could be read in %.0f %% of what its judge %s said of %d points; name another judge, or label %d outputs without it (luodi size label %s --out labels.csv, then --in labels.csv)",
			100*s.Unread(), s.Judge.Model.Name, len(s.seen), open, s.Scenario)
	case open >= batch || left == 0 && open > 0:
		return fmt.Sprintf("it waits for people: %d outputs of the sample have no label; luodi size label %s --out labels.csv writes them, --in labels.csv reads the labels", open, s.Scenario)
	case left == 0 && labelled < Least && byRule < len(scores):
		return fmt.Sprintf("people have labelled all %d outputs of its sample, and a certificate takes %d: raise the judge's sample (now %g of the items) or bring more items", labelled, Least, s.Sample)
	}
	return ""
}

// Unread implements sizing.Judged.
func (s *Scorer) Unread() float64 {
	n := 0
	for _, r := range s.seen {
		if !r.read {
			n++
		}
	}
	return float64(n) / float64(max(len(s.seen), 1))
}

// probes is how many cases a judge is probed with.
const probes = 20

// Report implements sizing.Judged.
func (s *Scorer) Report(ctx context.Context, ask func(context.Context, sizing.Question) (string, error)) (sizing.Judgement, error) {
	out := sizing.Judgement{Sample: s.Sample}
	w, _ := s.Judge.words()
	verdict := map[bool]string{true: w.met, false: w.unmet}
	var human, judge []string
	var cases []Case
	for _, id := range s.ids {
		r := s.seen[id]
		out.Points++
		if r.value == .5 {
			out.Unsteady++
		}
		if !r.read {
			out.Unread++
		}
		label, labelled := s.Human[id]
		switch {
		case labelled:
			out.Labels++
			human, judge = append(human, verdict[label]), append(judge, verdict[r.value == 1])
		case r.wanted:
			out.Wanted++
		}
		if len(cases) < probes {
			cases = append(cases, Case{Task: r.Task, Right: r.Reply, Point: r.Text, Unsure: !label})
		}
	}
	if len(human) > 0 {
		a, err := Agree(human, judge)
		if err != nil {
			return out, err
		}
		out.Agreement = &a
	}
	if len(cases) == 0 {
		return out, nil
	}
	j := s.Judge
	j.Ask = func(ctx context.Context, question string, verdicts []string) (string, error) {
		return ask(ctx, sizing.Question{Item: questionItem(question), Labels: slices.Clone(verdicts)})
	}
	var err error
	if out.Probes, err = j.Probe(ctx, cases); err != nil {
		if ctx.Err() != nil {
			return out, err
		}
		out.Probes, out.NoProbes = nil, err.Error()
	}
	return out, nil
}

// Wanting are the points of the sample that people have not labelled, among
// those that were scored, in an order that tells nothing of who gave them.
func (s *Scorer) Wanting() []Point {
	var out []Point
	for _, id := range slices.Sorted(maps.Keys(s.seen)) {
		if _, labelled := s.Human[id]; s.seen[id].wanted && !labelled {
			out = append(out, s.seen[id].Point)
		}
	}
	return out
}
