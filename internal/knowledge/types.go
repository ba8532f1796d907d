package knowledge

import "github.com/luodi/luodi/internal/knowledge/chunk"

// Document is one cleaned document or table row to be held in a base.
type Document struct {
	ID         string // record id: names this content, immutable
	Address    string // path below the source's root, or path#key for a row
	Title      string // "" takes the first heading, else the file's name
	Text       string // cleaned text, UTF-8
	Source     string
	Department string   // owner
	Format     string   // "md", "html", "csv", …
	Readers    []string // principals; empty: every reader of the base
}

// Asker is who asks. Its zero value may read nothing.
type Asker struct {
	Owner      bool     // the project's owner reads everything
	Principals []string // "department:service", "user:x@y"
}

// Query is one search.
type Query struct {
	Text string
	K    int // hits wanted; 0 means 10
	As   Asker
	// Strict makes a search fail where the base's embedding space cannot be
	// asked; otherwise words alone rank then.
	Strict bool
}

// Span is a byte range [Start,End) of a document version's text.
type Span struct{ Start, End int }

// Hit is a chunk that was found, with its text.
type Hit struct {
	Address    string // where it is: the document's address, inside a section with #label
	At         string // the document's address
	Document   string // record id of the version
	Version    string // version id: record and cleaned text
	Chunk      string
	Title      string
	Heading    []string // heading path, outermost first
	Labels     []string // section labels that the chunk and its siblings overlap: 第十二条, headings
	Source     string
	Department string
	Span
	Context    Span   // the parent: at most 1,200 Han characters around the chunk
	Text       string // the version's text[Start:End]
	Score      float64
	Superseded bool       // a newer version of the document is in the base
	Versions   []Citation // near-duplicates that were collapsed into this hit
	Siblings   []Span     // further matching chunks of the same context

	outline chunk.Outline
}

// Citation points to bytes of a stored document version: Quote is its text
// [Start:End], and SHA256 the lower-case hex digest of those bytes.
type Citation struct {
	Address  string `json:"address"`
	Document string `json:"document"`
	Version  string `json:"version"` // of the document, as stored
	Chunk    string `json:"chunk"`
	Quote    string `json:"quote"`
	Start    int    `json:"start"`
	End      int    `json:"end"`
	SHA256   string `json:"sha256"`
}

// Answer is an extractive answer: literal sentences of the best passages.
type Answer struct {
	Text      string     // the sentences with their [n]; what to do next when refused
	Refused   bool       // the evidence is below the base's threshold
	Kind      string     // "extractive"
	Evidence  float64    // in [0,1]: how much of the question the passages cover
	Threshold float64    // the base's
	Citations []Citation // [1] is the first
	Hits      []Hit      // the passages, best first
	Degraded  string     // see Found
}
