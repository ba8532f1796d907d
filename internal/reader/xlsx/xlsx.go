// Package xlsx reads Excel workbooks (.xlsx, .xlsm) as tables: each row a
// record, each of its fields with its cell.
//
// Sheets are read one by one as a stream, so that memory does not grow with
// them; only shared texts are held. A sheet falls into blocks between empty
// rows. In each, a row of one cell above a table is its title, the first row
// may name the columns (judged as for csv; two rows where names are merged),
// and merged cells say the same in every row and column they cover. Numbers
// are what is stored, with the 15 digits Excel has; dates and times are
// written as ISO 8601, percentages as people see them. Formulas give the value
// they had when the file was saved. Comments are rows of their own. What is on
// a hidden sheet or row is read and marked hidden.
//
// Charts give their titles: what they plot stands in
// cells. Text boxes are rows of their own.
//
// It does not calculate, and reads no pictures and macros. Its own reader instead of a library's because none
// gives merged ranges without holding the sheet in memory.
package xlsx

import (
	"context"
	"encoding/xml"
	"fmt"
	"strconv"
	"strings"

	"github.com/luodi/luodi/internal/errs"
	"github.com/luodi/luodi/internal/reader/opc"
	"github.com/luodi/luodi/internal/source"
)

// Reader is a source.Reader. Its zero value is ready.
type Reader struct{}

// Format implements source.Reader.
func (Reader) Format() string { return "xlsx" }

// Version implements source.Reader.
func (Reader) Version() int { return 1 }

// Extensions implements source.Reader.
func (Reader) Extensions() []string { return []string{".xlsx", ".xlsm", ".xltx", ".xltm"} }

// Read implements source.Reader.
func (Reader) Read(ctx context.Context, in source.Input, emit func(source.Row) error) ([]string, error) {
	p, err := opc.Open(in.Raw, "an Excel workbook")
	if err != nil {
		return nil, err
	}
	w := workbook{pkg: p, columns: in.Columns, emit: emit}
	if err := w.open(); err != nil {
		return nil, err
	}
	for _, s := range w.sheets {
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		if err := w.sheet(s); err != nil {
			return nil, fmt.Errorf("sheet %s: %w", s.name, err)
		}
	}
	if w.wrong != nil && !w.named {
		return nil, w.wrong
	}
	if w.formulas > 0 {
		w.note("%d formulas have no stored value and are empty; open the file in Excel and save it", w.formulas)
	}
	return w.notes, nil
}

// sheetRef is one sheet of a workbook.
type sheetRef struct {
	name, part, role string
	cells            bool // a chart sheet has none
}

// workbook is one file being read.
type workbook struct {
	pkg     *opc.Package
	columns source.Columns
	emit    func(source.Row) error

	sheets   []sheetRef
	shared   []string
	formats  []format // by style
	date1904 bool

	notes    []string
	formulas int
	shapes   int   // comments, charts and text boxes seen
	named    bool  // a table had the columns that the source names
	wrong    error // the first that had not
}

func (w *workbook) note(format string, args ...any) {
	w.notes = append(w.notes, fmt.Sprintf(format, args...))
}

// open reads everything but the sheets.
func (w *workbook) open() error {
	main := w.pkg.Main("xl/workbook.xml")
	if !w.pkg.Has(main) {
		if w.pkg.Has("xl/workbook.bin") {
			return errs.Invalid("the file is a binary workbook (.xlsb) under another name; save it as .xlsx")
		}
		return errs.Invalid("the file is a zip archive but no Excel workbook: it has no %s", main)
	}
	rels, err := w.pkg.Relations(main)
	if err != nil {
		return err
	}
	err = w.pkg.Walk(main, func(_ *opc.Decoder, e xml.StartElement) error {
		switch e.Name.Local {
		case "workbookPr":
			w.date1904 = opc.Attr(e, "date1904") == "1" || opc.Attr(e, "date1904") == "true"
		case "sheet":
			w.list(e, rels)
		}
		return nil
	})
	if err != nil {
		return err
	}
	if len(w.sheets) == 0 {
		return errs.Invalid("the workbook has no sheets with cells")
	}
	for _, r := range rels {
		if r.Type == "styles" && w.pkg.Has(r.Target) {
			if err := w.styles(r.Target); err != nil {
				return err
			}
		}
		if r.Type == "sharedStrings" && w.pkg.Has(r.Target) {
			if err := w.texts(r.Target); err != nil {
				return err
			}
		}
	}
	return nil
}

// list takes in one sheet of the workbook's list.
func (w *workbook) list(e xml.StartElement, rels map[string]opc.Relation) {
	name := opc.Attr(e, "name")
	rel := opc.Relation{}
	for _, a := range e.Attr {
		if a.Name.Local == "id" && a.Name.Space != "" {
			rel = rels[a.Value]
		}
	}
	if rel.Type == "dialogsheet" || rel.Type == "xlMacrosheet" || !w.pkg.Has(rel.Target) {
		w.note("sheet %s has no cells and is not read", name)
		return
	}
	s := sheetRef{name: name, part: rel.Target, cells: rel.Type != "chartsheet"}
	if state := opc.Attr(e, "state"); state != "" && state != "visible" {
		s.role = "hidden"
		w.note("sheet %s is hidden; it is read, and marked hidden", name)
	}
	w.sheets = append(w.sheets, s)
}

// maxShared is how many texts cells may share.
const maxShared = 4_000_000

// texts reads the texts that cells share.
func (w *workbook) texts(part string) error {
	sum := 0
	return w.pkg.Walk(part, func(d *opc.Decoder, e xml.StartElement) error {
		if e.Name.Local != "si" {
			return nil
		}
		n, err := d.Tree(e)
		if err != nil {
			return err
		}
		s := rich(n)
		if sum += len(s); sum > opc.MaxText || len(w.shared) >= maxShared {
			return errs.Invalid("the workbook has more than %d texts or %d MiB of them, the limit; split it", maxShared, opc.MaxText>>20)
		}
		w.shared = append(w.shared, s)
		return nil
	})
}

// rich is the text of a rich text, without the reading aids of East Asian
// texts.
func rich(n *opc.Node) string {
	if n.Name == "t" {
		var b strings.Builder
		for _, k := range n.Kids {
			b.WriteString(k.Text)
		}
		return escapes(b.String())
	}
	var parts []string
	for _, k := range n.Kids {
		if k.Name != "rPh" && k.Name != "" {
			parts = append(parts, rich(k))
		}
	}
	return strings.Join(parts, "")
}

// escapes resolves _x000D_, which stands for characters that XML cannot hold.
func escapes(s string) string {
	if !strings.Contains(s, "_x") {
		return s
	}
	var b strings.Builder
	for {
		i := strings.Index(s, "_x")
		if i < 0 || len(s) < i+7 {
			break
		}
		v, err := strconv.ParseUint(s[i+2:i+6], 16, 16)
		if err != nil || s[i+6] != '_' {
			b.WriteString(s[:i+2])
			s = s[i+2:]
			continue
		}
		b.WriteString(s[:i])
		if v >= 32 && (v < 0xd800 || v > 0xdfff) || v == '\n' || v == '\t' {
			b.WriteRune(rune(v))
		}
		s = s[i+7:]
	}
	b.WriteString(s)
	return b.String()
}
