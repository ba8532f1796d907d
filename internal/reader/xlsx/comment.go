package xlsx

import (
	"encoding/xml"
	"slices"
	"strconv"
	"strings"

	"github.com/luodi/luodi/internal/reader/opc"
	"github.com/luodi/luodi/internal/source"
)

// comments emits a sheet's comments as rows, threads in the place of the notes
// that Excel writes for older versions.
func (w *workbook) comments(s sheetRef) error {
	rels, err := w.pkg.Relations(s.part)
	if err != nil {
		return err
	}
	people := map[string]string{}
	for _, name := range w.pkg.Names() {
		if strings.HasPrefix(name, "xl/persons/") {
			err := w.pkg.Walk(name, func(_ *opc.Decoder, e xml.StartElement) error {
				if e.Name.Local == "person" {
					people[opc.Attr(e, "id")] = opc.Attr(e, "displayName")
				}
				return nil
			})
			if err != nil {
				return err
			}
		}
	}
	for _, part := range append(targets(rels, "comments"), targets(rels, "threadedComment")...) {
		if err := w.commentsIn(s, part, people); err != nil {
			return err
		}
	}
	return nil
}

func (w *workbook) commentsIn(s sheetRef, part string, people map[string]string) error {
	var authors []string
	return w.pkg.Walk(part, func(d *opc.Decoder, e xml.StartElement) error {
		switch e.Name.Local {
		case "author":
			n, err := d.Tree(e)
			if err != nil {
				return err
			}
			name := ""
			for _, k := range n.Kids {
				name += k.Text
			}
			authors = append(authors, name)
		case "comment", "threadedComment":
			n, err := d.Tree(e)
			if err != nil {
				return err
			}
			author := people[n.Attr("personId")]
			if i := index(n.Attr("authorId")); author == "" && i < len(authors) {
				author = authors[i]
			}
			if strings.HasPrefix(author, "tc=") { // what older versions show of a thread
				return nil
			}
			return w.comment(s, n, author)
		}
		return nil
	})
}

func (w *workbook) comment(s sheetRef, n *opc.Node, author string) error {
	col, number, ok := parseRef(n.Attr("ref"))
	text := n.Find("text")
	if !ok || text == nil {
		return nil
	}
	said := rich(text)
	if said == "" { // of a thread: without the elements of rich text
		for _, k := range text.Kids {
			said += k.Text
		}
	}
	at := s.location(number, col, col, false)
	at.Role, at.Shape = strings.TrimSpace(at.Role+" comment"), w.shape("comment")
	out := source.Row{Class: source.ClassRow, Number: number, At: at}
	for _, f := range [][2]string{{"comment on " + at.Cell, strings.TrimSpace(said)}, {"author", author}, {"time", n.Attr("dT")}} {
		if f[1] != "" {
			out.Fields = append(out.Fields, source.Field{Name: f[0], Value: f[1], At: at})
		}
	}
	if len(out.Fields) == 0 {
		return nil
	}
	return w.emit(out)
}

// targets are the parts of a kind, in the order of their names.
func targets(rels map[string]opc.Relation, kind string) []string {
	var out []string
	for _, r := range rels {
		if r.Type == kind && !r.External {
			out = append(out, r.Target)
		}
	}
	slices.Sort(out)
	return out
}

// index reads a 0-based index; what is none is far beyond all.
func index(s string) int {
	i, err := strconv.Atoi(s)
	if err != nil || i < 0 {
		return 1 << 30
	}
	return i
}
