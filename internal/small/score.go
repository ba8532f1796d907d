package small

// accumulate adds val · W[idx] to the class scores o: four feature rows at a
// time, which keeps the adder busy without vector instructions. w has len(o)
// values a row, the class index contiguous.
func accumulate(o, w []float32, idx []int32, val []float32) {
	k := len(o)
	for len(idx) >= 4 && len(val) >= 4 {
		a := w[int(idx[0])*k:][:k]
		b := w[int(idx[1])*k:][:k]
		c := w[int(idx[2])*k:][:k]
		d := w[int(idx[3])*k:][:k]
		va, vb, vc, vd := val[0], val[1], val[2], val[3]
		for j := range o {
			o[j] += (a[j]*va + b[j]*vb) + (c[j]*vc + d[j]*vd)
		}
		idx, val = idx[4:], val[4:]
	}
	for i, f := range idx {
		a, va := w[int(f)*k:][:k], val[i]
		for j := range o {
			o[j] += a[j] * va
		}
	}
}

// best returns the largest score, its class, and the lead over the second.
// Of equal scores the class that comes first wins.
func best(o []float32) (class int, top, margin float64) {
	first, second := float32(o[0]), float32(o[1])
	if second > first {
		first, second, class = second, first, 1
	}
	for j := 2; j < len(o); j++ {
		if v := o[j]; v > first {
			first, second, class = v, first, j
		} else if v > second {
			second = v
		}
	}
	return class, float64(first), float64(first) - float64(second)
}
