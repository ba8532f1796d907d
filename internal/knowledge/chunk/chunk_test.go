package chunk_test

import (
	"fmt"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/luodi/luodi/internal/knowledge/chunk"
)

func texts(text string, o chunk.Outline) []string {
	var out []string
	for _, c := range o.Chunks {
		out = append(out, text[c.Start:c.End])
	}
	return out
}

func TestSplit(t *testing.T) {
	small := chunk.Limits{Min: 10, Max: 20, Parent: 60}
	tests := []struct {
		name string
		text string
		want []string
	}{
		{"nothing", "", nil},
		{"white space only", " \n\n\t", nil},
		{"one short paragraph", "甲乙丙丁。\n", []string{"甲乙丙丁。"}},
		{"articles are never merged", "第一条 甲。\n\n第二条 乙。\n\n第三条 丙。", []string{"第一条 甲。", "第二条 乙。", "第三条 丙。"}},
		{"an article keeps its paragraphs", "第一条 甲。\n\n子丑寅卯。\n\n第二条 乙。", []string{"第一条 甲。\n\n子丑寅卯。", "第二条 乙。"}},
		{"a reference to an article starts none", "第一条规定，甲。\n第二条的乙。", []string{"第一条规定，甲。\n第二条的乙。"}},
		{"small sections are merged", "# 题\n\n## 甲\n\n一二三四五\n\n## 乙\n\n六七八九十", []string{"一二三四五\n\n## 乙\n\n六七八九十"}},
		{"large sections are not", "# 题\n\n## 甲\n\n一二三四五六七八九十甲乙\n\n## 乙\n\n一二三四五六七八九十丙丁", []string{"一二三四五六七八九十甲乙", "一二三四五六七八九十丙丁"}},
		{"what follows an article under a new heading is apart", "第一条 甲。\n\n## 附录\n\n乙丙", []string{"第一条 甲。", "乙丙"}},
		{"comments are no text", "<!-- INFO END -->\n甲乙丙。\n<!-- x -->", []string{"甲乙丙。"}},
		{"a long paragraph is cut between sentences", "一二三四五六七八九。甲乙丙丁戊己庚辛壬。子丑寅卯辰巳午未申。", []string{"一二三四五六七八九。", "甲乙丙丁戊己庚辛壬。子丑寅卯辰巳午未申。"}},
		{"only headings", "# 甲\n## 乙", []string{"# 甲\n## 乙"}},
		{"code is no heading", "```\n# a\n```", []string{"```\n# a\n```"}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			got := texts(tt.text, chunk.Split("a.md", tt.text, small, nil))
			if d := cmp.Diff(tt.want, got); d != "" {
				t.Error(d)
			}
		})
	}
}

func TestMarks(t *testing.T) {
	text := "# 规则\n\n第一章 总则\n\n第一条 甲。\n\n第十二条之二 乙。\n\n第二章 费用\n\n### 3.2 Fees\n\n丙。"
	o := chunk.Split("a.md", text, chunk.Limits{}, nil)
	want := []struct{ text, path, labels, section string }{
		{"第一条 甲。", "规则/第一章 总则", "规则/第一章 总则/第一条", "第一条"},
		{"第十二条之二 乙。", "规则/第一章 总则", "规则/第一章 总则/第十二条之二", "第十二条之二"},
		{"丙。", "规则/第二章 费用/3.2 Fees", "规则/第二章 费用/3.2 Fees", "3.2 Fees"},
	}
	if len(o.Chunks) != len(want) {
		t.Fatalf("chunks %q", texts(text, o))
	}
	for i, w := range want {
		s := o.Chunks[i].Span
		got := []string{text[s.Start:s.End], strings.Join(o.Path(s), "/"), strings.Join(o.Labels(s), "/"), o.Section(s)}
		if d := cmp.Diff([]string{w.text, w.path, w.labels, w.section}, got); d != "" {
			t.Error(d)
		}
	}
}

