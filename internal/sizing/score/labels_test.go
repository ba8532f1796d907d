package score_test

import (
	"math"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"github.com/luodi/luodi/internal/sizing"
	"github.com/luodi/luodi/internal/sizing/score"
)

var topics = []string{"card", "fee", "loan, home", "transfer", "手续费", "转账"}

func TestLabelSet(t *testing.T) {
	for _, tt := range []struct {
		name, gold, reply string
		exact, f1         float64
		predicted         string
	}{
		{"the same in another order", "card; fee", "fee; card", 1, 1, "card; fee"},
		{"one a line, as a list", "card; fee", "- Card\n- Fee\n", 1, 1, "card; fee"},
		{"commas, and a comma in a label", "card; loan, home", "card, fee;loan, home", 0, .8, "card; fee; loan, home"},
		{"Chinese punctuation", "手续费；转账", "转账、手续费。", 1, 1, "手续费; 转账"},
		{"twice the same", "fee", "fee; fee", 1, 1, "fee"},
		{"one is missing", "card; fee; transfer", "card; fee", 0, .8, "card; fee"},
		{"none is right", "-", "-", 1, 1, "-"},
		{"none where one is right", "fee", "-", 0, 0, "-"},
		{"one where none is right", "-", "fee", 0, 0, "fee"},
		{"an empty reply says nothing", "-", "", 0, 0, ""},
		{"prose", "fee", "I think it is about money", 0, 0, ""},
		{"a label that nobody has", "fee", "fee; pets", 0, 2. / 3, "fee"},
		{"after a heading", "card; fee", "Categories: card; fee", 1, 1, "card; fee"},
		{"below a heading", "手续费；转账", "适用的类别：\n- 手续费\n- 转账", 1, 1, "手续费; 转账"},
		{"none after a heading", "-", "Labels: -", 1, 1, "-"},
		{"a heading and nothing", "-", "Categories:", 0, 0, ""},
		{"a verdict on each", "fee", "fee: yes; card: no", 0, 0, ""},
		{"after thinking", "fee", "card? no</think>fee", 1, 1, "fee"},
	} {
		for _, f1 := range []bool{false, true} {
			want := tt.exact
			if f1 {
				want = tt.f1
			}
			s := score.LabelSet{Labels: topics, F1: f1}
			got := s.Score(sizing.Item{Label: tt.gold}, sizing.Output{Text: tt.reply})
			if math.Abs(got.Value-want) > 1e-12 || got.Predicted != tt.predicted || (got.Value < 1) != (got.Note != "") {
				t.Errorf("%s, %s: %+v, want %v %q", tt.name, s.Name(), got, want, tt.predicted)
			}
			if !s.Graded() && got.Value != 0 && got.Value != 1 {
				t.Errorf("%s: %v of a scorer that is not graded", tt.name, got.Value)
			}
		}
	}
}

// However a set is written, it is read as the same set; F1 is symmetric, in
// [0,1], and 1 for equal sets only.
func TestLabelSetIsASet(t *testing.T) {
	s := score.LabelSet{Labels: topics, F1: true}
	rapid.Check(t, func(r *rapid.T) {
		draw := func(name string) []string {
			return rapid.SliceOfDistinct(rapid.SampledFrom(topics), rapid.ID).Draw(r, name)
		}
		a, b := draw("a"), draw("b")
		if got := score.SplitLabels(score.JoinLabels(a)); score.JoinLabels(got) != score.JoinLabels(a) || len(got) != len(a) {
			r.Fatalf("%q is read as %q", a, got)
		}
		read, stray := s.Read(strings.Join(append(slices.Clone(a), score.NoLabel), rapid.SampledFrom([]string{";", "；", " | ", "\n"}).Draw(r, "by")))
		if stray != "" || score.JoinLabels(read) != score.JoinLabels(a) {
			r.Fatalf("%q: %q, stray %q", a, read, stray)
		}
		ab := s.Score(sizing.Item{Label: score.JoinLabels(a)}, sizing.Output{Text: score.JoinLabels(b)}).Value
		ba := s.Score(sizing.Item{Label: score.JoinLabels(b)}, sizing.Output{Text: score.JoinLabels(a)}).Value
		if ab != ba || ab < 0 || ab > 1 || (ab == 1) != (score.JoinLabels(a) == score.JoinLabels(b)) {
			r.Fatalf("%q and %q: %v and %v", a, b, ab, ba)
		}
	})
}

func TestClassesOfSets(t *testing.T) {
	classes, macro := score.ClassesOf([][]string{{"a", "b"}, {"a"}, nil}, [][]string{{"a"}, {"a", "b"}, {"c"}})
	want := []score.Class{
		{Label: "a", Support: 2, Predicted: 2, Right: 2, Precision: 1, Recall: 1, F1: 1},
		{Label: "b", Support: 1, Predicted: 1},
		{Label: "c", Predicted: 1},
	}
	if !slices.Equal(classes, want) || macro != .5 {
		t.Errorf("%+v, %v", classes, macro)
	}
}
