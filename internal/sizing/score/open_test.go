package score_test

import (
	"encoding/json"
	"slices"
	"testing"

	"github.com/luodi/luodi/internal/sizing"
	"github.com/luodi/luodi/internal/sizing/score"
)

func TestOpenLeavesToAJudgeWhatRulesCannotDecide(t *testing.T) {
	rubric := json.RawMessage(`["mentions rate","omits guarantee","judge is polite"]`)
	for _, tt := range []struct {
		name   string
		scorer interface {
			Open(sizing.Item, sizing.Output) (int, int, []string)
		}
		item       sizing.Item
		out        sizing.Output
		met, total int
		open       []string
	}{
		{"a rubric", score.Rubric{}, sizing.Item{Gold: rubric}, sizing.Output{Text: "<think>guarantee</think>The rate."}, 2, 3, []string{"is polite"}},
		{"an empty reply", score.Rubric{}, sizing.Item{Gold: rubric}, sizing.Output{Text: " "}, 0, 3, nil},
		{"an answer", score.AnswerAndCitation{Only: "answer"}, sizing.Item{Answers: []string{"3 days"}}, sizing.Output{Text: "three"}, 0, 1, []string{"it says that the answer is: 3 days"}},
		{"一个答案", score.AnswerAndCitation{Only: "answer"}, sizing.Item{Answers: []string{"三天", "3 个工作日"}}, sizing.Output{Text: "三"}, 0, 1, []string{"给出的答案是：三天 或 3 个工作日"}},
		{"a right refusal", score.AnswerAndCitation{}, sizing.Item{Refuse: true}, sizing.Output{Refused: true}, 1, 1, nil},
		{"a wrong citation", score.AnswerAndCitation{}, sizing.Item{Answers: []string{"3"}, Citations: []string{"a"}}, sizing.Output{Text: "3", Citations: []string{"b"}}, 0, 1, nil},
	} {
		t.Run(tt.name, func(t *testing.T) {
			met, total, open := tt.scorer.Open(tt.item, tt.out)
			if met != tt.met || total != tt.total || !slices.Equal(open, tt.open) {
				t.Errorf("%d of %d, %q", met, total, open)
			}
		})
	}
}
