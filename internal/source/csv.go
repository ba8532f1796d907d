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
	delim := sniffDelimiter(in.Text.String, r.tabs)
	p := newCSVParser(in.Text.String, delim)
	var header []string
	var notes []string
	var ragged, raggedAt, raggedRow int
	for {
		cells, line, err := p.next()
		if err != nil {
			return nil, r.broken(in, err)
		}
		if cells == nil {
			break
		}
		if header == nil {
			if r.isHeader(in, p, cells) {
				header = headerNames(p, cells)
				if err := missingColumn(in.Columns, header); err != nil {
					return nil, err
				}
				continue
			}
			header = numbered(len(cells))
			notes = append(notes, "no header row: the columns are called "+strings.Join(header[:min(3, len(header))], ", ")+" …")
			if err := missingColumn(in.Columns, header); err != nil {
				return nil, err
			}
		}
		row := Row{Class: ClassRow, Number: line, Fields: make([]Field, 0, len(cells))}
		row.Start, row.End = in.raw(cells[0].start, cells[len(cells)-1].end)
		for i, c := range cells {
			f := Field{Value: p.value(c)}
			if i < len(header) {
				f.Name = header[i]
			} else {
				f.Name = "column " + strconv.Itoa(i+1)
			}
			f.Start, f.End = in.raw(c.start, c.end)
			row.Fields = append(row.Fields, f)
		}
		if len(cells) != len(header) {
			if ragged == 0 {
				raggedAt, raggedRow = row.Start, line
			}
			ragged++
		}
		if err := emit(row); err != nil {
			return nil, err
		}
	}
	if header == nil {
		return []string{"the file has no rows"}, nil
	}
	if ragged > 0 {
		notes = append(notes, fmt.Sprintf("%d rows do not have the header's %d cells, the first at line %d, byte %d", ragged, len(header), raggedRow, raggedAt))
	}
	return notes, nil
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
