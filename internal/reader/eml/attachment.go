package eml

import (
	"context"
	"errors"
	"fmt"
	"path"
	"strings"

	"github.com/jhillyerd/enmime/v2"

	"github.com/luodi/luodi/internal/errs"
	"github.com/luodi/luodi/internal/source"
)

// endings are the file name endings of content types, for attachments whose
// name has none.
var endings = map[string]string{
	"message/rfc822": ".eml", "text/plain": ".txt", "text/html": ".html", "text/csv": ".csv", "application/json": ".json",
	"text/markdown": ".md", "application/pdf": ".pdf", "text/tab-separated-values": ".tsv",
	"application/vnd.openxmlformats-officedocument.wordprocessingml.document":   ".docx",
	"application/vnd.openxmlformats-officedocument.spreadsheetml.sheet":         ".xlsx",
	"application/vnd.openxmlformats-officedocument.presentationml.presentation": ".pptx",
	"application/msword": ".doc", "application/vnd.ms-excel": ".xls", "application/vnd.ms-powerpoint": ".ppt",
}

// attachment reads an attachment through the reader of its format.
func (m *message) attachment(ctx context.Context, p *enmime.Part) error {
	name := path.Base(strings.ReplaceAll(strings.ToValidUTF8(p.FileName, "�"), `\`, "/"))
	if name == "." || name == "/" {
		name = "part"
	}
	reader := m.readerOf(name)
	if ending := endings[p.ContentType]; reader == nil && ending != "" {
		name += ending
		reader = m.readerOf(name)
	}
	part := number(p) + "/" + name
	if reader == nil {
		if strings.HasPrefix(p.ContentType, "image/") || p.ContentType == "application/pkcs7-signature" {
			return nil
		}
		m.notes = append(m.notes, fmt.Sprintf("attachment %s (%s) is not read: there is no reader for it", part, p.ContentType))
		return nil
	}
	if r, ok := reader.(Reader); ok {
		if r.depth = m.reader.depth + 1; r.depth > maxDepth {
			m.notes = append(m.notes, fmt.Sprintf("attachment %s is not read: it is the mail of more than %d mails in each other", part, maxDepth))
			return nil
		}
		reader = r
	}
	in := source.Input{Path: name, Raw: p.Content}
	// Whole or not at all, so that no half table stays behind.
	notes, err := source.ReadWith(ctx, reader, in, func(source.Row) error { return ctx.Err() })
	if err != nil {
		if ctx.Err() != nil {
			return ctx.Err()
		}
		m.notes = append(m.notes, fmt.Sprintf("attachment %s is not read: %s", part, reason(err)))
		return nil
	}
	for _, n := range notes {
		m.notes = append(m.notes, "attachment "+part+": "+n)
	}
	_, text := reader.(source.TextReader)
	_, err = source.ReadWith(ctx, reader, in, func(row source.Row) error {
		return m.emit(inside(row, part, reader.Format(), text))
	})
	return err
}

// inside is an attachment's row as the mail's.
func inside(row source.Row, part, format string, text bool) source.Row {
	if row.Format == "" {
		row.Format = format
	}
	at := row.At
	if text {
		at.Start, at.End = row.Start, row.End
	}
	row.At = at.In(part)
	for i := range row.Fields {
		f := &row.Fields[i]
		if text {
			f.At.Start, f.At.End = f.Start, f.End
		}
		f.At = f.At.In(part)
		f.Start, f.End = 0, 0
	}
	if text && len(row.Fields) == 0 {
		row.Spans = lines(row.Text)
	}
	spans := make([]source.Span, len(row.Spans))
	for i, s := range row.Spans {
		s.At = s.At.In(part)
		spans[i] = s
	}
	row.Spans, row.Start, row.End = spans, 0, 0
	return row
}

// lines are the spans of a text file's lines.
func lines(text string) []source.Span {
	var out []source.Span
	at := 0
	for line := range strings.Lines(text) {
		out = append(out, source.Span{Start: at, End: at + len(line), At: source.Location{Start: at, End: at + len(line)}})
		at += len(line)
	}
	return out
}

// readerOf is the reader of a name's ending; mails in mails are read by this
// one.
func (m *message) readerOf(name string) source.Reader {
	if r := source.ReaderFor(m.reader.Readers, name); r != nil {
		return r
	}
	if strings.EqualFold(path.Ext(name), ".eml") {
		return m.reader
	}
	return nil
}

// reason is an error without its code.
func reason(err error) string {
	var e *errs.Error
	if errors.As(err, &e) {
		return e.Msg
	}
	return err.Error()
}
