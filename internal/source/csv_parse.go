package source

import "strings"

// cell is a token of a table: its range in the text, with quotes.
type cell struct {
	start, end int
	quoted     bool
	doubled    bool // holds doubled quotes
}

// csvError is where and why a table is broken.
type csvError struct {
	at   int // byte of the decoded text
	line int
	what string
}

func (e *csvError) Error() string { return e.what }

// csvParser splits text into rows of cells without copying. Unlike
// encoding/csv it gives the range of every cell, which is what provenance is
// made of; a property test holds it to the same values.
type csvParser struct {
	text  string
	delim byte
	pos   int
	line  int
	eol   byte // '\n', or '\r' in files of old Macs, which have no '\n'
	cells []cell
}

func newCSVParser(text string, delim byte) *csvParser {
	p := &csvParser{text: text, delim: delim, line: 1, eol: '\n'}
	if strings.IndexByte(text, '\n') < 0 && strings.IndexByte(text, '\r') >= 0 {
		p.eol = '\r'
	}
	return p
}

// next returns the cells of the next row that is not empty, valid until the
// next call, and the line it begins on; nil at the end of the text.
func (p *csvParser) next() ([]cell, int, error) {
	for p.pos < len(p.text) && p.endOfLine(p.pos) > 0 {
		p.pos += p.endOfLine(p.pos)
		p.line++
	}
	if p.pos >= len(p.text) {
		return nil, 0, nil
	}
	line := p.line
	p.cells = p.cells[:0]
	for {
		c, err := p.cell()
		if err != nil {
			return nil, 0, err
		}
		p.cells = append(p.cells, c)
		if p.pos >= len(p.text) {
			return p.cells, line, nil
		}
		if p.text[p.pos] == p.delim {
			p.pos++
			continue
		}
		p.pos += p.endOfLine(p.pos)
		p.line++
		return p.cells, line, nil
	}
}

// endOfLine returns the length of the line end at i, 0 where there is none.
func (p *csvParser) endOfLine(i int) int {
	switch {
	case p.text[i] == p.eol:
		return 1
	case p.text[i] == '\r' && i+1 < len(p.text) && p.text[i+1] == '\n':
		return 2
	case p.text[i] == '\r' && i+1 == len(p.text):
		return 1
	}
	return 0
}

// cell reads one cell and stops at the delimiter or line end after it.
func (p *csvParser) cell() (cell, error) {
	start := p.pos
	if start < len(p.text) && p.text[start] == '"' {
		return p.quoted()
	}
	for p.pos < len(p.text) {
		switch c := p.text[p.pos]; {
		case c == p.delim, (c == '\n' || c == '\r') && p.endOfLine(p.pos) > 0:
			return cell{start: start, end: p.pos}, nil
		case c == '"' && p.delim != '\t': // tabs are mostly used without quoting
			return cell{}, &csvError{p.pos, p.line, `a quote (") inside an unquoted cell; put the cell in quotes and double the quotes in it`}
		}
		p.pos++
	}
	return cell{start: start, end: p.pos}, nil
}

func (p *csvParser) quoted() (cell, error) {
	c := cell{start: p.pos, quoted: true}
	line := p.line
	p.pos++
	for {
		i := strings.IndexByte(p.text[p.pos:], '"')
		if i < 0 {
			return cell{}, &csvError{c.start, line, `a quoted cell begins here and never ends; its closing quote (") is missing`}
		}
		p.line += strings.Count(p.text[p.pos:p.pos+i], string(p.eol))
		p.pos += i + 1
		if p.pos < len(p.text) && p.text[p.pos] == '"' {
			c.doubled = true
			p.pos++
			continue
		}
		c.end = p.pos
		if p.pos < len(p.text) && p.text[p.pos] != p.delim && p.endOfLine(p.pos) == 0 {
			return cell{}, &csvError{p.pos, p.line, `text after the closing quote (") of a cell; a quote inside a quoted cell must be doubled`}
		}
		return c, nil
	}
}

// value is a cell's text without its quotes.
func (p *csvParser) value(c cell) string {
	if !c.quoted {
		return p.text[c.start:c.end]
	}
	v := p.text[c.start+1 : c.end-1]
	if c.doubled {
		v = strings.ReplaceAll(v, `""`, `"`)
	}
	return v
}
