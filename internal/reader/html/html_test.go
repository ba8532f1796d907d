package html_test

import (
	"fmt"
	"strings"
	"testing"
	"unicode/utf8"

	xhtml "golang.org/x/net/html"
	"pgregory.net/rapid"

	"github.com/luodi/luodi/internal/clean"
	"github.com/luodi/luodi/internal/reader/html"
)

var _ clean.Extractor = html.Extractor{}

func TestExtract(t *testing.T) {
	tests := []struct {
		name, page, title, want string
	}{
		{"headings and paragraphs", "<title>T</title><h1>贷款 规则</h1>\n<p>第一条\n 内容。<p>第二条", "T", "# 贷款 规则\n\n第一条 内容。\n\n第二条"},
		{"the heading that the title repeats", "<title>Fees - Bank</title><h1>Fees</h1>x", "Fees", "# Fees\n\nx"},
		{"no title", "<h1>Fees</h1>x", "Fees", "# Fees\n\nx"},
		{"entities", "<p>a &amp; b &lt;c&gt; &#20013;&#x56FD; &copy 2024 &nosuch; & &nbsp;", "", "a & b <c> 中国 © 2024 &nosuch; & \u00a0"},
		{"inline elements join, blocks part", "<b>信</b><i>用</i>卡<div>a</div>b<br>c", "", "信用卡\na\nb\nc"},
		{"white space", "<p>  a  <b> b</b>\n\tc </p>", "", "a b c"},
		{"lists", "<ul><li>a<li>b<ol><li>c<li>d</ol></ul>e", "", "- a\n- b\n  1. c\n  2. d\n\ne"},
		{"a list that begins at 3", "<ol start=3><li>a<li>b</ol>", "", "3. a\n4. b"},
		{"a table", "<table><tr><th>名称<th>费率<tr><td>转账<td>0.1%</table>", "", "| 名称 | 费率 |\n| --- | --- |\n| 转账 | 0.1% |"},
		{"merged cells", "<table><tr><td rowspan=2>a<td colspan=2>b<tr><td>c<td>d</table>", "", "| a | b | b |\n| --- | --- | --- |\n| a | c | d |"},
		{"a row of nothing but merged cells", "<table><tr><th>y<th>m<tr><th rowspan=3>2025<tr><td>1<tr><td>2</table>", "", "| y | m |\n| --- | --- |\n| 2025 | 1 |\n| 2025 | 2 |"},
		{"an image", "<p>a<img src=x alt='the  fees'>b", "", "a the fees b"},
		{"an empty cell, pipes, lines in cells", "<table><tr><td>a|b<td><td>c<br>d</table>", "", "| a\\|b |  | c d |\n| --- | --- | --- |"},
		{"a table of one column is no table", "<table><tr><td><p>a</p><p>b</p></table>", "", "a\n\nb"},
		{"a caption", "<table><caption>Fees</caption><tr><td>a<td>b</table>", "", "Fees\n\n| a | b |\n| --- | --- |"},
		{"code", "<pre>if x {\n  y &lt; 1\n}</pre>", "", "```\nif x {\n  y < 1\n}\n```"},
		{"scripts, styles and hidden elements", "<style>p{}</style><script>var a='<p>';</script><p hidden>h</p><p style='display: none'>n</p><p aria-hidden=true>a</p>x", "", "x"},
		{"comments", "a<!-- b -->c", "", "ac"},
		{"navigation", "<nav><a href=/>Home</a></nav><div class='breadcrumb'><a>Home</a> <a>Fees</a></div><p>" + strings.Repeat("Our fees are as follows. ", 9) + "<footer>© Bank</footer>", "", strings.TrimSpace(strings.Repeat("Our fees are as follows. ", 9))},
		{"a page of links keeps them", "<ul class=menu><li><a>Cards</a><li><a>Loans</a></ul>", "", "- Cards\n- Loans"},
		{"tags that are never closed", "<div><p>a<table><tr><td>b<td>c<div>d", "", "a\n\n| b | c d |\n| --- | --- |"},
		{"end tags without a start", "</p></div>a</table>b", "", "ab"},
		{"text only", "just text", "", "just text"},
		{"nothing", "", "", ""},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			title, got, m := html.Extractor{}.Extract(tt.page)
			if got != tt.want || title != tt.title {
				t.Errorf("title %q, content\n%q, want %q\n%q", title, got, tt.title, tt.want)
			}
			if m.Len() != len(got) || m.InputLen() != len(tt.page) {
				t.Errorf("map of %d from %d, want %d from %d", m.Len(), m.InputLen(), len(got), len(tt.page))
			}
		})
	}
}

