// Package chart reads what the charts of office documents plot: the title and
// the numbers that are kept in the file beside the picture, written as a table.
// Word and PowerPoint hold these numbers nowhere else that a reader sees; of
// workbooks, where they stand in cells, only the title is taken.
//
// It draws nothing, and does not open the workbook that a chart may hold.
package chart

import (
	"encoding/xml"
	"strconv"
	"strings"

	"github.com/luodi/luodi/internal/reader/layout"
	"github.com/luodi/luodi/internal/reader/opc"
	"github.com/luodi/luodi/internal/source"
)

// maxPoints is how many points of a series are read.
const maxPoints = 100_000

// Title is the title of the chart in a part; "" where it has none.
func Title(p *opc.Package, part string) (string, error) {
	title := ""
	err := p.Walk(part, func(d *opc.Decoder, e xml.StartElement) error {
		if e.Name.Local != "title" || title != "" {
			return nil
		}
		n, err := d.Tree(e)
		if err == nil {
			title = strings.Join(strings.Fields(text(n)), " ")
		}
		return err
	})
	return title, err
}

// Write writes the chart in a part; at is where it is shown.
func Write(p *opc.Package, part string, out *layout.Writer, at source.Location) error {
	title := ""
	var series []layout.Series
	err := p.Walk(part, func(d *opc.Decoder, e xml.StartElement) error {
		if e.Name.Local != "ser" && e.Name.Local != "title" {
			return nil
		}
		n, err := d.Tree(e)
		if err != nil {
			return err
		}
		if n.Name == "title" {
			if title == "" && len(series) == 0 {
				title = strings.Join(strings.Fields(text(n)), " ")
			}
			return nil
		}
		series = append(series, layout.Series{
			Name:   strings.Join(points(n.Find("tx")), " "),
			Labels: points(first(n, "cat", "xVal")),
			Values: points(first(n, "val", "yVal")),
		})
		return nil
	})
	if err != nil {
		return err
	}
	out.Chart(title, series, at)
	return nil
}

func first(n *opc.Node, names ...string) *opc.Node {
	for _, name := range names {
		if k := n.Find(name); k != nil {
			return k
		}
	}
	return nil
}

// points are the cached values below n, by their index.
func points(n *opc.Node) []string {
	if n == nil {
		return nil
	}
	var out []string
	for _, k := range n.Kids {
		if k.Name != "pt" {
			if k.Name == "v" && n.Name == "tx" {
				return []string{text(k)}
			}
			if out == nil {
				out = points(k)
			}
			continue
		}
		i, err := strconv.Atoi(k.Attr("idx"))
		if err != nil || i < 0 || i >= maxPoints {
			continue
		}
		for len(out) <= i {
			out = append(out, "")
		}
		out[i] = opc.Number(strings.TrimSpace(text(k)))
	}
	return out
}

// text is all text below n.
func text(n *opc.Node) string {
	if n.Name == "" {
		return n.Text
	}
	var b strings.Builder
	for _, k := range n.Kids {
		b.WriteString(text(k))
	}
	return b.String()
}
