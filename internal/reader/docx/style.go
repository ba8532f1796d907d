package docx

import (
	"encoding/xml"
	"strconv"
	"strings"

	"github.com/luodi/luodi/internal/reader/opc"
)

// style is what a paragraph style says of structure.
type style struct {
	name, based string
	level       int // of a heading, from 1; 0 for body text
	num         string
	ilvl        string
	title, code bool
	hidden      bool
}

// readStyles reads the paragraph styles.
func (d *document) readStyles(part string) error {
	d.styles = map[string]style{}
	if part == "" {
		return nil
	}
	err := d.pkg.Walk(part, func(x *opc.Decoder, e xml.StartElement) error {
		if e.Name.Local != "style" {
			return nil
		}
		n, err := x.Tree(e)
		if err != nil {
			return err
		}
		s := style{name: strings.ToLower(n.Val("name")), based: n.Val("basedOn"), level: outline(n.Find("pPr"))}
		s.num, s.ilvl = n.Val("pPr", "numPr", "numId"), n.Val("pPr", "numPr", "ilvl")
		for _, word := range []string{"heading ", "标题 ", "標題 "} {
			if rest, ok := strings.CutPrefix(s.name, word); ok {
				if v, err := strconv.Atoi(strings.TrimSpace(rest)); err == nil && v >= 1 && v <= 9 {
					s.level = v
				}
			}
		}
		s.title = s.name == "title" || s.name == "标题" || s.name == "標題"
		s.code = strings.Contains(s.name, "code") || s.name == "html preformatted" || s.name == "source text" || s.name == "preformatted text"
		d.styles[n.Attr("styleId")] = s
		return nil
	})
	for id, s := range d.styles {
		d.styles[id] = d.inherit(s)
	}
	return err
}

// inherit fills in what the styles it is based on say.
func (d *document) inherit(s style) style {
	based := s.based
	for range 20 {
		b, ok := d.styles[based]
		if !ok {
			break
		}
		if s.level == 0 {
			s.level = b.level
		}
		if s.num == "" {
			s.num = b.num
			if s.ilvl == "" {
				s.ilvl = b.ilvl
			}
		}
		s.title = s.title || b.title && s.level == 0
		s.code = s.code || b.code
		based = b.based
	}
	return s
}

// outline is the heading level that paragraph properties give; 0 for none.
func outline(pPr *opc.Node) int {
	v, err := strconv.Atoi(pPr.Val("outlineLvl"))
	if err != nil || v < 0 || v > 8 {
		return 0
	}
	return v + 1
}
