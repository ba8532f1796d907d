package pptx

import (
	"errors"
	"strings"

	"github.com/luodi/luodi/internal/reader/chart"
	"github.com/luodi/luodi/internal/reader/layout"
	"github.com/luodi/luodi/internal/reader/opc"
)

// maxWide is how many cells one row may have.
const maxWide = 1000

// frame writes a table or a chart; diagrams and embedded files are counted.
func (r *presentation) frame(n *opc.Node) {
	data := n.Find("graphic", "graphicData")
	if data == nil {
		return
	}
	if t := data.Find("tbl"); t != nil {
		r.table(t, name(n))
		return
	}
	if c := data.Find("chart"); c != nil {
		if rel := r.rels[c.Attr("id")]; r.pkg.Has(rel.Target) {
			at := r.at(c, name(n))
			at.Part, at.Start, at.End = rel.Target, 0, 0
			r.err = errors.Join(r.err, chart.Write(r.pkg, rel.Target, &r.out, at))
		}
	}
}

// table writes a table; merged cells say the same wherever they reach.
func (r *presentation) table(n *opc.Node, shape string) {
	r.tables++
	var grid [][][]layout.Piece
	for _, row := range n.Kids {
		if row.Name != "tr" {
			continue
		}
		var line [][]layout.Piece
		for _, c := range row.Kids {
			if c.Name != "tc" || len(line) >= maxWide {
				continue
			}
			j, up := len(line), len(grid)-1
			switch {
			case yes(c.Attr("vMerge")) && up >= 0 && j < len(grid[up]):
				line = append(line, grid[up][j])
			case yes(c.Attr("hMerge")) && j > 0:
				line = append(line, line[j-1])
			default:
				line = append(line, r.cell(c, shape, len(grid)+1, j+1))
			}
		}
		grid = append(grid, line)
	}
	r.out.Table(grid)
}

func yes(s string) bool { return s == "1" || s == "true" }

// cell is a cell's paragraphs on one line.
func (r *presentation) cell(c *opc.Node, shape string, row, column int) []layout.Piece {
	var out []layout.Piece
	body := c.Find("txBody")
	if body == nil {
		return nil
	}
	for _, p := range body.Kids {
		if p.Name != "p" {
			continue
		}
		pieces := r.inline(p, shape)
		if layout.Plain(pieces) == "" {
			continue
		}
		if len(out) > 0 {
			out = append(out, layout.Piece{Text: " ", At: out[len(out)-1].At})
		}
		out = append(out, pieces...)
	}
	for i := range out {
		out[i].At.Table, out[i].At.Row, out[i].At.Column = r.tables, row, column
		out[i].Text = strings.ReplaceAll(out[i].Text, "\n", " ")
	}
	return out
}
