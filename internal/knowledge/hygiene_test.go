package knowledge_test

import (
	"strings"
	"testing"
	"time"

	"github.com/luodi/luodi/internal/knowledge"
	"github.com/luodi/luodi/internal/knowledge/knowledgetest"
)

func TestHygiene(t *testing.T) {
	long := strings.Repeat("客户办理业务时须出示有效身份证件，柜员核对后留存影像。", 3)
	owned := func(d knowledge.Document, department string) knowledge.Document {
		d.Department = department
		return d
	}
	store := &knowledgetest.Memory{}
	build(t, store,
		owned(document("a.md", "开户", "第一条 "+long+"个人客户每日累计转账限额为 20 万元。"), "risk"),
		owned(document("b.md", "开户", "第七条 个人客户每日累计转账限额为 50 万元。转账手续费按月结算。"), "service"),
		owned(document("copy1.md", "说明", long+long+"本页为说明之一。"), "service"),
		owned(document("copy2.md", "说明", long+long+"本页为说明之一。 "), "service"),
		owned(document("fees_v1_2019.md", "费用", "自2019年1月1日起施行。旧的收费标准在此列明，供查询。"), "risk"),
	)
	got, err := knowledge.Hygiene(ctx, store, "b", time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC))
	if err != nil {
		t.Fatal(err)
	}
	find := func(kind string, addresses ...string) bool {
		for _, f := range got {
			if f.Kind == kind && strings.Join(f.Addresses, " ") == strings.Join(addresses, " ") {
				return true
			}
		}
		return false
	}
	if !find(knowledge.Contradiction, "a.md", "b.md") {
		t.Errorf("20 and 50 万元 are not told: %+v", got)
	}
	if !find(knowledge.NearDuplicate, "copy1.md", "copy2.md") {
		t.Errorf("the copies are not told: %+v", got)
	}
	if !find(knowledge.Stale, "fees_v1_2019.md") {
		t.Errorf("the fees of 2019 are not told: %+v", got)
	}
	if len(got) != 3 {
		t.Errorf("more than these: %+v", got)
	}
	for i := 1; i < len(got); i++ {
		if got[i-1].Department > got[i].Department {
			t.Errorf("not by department: %+v", got)
		}
	}
}
