package xlsx

import (
	"encoding/xml"
	"io"
	"strconv"
	"strings"

	"github.com/luodi/luodi/internal/errs"
	"github.com/luodi/luodi/internal/reader/opc"
	"github.com/luodi/luodi/internal/source"
)

// The size of a sheet in Excel, and how much one row may say.
const (
	maxColumns = 16_384
	maxRows    = 1_048_576
	maxRowText = 8 << 20
)

// row is a row of cells by column.
type row struct {
	number int
	hidden bool
	cells  []string // by column, 0-based; merged cells filled
	own    []bool   // cells that are not just covered by a merged one
}

// empty reports whether no cell says anything.
func (r row) empty() bool {
	for _, c := range r.cells {
		if strings.TrimSpace(c) != "" {
			return false
		}
	}
	return true
}

// sheet reads one sheet.
func (w *workbook) sheet(s sheetRef) error {
	if s.cells {
		if err := w.cells(s); err != nil {
			return err
		}
	}
	if err := w.drawings(s); err != nil {
		return err
	}
	return w.comments(s)
}

// cells reads the rows of a sheet.
func (w *workbook) cells(s sheetRef) error {
	m, err := w.merges(s.part)
	if err != nil {
		return err
	}
	d, err := w.pkg.Decode(s.part)
	if err != nil {
		return err
	}
	defer d.Close()
	b := blocks{w: w, sheet: s, merged: m}
	last := 0
	for {
		t, err := d.Raw()
		if err == io.EOF {
			break
		}
		if err != nil {
			return err
		}
		e, ok := t.(xml.StartElement)
		if !ok {
			continue
		}
		switch e.Name.Local {
		case "row":
			r, err := w.row(d, e, last)
			if err != nil {
				return err
			}
			last = r.number
			if err := b.add(r); err != nil {
				return err
			}
		}
	}
	return b.end()
}

// row reads the rest of a row element.
func (w *workbook) row(d *opc.Decoder, e xml.StartElement, last int) (row, error) {
	r := row{number: last + 1, hidden: on(opc.Attr(e, "hidden"))}
	if s := opc.Attr(e, "r"); s != "" {
		n, err := strconv.Atoi(s)
		if err != nil || n <= last || n > maxRows {
			return r, errs.Invalid("after row %d comes a row numbered %q; rows go up to %d in order", last, s, maxRows)
		}
		r.number = n
	} else if r.number > maxRows {
		return r, errs.Invalid("there are more than %d rows", maxRows)
	}
	next, size := 0, 0
	for {
		t, err := d.Raw()
		if err == io.EOF {
			return r, errs.Invalid("the sheet ends inside of row %d; the file was cut off", r.number)
		}
		if err != nil {
			return r, err
		}
		switch t := t.(type) {
		case xml.EndElement:
			if t.Name.Local == "row" {
				return r, nil
			}
		case xml.StartElement:
			if t.Name.Local != "c" {
				continue
			}
			col := next
			if ref := opc.Attr(t, "r"); ref != "" {
				c, n, ok := parseRef(ref)
				if !ok || n != r.number {
					return r, errs.Invalid("row %d has a cell named %q; columns go up to XFD", r.number, ref)
				}
				col = c
			}
			if col >= maxColumns {
				return r, errs.Invalid("row %d has more than %d columns", r.number, maxColumns)
			}
			next = col + 1
			v, err := w.cell(d, t)
			if err != nil {
				return r, err
			}
			if size += len(v); size > maxRowText {
				return r, errs.Invalid("row %d has more than %d MiB of text", r.number, maxRowText>>20)
			}
			r.set(col, v)
		}
	}
}

func (r *row) set(col int, v string) {
	if v == "" {
		return
	}
	for len(r.cells) <= col {
		r.cells, r.own = append(r.cells, ""), append(r.own, false)
	}
	r.cells[col], r.own[col] = v, true
}

// cell reads the rest of a cell element.
func (w *workbook) cell(d *opc.Decoder, e xml.StartElement) (string, error) {
	kind, style := opc.Attr(e, "t"), opc.Attr(e, "s")
	var v strings.Builder
	in, inline := "", strings.Builder{}
	formula, valued := false, false
	for {
		t, err := d.Raw()
		if err == io.EOF {
			return "", errs.Invalid("the sheet ends inside of a cell; the file was cut off")
		}
		if err != nil {
			return "", err
		}
		switch t := t.(type) {
		case xml.StartElement:
			in = t.Name.Local
			formula, valued = formula || in == "f", valued || in == "v"
			if in == "rPh" {
				if _, err := d.Tree(t); err != nil {
					return "", err
				}
				in = ""
			}
		case xml.CharData:
			if v.Len()+inline.Len()+len(t) > maxRowText {
				return "", errs.Invalid("a cell has more than %d MiB of text", maxRowText>>20)
			}
			switch in {
			case "v":
				v.Write(t)
			case "t":
				inline.Write(t)
			}
		case xml.EndElement:
			in = ""
			if t.Name.Local != "c" {
				continue
			}
			if formula && v.Len() == 0 && inline.Len() == 0 && !(kind == "str" && valued) {
				w.formulas++
			}
			if kind == "inlineStr" {
				return escapes(inline.String()), nil
			}
			return w.value(kind, style, v.String())
		}
	}
}

// value is what a cell says.
func (w *workbook) value(kind, style, v string) (string, error) {
	switch kind {
	case "s":
		i, err := strconv.Atoi(strings.TrimSpace(v))
		if v == "" {
			return "", nil
		}
		if err != nil || i < 0 || i >= len(w.shared) {
			return "", errs.Invalid("a cell refers to shared text %q, of which there are %d; the file is damaged", v, len(w.shared))
		}
		return w.shared[i], nil
	case "str":
		return escapes(v), nil
	case "b":
		if v == "1" {
			return "TRUE", nil
		}
		return "FALSE", nil
	case "e":
		return v, nil
	case "d":
		return strings.TrimSuffix(strings.Replace(v, "T", " ", 1), " 00:00:00"), nil
	}
	f := plain
	if i, err := strconv.Atoi(style); err == nil && i >= 0 && i < len(w.formats) {
		f = w.formats[i]
	}
	return w.number(strings.TrimSpace(v), f), nil
}

func on(s string) bool { return s == "1" || s == "true" }

// parseRef reads A1 as column 0 and row 1.
func parseRef(ref string) (col, row int, ok bool) {
	i := 0
	for ; i < len(ref) && i < 4 && (ref[i] >= 'A' && ref[i] <= 'Z' || ref[i] >= 'a' && ref[i] <= 'z'); i++ {
		col = col*26 + int(ref[i]&^0x20-'A') + 1
	}
	row, err := strconv.Atoi(ref[i:])
	return col - 1, row, i > 0 && col <= maxColumns && err == nil && row > 0 && row <= maxRows
}

// column is the letters of a 0-based column.
func column(i int) string {
	s := ""
	for i++; i > 0; i = (i - 1) / 26 {
		s = string(rune('A'+(i-1)%26)) + s
	}
	return s
}

// location is cells [from, to] of a row.
func (s sheetRef) location(number, from, to int, hidden bool) source.Location {
	at := source.Location{Sheet: s.name, Cell: column(from) + strconv.Itoa(number), Role: s.role}
	if to > from {
		at.Cell += ":" + column(to) + strconv.Itoa(number)
	}
	if hidden {
		at.Role = "hidden"
	}
	return at
}
