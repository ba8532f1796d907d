package knowledge_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"github.com/luodi/luodi/internal/knowledge"
	"github.com/luodi/luodi/internal/knowledge/knowledgetest"
	"github.com/luodi/luodi/internal/lineage"
)

var rules = []knowledge.Document{
	document("rules/card.md", "信用卡收费办法", `# 信用卡收费办法

第一条 普通卡年费每年一百元，金卡年费每年三百元。

第二条 持卡人当年刷卡满六次的，免收次年年费。

第三条 下列情形不收挂失费：

（一）卡片被盗的；

（二）首次挂失的。

第四条 逾期还款的，按日计收万分之五的利息。逾期超过九十日的，本行可以停止该卡的使用。本行停止使用前应当通知持卡人。通知可以采用短信方式。`),
	document("rules/kyc.md", "客户身份识别办法", "# 客户身份识别办法\n\n第一条 开立账户应当核对客户的有效身份证件。\n\n第二条 单笔现金存取五万元以上的，应当登记客户身份信息。"),
	document("help.html", "Wire transfers", "# Wire transfers\n\nA wire transfer costs 25 USD. Transfers above 10,000 USD need a second approval. They are executed on the next business day."),
}

func TestAsk(t *testing.T) {
	store := &knowledgetest.Memory{}
	build(t, store, rules...)
	b := opened(t, store)
	tests := []struct {
		name, question string
		refused        bool
		address, says  string
	}{
		{"an article", "刷卡多少次可以免次年年费？", false, "rules/card.md#第二条", "满六次"},
		{"by its number", "客户身份识别办法第二条", false, "rules/kyc.md#第二条", "五万元"},
		{"a list comes whole", "哪些情形不收挂失费", false, "rules/card.md#第三条", "首次挂失"},
		{"English", "How much does a wire transfer cost?", false, "help.html", "25 USD"},
		{"nothing about it", "如何种植番茄幼苗并防治蚜虫？", true, "", "知识库中没有"},
		{"nothing about it in English", "Which tomato seedlings resist aphids in greenhouses?", true, "", "no sufficient evidence"},
		{"an empty question", "？", true, "", "evidence"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			a, err := b.Ask(ctx, knowledge.Query{Text: tt.question, As: owner})
			if err != nil {
				t.Fatal(err)
			}
			if a.Refused != tt.refused || !strings.Contains(a.Text, tt.says) || a.Kind != knowledge.Extractive {
				t.Fatalf("evidence %.2f of %.2f: %+v", a.Evidence, a.Threshold, a)
			}
			if tt.refused {
				if len(a.Citations) != 0 {
					t.Errorf("a refusal cites %v", a.Citations)
				}
				return
			}
			if a.Citations[0].Address != tt.address {
				t.Errorf("cites %s, want %s", a.Citations[0].Address, tt.address)
			}
			for i, c := range a.Citations {
				if !strings.Contains(a.Text, strings.TrimSpace(c.Quote)+fmt.Sprintf(" [%d]", i+1)) {
					t.Errorf("the answer does not quote citation %d: %q", i+1, c.Quote)
				}
				if check, err := knowledge.Verify(ctx, store, "b", c); err != nil || check != knowledge.CheckOK {
					t.Errorf("citation %d: %s, %v", i+1, check, err)
				}
			}
		})
	}
}

func TestVerify(t *testing.T) {
	store := &knowledgetest.Memory{}
	build(t, store, rules...)
	hits, err := opened(t, store).Search(ctx, knowledge.Query{Text: "逾期利息", As: owner})
	if err != nil || len(hits) == 0 {
		t.Fatal(hits, err)
	}
	good := hits[0].Cite()
	requoted := func(quote string) knowledge.Citation {
		c := good
		c.Quote, c.SHA256, c.End = quote, lineage.Hash([]byte(quote)), c.Start+len(quote)
		return c
	}
	other := good
	other.Document = "rec_00"
	moved := good
	moved.Start, moved.End = moved.Start+3, moved.End+3
	digest := good
	digest.SHA256 = strings.Repeat("0", 64)
	tests := []struct {
		name string
		c    knowledge.Citation
		want knowledge.Check
	}{
		{"as given", good, knowledge.CheckOK},
		{"a part of it", requoted(good.Quote[:len("第四条")]), knowledge.CheckOK},
		{"an altered number", requoted(strings.Replace(good.Quote, "万分之五", "万分之三", 1)), knowledge.CheckMismatch},
		{"an invented sentence", requoted("逾期还款不计收任何费用。"), knowledge.CheckMismatch},
		{"another place", moved, knowledge.CheckMismatch},
		{"another digest", digest, knowledge.CheckMismatch},
		{"an unknown document", other, knowledge.CheckMismatch},
		{"nothing", knowledge.Citation{}, knowledge.CheckMismatch},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if got, err := knowledge.Verify(ctx, store, "b", tt.c); got != tt.want || err != nil {
				t.Errorf("%s, %v; want %s", got, err, tt.want)
			}
		})
	}
	t.Run("after an edit and a removal it says so", func(t *testing.T) {
		build(t, store, rules[1:]...)
		if got, err := knowledge.Verify(ctx, store, "b", good); got != knowledge.CheckSuperseded || err != nil {
			t.Errorf("%s, %v", got, err)
		}
	})
}

