package report

import (
	"github.com/luodi/luodi/internal/sizing/judge"
	"github.com/luodi/luodi/internal/sizing/score"
)

// Classes is how one candidate does per class.
type Classes struct {
	Candidate     string          `json:"candidate"`
	Configuration string          `json:"configuration"`
	Items         int             `json:"items"`
	Accuracy      float64         `json:"accuracy"`
	MacroF1       float64         `json:"macro_f1"`          // over the classes that occur as gold
	MacroInterval [2]float64      `json:"macro_f1_interval"` // 95 %, valid at any time, over all labels; [0, 1] where items share a document or customer
	Agreement     judge.Agreement `json:"agreement"`         // with gold, as of two raters
	Classes       []score.Class   `json:"classes"`
}
