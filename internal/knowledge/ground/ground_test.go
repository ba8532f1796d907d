package ground_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/luodi/luodi/internal/knowledge/ground"
)

var passages = []string{
	"第三条 个人客户单笔转账限额为 5 万元，每日累计限额为 20 万元。自 2024年3月1日起施行。柜面办理的，不受前款限制。",
	"Chargebacks must be filed within 120 days of the posting date. A fee of $25 applies to each retrieval request under rule VCR-10.4. Cardholders are not liable for fraud reported within 2 business days to Northwind Bank.",
}

func TestCheck(t *testing.T) {
	tests := []struct {
		name, reply string
		want        string // "" supported, else part of the reason
	}{
		{"a quote", "个人客户每日最多转账 20 万元 [1] “每日累计限额为 20 万元”", ""},
		{"a quote before the mark", "个人客户每日最多转账 20 万元：“每日累计限额为20万元”[1]", ""},
		{"other width and spaces", "每日限额二十万元 [1] “每日累计限额为２０万元”", ""},
		{"the same amount in digits", "每日累计限额为 200,000 元 [1]", ""},
		{"no quote, its words", "柜面办理的，不受限制 [1]", ""},
		{"English", "Chargebacks must be filed within 120 days [2] \"must be filed within 120 days of the posting date\"", ""},
		{"a date written otherwise", "自 2024-03-01 起施行 [1] “自 2024年3月1日起施行”", ""},
		{"no mark", "每日限额 20 万元", ground.NoCitation},
		{"no mark, but the words of a passage", "个人客户单笔转账限额为 5 万元，每日累计限额为 20 万元。", ""},
		{"no mark, the words of a passage with another number", "个人客户单笔转账限额为 5 万元，每日累计限额为 30 万元。", ground.NoCitation},
		{"no mark, a few words of a passage", "business days", ground.NoCitation},
		{"behind the end of its turn", "A fee of $25 applies to each retrieval request [2]<|im_end|>\n<|im_start|>user\nWhat else?", ""},
		{"in a loop", strings.Repeat("A fee of $25 applies to each retrieval request [2]\n", 40), ""},
		{"a passage that is not there", "每日限额 20 万元 [3]", ground.NoSuch},
		{"a quote of nobody", "可以透支 [1] “客户可在柜面申请临时透支额度”", ground.NotQuoted},
		{"a quote of another passage", "120 days [1] \"Chargebacks must be filed within 120 days\"", ground.NotQuoted},
		{"a number altered in the quote", "每日 30 万元 [1] “每日累计限额为 30 万元”", ground.NotQuoted},
		{"a number altered in the claim", "每日 30 万元 [1] “每日累计限额为 20 万元”", "30"},
		{"two numbers swapped", "单笔转账限额为 20 万元 [1] “个人客户单笔转账限额为 5 万元，每日累计限额为 20 万元”", "20"},
		{"another unit", "filed within 120 months [2] \"must be filed within 120 days of the posting date\"", "120"},
		{"an altered date", "自 2024年3月2日起施行 [1] “自 2024年3月1日起施行”", "2024年3月2日"},
		{"an altered code", "A fee applies under rule VCR-10.5 [2] \"A fee of $25 applies to each retrieval request under rule VCR-10.4\"", "10.5"},
		{"another name", "Report it to Southwind Bank within 2 business days [2] \"fraud reported within 2 business days to Northwind Bank\"", "southwind"},
		{"a negation left out of the quote", "柜面办理的受限 [1] “柜面办理的，受前款限制”", ground.NotQuoted},
		{"a negation put into the quote", "liable [2] \"Cardholders are liable for fraud reported within 2 business days\"", ground.NotQuoted},
		{"words of its own", "银行会很快处理您的申请 [1]", ground.NotStated},
		{"a negation left out of the words", "柜面办理的，受前款限制 [1]", ground.NotStated},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			got := ground.Check(tt.reply, passages)
			if len(got) != 1 {
				t.Fatalf("%d claims: %+v", len(got), got)
			}
			c := got[0]
			if (tt.want == "") != c.Supported() || !strings.Contains(c.Reason, tt.want) {
				t.Errorf("reason %q, want %q: %+v", c.Reason, tt.want, c)
			}
			if c.Supported() && (c.Span.End > len(passages[c.Passage-1]) || c.Span.Start >= c.Span.End) {
				t.Errorf("span %+v", c.Span)
			}
		})
	}
}

func TestClaimsOfAReply(t *testing.T) {
	reply := "1. 单笔限额 5 万元 [1] “个人客户单笔转账限额为 5 万元”；每日 20 万元 [1] “每日累计限额为 20 万元”。\n- 柜面不受限制 [1]\n\n综上。"
	var got []string
	for _, c := range ground.Check(reply, passages) {
		got = append(got, fmt.Sprintf("%s|%d|%s", c.Text, c.Passage, c.Quote))
	}
	want := "单笔限额 5 万元|1|个人客户单笔转账限额为 5 万元\n每日 20 万元|1|每日累计限额为 20 万元\n柜面不受限制|1|\n综上|0|"
	if strings.Join(got, "\n") != want {
		t.Errorf("got\n%s\nwant\n%s", strings.Join(got, "\n"), want)
	}
}

func ExampleCheck() {
	reply := "Fraud must be reported within 2 business days [1] \"fraud reported within 2 business days\"\nThe fee is $40 [1] \"A fee of $25 applies\""
	for _, c := range ground.Check(reply, passages[1:]) {
		fmt.Printf("%t %q\n", c.Supported(), c.Reason)
	}
	// Output:
	// true ""
	// false "not in what it cites: 40"
}