func TestTableRows(t *testing.T) {
	var b strings.Builder
	b.WriteString("| 产品 | 费率 |\n| --- | --- |\n")
	for i := range 40 {
		fmt.Fprintf(&b, "| 甲乙丙丁戊己庚辛产品%d | %d.5 |\n", i, i)
	}
	text := b.String()
	o := chunk.Split("a.md", text, chunk.Limits{}, nil)
	if len(o.Chunks) < 2 {
		t.Fatalf("%d chunks", len(o.Chunks))
	}
	for i, c := range o.Chunks {
		lead := text[c.Lead.Start:c.Lead.End]
		if i == 0 && lead != "" || i > 0 && lead != "| 产品 | 费率 |" {
			t.Errorf("chunk %d continues the table under %q", i, lead)
		}
		if got := text[c.Start:c.End]; !strings.HasPrefix(got, "|") || !strings.HasSuffix(got, "|") {
			t.Errorf("chunk %d cuts a row: %q", i, got)
		}
	}
}

func TestSizes(t *testing.T) {
	for _, tt := range []struct {
		text string
		want int
	}{{"", 0}, {"甲乙，丙。", 3}, {"three words here", 4}, {"don't 3.5", 2}, {"用iPhone付款", 4}} {
		if got := chunk.Size(tt.text); got != tt.want {
			t.Errorf("Size(%q) = %d, want %d", tt.text, got, tt.want)
		}
	}
}

func TestSentences(t *testing.T) {
	tests := []struct {
		name, text string
		want       []string
	}{
		{"Han", "甲。乙！“丙？”丁；戊", []string{"甲。", "乙！", "“丙？”", "丁；", "戊"}},
		{"English", "It costs 3.5 USD. Mr. Wu pays, e.g. by card. Why?", []string{"It costs 3.5 USD.", "Mr. Wu pays, e.g. by card.", "Why?"}},
		{"list items", "1. First thing. 2. Second", []string{"1. First thing.", "2. Second"}},
		{"lines", "a\n\n b ", []string{"a", "b"}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			var got []string
			for _, s := range chunk.Sentences(tt.text, chunk.Span{Start: 0, End: len(tt.text)}) {
				got = append(got, tt.text[s.Start:s.End])
			}
			if d := cmp.Diff(tt.want, got); d != "" {
				t.Error(d)
			}
		})
	}
}

// paragraph draws a paragraph of n to m Han characters or words.
func paragraph(t *rapid.T) string {
	switch rapid.IntRange(0, 9).Draw(t, "kind") {
	case 0:
		return "## " + rapid.StringOfN(rapid.RuneFrom([]rune("甲乙丙丁")), 1, 6, -1).Draw(t, "heading")
	case 1:
		return fmt.Sprintf("第%d条 ", rapid.IntRange(1, 99).Draw(t, "n")) + rapid.StringOfN(rapid.RuneFrom([]rune("子丑寅卯，。")), 1, 500, -1).Draw(t, "article")
	case 2:
		return strings.Join(rapid.SliceOfN(rapid.StringMatching(`[a-z]{1,9}\.?`), 1, 400).Draw(t, "words"), " ")
	case 3:
		return "| a | " + rapid.StringMatching(`[a-z 0-9]{0,90}`).Draw(t, "cell") + " |"
	}
	return rapid.StringOfN(rapid.RuneFrom([]rune("天地玄黄宇宙洪荒日月盈昃，。；！")), 1, 700, -1).Draw(t, "han")
}

func draw(t *rapid.T) []string {
	return rapid.SliceOfN(rapid.Custom(paragraph), 1, 25).Draw(t, "paragraphs")
}

func join(p []string) string { return strings.Join(p, "\n\n") }

