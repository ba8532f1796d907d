package chunk

import (
	"strings"
	"unicode/utf8"

	"github.com/luodi/luodi/internal/knowledge/token"
)

// unit is the smallest piece that is never cut: a paragraph, a table row, or a
// sentence of a paragraph that is too long.
type unit struct {
	Span
	size  int
	level int  // of the outermost section that starts here; 0 none
	hard  bool // never in one chunk with the unit before
	lead  Span
}

type parser struct {
	text  string
	l     Limits
	marks []Mark
	open  []int // indices into marks
	units []unit

	level int // of the sections started since the last unit
	hard  bool
	para  Span // open paragraph, empty if Start == End
	table table
	fence bool
}

type table struct {
	header Span
	rows   int
}

// parse reads marks and units line by line.
func parse(text string, l Limits) ([]Mark, []unit) {
	p := &parser{text: text, l: l}
	for i := 0; i < len(text); {
		end := strings.IndexByte(text[i:], '\n')
		next := i + end + 1
		if end < 0 {
			next = len(text)
			end = next - i
		}
		p.line(i, i+end)
		i = next
	}
	p.flush()
	p.close(1, len(text))
	return p.marks, p.units
}

func (p *parser) line(start, end int) {
	s := trim(p.text, Span{start, end})
	line := p.text[s.Start:s.End]
	if strings.HasPrefix(line, "```") {
		p.fence = !p.fence
		p.grow(s)
		return
	}
	if p.fence {
		p.grow(s)
		return
	}
	if line == "" {
		p.flush()
		p.table = table{}
		return
	}
	if strings.HasPrefix(line, "<!--") && strings.HasSuffix(line, "-->") {
		p.flush()
		return
	}
	if level, title := heading(line); level > 0 {
		p.flush()
		p.start(level, title, s.Start, s.End)
		return
	}
	if line[0] == '|' {
		p.row(s, line)
		return
	}
	p.table = table{}
	if label := article(line); label != "" {
		p.flush()
		p.start(ArticleLevel, label, s.Start, s.Start)
		p.hard = true
	}
	p.grow(s)
	if endsSentence(line) {
		p.flush()
	}
}

// start opens a section: heading line from at, content from body.
func (p *parser) start(level int, title string, at, body int) {
	if len(p.open) > 0 && p.marks[p.open[len(p.open)-1]].Level == ArticleLevel {
		p.hard = true // what follows an article is never merged into it
	}
	p.close(level, at)
	if p.level == 0 || level < p.level {
		p.level = level
	}
	p.open = append(p.open, len(p.marks))
	p.marks = append(p.marks, Mark{Level: level, Text: title, Span: Span{body, len(p.text)}, Heading: at})
}

func (p *parser) close(level, at int) {
	for n := len(p.open); n > 0 && p.marks[p.open[n-1]].Level >= level; n-- {
		p.marks[p.open[n-1]].End = at
		p.open = p.open[:n-1]
	}
}

func (p *parser) grow(s Span) {
	if p.para.Start == p.para.End {
		p.para = s
	} else {
		p.para.End = s.End
	}
}

// flush ends the open paragraph, cutting it at sentences where it is too long.
func (p *parser) flush() {
	s := p.para
	p.para = Span{}
	if s.Start == s.End {
		return
	}
	size := Size(p.text[s.Start:s.End])
	if size <= p.l.Max {
		p.add(s, size, Span{})
		return
	}
	for _, t := range Sentences(p.text, s) {
		for _, c := range cut(p.text, t, p.l.Max) {
			p.add(c, Size(p.text[c.Start:c.End]), Span{})
		}
	}
}

func (p *parser) add(s Span, size int, lead Span) {
	p.units = append(p.units, unit{Span: s, size: size, level: p.level, hard: p.hard, lead: lead})
	p.level, p.hard = 0, false
}

// row adds a table row. The header, recognised by the rule below it, belongs
// to the first row's unit and is the lead of the others.
func (p *parser) row(s Span, line string) {
	p.flush()
	if strings.Trim(line, "|-: \t") == "" { // the rule
		if n := len(p.units); p.table.rows == 1 && n > 0 && p.units[n-1].End == p.table.header.End {
			p.units[n-1].End = s.End
		}
		return
	}
	p.table.rows++
	switch p.table.rows {
	case 1:
		p.table.header = s
		p.add(s, Size(line), Span{})
	case 2: // joins the header's unit
		if n := len(p.units); n > 0 && p.units[n-1].Start == p.table.header.Start {
			p.units[n-1].End = s.End
			p.units[n-1].size += Size(line)
			return
		}
		fallthrough
	default:
		p.add(s, Size(line), p.table.header)
	}
}

// cut divides a span that is larger than most at commas, else anywhere.
func cut(text string, s Span, most int) []Span {
	if s.End-s.Start <= most || Size(text[s.Start:s.End]) <= most {
		return []Span{s}
	}
	var out []Span
	from, comma, n := s.Start, 0, 0
	for i := s.Start; i < s.End; {
		r, m := utf8.DecodeRuneInString(text[i:s.End])
		i += m
		if token.IsGram(r) {
			n += 3
		} else {
			n++ // about three bytes of other scripts to a third of a word
		}
		if strings.ContainsRune("，、,:： ", r) {
			comma = i
		}
		if n >= most*3 && i < s.End {
			if comma > from {
				i = comma
			}
			if t := trim(text, Span{from, i}); t.End > t.Start {
				out = append(out, t)
			}
			from, n, comma = i, 0, 0
		}
	}
	if t := trim(text, Span{from, s.End}); t.End > t.Start {
		out = append(out, t)
	}
	return out
}
