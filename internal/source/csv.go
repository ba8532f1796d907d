package source

import (
	"context"
	"fmt"
	"strconv"
	"strings"

	"github.com/luodi/luodi/internal/errs"
	"github.com/luodi/luodi/internal/source/offset"
)

// csvReader reads tables as RFC 4180 has them, with the delimiter and the
// header sniffed. Quoting is strict, as a lenient reader would join or lose
// rows in silence; rows of uneven length are kept and noted.
type csvReader struct{ tabs bool }

func (r csvReader) Format() string {
	if r.tabs {
		return "tsv"
	}
	return "csv"
}
func (r csvReader) Version() int { return 1 }
func (r csvReader) Extensions() []string {
	if r.tabs {
		return []string{".tsv", ".tab"}
	}
	return []string{".csv"}
}

// Cell takes the quotes off.
func (r csvReader) Cell(text string) (string, offset.Map, error) {
	if len(text) < 2 || text[0] != '"' {
		return text, offset.Identity(len(text)), nil
	}
	var b offset.Builder
	var out strings.Builder
	b.Drop(1)
	for rest := text[1 : len(text)-1]; rest != ""; {
		i := strings.Index(rest, `""`)
		if i < 0 {
			out.WriteString(rest)
			b.Copy(len(rest))
			break
		}
		out.WriteString(rest[:i+1])
		b.Copy(i)
		b.Replace(1, 2)
		rest = rest[i+2:]
	}
	b.Drop(1)
	return out.String(), b.Map(), nil
}

func (r csvReader) Read(_ context.Context, in Input, emit func(Row) error) ([]string, error) {
	t := r.rows(in.Columns)
	if _, err := t.window(in, true, emit); err != nil {
		return nil, err
	}
	return t.done()
}

// csvRows reads a table piece by piece.
type csvRows struct {
	csvReader
	columns                     Columns
	delim                       byte
	header                      []string
	notes                       []string
	ragged, raggedAt, raggedRow int
}

func (r csvReader) rows(c Columns) tableRows { return &csvRows{csvReader: r, columns: c} }

// window implements tableRows.
func (t *csvRows) window(in Input, last bool, emit func(Row) error) (int, error) {
	if t.delim == 0 {
		t.delim = sniffDelimiter(in.Text.String, t.tabs)
	}
	p := newCSVParser(in.Text.String, t.delim)
	p.line += in.line
	if in.eol != 0 {
		p.eol = in.eol
	}
	for {
		before := p.pos
		cells, line, err := p.next()
		if !last && (err != nil || cells != nil && p.pos == cells[len(cells)-1].end) {
			return before, nil // the row may go on in the next piece
		}
		if err != nil {
			return 0, t.broken(in, err)
		}
		if cells == nil {
			return p.pos, nil
		}
		if t.header == nil {
			named, err := t.head(in, p, cells)
			if err != nil {
				return 0, err
			}
			if named {
				continue
			}
		}
		if err := emit(t.row(in, p, cells, line)); err != nil {
			return 0, err
		}
	}
}

// head names the columns, and reports whether the first row did.
func (t *csvRows) head(in Input, p *csvParser, cells []cell) (bool, error) {
	named := t.isHeader(in, p, cells)
	if named {
		t.header = headerNames(p, cells)
	} else {
		t.header = numbered(len(cells))
		t.notes = append(t.notes, "no header row: the columns are called "+strings.Join(t.header[:min(3, len(t.header))], ", ")+" …")
	}
	return named, missingColumn(t.columns, t.header)
}

func (t *csvRows) row(in Input, p *csvParser, cells []cell, line int) Row {
	row := Row{Class: ClassRow, Number: line, Fields: make([]Field, 0, len(cells))}
	row.Start, row.End = in.raw(cells[0].start, cells[len(cells)-1].end)
	for i, c := range cells {
		f := Field{Value: p.value(c)}
		if i < len(t.header) {
			f.Name = t.header[i]
		} else {
			f.Name = "column " + strconv.Itoa(i+1)
		}
		f.Start, f.End = in.raw(c.start, c.end)
		row.Fields = append(row.Fields, f)
	}
	if len(cells) != len(t.header) {
		if t.ragged == 0 {
			t.raggedAt, t.raggedRow = row.Start, line
		}
		t.ragged++
	}
	return row
}

// done implements tableRows.
func (t *csvRows) done() ([]string, error) {
	if t.header == nil {
		return []string{"the file has no rows"}, nil
	}
	if t.ragged > 0 {
		t.notes = append(t.notes, fmt.Sprintf("%d rows do not have the header's %d cells, the first at line %d, byte %d", t.ragged, len(t.header), t.raggedRow, t.raggedAt))
	}
	return t.notes, nil
}

// missingColumn says which column the source names and the file lacks.
func missingColumn(c Columns, have []string) error {
	for _, n := range c.names() {
		ok := false
		for _, h := range have {
			ok = ok || h == n[1]
		}
		if !ok {
			return errs.Invalid("there is no column %q, which the source names as %s; the columns are %s", n[1], n[0], quotedList(have, 40))
		}
	}
	return nil
}

func quotedList(names []string, limit int) string {
	var b strings.Builder
	for i, n := range names {
		if i == limit {
			fmt.Fprintf(&b, " and %d more", len(names)-limit)
			break
		}
		if i > 0 {
			b.WriteString(", ")
		}
		b.WriteString(strconv.Quote(n))
	}
	return b.String()
}

// broken turns a parse error at a place of the decoded text into one at a
// place of the file.
func (r csvReader) broken(in Input, err error) error {
	if e, ok := err.(*csvError); ok {
		at, _ := in.raw(e.at, e.at+1)
		return errs.Invalid("line %d, byte %d: %s", e.line, at, e.what)
	}
	return err
}