// Ranges are in order, on rune boundaries, within the limits, and leave out
// nothing but headings, comments and white space.
func TestSplitCovers(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		text := join(draw(t))
		o := chunk.Split("a.md", text, chunk.Limits{}, nil)
		at := 0
		for i, c := range o.Chunks {
			if c.Start < at || c.End <= c.Start || c.End > len(text) || !utf8.ValidString(text[c.Start:c.End]) {
				t.Fatalf("chunk %d is %v after byte %d", i, c.Span, at)
			}
			if i > 0 {
				for _, line := range strings.Split(text[at:c.Start], "\n") {
					if line = strings.TrimSpace(line); line != "" && !strings.HasPrefix(line, "#") {
						t.Fatalf("%q is in no chunk", line)
					}
				}
			}
			if n := chunk.Size(text[c.Start:c.End]); n > 500 {
				t.Fatalf("chunk %d has size %d", i, n)
			}
			if i > 0 {
				p := o.Chunks[i-1]
				for _, step := range []int{c.Parent - p.Parent, c.Section - p.Section, c.Head - p.Head} {
					if step != 0 && step != 1 {
						t.Fatalf("numbers jump from %+v to %+v", p, c)
					}
				}
			}
			at = c.End
		}
	})
}

// An edit of one paragraph, its place in a long document anywhere, makes at
// most two new ids.
func TestEditKeepsIDs(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		var before []string
		for range rapid.IntRange(12, 40).Draw(t, "n") {
			before = append(before, rapid.StringOfN(rapid.RuneFrom([]rune("天地玄黄宇宙洪荒日月盈昃辰宿列张寒来暑往秋收冬藏闰馀成岁，")), 20, 300, -1).Draw(t, "p")+"。")
		}
		after := append([]string(nil), before...)
		i := rapid.IntRange(0, len(before)-1).Draw(t, "edited")
		switch rapid.IntRange(0, 3).Draw(t, "edit") {
		case 0:
			after[i] = "改过的" + after[i]
		case 1:
			after[i] = rapid.StringOfN(rapid.RuneFrom([]rune("云腾致雨露结为霜")), 1, 300, -1).Draw(t, "new") + "。"
		case 2:
			after = append(after[:i:i], after[i+1:]...)
		case 3:
			after = append(after[:i:i], append([]string{"插入的一段话，讲的是别的事。"}, after[i:]...)...)
		}
		old := chunk.Split("a.md", join(before), chunk.Limits{}, nil)
		now := chunk.Split("a.md", join(after), chunk.Limits{}, &chunk.Previous{Text: join(before), Outline: old})
		had := map[string]bool{}
		for _, c := range old.Chunks {
			had[c.ID] = true
		}
		fresh := 0
		for _, c := range now.Chunks {
			if !had[c.ID] {
				fresh++
			}
		}
		if fresh > 2 {
			t.Fatalf("%d new ids of %d", fresh, len(now.Chunks))
		}
	})
}

func TestEncode(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		text := join(draw(t))
		o := chunk.Split("a.md", text, chunk.Limits{}, nil)
		got, err := chunk.Decode(o.Encode())
		if err != nil {
			t.Fatal(err)
		}
		if d := cmp.Diff(o, got); d != "" {
			t.Fatal(d)
		}
	})
}

func TestDecodeBroken(t *testing.T) {
	o := chunk.Split("a.md", "## 甲\n\n第一条 乙。", chunk.Limits{}, nil)
	whole := o.Encode()
	for n := range whole {
		if _, err := chunk.Decode(whole[:n]); err == nil {
			t.Errorf("the first %d of %d bytes are read without an error", n, len(whole))
		}
	}
	rapid.Check(t, func(t *rapid.T) {
		chunk.Decode(rapid.SliceOf(rapid.Byte()).Draw(t, "bytes")) // must not panic
	})
}

func ExampleSplit() {
	text := "# 收费办法\n\n## 第一章 总则\n\n第一条 为规范收费，制定本办法。\n\n第二条 本办法适用于各分行。"
	o := chunk.Split("rules/fees.md", text, chunk.Limits{}, nil)
	for _, c := range o.Chunks {
		fmt.Println(o.Path(c.Span), o.Section(c.Span), text[c.Start:c.End])
	}
	// Output:
	// [收费办法 第一章 总则] 第一条 第一条 为规范收费，制定本办法。
	// [收费办法 第一章 总则] 第二条 第二条 本办法适用于各分行。
}
