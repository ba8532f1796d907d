package sizing

import (
	"strings"
	"testing"
)

// A judge that is no better than chance is said to be so, with what to do, in
// both languages; a good one, or one on too few labels to tell, is not.
func TestAUselessJudgeIsNamed(t *testing.T) {
	for _, tt := range []struct {
		name  string
		a     *Agreement
		worse bool
	}{
		{"nobody has labelled", nil, false},
		{"chance", &Agreement{N: 68, Same: .5, Kappa: .065, Interval: [2]float64{-.167, .296}, Enough: true}, true},
		{"against people", &Agreement{N: 68, Same: .2, Kappa: -.6, Interval: [2]float64{-.8, -.4}, Enough: true}, true},
		{"good", &Agreement{N: 68, Same: .9, Kappa: .8, Interval: [2]float64{.6, .9}, Enough: true}, false},
		{"too few to tell", &Agreement{N: 10, Same: .5, Kappa: 0, Interval: [2]float64{-.6, .6}}, false},
	} {
		t.Run(tt.name, func(t *testing.T) {
			var en, zh strings.Builder
			judged(&Result{Scenario: "letters", Judge: &Judgement{Labels: 68, Agreement: tt.a}}, func(e, z string) { en.WriteString(e); zh.WriteString(z) })
			if strings.Contains(en.String(), "better than chance") != tt.worse || strings.Contains(zh.String(), "请换一个评判模型") != tt.worse {
				t.Errorf("%s\n%s", en.String(), zh.String())
			}
		})
	}
}
