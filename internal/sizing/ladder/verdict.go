package ladder

import (
	"math"

	"github.com/luodi/luodi/internal/sizing/etest"
)

// Verdict is where a candidate stands.
type Verdict struct {
	Status Status
	Items  int     // scores seen
	Mean   float64 // of the scores seen, NaN without any
	Share  float64 // of alpha, for the certificate
	At     int     // item at which the proof came, 0 without one
	Lo, Hi float64 // 95 % interval of the mean, valid at any time
	// Sides say of each of Arm.Sides whether it alone is Certified, Refuted or
	// Undecided; nil before the first score.
	Sides []Status
}

// Verdict of a candidate now.
func (l *Ladder) Verdict(i int) Verdict {
	a := &l.arms[i]
	v := Verdict{Status: a.status, Items: a.n, Mean: math.NaN(), Share: a.share, Lo: 0, Hi: 1}
	if a.n == 0 {
		if l.cfg.Paired {
			v.Lo = -1
		}
		return v
	}
	v.Mean = a.sum / float64(a.n)
	switch {
	case l.cfg.ClusterMost > 0:
		v.Mean = a.scores / float64(max(a.count, 1))
		lo, hi := a.interval.Bounds()
		few, many := a.sizes.Bounds()
		v.Lo, v.Hi = lo/many, math.Min(hi/math.Max(few, 1e-9), 1)
	case l.cfg.WeightMost > 0:
		v.Lo, v.Hi = a.interval.Bounds()
		v.Lo, v.Hi = v.Lo*l.cfg.WeightMost, math.Min(v.Hi*l.cfg.WeightMost, 1)
	case l.cfg.bets():
		v.Lo, v.Hi = a.interval.Bounds()
	case l.cfg.Closed:
		v.Lo, v.Hi = etest.FiniteInterval(int(a.sum), a.n, l.cfg.Items, .05)
	default:
		v.Lo, v.Hi = etest.Interval(a.sum, a.n, .05)
	}
	if l.cfg.Paired {
		v.Lo, v.Hi = 2*v.Lo-1, 2*v.Hi-1
	}
	for _, p := range a.sides {
		v.Sides = append(v.Sides, p.status())
	}
	switch a.status {
	case Certified:
		v.At = a.certify.at
		for _, p := range a.sides {
			v.At = max(v.At, p.certify.at)
		}
		for _, p := range a.parts {
			v.At = max(v.At, p.at)
		}
		if l.cfg.probing(i) {
			v.At += l.cfg.Probe.Items
		}
	case Refuted:
		v.At = a.refute.at
		for _, p := range a.parts {
			if p.refuted > 0 && (v.At == 0 || p.refuted < v.At) {
				v.At = p.refuted
			}
		}
		for _, p := range a.sides {
			if p.status() == Refuted && (v.At == 0 || p.refute.at < v.At) {
				v.At = p.refute.at
			}
		}
	}
	return v
}

func yes(b bool) float64 {
	if b {
		return 1
	}
	return 0
}
