// Package docx reads Word documents (.docx, .docm) as one document each, in
// the order of the body, with every run of text traced to its bytes in a
// member of the file, and every table cell to its table, row and column.
//
// Headings are found by style or outline level; automatic numbers of headings
// and lists are written out, 第一条 among them, as people cite them. Merged
// cells say the same in every row and column they cover; a table in a cell is
// part of that cell. Tracked changes are read as if accepted: insertions stay,
// deletions are left out and counted in a note. Text boxes follow their
// paragraph; footnotes, endnotes and comments follow the body, page headers
// and footers come last and once; each is marked by its role. Formulas are
// written as LaTeX.
//
// It is our own because the libraries there are lose tables, or carry licences
// that this product cannot. It reads no pictures and no fonts, and runs
// nothing.
package docx

import (
	"context"
	"encoding/xml"
	"fmt"
	"path"
	"slices"
	"strings"

	"github.com/luodi/luodi/internal/errs"
	"github.com/luodi/luodi/internal/reader/layout"
	"github.com/luodi/luodi/internal/reader/opc"
	"github.com/luodi/luodi/internal/source"
)

// Reader is a source.Reader. Its zero value is ready.
type Reader struct{}

// Format implements source.Reader.
func (Reader) Format() string { return "docx" }

// Version implements source.Reader.
func (Reader) Version() int { return 1 }

// Extensions implements source.Reader.
func (Reader) Extensions() []string { return []string{".docx", ".docm", ".dotx", ".dotm"} }

// Read implements source.Reader.
func (Reader) Read(ctx context.Context, in source.Input, emit func(source.Row) error) ([]string, error) {
	p, err := opc.Open(in.Raw, "a Word document")
	if err != nil {
		return nil, err
	}
	main := p.Main("word/document.xml")
	if !p.Has(main) {
		return nil, errs.Invalid("the file is a zip archive but no Word document: it has no %s", main)
	}
	d := document{ctx: ctx, pkg: p, out: layout.Writer{Limit: opc.MaxText}}
	if err := d.read(main); err != nil {
		return nil, err
	}
	text, spans, err := d.out.Done()
	if err != nil {
		return nil, err
	}
	if d.title == "" {
		d.title = strings.TrimSuffix(path.Base(in.Path), path.Ext(in.Path))
	}
	return d.notes(), emit(source.Row{Class: source.ClassDocument, Title: d.title, Text: text, Spans: spans, End: len(in.Raw)})
}

// document is one file being read.
type document struct {
	ctx     context.Context
	pkg     *opc.Package
	rels    map[string]opc.Relation // of the part being read
	part    string
	role    string // of the part being read
	styles  map[string]style
	numbers numbering
	out     layout.Writer
	title   string

	tables  int   // seen in the part
	deleted int   // tracked deletions left out
	foreign int   // parts in other formats
	asked   []ref // footnotes, endnotes and comments that the body refers to
	boxes   []*opc.Node
	carry   []layout.Piece // of a paragraph whose end was deleted
	code    [][]layout.Piece
	err     error // of a part that a block refers to
}

// ref is a reference to a note.
type ref struct{ kind, id string }

func (d *document) notes() []string {
	var out []string
	if d.deleted > 0 {
		out = append(out, fmt.Sprintf("%d tracked deletions are left out, as if accepted", d.deleted))
	}
	if d.foreign > 0 {
		out = append(out, fmt.Sprintf("%d embedded parts in other formats are not read", d.foreign))
	}
	return out
}

// read writes the whole document.
func (d *document) read(main string) error {
	rels, err := d.pkg.Relations(main)
	if err != nil {
		return err
	}
	var headers, footers []string
	parts := map[string]string{} // kind to part
	for _, r := range rels {
		switch {
		case r.External || !d.pkg.Has(r.Target):
		case r.Type == "header":
			headers = append(headers, r.Target)
		case r.Type == "footer":
			footers = append(footers, r.Target)
		default:
			parts[r.Type] = r.Target
		}
	}
	if err := d.readStyles(parts["styles"]); err != nil {
		return err
	}
	if err := d.readNumbering(parts["numbering"]); err != nil {
		return err
	}
	if err := d.body(main, ""); err != nil {
		return err
	}
	for _, kind := range []string{"footnotes", "endnotes", "comments"} {
		if err := d.sideNotes(parts[kind], kind); err != nil {
			return err
		}
	}
	slices.Sort(headers)
	slices.Sort(footers)
	seen := map[string]bool{}
	for _, side := range []struct {
		parts []string
		role  string
	}{{headers, "header"}, {footers, "footer"}} {
		for _, part := range side.parts {
			if err := d.margin(part, side.role, seen); err != nil {
				return err
			}
		}
	}
	return nil
}

// body streams the blocks of a part that has w:body, or is one block of them.
func (d *document) body(part, role string) error {
	if err := d.begin(part, role); err != nil {
		return err
	}
	inside := false
	err := d.pkg.Walk(part, func(x *opc.Decoder, e xml.StartElement) error {
		if !inside {
			inside = e.Name.Local == "body"
			return nil
		}
		if err := d.ctx.Err(); err != nil {
			return err
		}
		n, err := x.Tree(e)
		if err != nil {
			return err
		}
		d.block(n, 0)
		return d.err
	})
	d.flush()
	return err
}

// begin turns to a part.
func (d *document) begin(part, role string) (err error) {
	d.part, d.role, d.tables = part, role, 0
	d.rels, err = d.pkg.Relations(part)
	return err
}

// flush writes what waits for the next block.
func (d *document) flush() {
	d.fence()
	if len(d.carry) > 0 {
		d.out.Block(2, "", d.carry)
		d.carry = nil
	}
}

// margin writes a page header or footer, unless one said the same before.
func (d *document) margin(part, role string, seen map[string]bool) error {
	if err := d.begin(part, role); err != nil {
		return err
	}
	return d.pkg.Walk(part, func(x *opc.Decoder, e xml.StartElement) error {
		n, err := x.Tree(e)
		if err != nil {
			return err
		}
		text := d.flat(n)
		if key := layout.Plain(text); !seen[key] {
			seen[key] = true
			for _, k := range n.Kids {
				d.block(k, 0)
			}
			d.flush()
		}
		return nil
	})
}

// sideNotes writes the footnotes, endnotes or comments that were referred to.
func (d *document) sideNotes(part, kind string) error {
	if part == "" {
		return nil
	}
	role := strings.TrimSuffix(kind, "s")
	wanted := map[string]bool{}
	for _, r := range d.asked {
		if r.kind == role {
			wanted[r.id] = true
		}
	}
	if err := d.begin(part, role); err != nil {
		return err
	}
	return d.pkg.Walk(part, func(x *opc.Decoder, e xml.StartElement) error {
		if e.Name.Local != role {
			return nil
		}
		n, err := x.Tree(e)
		if err != nil {
			return err
		}
		id := n.Attr("id")
		if t := n.Attr("type"); t == "separator" || t == "continuationSeparator" || t == "continuationNotice" || !wanted[id] && role != "comment" {
			return nil
		}
		mark := "[^" + id + "]: "
		switch {
		case role == "comment":
			mark = "[" + strings.Join(strings.Fields("comment "+n.Attr("author")+" "+n.Attr("date")), " ") + "]: "
		case role == "endnote":
			mark = "[^e" + id + "]: "
		}
		d.out.Block(2, mark, d.flat(n))
		return nil
	})
}
