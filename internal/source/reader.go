package source

import (
	"context"
	"path"
	"strings"

	"github.com/luodi/luodi/internal/source/charset"
	"github.com/luodi/luodi/internal/source/offset"
)

// Reader reads the files of one format. Ingest calls Read twice for a changed
// file (to check it, then to store it); a Reader keeps no state between calls
// and may be called from several goroutines.
//
// A Reader that is a TextReader gets decoded text and says where things stand
// by raw byte ranges. Any other gets the file's bytes alone, and says it by
// locations: Row.At and, of what it holds, Row.Spans or the fields' At.
type Reader interface {
	// Format is the name stored with every file, such as "csv".
	Format() string
	// Version changes whenever the same bytes would give other rows.
	Version() int
	// Extensions are the file name endings, lower case, with the dot.
	Extensions() []string
	// Read emits the file's rows in order. It stops with emit's error, and
	// returns errs.Invalid with the row and byte position where the file is
	// broken. Notes say what was odd but could be read. The same bytes give
	// the same rows: TextOf reads a file again to find a character's place.
	Read(ctx context.Context, in Input, emit func(Row) error) (notes []string, err error)
}

// TextReader is a Reader of files that are text, in any charset.
type TextReader interface {
	Reader
	// Cell derives a cell's value again from its decoded text between
	// Field.Start and Field.End, with the map from value to text.
	Cell(text string) (string, offset.Map, error)
}

// Input is one file.
type Input struct {
	Path    string
	Raw     []byte       // as it is; not to be changed
	Text    charset.Text // decoded, for a TextReader only
	Columns Columns

	piece // where Text stands, when it is not the whole file
}

// raw returns the raw byte range of the decoded text's bytes [start, end).
func (in Input) raw(start, end int) (int, int) {
	start, end = in.Text.Map.Source(start, end)
	return in.from + start, in.from + end
}

// Row is what a reader finds: a table's row with its fields, or a document
// with its text.
type Row struct {
	Class  string
	Path   string // "" is the file's; a table's rows are at the table, whatever chunk holds them
	Format string // "" is that of the file; an attachment has its own
	Number int    // Record.Row
	Start  int    // raw byte range
	End    int
	Title  string // of a document; of a row it holds where no column does
	Text   string // of a document
	Fields []Field
	At     Location // of all of it; the zero value where byte ranges say it
	Spans  []Span   // of a document's Text; nil where byte ranges say it
}

// builtin are the readers that need no library.
var builtin = []Reader{
	csvReader{}, csvReader{tabs: true}, jsonReader{}, jsonReader{lines: true},
	documentReader{"md", []string{".md", ".markdown"}},
	documentReader{"txt", []string{".txt", ".text"}},
	documentReader{"html", []string{".html", ".htm", ".xhtml"}},
}

// readerFor returns the reader of a path's ending among extra and the built-in
// ones, nil where there is none, and the endings there are.
func readerFor(extra []Reader, name string) (Reader, []string) {
	ext := strings.ToLower(path.Ext(name))
	var known []string
	for _, set := range [][]Reader{extra, builtin} {
		for _, r := range set {
			for _, e := range r.Extensions() {
				if e == ext {
					return r, nil
				}
				known = append(known, e)
			}
		}
	}
	return nil, known
}

// ReaderFor returns the reader of a file name's ending, extra ones first; nil
// where there is none.
func ReaderFor(extra []Reader, name string) Reader {
	r, _ := readerFor(extra, name)
	return r
}

// ReaderOf returns the reader of a format, extra ones first; nil where there
// is none.
func ReaderOf(extra []Reader, format string) Reader {
	for _, set := range [][]Reader{extra, builtin} {
		for _, r := range set {
			if r.Format() == format {
				return r
			}
		}
	}
	return nil
}
