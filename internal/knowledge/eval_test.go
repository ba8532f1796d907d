package knowledge_test

import (
	"context"
	"errors"
	"fmt"
	"math"
	"strings"
	"testing"
	"time"

	"github.com/luodi/luodi/internal/errs"
	"github.com/luodi/luodi/internal/knowledge"
	"github.com/luodi/luodi/internal/knowledge/knowledgetest"
)

func TestEval(t *testing.T) {
	ranking := map[string][]string{"first": {"a", "b", "c"}, "third": {"x", "y", "a", "b"}, "never": {"x"}, "two of three": {"a", "x", "b"}}
	rank := func(_ context.Context, q knowledge.Query) (hits []knowledge.Hit, err error) {
		for _, a := range ranking[q.Text] {
			hits = append(hits, knowledge.Hit{Address: a, At: a})
		}
		return hits, nil
	}
	tick := 0
	now := func() time.Time { tick++; return time.Unix(0, int64(tick)*int64(time.Millisecond)) }
	tests := []struct {
		name     string
		question knowledge.Question
		want     map[string]float64
	}{
		{"found first", knowledge.Question{Query: "first", Relevant: [][]string{{"a"}}}, map[string]float64{"recall@1": 1, "hit@1": 1, "mrr@10": 1, "ndcg@10": 1}},
		{"found third", knowledge.Question{Query: "third", Relevant: [][]string{{"a"}}}, map[string]float64{"recall@1": 0, "recall@3": 1, "mrr@10": 1. / 3, "ndcg@10": .5}},
		{"an alternative counts", knowledge.Question{Query: "third", Relevant: [][]string{{"nowhere", "y"}}}, map[string]float64{"recall@3": 1, "mrr@10": .5}},
		{"never found", knowledge.Question{Query: "never", Relevant: [][]string{{"a"}}}, map[string]float64{"recall@3": 0, "hit@3": 0, "mrr@10": 0, "ndcg@10": 0}},
		{"two of three", knowledge.Question{Query: "two of three", Relevant: [][]string{{"a"}, {"b"}, {"c"}}},
			map[string]float64{"recall@1": 1. / 3, "recall@3": 2. / 3, "hit@3": 1, "mrr@10": 1, "ndcg@10": 1.5 / (1 + 1/math.Log2(3) + .5)}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			got, err := knowledge.Eval(ctx, rank, []knowledge.Question{tt.question}, knowledge.EvalConfig{K: []int{3, 1}, Now: now})
			if err != nil {
				t.Fatal(err)
			}
			for k, want := range tt.want {
				if math.Abs(got[k]-want) > 1e-9 {
					t.Errorf("%s = %v, want %v", k, got[k], want)
				}
			}
			if got["p50_ms"] != 1 || got["p95_ms"] != 1 {
				t.Errorf("latency %v, %v; the clock ticks 1 ms", got["p50_ms"], got["p95_ms"])
			}
		})
	}
	broken := func(context.Context, knowledge.Query) ([]knowledge.Hit, error) { return nil, errors.New("no disk") }
	if _, err := knowledge.Eval(ctx, broken, []knowledge.Question{{ID: "q7", Query: "a"}}, knowledge.EvalConfig{Now: now}); err == nil || !strings.Contains(err.Error(), "q7") {
		t.Errorf("a search that fails: %v", err)
	}
	if _, err := knowledge.Eval(ctx, rank, nil, knowledge.EvalConfig{Now: now}); !errs.Is(err, errs.CodeInvalid) {
		t.Errorf("no questions: %v", err)
	}
}

func TestReadQuestions(t *testing.T) {
	qs, err := knowledge.ReadQuestions(strings.NewReader("{\"id\":\"1\",\"query\":\"甲\",\"relevant\":[[\"a\",\"b#第二条\"]]}\n\n{\"query\":\"乙\",\"relevant\":[[\"c\"]]}\n"))
	if err != nil || len(qs) != 2 || qs[0].Relevant[0][1] != "b#第二条" {
		t.Errorf("%v, %v", qs, err)
	}
	for name, text := range map[string]string{"nothing": "", "no json": "x", "no query": `{"relevant":[["a"]]}`, "no address": `{"query":"a"}`} {
		if _, err := knowledge.ReadQuestions(strings.NewReader(text)); !errs.Is(err, errs.CodeInvalid) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestAddresses(t *testing.T) {
	article := knowledge.Hit{At: "law/a.md", Address: "law/a.md#第十二条", Labels: []string{"第一章 总则", "第十二条", "Fees and limits"}}
	row := knowledge.Hit{At: "t.jsonl#p1", Address: "t.jsonl#p1"}
	tests := []struct {
		hit     knowledge.Hit
		address string
		want    bool
	}{
		{article, "law/a.md", true}, {article, "law/a.md#第十二条", true}, {article, "law/a.md#第12条", true}, {article, "law/a.md#第一章", true},
		{article, "law/a.md#fees-and-limits", true}, {article, "law/a.md#第二条", false}, {article, "a.md#第十二条", false}, {article, "law/a", false},
		{row, "t.jsonl#p1", true}, {row, "t.jsonl", true}, {row, "t.jsonl#p", false}, {row, "t.jsonl#p10", false}, {row, "p1", false},
	}
	for _, tt := range tests {
		if got := tt.hit.Is(tt.address); got != tt.want {
			t.Errorf("%s is %s: %v", tt.hit.Address, tt.address, got)
		}
	}
}

func ExampleBase_Ask() {
	ctx := context.Background()
	store := &knowledgetest.Memory{}
	docs := func(yield func(knowledge.Document, error) bool) {
		yield(knowledge.Document{ID: "rec_1", Address: "rules/card.md", Source: "rules",
			Text: "# 信用卡收费办法\n\n第一条 金卡年费每年三百元。\n\n第二条 当年刷卡满六次的，免收次年年费。"}, nil)
	}
	_, err := knowledge.Build(ctx, knowledge.Config{Base: "rulebook", Readers: []string{"department:service"}, Store: store, Now: time.Now}, docs)
	if err != nil {
		fmt.Println(err)
		return
	}
	base, err := knowledge.Open(ctx, store, "rulebook")
	if err != nil {
		fmt.Println(err)
		return
	}
	answer, err := base.Ask(ctx, knowledge.Query{Text: "刷卡几次免年费？", K: 1, As: knowledge.Asker{Principals: []string{"department:service"}}})
	if err != nil {
		fmt.Println(err)
		return
	}
	c := answer.Citations[0]
	check, _ := knowledge.Verify(ctx, store, "rulebook", c)
	fmt.Println(c.Address, c.Quote, check)
	// Output: rules/card.md#第二条 第二条 当年刷卡满六次的，免收次年年费。 ok
}
