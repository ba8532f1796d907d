package docx

import (
	"errors"
	"strings"

	"github.com/luodi/luodi/internal/reader/chart"
	"github.com/luodi/luodi/internal/reader/layout"
	"github.com/luodi/luodi/internal/reader/opc"
	"github.com/luodi/luodi/internal/source"
)

// block writes one block of a body.
func (d *document) block(n *opc.Node, depth int) {
	switch {
	case n.Is("w", "p"):
		d.paragraph(n)
	case n.Is("w", "tbl"):
		d.flush()
		d.table(n)
	case n.Is("w", "sdt"):
		d.blocks(n.Find("sdtContent"), depth)
	case n.Is("w", "altChunk"):
		d.foreign++
	case n.Is("w", "del"), n.Is("w", "moveFrom"):
		d.deleted++
	case n.Is("mc", "AlternateContent"):
		d.blocks(choice(n), depth)
	case n.Is("w", "ins"), n.Is("w", "moveTo"), n.Is("w", "customXml"), n.Is("w", "smartTag"):
		d.blocks(n, depth)
	}
}

func (d *document) blocks(n *opc.Node, depth int) {
	if n == nil {
		return
	}
	for _, k := range n.Kids {
		d.block(k, depth+1)
	}
}

// choice is the alternative of a document's newest form.
func choice(n *opc.Node) *opc.Node {
	if c := n.Find("Choice"); c != nil {
		return c
	}
	return n.Find("Fallback")
}

// paragraph writes a paragraph as heading, list item, code or text.
func (d *document) paragraph(n *opc.Node) {
	pPr := n.Find("pPr")
	boxes := len(d.boxes)
	pieces := append(d.carry, d.inline(n)...)
	d.carry = nil
	if pPr.Find("rPr", "del") != nil { // its end was deleted: the next one goes on
		d.carry = pieces
		return
	}
	s := d.styles[pPr.Val("pStyle")]
	plain := layout.Plain(pieces)
	if s.code && plain != "" && s.level == 0 {
		d.code = append(d.code, pieces)
		return
	}
	d.fence()
	if v := outline(pPr); v > 0 {
		s.level = v
	}
	if num := pPr.Find("numPr"); num != nil {
		s.num, s.ilvl = num.Val("numId"), num.Val("ilvl")
	}
	mark, depth, listed := "", 0, false
	if plain != "" {
		mark, depth, listed = d.numbers.next(s.num, s.ilvl)
	}
	switch {
	case plain == "":
	case s.title || s.level > 0:
		if d.title == "" && d.role == "" {
			d.title = strings.TrimSpace(strings.TrimLeft(mark, "-") + " " + plain)
		}
		head := strings.Repeat("#", min(max(s.level, 1), 6)) + " "
		if mark != "" && mark != "-" {
			head += mark + " "
		}
		d.out.Block(2, head, oneLine(pieces))
	case listed && mark != "":
		d.out.Block(1, strings.Repeat("  ", depth)+mark+" ", pieces)
	default:
		d.out.Block(2, "", pieces)
	}
	d.textBoxes(boxes)
}

// oneLine puts pieces on one line.
func oneLine(pieces []layout.Piece) []layout.Piece {
	out := append([]layout.Piece(nil), pieces...)
	for i := range out {
		out[i].Text = strings.ReplaceAll(out[i].Text, "\n", " ")
	}
	return out
}

// fence writes the lines of code that wait.
func (d *document) fence() {
	if len(d.code) > 0 {
		d.out.Code(d.code)
		d.code = nil
	}
}

// textBoxes writes those found since there were from of them.
func (d *document) textBoxes(from int) {
	if len(d.boxes) <= from {
		return
	}
	found := append([]*opc.Node(nil), d.boxes[from:]...)
	d.boxes = d.boxes[:from]
	role := d.role
	for _, b := range found {
		if b.Name == "chart" {
			if r := d.rels[b.Attr("id")]; d.pkg.Has(r.Target) {
				d.err = errors.Join(d.err, chart.Write(d.pkg, r.Target, &d.out, source.Location{Part: r.Target, Role: strings.TrimSpace(role + " chart")}))
			}
			continue
		}
		d.role = strings.TrimSpace(role + " text box")
		d.blocks(b, 0)
		d.fence()
		d.role = role
	}
}

// flat is all text below n on one line, blocks parted by blanks, lists with
// their marks.
func (d *document) flat(n *opc.Node) []layout.Piece {
	var out []layout.Piece
	add := func(p []layout.Piece) {
		if layout.Plain(p) == "" {
			return
		}
		if len(out) > 0 {
			out = append(out, layout.Piece{Text: " ", At: out[len(out)-1].At})
		}
		out = append(out, p...)
	}
	var walk func(n *opc.Node)
	walk = func(n *opc.Node) {
		for _, k := range n.Kids {
			switch {
			case k.Is("w", "p"):
				boxes := len(d.boxes)
				p := d.inline(k)
				num := k.Find("pPr", "numPr")
				s := d.styles[k.Val("pPr", "pStyle")]
				if num != nil {
					s.num, s.ilvl = num.Val("numId"), num.Val("ilvl")
				}
				if layout.Plain(p) != "" {
					if mark, _, ok := d.numbers.next(s.num, s.ilvl); ok && mark != "" {
						p = append([]layout.Piece{{Text: mark + " ", At: p[0].At}}, p...)
					}
				}
				add(p)
				for _, b := range d.boxes[boxes:] {
					walk(b)
				}
				d.boxes = d.boxes[:boxes]
			case k.Is("w", "del"), k.Is("w", "moveFrom"):
				d.deleted++
			case k.Is("mc", "AlternateContent"):
				if c := choice(k); c != nil {
					walk(c)
				}
			case k.Is("w", "sdt"):
				if c := k.Find("sdtContent"); c != nil {
					walk(c)
				}
			case k.Name != "":
				walk(k)
			}
		}
	}
	walk(n)
	return out
}
