package source

import (
	"path"
	"strings"

	"github.com/luodi/luodi/internal/source/charset"
	"github.com/luodi/luodi/internal/source/offset"
)

// Reader reads the files of one format. Ingest calls Read twice for a changed
// file (to check it, then to store it) from one goroutine at a time; a Reader
// keeps no state between calls.
type Reader interface {
	// Format is the name stored with every file, such as "csv".
	Format() string
	// Version changes whenever the same bytes would give other rows.
	Version() int
	// Extensions are the file name endings, lower case, with the dot.
	Extensions() []string
	// Read emits the file's rows in order. It stops with emit's error, and
	// returns errs.Invalid with the row and byte position where the file is
	// broken. Notes say what was odd but could be read.
	Read(in Input, emit func(Row) error) (notes []string, err error)
	// Cell derives a cell's value again from its decoded text between
	// Field.Start and Field.End, with the map from value to text.
	Cell(text string) (string, offset.Map, error)
}

// Input is a decoded file.
type Input struct {
	Path    string
	Text    charset.Text
	Columns Columns
}

// raw returns the raw byte range of the decoded text's bytes [start, end).
func (in Input) raw(start, end int) (int, int) {
	return in.Text.Map.Source(start, end)
}

// Row is what a reader finds: a table's row with its fields, or a document
// with its text.
type Row struct {
	Class  string
	Number int // Record.Row
	Start  int // raw byte range
	End    int
	Title  string // of a document
	Text   string // of a document
	Fields []Field
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