// page draws markup, whole and broken.
var page = rapid.Custom(func(t *rapid.T) string {
	pieces := rapid.SampledFrom([]string{
		"<p>", "</p>", "<div>", "</div>", "<table>", "</table>", "<tr>", "<td>", "<th colspan=2>", "<td rowspan=3>", "</td>", "</tr>", "<ul>", "<ol>", "<li>", "</ul>", "</li>",
		"<h1>", "</h1>", "<h3>", "</h3>", "<pre>", "</pre>", "<b>", "</b>", "<a href=x>", "</a>", "<br>", "<br/>", "<nav>", "</nav>", "<script>", "</script>", "<title>", "</title>", "<!-- x -->", "<", "&amp;", "&#20013;", "&", "|",
		"中文", "𠮷", "word", "１００", " ", "\n", "<td", "<blockquote>", "</blockquote>", "<dl><dt>", "<dd>", "<caption>",
	})
	return strings.Join(rapid.SliceOfN(pieces, 0, 60).Draw(t, "pieces"), "")
})

func TestEveryCharacterTraces(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		in := page.Draw(t, "page")
		_, got, m := html.Extractor{}.Extract(in)
		if m.Len() != len(got) || m.InputLen() != len(in) || !utf8.ValidString(got) {
			t.Fatalf("%q: map of %d from %d, want %d from %d", in, m.Len(), m.InputLen(), len(got), len(in))
		}
		for i, r := range got {
			from, to := m.Source(i, i+utf8.RuneLen(r))
			if from < 0 || to > len(in) || from > to {
				t.Fatalf("%q: %q traces to %d-%d", in, r, from, to)
			}
			if strings.ContainsRune(" \n#-|`.\\", r) || r >= '0' && r <= '9' {
				continue // may be a mark, which stands for markup
			}
			if made := xhtml.UnescapeString(in[from:to]); made != string(r) {
				t.Fatalf("%q: %q traces to %q", in, r, in[from:to])
			}
		}
	})
}

// TestTextIsNotLost: every word of a page without hidden parts is in the
// content, in order but for merged cells.
func TestTextIsNotLost(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		var in strings.Builder
		n := rapid.IntRange(1, 12).Draw(t, "words")
		for i := range n {
			in.WriteString(rapid.SampledFrom([]string{"<p>", "<div>", "</div>", "<table><tr><td>", "<td>", "<tr><td>", "</table>", "<ul><li>", "<li>", "</ul>", "<h2>", "</h2>", "<b>", "", "<pre>", "</pre>", "<blockquote>"}).Draw(t, "tag"))
			fmt.Fprintf(&in, " w%dx ", i)
		}
		_, got, _ := html.Extractor{}.Extract(in.String())
		for i := range n {
			if w := fmt.Sprintf("w%dx", i); !strings.Contains(got, w) {
				t.Fatalf("%q lost %s: %q", in.String(), w, got)
			}
		}
	})
}

func TestHostilePages(t *testing.T) {
	for name, in := range map[string]string{
		"deep":         strings.Repeat("<div>", 100_000) + "x",
		"deep tables":  strings.Repeat("<table><tr><td>", 20_000) + "x",
		"wide spans":   strings.Repeat("<table><tr>", 1) + strings.Repeat("<td colspan=100000 rowspan=100000>a", 200) + strings.Repeat("<tr><td>b", 200),
		"many bullets": strings.Repeat("<ul><li>", 20_000) + "x",
	} {
		t.Run(name, func(t *testing.T) {
			_, got, _ := html.Extractor{}.Extract(in)
			if !strings.ContainsAny(got, "xa") {
				t.Errorf("nothing is left of the page: %d bytes", len(got))
			}
		})
	}
}

func FuzzExtract(f *testing.F) {
	f.Add("<table><tr><td rowspan=2>a&amp;<p>b")
	f.Fuzz(func(t *testing.T, in string) {
		_, got, m := html.Extractor{}.Extract(in)
		if m.Len() != len(got) || m.InputLen() != len(in) {
			t.Errorf("map of %d from %d, want %d from %d", m.Len(), m.InputLen(), len(got), len(in))
		}
	})
}

func BenchmarkExtract(b *testing.B) {
	in := "<html><body><h1>Fees</h1>" + strings.Repeat("<p>Our <b>fees</b> are as follows &amp; may change.</p><table><tr><td>转账</td><td>0.1%</td></tr></table>\n", 2000)
	b.SetBytes(int64(len(in)))
	for b.Loop() {
		html.Extractor{}.Extract(in)
	}
}

func ExampleExtractor_Extract() {
	page := "<title>Fees - Bank</title><nav><a href=/>Home</a></nav><h1>Fees</h1><p>Transfers cost &yen;5.</p>"
	title, content, m := html.Extractor{}.Extract(page)
	fmt.Println(title)
	fmt.Println(content)
	i := strings.Index(content, "¥5")
	from, to := m.Source(i, i+len("¥5"))
	fmt.Println(page[from:to])
	// Output:
	// Fees
	// # Fees
	//
	// Transfers cost ¥5.
	// &yen;5
}
