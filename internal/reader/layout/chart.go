package layout

import (
	"github.com/luodi/luodi/internal/source"
)

// Series is one line of numbers that a chart plots.
type Series struct {
	Name   string
	Labels []string
	Values []string
}

// Chart writes what a chart plots as a table: a row per label, a column per
// series.
func (w *Writer) Chart(title string, series []Series, at source.Location) {
	cell := func(s string) []Piece { return []Piece{{Text: s, At: at}} }
	w.Block(2, "", cell(title))
	head := [][]Piece{nil}
	rows := 0
	var labels []string
	for _, s := range series {
		head = append(head, cell(s.Name))
		rows = max(rows, len(s.Values))
		if len(s.Labels) > len(labels) {
			labels = s.Labels
		}
	}
	grid := [][][]Piece{head}
	for i := range rows {
		line := [][]Piece{nil}
		if i < len(labels) {
			line[0] = cell(labels[i])
		}
		for _, s := range series {
			if i < len(s.Values) {
				line = append(line, cell(s.Values[i]))
			} else {
				line = append(line, nil)
			}
		}
		grid = append(grid, line)
	}
	if rows > 0 {
		w.Table(grid)
	}
}
