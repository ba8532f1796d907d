package clean_test

import (
	"fmt"

	"github.com/luodi/luodi/internal/clean"
	"github.com/luodi/luodi/internal/source"
)

func ExamplePlan_Clean() {
	records, err := source.Parse(nil, "tickets.csv", []byte("text\n额度　１００万元，手机13800138000\n"), source.Columns{Text: "text"})
	if err != nil {
		fmt.Println(err)
		return
	}
	c := clean.NewPlan(nil).Clean(records[0])
	fmt.Println(c.Text, c.Lang, c.Repairs)
	for _, t := range c.PII {
		fmt.Println(t.Type, c.Text[t.Start:t.End])
	}
	// Output:
	// 额度 100万元，手机13800138000 zh [space width]
	// mobile 13800138000
}

func ExampleClusters() {
	fmt.Println(clean.Clusters([]string{
		"Where is my card?",
		"where is my card",
		"How do I top up?",
	}, 0.85))
	// Output: [0 0 1]
}
