package cascade

import "github.com/luodi/luodi/internal/sizing/etest"

// Draw is the order in which split B's items are shown: indexes into its
// outcomes, repeats allowed (a repeat is another draw).
type Draw []int

// Certified is the last policy of the sequence that passed.
type Certified struct {
	OK     bool // false: none passed, keep the reference
	Policy Policy
	Tested int // policies tested, the failed one included
	At     int // draws after which it passed
}

// Certify tests the policies in their order on split B: each claims to lose
// at most loss points against the reference, by paired bets with one deadline
// at the full alpha; the first failure ends it.
func Certify(policies []Policy, o *Outcomes, draw Draw, reference int, loss, alpha float64) Certified {
	var out Certified
	for _, p := range policies {
		out.Tested++
		test := etest.NewDeadlineBets((1-loss)/2, alpha, len(draw), .05/4)
		passed := 0
		for k, i := range draw {
			score, _, _ := p.Answer(o, i)
			if test.Add((score - o.Score[reference][i] + 1) / 2) {
				passed = k + 1
				break
			}
		}
		if passed == 0 {
			break
		}
		out.OK, out.Policy, out.At = true, p, passed
	}
	return out
}
