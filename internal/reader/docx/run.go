package docx

import (
	"strconv"
	"strings"

	"github.com/luodi/luodi/internal/reader/layout"
	"github.com/luodi/luodi/internal/reader/opc"
	"github.com/luodi/luodi/internal/source"
)

// inline is the text of a paragraph or of what holds runs in it.
func (d *document) inline(n *opc.Node) []layout.Piece {
	var out []layout.Piece
	for _, k := range n.Kids {
		out = append(out, d.run(k, "")...)
	}
	return out
}

func (d *document) at(n *opc.Node, role string) source.Location {
	return source.Location{Part: d.part, Start: n.Start, End: n.End, Role: strings.TrimSpace(d.role + " " + role)}
}

// run is the text of what may stand in a paragraph.
func (d *document) run(n *opc.Node, role string) []layout.Piece {
	say := func(s string) []layout.Piece { return []layout.Piece{{Text: s, At: d.at(n, role)}} }
	all := func() []layout.Piece {
		var out []layout.Piece
		for _, k := range n.Kids {
			out = append(out, d.run(k, role)...)
		}
		return out
	}
	if n.Space == "m" {
		if n.Name == "oMath" {
			return say("$" + latex(n) + "$")
		}
		if n.Name == "oMathPara" {
			return all()
		}
		return nil
	}
	if n.Is("mc", "AlternateContent") {
		if c := choice(n); c != nil {
			n = c
			return all()
		}
		return nil
	}
	if n.Space != "w" {
		return d.drawing(n)
	}
	switch n.Name {
	case "r":
		if rPr := n.Find("rPr"); rPr.On("vanish") {
			role = strings.TrimSpace(role + " hidden")
		}
		return all()
	case "t":
		var out []layout.Piece
		for _, k := range n.Kids {
			if k.Name == "" {
				out = append(out, layout.Piece{Text: k.Text, At: d.at(k, role)})
			}
		}
		return out
	case "tab", "ptab":
		return say("\t")
	case "br", "cr":
		if n.Attr("type") == "page" || n.Attr("type") == "column" {
			return nil
		}
		return say("\n")
	case "noBreakHyphen":
		return say("-")
	case "sym":
		return say(symbol(n.Attr("char")))
	case "del", "moveFrom":
		d.deleted++
		return nil
	case "footnoteReference", "endnoteReference":
		kind := strings.TrimSuffix(n.Name, "Reference")
		d.asked = append(d.asked, ref{kind, n.Attr("id")})
		if kind == "endnote" {
			return say("[^e" + n.Attr("id") + "]")
		}
		return say("[^" + n.Attr("id") + "]")
	case "hyperlink":
		out := all()
		r := d.rels[n.Attr("id")]
		if text := layout.Plain(out); r.External && text != "" && !strings.Contains(r.Target, text) && !strings.Contains(text, strings.TrimPrefix(r.Target, "mailto:")) {
			out = append(out, layout.Piece{Text: " (" + r.Target + ")", At: d.at(n, role)})
		}
		return out
	case "sdt":
		if c := n.Find("sdtContent"); c != nil {
			n = c
			return all()
		}
		return nil
	case "ruby": // the reading of characters is not their text
		if n = n.Find("rubyBase"); n != nil {
			return all()
		}
		return nil
	case "ins", "moveTo", "smartTag", "customXml", "fldSimple", "dir", "bdo", "rubyBase":
		return all()
	case "drawing", "pict", "object":
		return d.drawing(n)
	}
	return nil
}

// symbol is the character of a symbol font, where Unicode has it.
func symbol(char string) string {
	v, err := strconv.ParseUint(char, 16, 32)
	if err != nil || v == 0 || v > 0x10ffff || v >= 0xd800 && v <= 0xdfff {
		return ""
	}
	switch v & 0xff {
	case 0xfe, 0x52, 0x53:
		if v >= 0xf000 {
			return "☑"
		}
	case 0xa8, 0x6f, 0x71:
		if v >= 0xf000 {
			return "☐"
		}
	case 0xfd:
		if v >= 0xf000 {
			return "☒"
		}
	}
	if v >= 0xf000 && v <= 0xf0ff {
		return "•"
	}
	return string(rune(v))
}

// drawing finds text boxes, and what is written for those who cannot see a
// picture.
func (d *document) drawing(n *opc.Node) []layout.Piece {
	var out []layout.Piece
	var walk func(n *opc.Node)
	walk = func(n *opc.Node) {
		for _, k := range n.Kids {
			switch {
			case k.Is("w", "txbxContent"), k.Name == "chart" && k.Has("id"):
				d.boxes = append(d.boxes, k)
			case k.Is("mc", "AlternateContent"):
				if c := choice(k); c != nil {
					walk(c)
				}
			case k.Is("wp", "docPr"):
				if alt := strings.Join(strings.Fields(k.Attr("descr")), " "); alt != "" {
					out = append(out, layout.Piece{Text: " " + alt + " ", At: d.at(k, "picture")})
				}
			case k.Name != "":
				walk(k)
			}
		}
	}
	walk(n)
	return out
}
