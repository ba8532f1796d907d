package sizing_test

import (
	"context"
	"fmt"

	"github.com/luodi/luodi/internal/money"
	"github.com/luodi/luodi/internal/sizing"
	"github.com/luodi/luodi/internal/sizing/prompt"
	"github.com/luodi/luodi/internal/sizing/score"
)

// A small model trained here, a cheap chat model and one without a key: the
// study tests the cheapest first and stops at the first certificate.
func ExampleStudy() {
	labels := []string{"yes", "no"}
	answers := &world{right: map[string]float64{"small": .78, "cheap": .94}, calls: map[string]int{}}
	result, err := sizing.Study(context.Background(), sizing.StudyConfig{
		Scenario: "intent", Metric: "accuracy", Items: items(800), Scorer: score.ExactLabel{Labels: labels},
		Bar: .85, Slack: .02, Seed: 1, Store: new(sizing.Memory), Runner: answers,
		Arms: []sizing.Arm{
			{Config: sizing.Configuration{Name: "small", Kind: sizing.Small, Revision: "mdl_1", Labels: labels}},
			{Config: sizing.Configuration{Name: "cheap", Kind: sizing.Chat, Model: "m-7b", Prompt: prompt.Default("classify", "en"), Labels: labels},
				Price: sizing.Price{Row: "m-7b@2024-05", Currency: money.CNY, In: 300_000, Out: 600_000}},
			{Config: sizing.Configuration{Name: "strong", Kind: sizing.Chat, Model: "m-max", Prompt: prompt.Default("classify", "en"), Labels: labels},
				Price: sizing.Price{Row: "m-max@2024-05", Currency: money.CNY, In: 20_000_000, Out: 60_000_000}, Missing: "${KEY} is not set"},
		},
	})
	if err != nil {
		panic(err)
	}
	for _, a := range result.Arms {
		fmt.Println(a.Name, a.Status, a.Items)
	}
	fmt.Println(result.Certificate.En)
	// Output:
	// small refuted 472
	// cheap certified 100
	// strong not_configured 0
	// CERTIFIED(cheap, .83): bar .85, certified floor .83. With probability ≥ 95 % over the random draw of items, no certified configuration of this study has a true mean score below its floor; valid for all candidates, all looks, any stopping rule. This certificate was tested at a share of 1.5 %: taken alone it is right with probability ≥ 98.5 %; the 5 % are for all certificates of the study together. Assumes items exchangeable with traffic, the scorer as truth, candidates, floors and weights fixed before data. Cheapest among candidates: every cheaper one is refuted. REFUTED(small, bar .85): with probability ≥ 95 % no refuted configuration has a true mean at or above its bar. Of the 5 %, 4.5 % are for the candidates of the start, 0.5 % for later ones.
}
