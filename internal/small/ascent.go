package small

import (
	"context"
	"math"
	"math/rand/v2"
)

// The model is softmax regression, fitted on the dual by coordinate ascent:
// no step size and no decay schedule to search for. alpha_i starts at the
// target y_i, so W = C·Σ(y_i − alpha_i)·x_iᵀ starts at 0; then, example by
// example in a fresh random order,
//
//	p = softmax(W·x_i), d = p − alpha_i
//	s = |d|₁² / (|d|₁² + C·|x_i|²·|d|₂²)
//	alpha_i += s·d, W −= C·s·d·x_iᵀ
//
// Pinsker's inequality bounds the entropy from below, so no step lets the dual
// fall. After Shalev-Shwartz & Zhang (2013), "Stochastic dual coordinate ascent
// methods for regularized loss minimization".
const (
	epochs     = 12
	textCost   = 20   // C: λ = 1/(C·n)
	tableCost  = 1    // the same for records, whose features are few and dense
	nearly     = 0.05 // |d|₁ below which an example is left out of the next pass
	settled    = 1e-3 // |d|₁ below which an example needs no step
	negligible = 1e-4 // components of s·d below which a class is left alone
)

// fitSoftmax returns the weights, (features incl. bias) × classes. It stops
// with ctx's error when ctx ends.
func fitSoftmax(ctx context.Context, x *matrix, y []int32, features, classes int, cost float64, rng *rand.Rand) ([]float32, error) {
	n := x.rows()
	w := make([]float32, features*classes)
	alpha := make([]float32, n*classes)
	norm := make([]float64, n)
	order := make([]int, n)
	for i := range n {
		order[i] = i
		alpha[i*classes+int(y[i])] = 1
		_, val := x.row(i)
		for _, v := range val {
			norm[i] += float64(v) * float64(v)
		}
	}
	p := make([]float32, classes)
	active := make([]int32, 0, classes)
	delta := make([]float32, classes)
	resting := make([]bool, n)
	for range epochs {
		rng.Shuffle(n, func(i, j int) { order[i], order[j] = order[j], order[i] })
		for visited, i := range order {
			if visited&1023 == 0 && ctx.Err() != nil {
				return nil, ctx.Err()
			}
			if resting[i] {
				resting[i] = false
				continue
			}
			idx, val := x.row(i)
			clear(p)
			accumulate(p, w, idx, val)
			softmax(p)
			a := alpha[i*classes : (i+1)*classes]
			var l1, l2 float64
			for c, v := range p {
				d := float64(v - a[c])
				l1 += math.Abs(d)
				l2 += d * d
			}
			resting[i] = l1 < nearly
			if l1 < settled {
				continue
			}
			s := float32(l1 * l1 / (l1*l1 + cost*norm[i]*l2))
			active = active[:0]
			for c, v := range p {
				d := s * (v - a[c])
				if d < negligible && d > -negligible {
					delta[c] = 0
					continue
				}
				a[c] += d
				delta[c] = float32(cost) * d
				active = append(active, int32(c))
			}
			descend(w, idx, val, delta, active)
		}
	}
	return w, nil
}

// descend subtracts delta·xᵀ from the weights, touching only active classes.
func descend(w []float32, idx []int32, val []float32, delta []float32, active []int32) {
	k := len(delta)
	if 3*len(active) > k {
		for i, f := range idx {
			row, v := w[int(f)*k:][:k], val[i]
			for c := range row {
				row[c] -= delta[c] * v
			}
		}
		return
	}
	for i, f := range idx {
		row, v := w[int(f)*k:][:k], val[i]
		for _, c := range active {
			row[c] -= delta[c] * v
		}
	}
}

// softmax turns scores into probabilities, in place.
func softmax(o []float32) {
	top := o[0]
	for _, v := range o {
		top = max(top, v)
	}
	var sum float64
	for c, v := range o {
		e := exp(float64(v - top))
		o[c] = float32(e)
		sum += e
	}
	scale := float32(1 / sum)
	for c := range o {
		o[c] *= scale
	}
}
