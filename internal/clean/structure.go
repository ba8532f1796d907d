package clean

import (
	"strings"
	"unicode/utf8"
)

// eachLine calls fn with every line of a text, without its line end.
func eachLine(text string, fn func(start, end int, line string)) {
	for start := 0; start < len(text); {
		end := start + strings.IndexAny(text[start:], "\n\f")
		if end < start {
			end = len(text)
		}
		fn(start, end, strings.TrimRight(text[start:end], " \t\r　"))
		start = end + 1
	}
}

// headings finds the heading tree: markdown's levels, the numbering of Chinese
// rules (编 1, 章 2, 节 3, 条 4), of official papers (一、 2, （一） 3) and decimal
// numbers (1.2.3). A heading is a short line; one that ends as a sentence does
// is none, but for the articles of rules, which run on.
func headings(text string) (spans []Span) {
	eachLine(text, func(start, _ int, line string) {
		t := strings.TrimLeft(line, " \t　")
		if level := headingLevel(t); level > 0 {
			end := start + len(line)
			if level == levelArticle {
				end = start + len(line) - len(t) + articleLen(t)
			}
			spans = append(spans, Span{Kind: SpanHeading, Start: start + len(line) - len(t), End: end, Level: level})
		}
	})
	return spans
}

const (
	levelArticle  = 4
	maxHeading    = 120 // bytes
	chineseDigits = "一二三四五六七八九十百千〇零0123456789"
)

func headingLevel(t string) int {
	if n := len(t) - len(strings.TrimLeft(t, "#")); n > 0 && n <= 6 && strings.HasPrefix(t[n:], " ") {
		return n
	}
	if strings.HasPrefix(t, "第") {
		n := digitsLen(t[len("第"):])
		if n == 0 {
			return 0
		}
		rest := t[len("第")+n:]
		for i, unit := range []string{"编", "章", "节", "条"} {
			if strings.HasPrefix(rest, unit) && (i == 3 || short(t)) && (i < 3 || spaced3(rest[len(unit):])) {
				return i + 1
			}
		}
		return 0
	}
	if !short(t) {
		return 0
	}
	if n := digitsLen(t); n > 0 && t[0] >= 0x80 && strings.HasPrefix(t[n:], "、") {
		return 2
	}
	if inner, ok := strings.CutPrefix(t, "（"); ok {
		if n := digitsLen(inner); n > 0 && inner[0] >= 0x80 && strings.HasPrefix(inner[n:], "）") {
			return 3
		}
	}
	return decimalLevel(t)
}

// spaced3 reports whether an article's number ends: a blank, or nothing.
func spaced3(rest string) bool {
	return rest == "" || strings.HasPrefix(rest, " ") || strings.HasPrefix(rest, "　") || strings.HasPrefix(rest, "之")
}

func articleLen(t string) int {
	if i := strings.IndexAny(t, " \t　"); i > 0 {
		return i
	}
	return len(t)
}

// digitsLen is the length of the number that t begins with.
func digitsLen(t string) (n int) {
	for n < len(t) {
		r, size := utf8.DecodeRuneInString(t[n:])
		if !strings.ContainsRune(chineseDigits, r) {
			return n
		}
		n += size
	}
	return n
}

func short(t string) bool {
	if t == "" || len(t) > maxHeading {
		return false
	}
	r, _ := utf8.DecodeLastRuneInString(t)
	return !strings.ContainsRune("。；，、.;,：:", r)
}

// decimalLevel is the depth of a number such as 1.2.3 before a title, 0 for
// none. A number alone, or before a unit, is a number.
func decimalLevel(t string) int {
	level, i := 0, 0
	for {
		j := i
		for j < len(t) && t[j] >= '0' && t[j] <= '9' {
			j++
		}
		if j == i || j-i > 3 {
			break
		}
		level++
		i = j
		if i == len(t) || t[i] != '.' {
			break
		}
		i++
	}
	if level < 2 || level > 6 || i >= len(t) || t[i] != ' ' && t[i] != '\t' {
		return 0
	}
	rest := strings.TrimSpace(t[i:])
	r, _ := utf8.DecodeRuneInString(rest)
	if !ideograph(r) && !(r >= 'A' && r <= 'Z') || strings.ContainsRune("万亿元个天年月日倍分", r) {
		return 0
	}
	return level
}

// contents finds tables of contents: three and more lines in a row that end in
// leaders and a page's number, and the word before them that names it.
func contents(text string) (spans []Span) {
	run, title := []Span(nil), Span{}
	close := func() {
		if len(run) >= 3 {
			first := run[0].Start
			if title.End > 0 {
				first = title.Start
			}
			spans = append(spans, Span{Kind: SpanContents, Start: first, End: run[len(run)-1].End})
		}
		run, title = nil, Span{}
	}
	eachLine(text, func(start, _ int, line string) {
		t := strings.TrimSpace(line)
		switch bare := strings.ToLower(strings.ReplaceAll(strings.ReplaceAll(t, " ", ""), "　", "")); {
		case t == "":
		case entry(t):
			run = append(run, Span{Start: start, End: start + len(line)})
		case strings.Trim(bare, "#") == "目录" || strings.Trim(bare, "#") == "目錄" || bare == "contents" || bare == "tableofcontents":
			close()
			title = Span{Start: start, End: start + len(line)}
		default:
			close()
		}
	})
	close()
	return spans
}

// entry reports whether a line is one of a table of contents: text, leaders,
// number.
func entry(t string) bool {
	head := strings.TrimRight(t, "0123456789")
	if head == t || len(t)-len(head) > 4 {
		return false
	}
	dots := strings.TrimRight(head, " .…·\t")
	leaders := head[len(dots):]
	return dots != "" && (strings.Count(leaders, ".") >= 4 || strings.Contains(leaders, "……") || strings.Count(leaders, "·") >= 3 || strings.Contains(leaders, "\t"))
}
