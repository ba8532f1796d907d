package html

import (
	"strconv"
	"strings"
)

// maxSpan is how many rows and columns one cell may stand for, and maxMerged
// how many cells all of a table's together.
const (
	maxSpan   = 100
	maxMerged = 100_000
)

// cell is the content of one cell of a grid.
type cell struct {
	pieces []piece
	filled bool
}

// table writes a table row by row. A table that only arranges other content
// (one column, or headings, tables and long texts in it) is written as that
// content.
func (r *renderer) table(n *node) {
	w := r.out
	if w.line {
		r.blocks(n)
		return
	}
	rows, arranges := rowsOf(n)
	w.brk(2)
	for _, c := range n.children {
		if c.tag == "caption" {
			r.blocks(c)
			w.brk(2)
		}
	}
	width := 0
	var grid [][]cell
	if !arranges || tabular(rows) {
		grid = r.grid(rows)
		for _, row := range grid {
			width = max(width, len(row))
		}
	}
	if width < 2 {
		for _, row := range rows {
			for _, c := range row.children {
				r.node(c)
				w.brk(1)
			}
		}
		w.brk(2)
		return
	}
	r.rows(grid, width)
	w.brk(2)
}

// rowsOf returns a table's own rows, and whether there are headings or tables
// in them.
func rowsOf(table *node) (rows []*node, arranges bool) {
	table.walk(func(c *node) bool {
		switch {
		case c != table && c.tag == "table":
			arranges = true
			return false
		case len(c.tag) == 2 && c.tag[0] == 'h' && c.tag[1] >= '1' && c.tag[1] <= '6':
			arranges = true
		case c.tag == "tr":
			rows = append(rows, c)
		}
		return !unseen(c)
	})
	return rows, arranges
}

func (r *renderer) rows(grid [][]cell, width int) {
	w := r.out
	for i, row := range grid {
		w.brk(1)
		w.mark("| ")
		empty := true
		for j := range width {
			if j > 0 {
				w.pending += " | "
			}
			if j < len(row) && len(row[j].pieces) > 0 {
				w.replay(row[j].pieces)
				empty = false
			}
		}
		if empty {
			w.pending = "\n"
			continue
		}
		w.insert(w.pending+" |", w.past)
		w.pending = ""
		if i == 0 {
			w.insert("\n"+strings.Repeat("| --- ", width)+"|", w.past)
		}
	}
}

// longCell is the text, in bytes, from which a cell is no cell of data.
const longCell = 600

// tabular reports whether a table with headings or tables in it is one of data
// all the same: several columns in most rows, and no long cells.
func tabular(rows []*node) bool {
	wide, all := 0, 0
	for _, row := range rows {
		cells := 0
		for _, c := range row.children {
			if c.tag == "td" || c.tag == "th" {
				cells++
				if c.text > longCell {
					return false
				}
			}
		}
		all++
		if cells > 1 {
			wide++
		}
	}
	return wide*2 > all
}

// grid places the cells, those that span rows or columns in each of them.
func (r *renderer) grid(rows []*node) [][]cell {
	grid := make([][]cell, len(rows))
	heads := make([]bool, len(rows))
	left := maxMerged
	put := func(i, j int, c cell) {
		for len(grid[i]) <= j {
			grid[i] = append(grid[i], cell{})
		}
		grid[i][j] = c
	}
	for i, row := range rows {
		j, own, spanning := 0, 0, 0
		for _, n := range row.children {
			if n.tag != "td" && n.tag != "th" || unseen(n) {
				continue
			}
			for j < len(grid[i]) && grid[i][j].filled {
				j++
			}
			in := renderer{page: r.page, drop: r.drop, out: &writer{page: r.page, line: true}}
			in.inline(n)
			c := cell{escapePipes(r.page, in.out.pieces), true}
			wide, high := span(n, "colspan"), span(n, "rowspan")
			if left -= wide * min(high, len(rows)-i); left < 0 {
				wide, high = 1, 1 // no page that people read merges so much
			}
			for a := i; a < min(i+high, len(rows)); a++ {
				for b := j; b < j+wide; b++ {
					put(a, b, c)
				}
			}
			j += wide
			own++
			if high > 1 {
				spanning++
			}
		}
		heads[i] = own > 0 && own == spanning
	}
	out := grid[:0]
	for i, row := range grid {
		// A row of nothing but cells that go on below says what those rows say.
		if !heads[i] || i+1 == len(grid) || len(row) >= len(grid[i+1]) {
			out = append(out, row)
		}
	}
	return out
}

func span(n *node, name string) int {
	v, err := strconv.Atoi(strings.TrimSpace(n.attr[name]))
	if err != nil || v < 1 {
		return 1
	}
	return min(v, maxSpan)
}

// escapePipes puts a backslash before pipes, which would end a cell.
func escapePipes(page string, pieces []piece) []piece {
	out := make([]piece, 0, len(pieces))
	for _, p := range pieces {
		text := p.text
		if text == "" {
			text = page[p.at : p.at+p.n]
		}
		if !strings.Contains(text, "|") {
			out = append(out, p)
			continue
		}
		if p.text != "" {
			out = append(out, piece{strings.ReplaceAll(text, "|", `\|`), p.at, p.n})
			continue
		}
		for at := p.at; at < p.at+p.n; {
			if page[at] == '|' {
				out = append(out, piece{`\|`, at, 1})
				at++
				continue
			}
			k := strings.IndexByte(page[at:p.at+p.n], '|')
			if k < 0 {
				k = p.at + p.n - at
			}
			out = append(out, piece{"", at, k})
			at += k
		}
	}
	return out
}
