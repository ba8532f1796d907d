package source

import (
	"context"
	"fmt"
	"path"
	"strings"

	"github.com/luodi/luodi/internal/source/offset"
)

// documentReader takes a file as one document with its text as it is. The text
// of html keeps its markup: what of it is content is decided when cleaning.
type documentReader struct {
	format     string
	extensions []string
}

func (r documentReader) Format() string       { return r.format }
func (r documentReader) Version() int         { return 1 }
func (r documentReader) Extensions() []string { return r.extensions }

func (r documentReader) Cell(text string) (string, offset.Map, error) {
	return text, offset.Identity(len(text)), nil
}

func (r documentReader) Read(_ context.Context, in Input, emit func(Row) error) ([]string, error) {
	row := Row{Class: ClassDocument, Start: in.Text.BOM, End: in.Text.Map.InputLen(), Text: in.Text.String}
	if r.format == "md" {
		row.Title = heading(row.Text)
	}
	if row.Title == "" && r.format != "html" {
		row.Title = strings.TrimSuffix(path.Base(in.Path), path.Ext(in.Path))
	}
	return nil, emit(row)
}

// heading is the text of the first top heading of a markdown document, where
// it comes before any other text than front matter.
func heading(text string) string {
	if rest, ok := strings.CutPrefix(text, "---\n"); ok {
		if _, after, ok := strings.Cut(rest, "\n---\n"); ok {
			text = after
		}
	}
	for line := range strings.Lines(text) {
		line = strings.TrimSpace(line)
		if h, ok := strings.CutPrefix(line, "# "); ok {
			return strings.TrimSpace(strings.TrimRight(h, "# "))
		}
		if line != "" {
			return ""
		}
	}
	return ""
}

// rows cuts a large txt file into documents: a part is a piece of it, at an
// address of its own.
func (r documentReader) rows(Columns) tableRows {
	if r.format != "txt" {
		return nil
	}
	return &parts{}
}

type parts struct{ n int }

// window implements tableRows.
func (p *parts) window(in Input, last bool, emit func(Row) error) (int, error) {
	n := len(in.Text.String)
	if n == 0 {
		return 0, nil
	}
	p.n++
	row := Row{Class: ClassDocument, Path: fmt.Sprintf("%s#part-%d", in.Path, p.n), Text: in.Text.String}
	row.Title = fmt.Sprintf("%s (%d)", strings.TrimSuffix(path.Base(in.Path), path.Ext(in.Path)), p.n)
	row.Start, row.End = in.raw(0, n)
	return n, emit(row)
}

// done implements tableRows.
func (p *parts) done() ([]string, error) {
	return []string{fmt.Sprintf("the file is large: it stands as %d documents", p.n)}, nil
}
