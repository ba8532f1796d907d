package xlsx

import (
	"encoding/xml"
	"strconv"
	"strings"

	"github.com/luodi/luodi/internal/reader/chart"
	"github.com/luodi/luodi/internal/reader/opc"
	"github.com/luodi/luodi/internal/source"
)

// drawings emits the titles of a sheet's charts and the texts of its boxes.
func (w *workbook) drawings(s sheetRef) error {
	rels, err := w.pkg.Relations(s.part)
	if err != nil {
		return err
	}
	for _, part := range targets(rels, "drawing") {
		inner, err := w.pkg.Relations(part)
		if err != nil || !w.pkg.Has(part) {
			return err
		}
		if err := w.boxes(s, part); err != nil {
			return err
		}
		for _, c := range targets(inner, "chart") {
			if !w.pkg.Has(c) {
				continue
			}
			title, err := chart.Title(w.pkg, c)
			if err != nil {
				return err
			}
			if err := w.aside(s, 0, title, "chart"); err != nil {
				return err
			}
		}
	}
	return nil
}

// boxes emits the texts of a drawing's shapes, with the row they begin in.
func (w *workbook) boxes(s sheetRef, part string) error {
	return w.pkg.Walk(part, func(d *opc.Decoder, e xml.StartElement) error {
		if !strings.HasSuffix(e.Name.Local, "Anchor") {
			return nil
		}
		n, err := d.Tree(e)
		if err != nil {
			return err
		}
		row := 0
		if r := n.Find("from", "row"); r != nil && len(r.Kids) > 0 {
			row = min(index(strings.TrimSpace(r.Kids[0].Text))+1, maxRows)
		}
		var texts []string
		paragraphs(n, &texts)
		return w.aside(s, row, strings.Join(texts, "\n"), "text box")
	})
}

// paragraphs collects the paragraphs below n.
func paragraphs(n *opc.Node, out *[]string) {
	if n.Is("a", "p") {
		if s := strings.TrimSpace(rich(n)); s != "" {
			*out = append(*out, s)
		}
		return
	}
	for _, k := range n.Kids {
		paragraphs(k, out)
	}
}

// shape numbers what stands in no cell, through the workbook.
func (w *workbook) shape(kind string) string {
	w.shapes++
	return kind + " " + strconv.Itoa(w.shapes)
}

// aside emits a text that stands in no cell.
func (w *workbook) aside(s sheetRef, row int, text, role string) error {
	if text == "" {
		return nil
	}
	at := source.Location{Sheet: s.name, Shape: w.shape(role), Row: row, Role: strings.TrimSpace(s.role + " " + role)}
	return w.emit(source.Row{Class: source.ClassRow, Number: row, At: at, Fields: []source.Field{{Name: s.name, Value: text, At: at}}})
}
