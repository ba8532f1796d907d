package score_test

import (
	"testing"

	"github.com/luodi/luodi/internal/sizing"
	"github.com/luodi/luodi/internal/sizing/score"
)

func TestSameValue(t *testing.T) {
	tests := []struct {
		gold, got string
		want      bool
	}{
		{"2024-05-01", "2024年5月1日", true},
		{"2024-05-01", "2024/5/1", true},
		{"2024-05-01", "2024-05-02", false},
		{"2024-05-01", "next May", false},
		{"¥1,000.00", "1000元", true},
		{"CNY 1000", "1000", true},
		{"1000元", "1000美元", false},
		{"1.5万元", "15000元", true},
		{"30天", "30 日", true},
		{"30天", "30个月", false},
		{"5%", "5 percent", true},
		{"5%", "0.05", false},
		{"Zhang San", "ZHANG  SAN", true},
		{"张三", "张 三", true},
		{"张三", "李四", false},
		{"", "", true},
		{"", "x", false},
		{"x", "", false},
		{"-", "", false},
	}
	for _, tt := range tests {
		if got := score.SameValue(tt.gold, tt.got); got != tt.want {
			t.Errorf("SameValue(%q, %q) = %v", tt.gold, tt.got, got)
		}
	}
}

func TestFields(t *testing.T) {
	it := sizing.Item{Fields: map[string]string{"name": "张三", "amount": "5000元", "due": "2024-06-30", "guarantor": ""}}
	tests := []struct {
		name, reply string
		want        float64
	}{
		{"all right", `{"name":"张三","amount":5000,"due":"2024年6月30日","guarantor":null}`, 1},
		{"in a code block", "Here:\n```json\n{\"name\":\"张三\",\"amount\":\"5,000\",\"due\":\"2024/6/30\"}\n```", 1},
		{"one wrong", `{"name":"李四","amount":5000,"due":"2024-06-30"}`, .75},
		{"a field made up", `{"name":"张三","amount":5000,"due":"2024-06-30","guarantor":"王五"}`, .75},
		{"other keys do not count", `{"name":"张三","amount":5000,"due":"2024-06-30","note":"x"}`, 1},
		{"braces before the object", `{like this} {"name":"张三","amount":5000,"due":"2024-06-30"}`, 1},
		{"cut off", `{"name":"张三","amount":50`, 0},
		{"no object", "张三 owes 5000", 0},
		{"empty object", "{}", .25},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if got := (score.Fields{}).Score(it, sizing.Output{Text: tt.reply}); got.Value != tt.want {
				t.Errorf("%+v, want %v", got, tt.want)
			}
		})
	}
}
