package docx

import (
	"strconv"

	"github.com/luodi/luodi/internal/reader/layout"
	"github.com/luodi/luodi/internal/reader/opc"
)

// maxColumns is what Word allows of a table, and maxCells what one may be
// filled into by merging.
const (
	maxColumns = 63
	maxCells   = 2_000_000
)

// table writes a table; merged cells say the same wherever they reach.
func (d *document) table(n *opc.Node) {
	if all := rows(n); len(all) == 1 && len(cells(all[0])) == 1 { // a frame around what is in it
		for _, k := range cells(all[0])[0].Kids {
			d.block(k, 0)
		}
		return
	}
	d.tables++
	table := d.tables
	var grid [][][]layout.Piece
	left := maxCells
	for _, row := range rows(n) {
		if row.Find("trPr", "del") != nil {
			d.deleted++
			continue
		}
		var line [][]layout.Piece
		for range span(row.Val("trPr", "gridBefore"), 0) {
			line = append(line, nil)
		}
		for _, c := range cells(row) {
			wide := span(c.Val("tcPr", "gridSpan"), 1)
			var content []layout.Piece
			merge := c.Find("tcPr", "vMerge")
			if up := len(grid) - 1; merge != nil && merge.Attr("val") != "restart" && up >= 0 && len(line) < len(grid[up]) {
				content = grid[up][len(line)]
			} else {
				content = d.flat(c)
				for i := range content {
					content[i].At.Table, content[i].At.Row, content[i].At.Column = table, len(grid)+1, len(line)+1
				}
			}
			for range wide {
				if left--; left >= 0 && len(line) < maxColumns*4 {
					line = append(line, content)
				}
			}
		}
		grid = append(grid, line)
	}
	d.out.Table(grid)
}

func span(s string, least int) int {
	v, err := strconv.Atoi(s)
	if err != nil || v < least {
		return least
	}
	return min(v, maxColumns)
}

// rows are a table's rows, also those in content controls and insertions.
func rows(n *opc.Node) []*opc.Node { return below(n, "tr") }

func cells(n *opc.Node) []*opc.Node { return below(n, "tc") }

func below(n *opc.Node, name string) []*opc.Node {
	var out []*opc.Node
	for _, k := range n.Kids {
		switch {
		case k.Is("w", name):
			out = append(out, k)
		case k.Is("w", "sdt"), k.Is("w", "sdtContent"), k.Is("w", "ins"), k.Is("w", "customXml"), k.Is("w", "smartTag"), k.Is("w", "moveTo"):
			out = append(out, below(k, name)...)
		}
	}
	return out
}
