package clean

import (
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"
)

// marked are the kinds and texts of spans.
func marked(text string, spans []Span) []string {
	out := []string{}
	for _, s := range spans {
		kind := s.Kind
		if s.Level > 0 {
			kind = fmt.Sprint(kind, " ", s.Level)
		}
		out = append(out, kind+": "+text[s.Start:s.End])
	}
	return out
}

func paged(n int, page func(p int) string) string {
	var pages []string
	for p := 1; p <= n; p++ {
		pages = append(pages, page(p))
	}
	return strings.Join(pages, "\f")
}

// body is the text of a page: ten lines that no other page has.
func body(p int) string {
	var b strings.Builder
	for i := range 10 {
		fmt.Fprintf(&b, "本页第%c%c行文字金额%d元\n", '甲'+rune(p), '子'+rune(i), p*i*37)
	}
	return b.String()
}

func TestPages(t *testing.T) {
	for _, tt := range []struct {
		name string
		text string
		want []string // distinct, in order
	}{
		{"header, footer and number", paged(4, func(p int) string {
			return fmt.Sprintf("某某银行 内部资料\n%s%d\n- %d -\n", body(p), p*7919, p)
		}), []string{"header: 某某银行 内部资料", "page_number: - 1 -", "page_number: - 2 -", "page_number: - 3 -", "page_number: - 4 -"}},
		{"a page's number in a footer", paged(3, func(p int) string { return fmt.Sprintf("%s年报 第%d页 共3页\n", body(p), p) }),
			[]string{"footer: 年报 第1页 共3页", "footer: 年报 第2页 共3页", "footer: 年报 第3页 共3页"}},
		{"amounts at the foot are no page numbers", paged(4, func(p int) string { return fmt.Sprintf("%s%d\n", body(p), p*100) }), []string{}},
		{"articles that count up are text", paged(5, func(p int) string {
			return fmt.Sprintf("第%d章 总则\n第%d条 金额%d元。\n见附表%d。\n", p, p, p*100, p)
		}), []string{}},
		{"two pages", paged(2, func(p int) string { return "同样\n" + body(p) }), []string{}},
		{"no pages", "同样\n同样\n同样\n1\n2\n3\n", []string{}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			got := marked(tt.text, joinSpans(append(furniture(tt.text), pageNumbers(tt.text)...)))
			seen, short := map[string]bool{}, []string{}
			for _, g := range got {
				if !seen[g] {
					short = append(short, g)
				}
				seen[g] = true
			}
			if d := cmp.Diff(tt.want, short); d != "" {
				t.Errorf("(-want +got):\n%s", d)
			}
		})
	}
}

func TestStructure(t *testing.T) {
	for _, tt := range []struct {
		name string
		find func(string) []Span
		text string
		want []string
	}{
		{"markdown", headings, "# 一\n正文\n### 三\n#不是", []string{"heading 1: # 一", "heading 3: ### 三"}},
		{"rules", headings, "第一编 总则\n第二章 账户\n　第三节 开户\n第四条 客户应当提供资料。\n第五条之一 又", []string{"heading 1: 第一编 总则", "heading 2: 第二章 账户", "heading 3: 第三节 开户", "heading 4: 第四条", "heading 4: 第五条之一"}},
		{"official papers", headings, "一、基本情况\n（二）资产\n二、如下所述。", []string{"heading 2: 一、基本情况", "heading 3: （二）资产"}},
		{"decimal numbers", headings, "1.2 范围\n1.2.3 Scope of it\n3.14 是圆周率。\n1.5 万元", []string{"heading 2: 1.2 范围", "heading 3: 1.2.3 Scope of it"}},
		{"a table of contents", contents, "目录\n第一章 总则........1\n第二章 账户……3\n第三章 附则......9\n\n第一章 总则", []string{"contents: 目录\n第一章 总则........1\n第二章 账户……3\n第三章 附则......9"}},
		{"prices are no contents", contents, "苹果 3\n梨 4\n桃 5", []string{}},
		{"quoted lines", quotes, "好的\n> 原文\n> 原文二\n谢谢", []string{"quote: > 原文\n> 原文二"}},
		{"an original message", quotes, "收到。\n-----原始邮件-----\n发件人：x\n正文", []string{"quote: -----原始邮件-----\n发件人：x\n正文"}},
		{"wrote", quotes, "ok\nOn Monday, Li wrote:\n> a", []string{"quote: On Monday, Li wrote:\n> a"}},
		{"a signature", signatures, "请查收。\n--\n王工\n电话 1", []string{"signature: --\n王工\n电话 1"}},
		{"regards", signatures, "Please see below.\nBest regards,\nLi", []string{"signature: Best regards,\nLi"}},
		{"best in a sentence", signatures, "All the best things\nare free", []string{}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			if d := cmp.Diff(tt.want, marked(tt.text, tt.find(tt.text))); d != "" {
				t.Errorf("(-want +got):\n%s", d)
			}
		})
	}
}

// TestSpansLieInTheText whatever the text: in order, and on whole characters.
func TestSpansLieInTheText(t *testing.T) {
	pieces := []string{"第一章 总则\n", "目录\n", "a....1\n", "> x\n", "--\n", "\f", "- 3 -\n", "第3页\n", "一、", "正文。\n", "\n", "锟斤拷", "\uFFFD", "1.2 标题\n"}
	rapid.Check(t, func(t *rapid.T) {
		text := strings.Join(rapid.SliceOf(rapid.SampledFrom(pieces)).Draw(t, "text"), "")
		for name, f := range spotters {
			at := 0
			for _, s := range f.find(text) {
				if s.Start < at || s.End <= s.Start || s.End > len(text) || strings.ContainsRune(text[s.Start:s.End], 0xFFFD) != strings.Contains(text[s.Start:s.End], "\uFFFD") {
					t.Fatalf("%s in %q: %+v after %d", name, text, s, at)
				}
				at = s.Start
			}
			out, m := PlanStep{Do: name, Remove: true}.operator("txt").Apply(text)
			if m.Len() != len(out) || m.InputLen() != len(text) {
				t.Fatalf("%s of %q: map of %d from %d", name, text, m.Len(), m.InputLen())
			}
		}
	})
}

func TestForward(t *testing.T) {
	in := "ab１２cd"
	out, m := narrow(in)
	got := forward([]Span{{Kind: "x", Start: 2, End: 8}, {Kind: "y", Start: 8, End: 10}}, m)
	if len(got) != 2 || out[got[0].Start:got[0].End] != "12" || out[got[1].Start:got[1].End] != "cd" {
		t.Errorf("%+v of %q", got, out)
	}
	_, m = without(in, []Span{{Start: 0, End: 2}})
	if got := forward([]Span{{Start: 0, End: 2}, {Start: 8, End: 10}}, m); len(got) != 1 || got[0].Start != 6 {
		t.Errorf("after a removal: %+v", got)
	}
}
