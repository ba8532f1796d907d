package source

import (
	"strconv"
	"time"

	"github.com/luodi/luodi/internal/lineage"
)

// Classes of records.
const (
	ClassRow      = "row"      // a row of a csv, tsv, jsonl or json array
	ClassDocument = "document" // a whole file
)

// File is one version of a file, read in one way: other bytes, other columns
// in luodi.yaml or a newer reader make another File.
type File struct {
	ID         string // content address of source, path, hash and the way of reading
	Source     string
	Department string
	Path       string // below the source's root, with slashes
	Hash       string // SHA-256 of the raw bytes: their address in the blob store
	Size       int64
	Format     string // csv, tsv, json, jsonl, md, html, txt, or a reader's own
	Charset    string // "" where the bytes are no text
	BOM        int    // length of the byte order mark
	Doubtful   bool   // the charset was a close decision
	Lossy      int    // bytes that mean nothing in the charset; they stand as U+FFFD
	Columns    Columns
	Records    int
	Notes      []string // what was odd but readable, for the data report
	Mark       string   // what the origin called these bytes; kept with the path, not with the version
	ReadAt     time.Time
}

// Record is one row or one document as ingested: immutable. Its place (FileID,
// FileHash, Ordinal, Row, Start, End and the fields' ranges) is that of one
// version of the file, the current one unless another was asked for.
type Record struct {
	ID         string
	Source     string
	Department string
	Path       string
	Class      string
	Format     string
	Key        string // of a row: its ID column, else sheet!cells, else its Row number
	Title      string
	Text       string
	Label      string
	Fields     []Field // of a row: all columns in file order

	FileID   string
	FileHash string
	Ordinal  int // 0-based position in the file
	Row      int // 1-based line (csv, tsv, jsonl) or index (json); 0 for a document
	Start    int // raw byte range in the file
	End      int
	At       Location // in a file whose bytes are no text
}

// Field is one cell of a row. Start and End are its raw bytes in the file,
// with quotes. At is its place in a file whose bytes are no text; it is not
// stored, as TextOf finds it again.
type Field struct {
	Name  string
	Value string
	Start int
	End   int
	At    Location
}

// Whole is what the record is all or a row of: the file, or path!part where it
// stands inside of another one.
func (r Record) Whole() string {
	if r.At.Part != "" {
		return r.Path + "!" + r.At.Part
	}
	return r.Path
}

// Address is where people find the record: path of a document, path!part of
// one inside of another file, path#key of a row.
func (r Record) Address() string {
	where := r.Whole()
	if r.Class == ClassDocument {
		return where
	}
	return where + "#" + r.Key
}

// content is the address of what the record says. A key that is only the row's
// number is left out, so that a moved row stays the same.
func (r Record) content() string {
	parts := make([]string, 0, 6+2*len(r.Fields))
	parts = append(parts, r.Class, r.Format, r.Title, r.Label)
	if len(r.Fields) == 0 {
		parts = append(parts, r.Text)
	}
	for _, f := range r.Fields {
		parts = append(parts, f.Name, f.Value)
	}
	return lineage.NewID("con", parts...)
}

// recordID is the address of the n-th record of a file with this content.
func recordID(source, path, content string, n int) string {
	return lineage.NewID(lineage.Record, source, path, content, strconv.Itoa(n))
}

// Place is where a record stands in one version of its file.
type Place struct {
	FileID  string
	Ordinal int
	Row     int
	Start   int
	End     int
	At      Location
	Current bool // that version is the source's current one
}
