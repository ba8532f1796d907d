package replay

import "math"

// beliefs about the arms of a scene before its data, in the scene's order.
type beliefs struct {
	mean         []float64
	cov          [][]float64 // nil: no beliefs
	shift, alone float64     // standard deviations: of all alike, of each by itself
}

func noBeliefs(k int) beliefs { return beliefs{mean: make([]float64, k)} }

// shrink is how much of the sample covariance is believed; the rest is "all
// models move alike, and each by itself".
const shrink = .5

// believe takes each model's mean over the other scenes, and how models moved
// about their means there, together and each alone.
func believe(scenes []*Scene, c int) beliefs {
	k := len(scenes[c].Arms)
	var rows [][]float64 // by other scene, then arm of this one
	for i, s := range scenes {
		if i == c {
			continue
		}
		row := make([]float64, k)
		for a, m := range scenes[c].Arms {
			for j, n := range s.Arms {
				if n == m {
					row[a] = s.Mean[j]
				}
			}
		}
		rows = append(rows, row)
	}
	out := noBeliefs(k)
	n := float64(len(rows))
	if n < 3 || k < 2 {
		return out
	}
	for _, r := range rows {
		for a := range r {
			out.mean[a] += r[a] / n
		}
	}
	sample := make([][]float64, k)
	for a := range sample {
		sample[a] = make([]float64, k)
	}
	var shift, alone float64
	for _, r := range rows {
		moved := 0.0
		for a := range r {
			moved += (r[a] - out.mean[a]) / float64(k)
		}
		shift += moved * moved / (n - 1)
		for a := range r {
			d := r[a] - out.mean[a]
			alone += (d - moved) * (d - moved) / (n - 1) / float64(k-1)
			for b := range r {
				sample[a][b] += d * (r[b] - out.mean[b]) / (n - 1)
			}
		}
	}
	for a := range sample {
		for b := range sample[a] {
			plain := shift
			if a == b {
				plain += alone
			}
			sample[a][b] = (1 + 1/n) * (shrink*sample[a][b] + (1-shrink)*plain)
		}
	}
	out.cov = sample
	out.shift, out.alone = math.Sqrt(shift*(1+1/n)), math.Sqrt(math.Max(alone*(1+1/n), 1e-4))
	return out
}
