package source

import (
	"cmp"
	"context"
	"fmt"
	"path"
	"strconv"
	"strings"

	"github.com/luodi/luodi/internal/errs"
	"github.com/luodi/luodi/internal/source/charset"
	"github.com/luodi/luodi/internal/source/offset"
)

// record makes a record of a row that a reader found in a file.
func (f File) record(row Row) Record {
	r := Record{
		Source: f.Source, Department: f.Department, Path: f.Path, Class: row.Class, Format: f.Format,
		Title: row.Title, Text: row.Text, Fields: row.Fields,
		FileID: f.ID, FileHash: f.Hash, Row: row.Number, Start: row.Start, End: row.End, At: row.At,
	}
	if row.Format != "" {
		r.Format = row.Format
	}
	if row.Path != "" {
		r.Path = row.Path
	}
	c := f.Columns
	if len(row.Fields) > 0 {
		r.Label = value(row.Fields, c.Label)
		if c.Title != "" {
			r.Title = value(row.Fields, c.Title)
		}
		if c.Text != "" {
			r.Text = value(row.Fields, c.Text)
		} else {
			r.Text = linearise(c, row.Fields, nil)
		}
	}
	if r.Class == ClassDocument && r.Title == "" && f.Format == "json" {
		r.Title = strings.TrimSuffix(path.Base(f.Path), path.Ext(f.Path))
	}
	r.Key = c.KeyOf(r)
	return r
}

// KeyOf is the key of a record that was read with the columns c: the value of
// the ID column; of a row without one, the row's number, in its sheet.
func (c Columns) KeyOf(r Record) string {
	key := value(r.Fields, c.ID)
	if r.Class == ClassRow && key == "" {
		key = strconv.Itoa(r.Row)
		if r.At.Sheet != "" {
			key = r.At.Sheet + "!" + cmp.Or(strings.TrimSpace(r.At.Cell+" "+r.At.Shape), key)
		}
	}
	return key
}

// value is the value of the first field of a name; "" for no name.
func value(fields []Field, name string) string {
	if name != "" {
		for _, f := range fields {
			if f.Name == name {
				return f.Value
			}
		}
	}
	return ""
}

// linearise writes all fields but ID and Label as "name: value" lines. part is
// told where each value begins and ends; it may be nil.
func linearise(c Columns, fields []Field, part func(field, start, end int)) string {
	var b strings.Builder
	for i, f := range fields {
		if f.Name == c.ID && c.ID != "" || f.Name == c.Label && c.Label != "" {
			continue
		}
		if b.Len() > 0 {
			b.WriteByte('\n')
		}
		b.WriteString(f.Name)
		b.WriteString(": ")
		start := b.Len()
		b.WriteString(f.Value)
		if part != nil {
			part(i, start, b.Len())
		}
	}
	return b.String()
}

// TextOf derives a record's text again from the raw bytes of its file, with
// the map from text to raw bytes, or the spans of it in a file whose bytes are
// no text; the names that linearising inserts map to the empty range before
// their cell. It is what Explain and Locate build on: maps are not stored, as
// reading is deterministic. It returns errs.Conflict when the text is not the
// record's: other bytes, or a reader of another version.
func TextOf(ctx context.Context, readers []Reader, raw []byte, f File, r Record) (Reading, error) {
	reader := ReaderOf(readers, f.Format)
	if reader == nil {
		return Reading{}, errs.Invalid("reading %s again: there is no reader for format %q", r.Path, f.Format)
	}
	if text, ok := reader.(TextReader); ok {
		s, m, err := textMap(text, raw, f, r)
		return Reading{Text: s, Map: m}, err
	}
	return again(ctx, reader, raw, f, r)
}

// textMap is TextOf for a file that is text.
func textMap(reader TextReader, raw []byte, f File, r Record) (string, offset.Map, error) {
	if r.Start < 0 || r.Start > r.End || r.End > len(raw) {
		return "", offset.Map{}, conflict(r)
	}
	if len(r.Fields) == 0 {
		from, to, guess := 0, len(raw), charset.Guess{Charset: f.Charset, BOM: f.BOM}
		if r.Path != f.Path { // a part of the file
			from, to, guess.BOM = r.Start, r.End, 0
		}
		t, err := charset.DecodeAs(raw[from:to], guess)
		if err != nil {
			return "", offset.Map{}, err
		}
		if t.String != r.Text {
			return "", offset.Map{}, conflict(r)
		}
		var b offset.Builder
		b.Seek(from)
		b.Append(t.Map)
		b.Seek(len(raw))
		return t.String, b.Map(), nil
	}
	b := cellJoiner{reader: reader, raw: raw, guess: charset.Guess{Charset: f.Charset}}
	text := ""
	if f.Columns.Text == "" {
		text = linearise(f.Columns, r.Fields, func(i, start, end int) { b.add(r.Fields[i], start) })
	} else {
		for _, field := range r.Fields {
			if field.Name == f.Columns.Text {
				b.add(field, 0)
				text = field.Value
				break
			}
		}
	}
	if b.err != nil {
		return "", offset.Map{}, fmt.Errorf("reading record %s again: %w", r.ID, b.err)
	}
	if text != r.Text || b.wrong {
		return "", offset.Map{}, conflict(r)
	}
	b.Seek(len(raw))
	return text, b.Map(), nil
}

func conflict(r Record) error {
	return errs.Conflict("reading %s again gives another text than record %s has: the file's bytes or its reader changed", r.Path, r.ID)
}

// cellJoiner builds the map of a text that is joined from cells.
type cellJoiner struct {
	offset.Builder
	reader TextReader
	raw    []byte
	guess  charset.Guess
	wrong  bool // a cell has another value than the record says
	err    error
}

// add continues with a field whose value begins at start of the text; what is
// between it and the field before is inserted.
func (b *cellJoiner) add(f Field, start int) {
	if b.err != nil || f.Start < 0 || f.End > len(b.raw) || f.Start > f.End {
		b.wrong = true
		return
	}
	t, err := charset.DecodeAs(b.raw[f.Start:f.End], b.guess)
	if err != nil {
		b.err = err
		return
	}
	v, m, err := b.reader.Cell(t.String)
	if err != nil {
		b.err = err
		return
	}
	b.wrong = b.wrong || v != f.Value
	b.Seek(f.Start)
	b.Insert(start - b.Len())
	b.Seek(f.Start)
	b.Append(offset.Compose(m, t.Map))
}
