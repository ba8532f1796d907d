package score

import (
	"slices"
	"sort"
)

// Class is one class's figures.
type Class struct {
	Label     string  `json:"label"`
	Support   int     `json:"support"`   // gold items
	Predicted int     `json:"predicted"` // items given this label
	Right     int     `json:"right"`
	Precision float64 `json:"precision"`
	Recall    float64 `json:"recall"`
	F1        float64 `json:"f1"`
}

// Classes compares predictions with gold labels, pair by pair. A prediction
// of "" is an abstention. macroF1 is the mean F1 over the classes that occur
// as gold; classes come in label order.
func Classes(gold, predicted []string) (classes []Class, macroF1 float64) {
	g, p := make([][]string, len(gold)), make([][]string, len(gold))
	for i := range gold {
		if g[i] = gold[i : i+1]; predicted[i] != "" {
			p[i] = predicted[i : i+1]
		}
	}
	return ClassesOf(g, p)
}

// ClassesOf is Classes of sets of labels, each without repeats.
func ClassesOf(gold, predicted [][]string) (classes []Class, macroF1 float64) {
	by := map[string]*Class{}
	at := func(l string) *Class {
		if by[l] == nil {
			by[l] = &Class{Label: l}
		}
		return by[l]
	}
	for i, set := range gold {
		for _, g := range set {
			at(g).Support++
		}
		for _, p := range predicted[i] {
			at(p).Predicted++
			if slices.Contains(set, p) {
				at(p).Right++
			}
		}
	}
	n := 0
	for _, c := range by {
		if c.Predicted > 0 {
			c.Precision = float64(c.Right) / float64(c.Predicted)
		}
		if c.Support > 0 {
			c.Recall = float64(c.Right) / float64(c.Support)
			n++
		}
		if c.Right > 0 {
			c.F1 = 2 * c.Precision * c.Recall / (c.Precision + c.Recall)
		}
		classes = append(classes, *c)
	}
	sort.Slice(classes, func(i, j int) bool { return classes[i].Label < classes[j].Label })
	for _, c := range classes {
		if c.Support > 0 {
			macroF1 += c.F1 / float64(n)
		}
	}
	return classes, macroF1
}
