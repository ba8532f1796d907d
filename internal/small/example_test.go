package small_test

import (
	"context"
	"fmt"

	"github.com/luodi/luodi/internal/small"
)

// A model is trained, calibrated on items it never saw, and asked.
func ExampleTrain() {
	var examples []small.Example
	for _, more := range []string{"", " today", " please", " again", " thanks"} {
		examples = append(examples,
			small.Example{Text: "my card is lost" + more, Label: "card"},
			small.Example{Text: "block the stolen card" + more, Label: "card"},
			small.Example{Text: "refund my purchase" + more, Label: "refund"},
			small.Example{Text: "i want my money back" + more, Label: "refund"},
		)
	}
	model, err := small.Train(context.Background(), examples, small.Config{Seed: 1})
	if err != nil {
		fmt.Println(err)
		return
	}
	unseen := []small.Example{
		{Text: "lost the card", Label: "card"},
		{Text: "card stolen today", Label: "card"},
		{Text: "a refund please", Label: "refund"},
		{Text: "give me the money back", Label: "refund"},
	}
	// Four items without an error prove no more than this; 2 points take 149.
	calibration, err := small.Calibrate(model, unseen, small.Goal{Loss: 0.6})
	if err != nil {
		fmt.Println(err)
		return
	}
	answer := model.With(calibration).Predict("the card is lost")
	fmt.Println(answer.Label, answer.Answered)
	// Output: card true
}
