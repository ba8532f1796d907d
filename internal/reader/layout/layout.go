// Package layout writes what a reader found in a document as text that a
// knowledge base can cut, and remembers where each piece stood.
//
// Headings are "## " lines, lists have their marks, tables are written row by
// row as "| a | b |" with a line under the first, as package html writes them:
// one form for all formats, so that chunks, citations and models see the same
// thing. Pipes in cells are escaped. What the writer adds itself belongs to no
// place.
package layout

import (
	"strings"

	"github.com/luodi/luodi/internal/errs"
	"github.com/luodi/luodi/internal/source"
)

// Piece is a text from one place.
type Piece struct {
	Text string
	At   source.Location
}

// Plain is the text of pieces on one line.
func Plain(pieces []Piece) string {
	var b strings.Builder
	for _, p := range pieces {
		b.WriteString(p.Text)
	}
	return strings.Join(strings.Fields(b.String()), " ")
}

// Writer collects blocks. Its zero value is empty and without limit.
type Writer struct {
	Limit int // bytes of text; more is errs.Invalid at the end

	b     strings.Builder
	spans []source.Span
	over  bool
}

// Len is how much was written.
func (w *Writer) Len() int { return w.b.Len() }

// Block writes pieces on lines of their own, lines line ends after the block
// before (2 leaves an empty line), behind a mark such as "## ". White space
// alone is no block.
func (w *Writer) Block(lines int, mark string, pieces []Piece) {
	if pieces = trim(pieces); len(pieces) == 0 {
		return
	}
	w.gap(lines)
	w.b.WriteString(mark)
	indent := ""
	if n := len(mark) - len(strings.TrimLeft(mark, " ")); mark != "" && !strings.HasPrefix(mark, "#") {
		indent = strings.Repeat(" ", n+2)
	}
	for _, p := range pieces {
		if indent != "" {
			p.Text = strings.ReplaceAll(p.Text, "\n", "\n"+indent)
		}
		w.piece(p)
	}
}

// Code writes pieces as they are, in a fence.
func (w *Writer) Code(lines [][]Piece) {
	w.gap(2)
	w.b.WriteString("```\n")
	for _, line := range lines {
		for _, p := range line {
			w.piece(p)
		}
		w.b.WriteByte('\n')
	}
	w.b.WriteString("```")
}

func (w *Writer) gap(lines int) {
	if w.b.Len() > 0 {
		w.b.WriteString("\n\n"[:min(max(lines, 1), 2)])
	}
}

func (w *Writer) piece(p Piece) {
	if p.Text == "" || w.over {
		return
	}
	if w.Limit > 0 && w.b.Len()+len(p.Text) > w.Limit {
		w.over = true
		return
	}
	at := w.b.Len()
	w.b.WriteString(p.Text)
	if k := len(w.spans) - 1; k >= 0 && w.spans[k].End == at && w.spans[k].At == p.At {
		w.spans[k].End = w.b.Len()
		return
	}
	w.spans = append(w.spans, source.Span{Start: at, End: w.b.Len(), At: p.At})
}

// Table writes a grid, whose rows may have fewer cells than the widest. Rows
// of empty cells are left out. A grid of one cell is written as a block.
func (w *Writer) Table(grid [][][]Piece) {
	width, single := 0, len(grid) == 1 && len(grid[0]) == 1
	for _, row := range grid {
		width = max(width, len(row))
	}
	first := true
	for _, row := range grid {
		empty := true
		for i, c := range row {
			row[i] = oneLine(c, !single)
			empty = empty && len(row[i]) == 0
		}
		if empty || w.over {
			continue
		}
		if single {
			w.Block(2, "", row[0])
			return
		}
		w.gap(1 + btoi(first))
		w.b.WriteString("| ")
		for j := range width {
			if j > 0 {
				w.b.WriteString(" | ")
			}
			if j < len(row) {
				for _, p := range row[j] {
					w.piece(p)
				}
			}
		}
		w.b.WriteString(" |")
		if first {
			w.b.WriteString("\n" + strings.Repeat("| --- ", width) + "|")
			first = false
		}
	}
}

func btoi(b bool) int {
	if b {
		return 1
	}
	return 0
}

// oneLine is a cell's content on one line, with pipes escaped where wanted.
func oneLine(pieces []Piece, escape bool) []Piece {
	pieces = trim(pieces)
	out := make([]Piece, 0, len(pieces))
	for _, p := range pieces {
		p.Text = strings.ReplaceAll(p.Text, "\n", " ")
		if escape {
			p.Text = strings.ReplaceAll(p.Text, "|", `\|`)
		}
		out = append(out, p)
	}
	return out
}

// trim takes white space off both ends.
func trim(pieces []Piece) []Piece {
	out := append([]Piece(nil), pieces...)
	for len(out) > 0 {
		if out[0].Text = strings.TrimLeft(out[0].Text, " \t\r\n"); out[0].Text != "" {
			break
		}
		out = out[1:]
	}
	for len(out) > 0 {
		k := len(out) - 1
		if out[k].Text = strings.TrimRight(out[k].Text, " \t\r\n"); out[k].Text != "" {
			break
		}
		out = out[:k]
	}
	return out
}

// Done returns the text and where it comes from.
func (w *Writer) Done() (string, []source.Span, error) {
	if w.over {
		return "", nil, errs.Invalid("the file gives more than %d MiB of text, the limit; split it", w.Limit>>20)
	}
	return w.b.String(), w.spans, nil
}
