package sizing

import (
	"context"
	"errors"
	"fmt"

	"github.com/luodi/luodi/internal/errs"
	"github.com/luodi/luodi/internal/sizing/ladder"
)

// step fetches the outputs that the ladder asks for and shows their scores.
func (r *run) step(ctx context.Context, s ladder.Step) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	to := s.To
	if r.caps != nil {
		to = max(min(to, r.first(s.Arm)+r.caps[s.Arm]), s.From)
	}
	scores, sides, fault, err := r.scores(ctx, s.Arm, r.start[s.From], r.start[to])
	if err != nil {
		return err
	}
	if r.refs >= 0 {
		lo := r.start[s.From]
		from := min(lo, r.tallies[r.refs].n) // a later candidate starts further on
		other, _, refFault, err := r.scores(ctx, r.refs, from, lo+len(scores))
		if err != nil {
			return err
		}
		other = other[min(lo-from, len(other)):]
		if scores = scores[:len(other)]; refFault != nil {
			fault = fmt.Errorf("its reference: %w", refFault)
			if r.tallies[r.refs].n == 0 {
				r.unanswered = refFault
			}
		}
		for i := range scores {
			scores[i] -= other[i]
		}
	}
	var obs []ladder.Observation
	for u := s.From; u < to && r.start[u+1]-r.start[s.From] <= len(scores); u++ {
		lo, hi := r.start[u]-r.start[s.From], r.start[u+1]-r.start[s.From]
		obs = append(obs, ladder.Observation{Score: scores[lo], Scores: scores[lo:hi], Weight: r.items[r.start[u]].Weight,
			Part: r.partOf(r.items[r.start[u]]), Found: scores[lo] == 1, Sides: sidesOf(sides, lo, hi)})
	}
	r.ladder.Observe(obs...)
	if id := r.cfg.Arms[s.Arm].Config.ID(); r.record.ShareRule == string(ladder.Probing) && r.record.Later[id].Number == 0 {
		r.record.Shares[id] = r.ladder.Verdict(s.Arm).Share // 0 until its probe ends
	}
	r.progress(s.Arm)
	if fault != nil || to < s.To {
		if next, ok := r.ladder.Next(); ok && next.Arm == s.Arm {
			if fault != nil {
				r.reasons[s.Arm] = fault.Error()
			}
			r.ladder.Stop()
		}
	}
	return nil
}

// sidesOf are the outcomes of each side from item lo to hi.
func sidesOf(sides [][]float64, lo, hi int) (out [][]float64) {
	for _, values := range sides {
		out = append(out, values[lo:hi])
	}
	return out
}

// scores of a candidate's items from lo to hi, and their outcomes by side;
// fewer than asked for when calls failed, with the reason.
func (r *run) scores(ctx context.Context, arm, lo, hi int) (scores []float64, sides [][]float64, fault, err error) {
	outputs, fault := r.calls[arm].fetch(ctx, r.items[lo:hi])
	if err := ctx.Err(); err != nil {
		return nil, nil, nil, err
	}
	if broken := (*storeError)(nil); errors.As(fault, &broken) {
		return nil, nil, nil, broken
	}
	if j, ok := r.cfg.Scorer.(Judged); ok && fault == nil {
		outputs, fault = r.judge(ctx, j, r.items[lo:lo+len(outputs)], outputs)
		if broken := (*storeError)(nil); errors.As(fault, &broken) {
			return nil, nil, nil, broken
		}
		if err := ctx.Err(); err != nil {
			return nil, nil, nil, err
		}
	}
	sides = make([][]float64, len(r.sides[arm]))
	t := &r.tallies[arm]
	base := r.start[r.first(arm)]
	for i, o := range outputs {
		it := r.items[lo+i]
		score := 0.0
		if !it.Unlabelled && o.Failure == "" {
			score = r.cfg.Scorer.Score(it, o).Value
		}
		if !(score >= 0 && score <= 1) {
			return nil, nil, nil, errs.Internal("scorer %s gave %v for item %s; scores must lie in [0,1]", r.cfg.Scorer.Name(), score, it.ID)
		}
		if r.cfg.LabelLeast > 0 {
			if score, err = r.robust(ctx, arm, lo+i, o, score); err != nil {
				return nil, nil, nil, err
			}
		}
		if lo+i-base >= t.n { // a reference is asked for again by each candidate
			if err := r.add(arm, it, o, score); err != nil {
				return nil, nil, nil, err
			}
		}
		scores = append(scores, score)
		for k, side := range r.sides[arm] {
			v, err := side.value(&r.cfg, r.cfg.Arms[arm].Price, o)
			if err != nil {
				return nil, nil, nil, err
			}
			sides[k] = append(sides[k], v)
		}
	}
	return scores, sides, fault, nil
}
