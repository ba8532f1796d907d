package etest

// Robust rescales doubly robust scores for labels-limited studies: an item's
// score Y is observed with a probability π fixed before the item, and
// predicted by f, fitted on earlier items only. Z = f + (Y−f)·S/π has the mean
// of Y whatever f is, and lies in [1−1/Least, 1/Least] for π ≥ Least; to bet,
// it is rescaled to [0,1]. Least must be fixed before the study.
type Robust struct{ Least float64 }

// Score is the rescaled Z. y is not read where the item was not observed.
func (r Robust) Score(f, y float64, observed bool, probability float64) float64 {
	z := f
	if observed {
		z += (y - f) / probability
	}
	return r.Scale(z)
}

// Scale maps a mean (a floor, a bar) to the scale of Score.
func (r Robust) Scale(mean float64) float64 {
	lo, hi := 1-1/r.Least, 1/r.Least
	return (mean - lo) / (hi - lo)
}

// Cluster is the score in [0,1] to bet on for one cluster (a document, a
// customer) of at most most items: floor + Σ(score − floor)/most. Its mean is
// at most floor where the mean over items is, whatever the sizes. most must be
// fixed before data.
func Cluster(scores []float64, floor float64, most int) float64 {
	sum := 0.0
	for _, s := range scores {
		sum += s - floor
	}
	return floor + sum/float64(most)
}
