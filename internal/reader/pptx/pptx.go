// Package pptx reads PowerPoint presentations (.pptx, .pptm) as one document
// each: slides in the order they are shown, each under its title, with every
// text traced to slide, shape and bytes, and table cells to row and column.
//
// On a slide, text follows the order of its shapes as the author left them,
// groups among them; lists have their marks, merged cells say the same
// wherever they reach, and what charts plot is written as a table from the
// numbers kept in the file. Speakers' notes and comments follow their slide and
// are marked by their role; hidden slides are read and marked hidden. What only
// stands on a master (page numbers, dates, company names) is not text of a
// slide and left out.
//
// It reads no pictures; it says what is written for those who cannot see one.
package pptx

import (
	"context"
	"encoding/xml"
	"path"
	"slices"
	"strconv"
	"strings"

	"github.com/luodi/luodi/internal/errs"
	"github.com/luodi/luodi/internal/reader/layout"
	"github.com/luodi/luodi/internal/reader/opc"
	"github.com/luodi/luodi/internal/source"
)

// Reader is a source.Reader. Its zero value is ready.
type Reader struct{}

// Format implements source.Reader.
func (Reader) Format() string { return "pptx" }

// Version implements source.Reader.
func (Reader) Version() int { return 1 }

// Extensions implements source.Reader.
func (Reader) Extensions() []string {
	return []string{".pptx", ".pptm", ".ppsx", ".ppsm", ".potx", ".potm"}
}

// Read implements source.Reader.
func (Reader) Read(ctx context.Context, in source.Input, emit func(source.Row) error) ([]string, error) {
	p, err := opc.Open(in.Raw, "a PowerPoint presentation")
	if err != nil {
		return nil, err
	}
	main := p.Main("ppt/presentation.xml")
	if !p.Has(main) {
		return nil, errs.Invalid("the file is a zip archive but no PowerPoint presentation: it has no %s", main)
	}
	r := presentation{pkg: p, out: layout.Writer{Limit: opc.MaxText}}
	slides, err := r.order(main)
	if err != nil {
		return nil, err
	}
	for i, part := range slides {
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		if err := r.slide(i+1, part); err != nil {
			return nil, err
		}
	}
	text, spans, err := r.out.Done()
	if err != nil {
		return nil, err
	}
	if r.title == "" {
		r.title = strings.TrimSuffix(path.Base(in.Path), path.Ext(in.Path))
	}
	return r.notes, emit(source.Row{Class: source.ClassDocument, Title: r.title, Text: text, Spans: spans, End: len(in.Raw)})
}

// presentation is one file being read.
type presentation struct {
	pkg   *opc.Package
	rels  map[string]opc.Relation
	out   layout.Writer
	title string
	notes []string

	part   string // being read
	number int    // of the slide
	role   string
	tables int
	people map[string]string
	err    error
}

// order is the slides' parts in the order they are shown.
func (r *presentation) order(main string) ([]string, error) {
	rels, err := r.pkg.Relations(main)
	if err != nil {
		return nil, err
	}
	var out []string
	err = r.pkg.Walk(main, func(_ *opc.Decoder, e xml.StartElement) error {
		if e.Name.Local != "sldId" {
			return nil
		}
		for _, a := range e.Attr {
			if a.Name.Local == "id" && a.Name.Space != "" {
				if rel, ok := rels[a.Value]; ok && r.pkg.Has(rel.Target) {
					out = append(out, rel.Target)
				}
			}
		}
		return nil
	})
	r.people = map[string]string{}
	for _, rel := range rels {
		if err == nil && (rel.Type == "authors" || rel.Type == "commentAuthors") && r.pkg.Has(rel.Target) {
			err = r.pkg.Walk(rel.Target, func(_ *opc.Decoder, e xml.StartElement) error {
				if name := opc.Attr(e, "name"); name != "" {
					r.people[opc.Attr(e, "id")] = name
				}
				return nil
			})
		}
	}
	return out, err
}

// slide writes one slide with its notes and comments.
func (r *presentation) slide(number int, part string) error {
	r.number, r.role, r.tables = number, "", 0
	rels, err := r.pkg.Relations(part)
	if err != nil {
		return err
	}
	if err := r.tree(part, func(n *opc.Node) {
		if n.Attr("show") == "0" || n.Attr("show") == "false" {
			r.role = "hidden"
			r.notes = append(r.notes, "slide "+strconv.Itoa(number)+" is hidden; it is read, and marked hidden")
		}
		shapes := n.Find("cSld", "spTree")
		r.heading(shapes)
		r.shapes(shapes, false)
	}); err != nil {
		return err
	}
	hidden := r.role
	for _, kind := range []string{"notesSlide", "comments"} {
		var parts []string
		for _, rel := range rels {
			if rel.Type == kind && r.pkg.Has(rel.Target) {
				parts = append(parts, rel.Target)
			}
		}
		slices.Sort(parts)
		for _, p := range parts {
			r.role = strings.TrimSpace(hidden + map[string]string{"notesSlide": " notes", "comments": " comment"}[kind])
			if err := r.tree(p, func(n *opc.Node) {
				if kind == "comments" {
					r.comments(n)
					return
				}
				r.shapes(n.Find("cSld", "spTree"), true)
			}); err != nil {
				return err
			}
		}
	}
	return nil
}

// tree reads a part whole and hands its root over.
func (r *presentation) tree(part string, fn func(*opc.Node)) (err error) {
	r.part = part
	if r.rels, err = r.pkg.Relations(part); err != nil {
		return err
	}
	return r.pkg.Walk(part, func(d *opc.Decoder, e xml.StartElement) error {
		n, err := d.Tree(e)
		if err == nil {
			fn(n)
			err = r.err
		}
		return err
	})
}

// comments writes the comments of a slide with their replies.
func (r *presentation) comments(n *opc.Node) {
	for _, k := range n.Kids {
		switch k.Name {
		case "cm", "reply":
			var text []layout.Piece
			for _, t := range k.Kids {
				switch t.Name {
				case "text":
					for _, c := range t.Kids {
						text = append(text, layout.Piece{Text: c.Text, At: r.at(c, "")})
					}
				case "txBody":
					for _, p := range t.Kids {
						if p.Name == "p" {
							text = append(text, r.inline(p, "")...)
						}
					}
				}
			}
			when := k.Attr("created") + k.Attr("dt")
			r.out.Block(2, "["+strings.Join(strings.Fields("comment "+r.people[k.Attr("authorId")]+" "+when), " ")+"]: ", text)
			r.comments(k)
		case "cmLst", "replyLst":
			r.comments(k)
		}
	}
}
