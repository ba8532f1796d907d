package evalset

import (
	"cmp"
	"slices"
	"strings"
	"unicode"
)

// Slip is a label that looks like a slip of the pen for another one.
type Slip struct {
	Label string `json:"label"`
	Rows  int    `json:"rows"`
	Meant string `json:"meant"`
}

const (
	slipRows  = 5  // a label of more rows is no slip
	slipRatio = 20 // nor one that is not so many times rarer
	slipRunes = 4  // shorter labels differ by one character for good reasons
)

// Slips are rare labels that differ from a common one by one letter left out,
// added, changed or exchanged with the next, and labels that differ from a more
// common one in case, spaces and punctuation only. counts are the rows of each
// label. A digit makes another label.
func Slips(counts map[string]int) (out []Slip) {
	better := func(a, b string) bool { // a is meant rather than b
		return b == "" || counts[a] > counts[b] || counts[a] == counts[b] && a < b
	}
	alike := map[string]string{} // the commonest label of those that are alike
	var common [][]rune
	for label, n := range counts {
		if key := bare(label); key != "" && better(label, alike[key]) {
			alike[key] = label
		}
		if n >= slipRatio {
			common = append(common, []rune(label))
		}
	}
	for label, n := range counts {
		meant := ""
		if other := alike[bare(label)]; other != "" && counts[other] > n {
			meant = other
		}
		if n <= slipRows {
			runes := []rune(label)
			for _, c := range common {
				if !oneOff(runes, c) {
					continue
				}
				if other := string(c); counts[other] >= slipRatio*n && better(other, meant) {
					meant = other
				}
			}
		}
		if meant != "" {
			out = append(out, Slip{Label: label, Rows: n, Meant: meant})
		}
	}
	slices.SortFunc(out, func(a, b Slip) int { return cmp.Compare(a.Label, b.Label) })
	return out
}

// bare is a label without what is easily written otherwise.
func bare(label string) string {
	return strings.Map(func(r rune) rune {
		if unicode.IsLetter(r) || unicode.IsDigit(r) || unicode.IsMark(r) {
			return unicode.ToLower(r)
		}
		return -1
	}, label)
}

// oneOff reports whether two labels are one edit apart (Damerau 1964).
func oneOff(a, b []rune) bool {
	if min(len(a), len(b)) < slipRunes || max(len(a), len(b)) > min(len(a), len(b))+1 {
		return false
	}
	for len(a) > 0 && len(b) > 0 && a[0] == b[0] {
		a, b = a[1:], b[1:]
	}
	for len(a) > 0 && len(b) > 0 && a[len(a)-1] == b[len(b)-1] {
		a, b = a[:len(a)-1], b[:len(b)-1]
	}
	if slices.ContainsFunc(slices.Concat(a, b), unicode.IsDigit) {
		return false
	}
	switch {
	case len(a)+len(b) == 1, len(a) == 1 && len(b) == 1:
		return true
	case len(a) == 2 && len(b) == 2:
		return a[0] == b[1] && a[1] == b[0]
	}
	return false
}
