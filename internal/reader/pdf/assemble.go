package pdf

import (
	"bytes"
	"regexp"
	"slices"
	"strings"

	"github.com/luodi/luodi/internal/source"
)

// assemble writes pages as one text with the place of every line and cell.
func assemble(pages []page) document {
	margins(pages)
	w := writer{body: bodySize(pages)}
	for i := range pages {
		p := &pages[i]
		var blocks []block
		for t := range p.found {
			blocks = append(blocks, block{box: p.found[t].box, table: &p.found[t]})
		}
		for l := range p.lines {
			blocks = append(blocks, block{box: p.lines[l].box, line: &p.lines[l]})
		}
		w.page, w.turned = p.number, w.out.Len() > 0
		w.last = nil
		w.blocks(inOrder(blocks))
	}
	return document{title: w.title, text: w.out.String(), spans: w.spans}
}

// bodySize is the height of most letters.
func bodySize(pages []page) float64 {
	var sizes []float64
	for _, p := range pages {
		for _, l := range p.lines {
			for range min(len(l.text)/10+1, 20) {
				sizes = append(sizes, l.size)
			}
		}
	}
	if len(sizes) == 0 {
		return 0
	}
	slices.Sort(sizes)
	return sizes[len(sizes)/2]
}

type writer struct {
	out       bytes.Buffer
	spans     []source.Span
	page      int
	turned    bool // nothing of the page is written yet, and something of those before
	tables    int
	body      float64
	last      *line // what the paragraph ends with
	heading   bool  // the paragraph is one
	title     string
	titleSize float64
}

func (w *writer) blocks(blocks []block) {
	for i, b := range blocks {
		if b.table != nil {
			w.table(b.table)
			w.last = nil
			continue
		}
		l := b.line
		beside := i > 0 && blocks[i-1].line != nil && blocks[i-1].line == w.last && onOneLine(*w.last, *l)
		head := w.isHeading(*l)
		switch {
		case beside:
			w.out.WriteString("  ")
		case w.last != nil && w.heading == head && goesOn(*w.last, *l):
			s := w.out.Bytes()
			drop, sep := glue(string(s[max(0, len(s)-16):]), l.text)
			w.cut(drop)
			w.out.WriteString(sep)
		default:
			w.paragraph()
			if head {
				w.out.WriteString("## ")
			}
			w.heading = head
		}
		if head && (l.size > w.titleSize*1.1 || w.titleSize == 0) && w.page == 1 {
			w.title, w.titleSize = l.text, l.size
		}
		w.put(l.text, source.Location{Page: w.page, Box: rounded(l.box), Role: l.role})
		w.last = l
	}
}

// cut takes the hyphen off the text again.
func (w *writer) cut(n int) {
	w.out.Truncate(w.out.Len() - n)
	if k := len(w.spans) - 1; k >= 0 {
		w.spans[k].End -= n
	}
}

// paragraph ends the one before. A form feed parts pages, by which cleaning
// finds what is repeated on them.
func (w *writer) paragraph() {
	switch {
	case w.turned:
		w.out.WriteString("\n\f\n")
	case w.out.Len() > 0:
		w.out.WriteString("\n\n")
	}
	w.turned = false
}

func (w *writer) put(text string, at source.Location) {
	if text == "" {
		return
	}
	start := w.out.Len()
	w.out.WriteString(text)
	w.spans = append(w.spans, source.Span{Start: start, End: w.out.Len(), At: at})
}

// table writes rows; a merged cell stands in each row and column it covers.
func (w *writer) table(t *table) {
	w.tables++
	w.paragraph()
	for r, row := range t.cell {
		if r > 0 {
			w.out.WriteByte('\n')
		}
		w.out.WriteString("|")
		for c, i := range row {
			w.out.WriteByte(' ')
			w.put(cellText(t.lines[i]), source.Location{Page: w.page, Box: rounded(t.cells[i]), Table: w.tables, Row: r + 1, Column: c + 1})
			w.out.WriteString(" |")
		}
	}
}

func cellText(lines []line) string {
	s := ""
	for _, l := range lines {
		if s != "" {
			drop, sep := glue(s, l.text)
			s = s[:len(s)-drop] + sep
		}
		s += l.text
	}
	return strings.ReplaceAll(s, "|", `\|`)
}

func rounded(b box) [4]float64 {
	for i := range b {
		b[i] = float64(int(b[i]*10+.5)) / 10
	}
	return b
}

func onOneLine(a, b line) bool {
	return abs(a.box.midY()-b.box.midY()) < .5*max(a.size, b.size) && b.box[0] > a.box[0] && a.role == b.role
}

func (w *writer) isHeading(l line) bool {
	n := len([]rune(l.text))
	return l.role == "" && w.body > 0 && l.size > 1.22*w.body && n >= 2 && n <= 120 && !l.recognised
}

var item = regexp.MustCompile(`^(?:[•·▪◦●■□‣*–-]\s|\(?\d{1,3}[.)、]\s?|[(（][一二三四五六七八九十\d]{1,3}[)）]|[一二三四五六七八九十]{1,3}、|第[一二三四五六七八九十百零〇\d]{1,6}[章节条款])`)

// goesOn reports whether b continues the paragraph that ends with a.
func goesOn(a, b line) bool {
	size := max(a.size, b.size)
	gap := b.box[1] - a.box[3]
	if a.role != b.role || a.role != "" || a.size > 1.35*b.size || b.size > 1.35*a.size || gap > 1.1*size || gap < -.6*size {
		return false
	}
	if item.MatchString(b.text) {
		return false
	}
	if b.box[0]-a.box[0] > 1.2*size && a.box[0] < b.box[2] && isEnd(lastRune(a.text)) {
		return false // indented
	}
	return !(isEnd(lastRune(a.text)) && a.box[2] < b.box[2]-4*size)
}

func isEnd(r rune) bool { return strings.ContainsRune(".。!！?？:：;；", r) }
