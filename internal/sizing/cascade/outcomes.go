package cascade

import (
	"context"
	"math"

	"github.com/luodi/luodi/internal/money"
	"github.com/luodi/luodi/internal/sizing"
)

// outcomes of the members on some items. A cell that nobody has asked for
// holds no answer; the routes that are tested never read it.
func (s *study) outcomes(items []sizing.Item) (*Outcomes, error) {
	o := &Outcomes{}
	for _, c := range s.calls {
		score, answer, cost := make([]float64, len(items)), make([]int32, len(items)), make([]float64, len(items))
		for i, it := range items {
			answer[i] = -1
			out, ok := c.kept[it.ID]
			if !ok {
				continue
			}
			score[i], answer[i] = s.score(it, out)
			paid, err := c.arm.Price.Cost(out.Usage)
			if err != nil {
				return nil, err
			}
			cost[i] = s.convert(paid.Float(), c.arm.Price.Currency)
		}
		o.Score, o.Answer, o.Cost = append(o.Score, score), append(o.Answer, answer), append(o.Cost, cost)
	}
	return o, nil
}

// score of an output and the number of its answer; equal labels are equal
// numbers, an output without a label agrees with nothing.
func (s *study) score(it sizing.Item, out sizing.Output) (float64, int32) {
	if out.Failure != "" {
		return 0, -1
	}
	got := s.cfg.Scorer.Score(it, out)
	if got.Predicted == "" {
		return got.Value, -1
	}
	n, ok := s.labels[got.Predicted]
	if !ok {
		n = int32(len(s.labels))
		s.labels[got.Predicted] = n
	}
	return got.Value, n
}

// gate is the small model on some items; nil where there is none.
func (s *study) gate(ctx context.Context, items []sizing.Item) (*Gate, error) {
	if s.cfg.Small == nil {
		return nil, nil
	}
	g := &Gate{}
	for _, it := range items {
		label, margin, err := s.cfg.Small.Predict(ctx, it.Input)
		if err != nil {
			return nil, err
		}
		score, answer := s.score(it, sizing.Output{Text: label, Label: label})
		g.Score, g.Answer, g.Margin = append(g.Score, score), append(g.Answer, answer), append(g.Margin, margin)
	}
	return g, nil
}

func (s *study) mean(member int, items []sizing.Item) float64 {
	sum := 0.0
	for _, it := range items {
		v, _ := s.score(it, s.calls[member].kept[it.ID])
		sum += v
	}
	return sum / math.Max(float64(len(items)), 1)
}

// convert to the study's currency; an amount without a rate counts as it is.
func (s *study) convert(amount float64, from money.Currency) float64 {
	if rate := s.cfg.Rates[from]; from != s.cfg.Currency && rate > 0 {
		return amount * rate
	}
	return amount
}

// sums adds up what the study has used.
func (s *study) sums() error {
	for _, c := range s.calls {
		if c.arm.Config.Kind.InProcess() {
			continue
		}
		for _, it := range s.cfg.Items {
			if out, ok := c.kept[it.ID]; ok && c.used[it.ID] {
				s.rec.Calls++
				s.rec.Spent += s.convert(out.Cost.Float(), money.Currency(out.Currency))
			}
		}
	}
	s.rec.Spent = round(s.rec.Spent)
	return nil
}

// plan is what the study would take at most.
func (s *study) plan() error {
	p := &Plan{ReferenceCalls: len(s.a) + len(s.b)}
	total, known := 0.0, true
	for _, arm := range s.cfg.Arms {
		if arm.Config.Kind.InProcess() {
			continue
		}
		n := len(s.a)
		if arm.Config.ID() == s.cfg.Reference {
			n += len(s.b)
		} else {
			p.OtherCalls += n
		}
		if known = known && !arm.Price.Unknown; !known {
			continue
		}
		for _, it := range s.cfg.Items[:min(n, len(s.cfg.Items))] {
			var u sizing.Usage
			for _, m := range arm.Config.Messages(it.Input, nil) {
				u.Input += sizing.EstimateTokens(m.Content) + 4
			}
			u.Output = 8
			c, err := arm.Price.Cost(u)
			if err != nil {
				return err
			}
			total += s.convert(c.Float(), arm.Price.Currency)
		}
	}
	if known {
		total = round(total)
		p.Money = &total
	}
	s.rec.Plan = p
	return nil
}

func mean(x []float64) float64 {
	sum := 0.0
	for _, v := range x {
		sum += v
	}
	return sum / math.Max(float64(len(x)), 1)
}

func round(f float64) float64 { return math.Round(f*float64(money.Unit)) / float64(money.Unit) }