// Whatever is edited, built again and searched, every citation ever given
// resolves to its bytes, or says that its version is superseded.
func TestCitationsNeverDrift(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		store := &knowledgetest.Memory{}
		docs := make([]knowledge.Document, 4)
		for i := range docs {
			docs[i] = drawDocument(t, i)
		}
		given := map[knowledge.Citation]knowledge.Document{}
		for range 4 {
			i := rapid.IntRange(0, len(docs)-1).Draw(t, "edited")
			docs[i] = drawDocument(t, i)
			build(t, store, docs...)
			for _, q := range queries {
				a, err := opened(t, store).Ask(ctx, knowledge.Query{Text: q, As: owner})
				if err != nil {
					t.Fatal(err)
				}
				for _, h := range a.Hits {
					a.Citations = append(a.Citations, h.Cite())
				}
				for _, c := range a.Citations {
					i := slices.IndexFunc(docs, func(d knowledge.Document) bool { return d.ID == c.Document })
					if docs[i].Text[c.Start:c.End] != c.Quote {
						t.Fatalf("%+v does not quote %s", c, docs[i].Text)
					}
					given[c] = docs[i]
				}
			}
		}
		for c, d := range given {
			want := knowledge.CheckSuperseded
			if slices.ContainsFunc(docs, func(now knowledge.Document) bool { return now.ID == d.ID }) {
				want = knowledge.CheckOK
			}
			if got, err := knowledge.Verify(ctx, store, "b", c); got != want || err != nil {
				t.Fatalf("%+v: %s, %v; want %s", c, got, err, want)
			}
		}
	})
}

func TestVersionsCollapse(t *testing.T) {
	text := "第一条 合伙协议依法由全体合伙人协商一致、以书面形式订立，并由全体合伙人签名盖章后生效，修改合伙协议应当经过%s同意。"
	store := &knowledgetest.Memory{}
	build(t, store,
		document("合伙企业法(1997-02-23).md", "合伙企业法", fmt.Sprintf(text, "全体合伙人一致")),
		document("合伙企业法(2006-08-27).md", "合伙企业法", fmt.Sprintf(text, "三分之二以上合伙人")),
		document("公司法(2018-10-26).md", "公司法", "第一条 公司章程由股东共同制定，对公司、股东、董事具有约束力。"),
	)
	hits, err := opened(t, store).Search(ctx, knowledge.Query{Text: "合伙协议要书面形式吗", As: owner})
	if err != nil || len(hits) == 0 {
		t.Fatal(hits, err)
	}
	first := hits[0]
	if first.Address != "合伙企业法(2006-08-27).md#第一条" || len(first.Versions) != 1 || first.Versions[0].Address != "合伙企业法(1997-02-23).md#第一条" || first.Superseded {
		t.Errorf("shown %s with versions %v", first.Address, first.Versions)
	}
	if check, err := knowledge.Verify(ctx, store, "b", first.Versions[0]); check != knowledge.CheckOK || err != nil {
		t.Errorf("the collapsed version: %s, %v", check, err)
	}
}

func TestTemplatesDoNotCollapse(t *testing.T) {
	text := "第一条 %s产品的年利率为百分之%s，存期一年，到期自动转存，提前支取按活期计息，起存金额五万元，可以办理质押贷款。"
	store := &knowledgetest.Memory{}
	build(t, store, document("a.md", "甲产品", fmt.Sprintf(text, "甲", "三")), document("b.md", "乙产品", fmt.Sprintf(text, "乙", "四")))
	if got := found(t, opened(t, store), "存期一年的年利率", owner); len(got) != 2 {
		t.Errorf("two products of one template: %v", got)
	}
}
