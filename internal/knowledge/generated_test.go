package knowledge_test

import (
	"strings"
	"testing"

	"github.com/luodi/luodi/internal/knowledge"
	"github.com/luodi/luodi/internal/knowledge/knowledgetest"
)

func TestGrounded(t *testing.T) {
	store := &knowledgetest.Memory{}
	build(t, store, document("limits.md", "限额", "第一条 个人客户每日转账限额为 20 万元。\n\n第二条 单笔限额为 5 万元。"), document("card.md", "挂失", "第一条 口头挂失有效期为 5 日。"))
	b := opened(t, store)
	const question = "个人客户每日转账限额是多少"
	a, err := b.Ask(ctx, knowledge.Query{Text: question, As: owner})
	if err != nil || a.Refused {
		t.Fatalf("%+v %v", a, err)
	}
	system, user := a.Prompt(question)
	if !strings.Contains(system, "原文") || !strings.Contains(user, "[1]") || !strings.Contains(user, "20 万元") || !strings.HasSuffix(user, question) {
		t.Errorf("prompt:\n%s\n%s", system, user)
	}
	tests := []struct {
		name, reply, text string
		refused           bool
		citations, drops  int
	}{
		{"supported", "每日转账限额为 20 万元 [1] “个人客户每日转账限额为 20 万元”", "每日转账限额为 20 万元 [1]", false, 1, 0},
		{"one of two", "每日限额 20 万元 [1] “每日转账限额为 20 万元”\n可以申请提高到 90 万元 [1] “客户可以申请提高到 90 万元”", "每日限额 20 万元 [1]", false, 1, 1},
		{"none", "限额为 90 万元 [1]", "", true, 0, 1},
		{"refused by the model", "资料中没有答案", "", true, 0, 0},
		{"empty", "", "", true, 0, 0},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			got, dropped := a.Grounded(question, tt.reply)
			if got.Kind != knowledge.Generated || got.Refused != tt.refused || len(got.Citations) != tt.citations || len(dropped) != tt.drops {
				t.Fatalf("%+v, dropped %v", got, dropped)
			}
			if !tt.refused && got.Text != tt.text {
				t.Errorf("text %q", got.Text)
			}
			for _, c := range got.Citations {
				if check, err := knowledge.Verify(ctx, store, "b", c); err != nil || check != knowledge.CheckOK {
					t.Errorf("citation %+v: %s %v", c, check, err)
				}
			}
		})
	}
}
