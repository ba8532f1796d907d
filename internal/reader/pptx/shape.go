package pptx

import (
	"strconv"
	"strings"

	"github.com/luodi/luodi/internal/reader/layout"
	"github.com/luodi/luodi/internal/reader/opc"
	"github.com/luodi/luodi/internal/source"
)

func (r *presentation) at(n *opc.Node, shape string) source.Location {
	return source.Location{Part: r.part, Start: n.Start, End: n.End, Slide: r.number, Shape: shape, Role: r.role}
}

// name is a shape's name.
func name(n *opc.Node) string {
	for _, k := range n.Kids {
		if strings.HasPrefix(k.Name, "nv") {
			if c := k.Find("cNvPr"); c != nil {
				return c.Attr("name")
			}
		}
	}
	return ""
}

// placeholder is the kind of content that a shape holds a place for.
func placeholder(n *opc.Node) (string, bool) {
	for _, k := range n.Kids {
		if strings.HasPrefix(k.Name, "nv") {
			if ph := k.Find("nvPr", "ph"); ph != nil {
				return ph.Attr("type"), true
			}
		}
	}
	return "", false
}

// heading writes a slide's title before all else, wherever it stands among the
// shapes.
func (r *presentation) heading(n *opc.Node) {
	if n == nil {
		return
	}
	for _, k := range n.Kids {
		if kind, _ := placeholder(k); kind != "title" && kind != "ctrTitle" {
			continue
		}
		var pieces []layout.Piece
		body := k.Find("txBody")
		if body == nil {
			continue
		}
		for _, p := range body.Kids {
			if p.Name == "p" {
				if len(pieces) > 0 {
					pieces = append(pieces, layout.Piece{Text: " ", At: pieces[len(pieces)-1].At})
				}
				pieces = append(pieces, r.inline(p, name(k))...)
			}
		}
		for i := range pieces {
			pieces[i].Text = strings.ReplaceAll(pieces[i].Text, "\n", " ")
		}
		if t := layout.Plain(pieces); t != "" && r.title == "" {
			r.title = t
		}
		r.out.Block(2, "# ", pieces)
	}
}

// shapes writes the shapes of a slide or group in order. Of a page of notes
// only the notes themselves.
func (r *presentation) shapes(n *opc.Node, notes bool) {
	if n == nil {
		return
	}
	for _, k := range n.Kids {
		kind, held := placeholder(k)
		switch {
		case kind == "title" || kind == "ctrTitle":
			if !notes {
				continue
			}
		case kind == "sldNum" || kind == "dt" || kind == "hdr" || kind == "ftr" && notes || kind == "sldImg":
			continue
		}
		if notes && !(held && kind == "body") {
			continue
		}
		switch k.Name {
		case "sp", "cxnSp":
			if body := k.Find("txBody"); body != nil {
				r.text(body, name(k), kind == "body" || kind == "" && held || kind == "obj")
			}
		case "grpSp":
			r.shapes(k, notes)
		case "graphicFrame":
			r.frame(k)
		case "pic":
			if c := k.Find("nvPicPr", "cNvPr"); c != nil {
				if alt := strings.Join(strings.Fields(c.Attr("descr")), " "); alt != "" {
					at := r.at(c, name(k))
					at.Role = strings.TrimSpace(at.Role + " picture")
					r.out.Block(2, "", []layout.Piece{{Text: alt, At: at}})
				}
			}
		case "AlternateContent":
			c := k.Find("Choice")
			if c == nil || onlyUnknown(c) {
				c = k.Find("Fallback")
			}
			r.shapes(c, notes)
		}
	}
}

// onlyUnknown reports whether there is no shape in n that is read.
func onlyUnknown(n *opc.Node) bool {
	for _, k := range n.Kids {
		switch k.Name {
		case "sp", "grpSp", "graphicFrame", "pic", "cxnSp":
			return false
		}
	}
	return true
}

// text writes the paragraphs of a shape. A place for body text has bullets
// where its paragraphs do not say otherwise.
func (r *presentation) text(body *opc.Node, shape string, bullets bool) {
	counts := [10]int{}
	several := 0
	for _, p := range body.Kids {
		if p.Name == "p" && layout.Plain(r.inline(p, shape)) != "" {
			several++
		}
	}
	first := true
	for _, p := range body.Kids {
		if p.Name != "p" {
			continue
		}
		pieces := r.inline(p, shape)
		if layout.Plain(pieces) == "" {
			continue
		}
		level, _ := strconv.Atoi(attr(p.Find("pPr"), "lvl"))
		level = max(0, min(level, 8))
		mark := ""
		switch auto := p.Find("pPr", "buAutoNum"); {
		case auto != nil:
			if counts[level] == 0 {
				counts[level], _ = strconv.Atoi(auto.Attr("startAt"))
				counts[level] = max(counts[level], 1) - 1
			}
			counts[level]++
			mark = strconv.Itoa(counts[level]) + ". "
		case p.Find("pPr", "buNone") != nil:
			counts[level] = 0
		case p.Find("pPr", "buChar") != nil || p.Find("pPr", "buBlip") != nil || bullets && (several > 1 || level > 0):
			mark, counts[level] = "- ", 0
		}
		for i := level + 1; i < len(counts); i++ {
			counts[i] = 0
		}
		lines := 2
		if mark != "" {
			mark = strings.Repeat("  ", level) + mark
			if !first {
				lines = 1
			}
		}
		r.out.Block(lines, mark, pieces)
		first = false
	}
}

// inline is the text of a paragraph.
func (r *presentation) inline(p *opc.Node, shape string) []layout.Piece {
	var out []layout.Piece
	for _, k := range p.Kids {
		switch k.Name {
		case "r", "fld":
			t := k.Find("t")
			if t == nil {
				continue
			}
			for _, c := range t.Kids {
				out = append(out, layout.Piece{Text: strings.ReplaceAll(c.Text, "\v", "\n"), At: r.at(c, shape)})
			}
			if link := k.Find("rPr", "hlinkClick"); link != nil {
				rel := r.rels[link.Attr("id")]
				if rel.External && len(t.Kids) > 0 && !strings.Contains(rel.Target, t.Kids[0].Text) {
					out = append(out, layout.Piece{Text: " (" + rel.Target + ")", At: r.at(k, shape)})
				}
			}
		case "br":
			out = append(out, layout.Piece{Text: "\n", At: r.at(k, shape)})
		case "AlternateContent", "m", "oMathPara", "oMath", "Choice":
			out = append(out, r.math(k, shape)...)
		}
	}
	return out
}

// math is the letters of a formula.
func (r *presentation) math(n *opc.Node, shape string) []layout.Piece {
	if n.Name == "AlternateContent" {
		if n = n.Find("Choice"); n == nil {
			return nil
		}
	}
	var out []layout.Piece
	for _, k := range n.Kids {
		if n.Name == "t" && k.Name == "" {
			out = append(out, layout.Piece{Text: k.Text, At: r.at(k, shape)})
		} else if k.Name != "" {
			out = append(out, r.math(k, shape)...)
		}
	}
	return out
}

func attr(n *opc.Node, name string) string {
	if n == nil {
		return ""
	}
	return n.Attr(name)
}
