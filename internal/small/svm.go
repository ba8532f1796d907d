package small

import (
	"context"
	"math"
	"math/rand/v2"
)

// One label of a multi-label task is fitted by a linear support vector machine
// with squared hinge loss, on the dual by coordinate descent with shrinking:
// Hsieh et al. (2008), "A dual coordinate descent method for large-scale linear
// SVM", algorithm 3, as in LIBLINEAR. One weight vector at a time stays in the
// cache, so this trains label by label.
const (
	svmCost   = 4
	svmEps    = 0.1
	svmPasses = 100
)

// fitSVM returns the weights of one label: positive[i] says whether example i
// has it.
func fitSVM(ctx context.Context, x *matrix, positive []bool, features int, rng *rand.Rand) ([]float32, error) {
	n := x.rows()
	w := make([]float32, features)
	alpha := make([]float64, n)
	diagonal := make([]float64, n) // |x_i|² + 1/(2C)
	active := make([]int, n)
	for i := range n {
		active[i] = i
		diagonal[i] = 1.0 / (2 * svmCost)
		_, val := x.row(i)
		for _, v := range val {
			diagonal[i] += float64(v) * float64(v)
		}
	}
	shrinkAbove := math.Inf(1)
	for range svmPasses {
		if ctx.Err() != nil {
			return nil, ctx.Err()
		}
		rng.Shuffle(len(active), func(i, j int) { active[i], active[j] = active[j], active[i] })
		highest, lowest := math.Inf(-1), math.Inf(1)
		kept := active[:0]
		for at, i := range active {
			y := -1.0
			if positive[i] {
				y = 1
			}
			idx, val := x.row(i)
			gradient := y*dot(w, idx, val) - 1 + alpha[i]/(2*svmCost)
			projected := gradient
			if alpha[i] == 0 {
				if gradient > shrinkAbove {
					continue // shrunk: settled at 0
				}
				projected = min(gradient, 0)
			}
			kept = append(kept, active[at])
			highest, lowest = max(highest, projected), min(lowest, projected)
			if math.Abs(projected) < 1e-12 {
				continue
			}
			next := max(alpha[i]-gradient/diagonal[i], 0)
			if d := float32((next - alpha[i]) * y); d != 0 {
				for j, f := range idx {
					w[f] += d * val[j]
				}
			}
			alpha[i] = next
		}
		active = kept
		if len(active) == 0 || highest-lowest <= svmEps {
			if len(active) == n {
				break
			}
			active = active[:n] // look at all examples once more
			for i := range active {
				active[i] = i
			}
			shrinkAbove = math.Inf(1)
			continue
		}
		if shrinkAbove = highest; highest <= 0 {
			shrinkAbove = math.Inf(1)
		}
	}
	return w, nil
}

func dot(w []float32, idx []int32, val []float32) float64 {
	var sum float32
	for i, f := range idx {
		sum += w[f] * val[i]
	}
	return float64(sum)
}
