package source

import (
	"context"
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
