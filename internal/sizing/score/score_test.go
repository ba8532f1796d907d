package score_test

import (
	"fmt"
	"math"
	"testing"

	"github.com/luodi/luodi/internal/sizing"
	"github.com/luodi/luodi/internal/sizing/score"
)

func TestExactLabelReadsReplies(t *testing.T) {
	labels := []string{"card_arrival", "card_linking", "Refund_not_showing_up", "退款", "退款进度", "转账失败", "other"}
	tests := []struct{ name, reply, want string }{
		{"as asked", "card_arrival", "card_arrival"},
		{"case and spaces", "  Card Arrival. ", "card_arrival"},
		{"quotes", "“card_arrival”", "card_arrival"},
		{"code marks", "`card_linking`", "card_linking"},
		{"full width", "ｃａｒｄ＿ａｒｒｉｖａｌ", "card_arrival"},
		{"with its name", "Category: refund not showing up", "Refund_not_showing_up"},
		{"Chinese with its name", "类别：退款进度。", "退款进度"},
		{"inside a sentence", "The best category is card_arrival, because the card has not come.", "card_arrival"},
		{"a label inside a longer one", "应归为退款进度类", "退款进度"},
		{"the shorter one", "这是退款", "退款"},
		{"after thinking", "<think>card_linking or card_arrival?</think>\ncard_arrival", "card_arrival"},
		{"the last line decides", "It could be card_linking.\n\ncard_arrival", "card_arrival"},
		{"two labels", "card_arrival or card_linking", ""},
		{"part of a word is no label", "another matter", ""},
		{"none", "I do not know", ""},
		{"empty", "", ""},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if got := (score.ExactLabel{Labels: labels}).Read(tt.reply); got != tt.want {
				t.Errorf("Read(%q) = %q, want %q", tt.reply, got, tt.want)
			}
		})
	}
}

func TestExactLabel(t *testing.T) {
	s := score.ExactLabel{Labels: []string{"yes", "no"}}
	it := sizing.Item{Label: "yes"}
	tests := []struct {
		name string
		out  sizing.Output
		want float64
	}{
		{"right label", sizing.Output{Label: "yes"}, 1},
		{"wrong label", sizing.Output{Label: "no"}, 0},
		{"right in text", sizing.Output{Text: "Yes."}, 1},
		{"abstaining is not right", sizing.Output{Label: "yes", Unknown: true}, 0},
		{"the label wins over the text", sizing.Output{Label: "no", Text: "yes"}, 0},
	}
	for _, tt := range tests {
		if got := s.Score(it, tt.out); got.Value != tt.want {
			t.Errorf("%s: %+v, want %v", tt.name, got, tt.want)
		}
	}
}

func TestAnswerAndCitation(t *testing.T) {
	it := sizing.Item{Answers: []string{"1,000 yuan", "1000"}, Citations: []string{"fees.md#3", "old.md"}}
	tests := []struct {
		name string
		it   sizing.Item
		out  sizing.Output
		want float64
	}{
		{"answer and address", it, sizing.Output{Text: "The fee is 1,000 Yuan.", Citations: []string{"fees.md#3"}}, 1},
		{"the same number in another form", it, sizing.Output{Text: "手续费为１０００元", Citations: []string{"fees.md#3"}}, 1},
		{"right answer, wrong address", it, sizing.Output{Text: "1000", Citations: []string{"fees.md#4"}}, 0},
		{"right answer, no address", it, sizing.Output{Text: "1000"}, 0},
		{"wrong answer, right address", it, sizing.Output{Text: "100", Citations: []string{"fees.md#3"}}, 0},
		{"a number inside a longer one", it, sizing.Output{Text: "11000", Citations: []string{"fees.md#3"}}, 0},
		{"a number inside a decimal", it, sizing.Output{Text: "3.1000", Citations: []string{"fees.md#3"}}, 0},
		{"a part of a gold document", it, sizing.Output{Text: "1000", Citations: []string{"old.md#7"}}, 1},
		{"the document of a gold part", it, sizing.Output{Text: "1000", Citations: []string{"fees.md"}}, 1},
		{"the sixth address does not count", it, sizing.Output{Text: "1000", Citations: []string{"1", "2", "3", "4", "5", "fees.md#3"}}, 0},
		{"refusing an answerable question", it, sizing.Output{Refused: true}, 0},
		{"a right refusal", sizing.Item{Refuse: true}, sizing.Output{Refused: true}, 1},
		{"answering what nothing answers", sizing.Item{Refuse: true}, sizing.Output{Text: "1000"}, 0},
		{"address only", sizing.Item{Citations: []string{"a.md"}}, sizing.Output{Text: "whatever", Citations: []string{"a.md"}}, 1},
		{"a number is not a percentage", sizing.Item{Answers: []string{"5%"}}, sizing.Output{Text: "5"}, 0},
		{"Chinese with other punctuation", sizing.Item{Answers: []string{"三个工作日内"}}, sizing.Output{Text: "应在「三个 工作日」内办理"}, 1},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if got := (score.AnswerAndCitation{}).Score(tt.it, tt.out); got.Value != tt.want {
				t.Errorf("%+v, want %v", got, tt.want)
			}
		})
	}
}

func TestClasses(t *testing.T) {
	classes, macro := score.Classes([]string{"a", "a", "b", "b", "c"}, []string{"a", "b", "b", "", "d"})
	// a: precision 1, recall 1/2, F1 2/3; b: 1/2, 1/2, 1/2; c: 0; d is never gold.
	if want := (2.0/3 + .5 + 0) / 3; math.Abs(macro-want) > 1e-12 {
		t.Errorf("macro-F1 %v, want %v", macro, want)
	}
	if len(classes) != 4 || classes[3].Label != "d" || classes[3].Predicted != 1 || classes[1].Recall != .5 {
		t.Errorf("%+v", classes)
	}
	if _, macro := score.Classes(nil, nil); macro != 0 {
		t.Errorf("of nothing: %v", macro)
	}
}

func ExampleExactLabel() {
	s := score.ExactLabel{Labels: []string{"card_arrival", "card_linking"}}
	fmt.Println(s.Read("Sure! The category is: **card_arrival**"))
	// Output: card_arrival
}
