package source

import (
	"context"
	"errors"
	"fmt"

	"github.com/luodi/luodi/internal/source/charset"
	"github.com/luodi/luodi/internal/source/offset"
)

// errFound stops a reader once the record is there.
var errFound = errors.New("found")

// again reads a file whose bytes are no text until record r comes, and returns
// its text with the places of what it was joined from.
func again(ctx context.Context, reader Reader, raw []byte, f File, r Record) (Reading, error) {
	var out Reading
	ids := namer{}
	found := false
	_, err := reader.Read(ctx, Input{Path: f.Path, Raw: raw, Columns: f.Columns}, func(row Row) error {
		got := f.record(row)
		ids.name(&got)
		if got.Ordinal < r.Ordinal {
			return ctx.Err()
		}
		found = got.Ordinal == r.Ordinal && got.Text == r.Text
		out.Text, out.Spans = got.Text, row.Spans
		if len(row.Fields) > 0 {
			out.Spans = fieldSpans(f.Columns, row.Fields)
		}
		return errFound
	})
	if err != nil && !errors.Is(err, errFound) {
		return Reading{}, fmt.Errorf("reading %s again: %w", r.Path, err)
	}
	if !found {
		return Reading{}, conflict(r)
	}
	out.Map = offset.Identity(len(out.Text))
	return out, nil
}

// fieldSpans are the places of a row's cells in its text.
func fieldSpans(c Columns, fields []Field) []Span {
	var out []Span
	if c.Text == "" {
		linearise(c, fields, func(i, start, end int) { out = append(out, Span{start, end, fields[i].At, fields[i].Name}) })
		return out
	}
	for _, f := range fields {
		if f.Name == c.Text {
			return []Span{{0, len(f.Value), f.At, f.Name}}
		}
	}
	return nil
}

// ReadWith reads a file in memory with a reader, deciding the charset where
// the file is text. It is what ingest does with a file, and what a reader of
// containers does with the files in them.
func ReadWith(ctx context.Context, reader Reader, in Input, emit func(Row) error) (notes []string, err error) {
	if _, ok := reader.(TextReader); ok {
		if in.Text, err = charset.Decode(in.Raw); err != nil {
			return nil, err
		}
	}
	return reader.Read(ctx, in, emit)
}
