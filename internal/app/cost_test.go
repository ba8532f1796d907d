package app

import (
	"strings"
	"testing"

	"github.com/luodi/luodi/internal/meter"
	"github.com/luodi/luodi/internal/money"
)

func TestCostCSV(t *testing.T) {
	r := CostResult{costs: []meter.Cost{
		{Day: "2026-11-23", Model: "qwen-plus", Requests: 3, Input: 30, Output: 9, Estimated: 1, Covered: 7, Cost: 12_500_000, Currency: money.CNY},
		{Day: "2026-11-23", Model: "=cmd()", Requests: 1, Currency: money.USD},
	}}
	var b strings.Builder
	if err := r.CSV(&b, []string{"day", "model"}); err != nil {
		t.Fatal(err)
	}
	const want = `day,model,requests,input_tokens,output_tokens,cost,currency,estimated,covered_tokens
2026-11-23,qwen-plus,3,30,9,0.0125,CNY,1,7
2026-11-23,'=cmd(),1,0,0,0,USD,0,0
`
	if b.String() != want {
		t.Errorf("%s", b.String())
	}
}
