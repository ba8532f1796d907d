package clean

import (
	"slices"
	"strconv"
	"strings"
)

// Pages of a document are parted by form feeds, as readers of paged formats
// write them. A text without any has no pages, and nothing is found in it.
const (
	minPages  = 3 // from which repetition means something
	edgeLines = 3 // of a page's top and foot that are compared
)

type lineSpan struct {
	start, end int // without the line end
	text       string
}

// pagesOf returns the lines with text of each page.
func pagesOf(text string) [][]lineSpan {
	if !strings.Contains(text, "\f") {
		return nil
	}
	pages, page := [][]lineSpan{}, []lineSpan(nil)
	for start := 0; start <= len(text); {
		end := start + strings.IndexAny(text[start:], "\n\f")
		if end < start {
			end = len(text)
		}
		if t := strings.TrimSpace(text[start:end]); t != "" {
			at := start + strings.Index(text[start:end], t)
			page = append(page, lineSpan{at, at + len(t), t})
		}
		if end == len(text) || text[end] == '\f' {
			pages, page = append(pages, page), nil
		}
		start = end + 1
	}
	return pages
}

// edge is how many lines of a page's top, and of its foot, are compared: a
// short page is all text but for one line.
func edge(lines []lineSpan) int { return min(edgeLines, len(lines), max(1, len(lines)/5)) }

// edges calls fn with each line of the top (from 0) and foot (from -1) of the
// pages, from the edge inwards, as long as fn says that the line belongs there.
func edges(pages [][]lineSpan, fn func(page, place int, l lineSpan) bool) {
	for p, lines := range pages {
		for k := 0; k < edge(lines) && fn(p, k, lines[k]); k++ {
		}
		for k := 0; k < edge(lines) && len(lines) > 2*k+1 && fn(p, -1-k, lines[len(lines)-1-k]); k++ {
		}
	}
}

// slot is a line's place on its page and what it says, page numbers apart.
type slot struct {
	place int
	text  string
}

// furniture finds headers and footers: lines that stand at the top or foot of
// half of the pages or more, at the same place and with the same words and
// digits. Only a page's number may differ, and only by counting up.
func furniture(text string) (spans []Span) {
	pages := pagesOf(text)
	if len(pages) < minPages {
		return nil
	}
	seen := map[slot]int{}
	edges(pages, func(_, place int, l lineSpan) bool {
		seen[slot{place, lineKey(l.text)}]++
		return true
	})
	edges(pages, func(_, place int, l lineSpan) bool {
		k := slot{place, lineKey(l.text)}
		if numbered(l.text) && counts(pages, place, withoutDigits(l.text)) {
			return true // for pageNumbers, and what stands behind it may be a header
		}
		if n := seen[k]; n < minPages || 2*n < len(pages) || k.text != l.text && !counts(pages, place, withoutDigits(l.text)) {
			return false
		}
		kind := SpanHeader
		if place < 0 {
			kind = SpanFooter
		}
		spans = append(spans, Span{Kind: kind, Start: l.start, End: l.end})
		return true
	})
	return joinSpans(spans)
}

// lineKey is the line as it must be on other pages: a line that names a page
// without its digits.
func lineKey(t string) string {
	if l := strings.ToLower(t); strings.Contains(l, "页") || strings.Contains(l, "頁") || strings.Contains(l, "page") {
		return withoutDigits(t)
	}
	return t
}

// counts reports whether the numbers of the lines at a place count up with the
// pages, as "第 3 页 共 12 页" does.
func counts(pages [][]lineSpan, place int, bare string) bool {
	last, at, ok := 0, 0, 0
	for p, lines := range pages {
		i := place
		if place < 0 {
			i += len(lines)
		}
		if i < 0 || i >= len(lines) || withoutDigits(lines[i].text) != bare {
			continue
		}
		n, found := firstNumber(lines[i].text)
		if !found || ok > 0 && n-last != p-at {
			return false
		}
		last, at, ok = n, p, ok+1
	}
	return ok >= minPages
}

// pageNumbers finds lines at the top or foot of pages that are a number, bare
// or dressed (- 3 -, 第3页, Page 3 of 9), and count up from page to page.
func pageNumbers(text string) (spans []Span) {
	pages := pagesOf(text)
	if len(pages) < minPages {
		return nil
	}
	edges(pages, func(_, place int, l lineSpan) bool {
		if numbered(l.text) && counts(pages, place, withoutDigits(l.text)) {
			spans = append(spans, Span{Kind: SpanPageNumber, Start: l.start, End: l.end})
		}
		return true
	})
	return joinSpans(spans)
}

// numbered reports whether a line is a number as pages bear it.
func numbered(t string) bool {
	bare := withoutDigits(t)
	return bare != t && slices.Contains(dresses, strings.ToLower(strings.Join(strings.Fields(bare), " ")))
}

// dresses are what stands around page numbers.
var dresses = []string{"", "- -", "--", "—  —", "— —", "· ·", "第页", "第 页", "第页共页", "第 页 共 页", "第页 共页", "第页，共页", "/", "page", "page of", "p.", "[]", "( )", "()", "- - -"}

func withoutDigits(s string) string {
	return strings.TrimSpace(strings.Map(func(r rune) rune {
		if r >= '0' && r <= '9' || r >= '０' && r <= '９' {
			return -1
		}
		return r
	}, s))
}

func firstNumber(s string) (int, bool) {
	folded, _ := narrow(s)
	i := strings.IndexAny(folded, "0123456789")
	if i < 0 {
		return 0, false
	}
	j := i
	for j < len(folded) && folded[j] >= '0' && folded[j] <= '9' {
		j++
	}
	n, err := strconv.Atoi(folded[i:j])
	return n, err == nil && j-i < 7
}
