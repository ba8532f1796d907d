package small

import "math"

// temperatureOf returns the T for which softmax(logits/T) gives the labels the
// highest weighted likelihood (Guo et al. 2017, "On calibration of modern
// neural networks"). Logits are rows of the given number of classes; weight
// may be nil. The loss is convex in 1/T, so Newton's method with bounds finds
// the one minimum.
func temperatureOf(logits []float32, labels []int32, weight []float64, classes int) float64 {
	const lowest, highest = 0.02, 50.0 // of 1/T
	beta := 1.0
	for range 50 {
		var slope, bend float64
		for i, y := range labels {
			z := logits[i*classes : (i+1)*classes]
			mean, variance := tilted(z, beta)
			w := 1.0
			if weight != nil {
				w = weight[y]
			}
			slope += w * (mean - float64(z[y]))
			bend += w * variance
		}
		if bend <= 0 {
			break
		}
		next := max(lowest, min(highest, beta-slope/bend))
		next = max(beta/4, min(beta*4, next))
		done := math.Abs(next-beta) < 1e-9*beta
		beta = next
		if done {
			break
		}
	}
	return 1 / beta
}

// tilted returns mean and variance of the scores under softmax(beta·z).
func tilted(z []float32, beta float64) (mean, variance float64) {
	top := z[0]
	for _, v := range z {
		top = max(top, v)
	}
	var sum, first, second float64
	for _, v := range z {
		d := float64(v - top)
		e := exp(beta * d)
		sum += e
		first += e * d
		second += e * d * d
	}
	first /= sum
	return float64(top) + first, second/sum - first*first
}

// probability returns softmax(o/T) of the class with the highest score.
func probability(o []float32, class int, temperature float64) float64 {
	var sum float64
	beta := 1 / temperature
	for _, v := range o {
		sum += exp(float64(v-o[class]) * beta)
	}
	return 1 / sum
}
