package knowledge

import "context"

// State is what became of a document version.
type State string

// A version is live (searched), superseded by a newer version at its address,
// or removed with its document; the last two stay resolvable for citations.
const (
	Live       State = "live"
	Superseded State = "superseded"
	Removed    State = "removed"
)

// Header is what a store holds about a base as a whole. Generation rises by
// one with every commit.
type Header struct {
	Base       string
	Generation int64
	Settings   []byte // JSON, opaque to the store
}

// Version is one stored version of a document, without its text.
type Version struct {
	ID         string // content address of record id, address, title and text
	Document   string // record id
	Address    string
	Title      string
	Source     string
	Department string
	Format     string
	Readers    []string
	Size       int    // bytes of text
	SHA256     string // of the text
	Effective  int64  // days since 1970-01-01 by its name or text; 0 unknown
	Order      int64  // rises with every version added to the base
	State      State
	Segment    int64  // where it is indexed; 0 nowhere
	Outline    []byte // headings, chunk ranges and ids (package chunk)
}

// Text is one block of a version's text: bytes [Block·BlockSize, …), packed.
type Text struct {
	Version string
	Block   int
	Data    []byte
}

// BlockSize is the number of text bytes in a block before packing.
const BlockSize = 16 << 10

// Segment is an immutable part of the index. Pages are only set when written.
type Segment struct {
	ID     int64
	Chunks int
	Meta   []byte // documents, chunk ranges, page directory (package index)
	Access []byte // a varint for each document: 0 deleted, else its access label
	Pages  [][]byte
}

// Change is what one commit writes.
type Change struct {
	Expect   int64  // the generation this change was computed from
	Settings []byte // nil keeps them
	Versions []Version
	Texts    []Text
	States   map[string]State    // version id → new state
	Moved    map[string]int64    // version id → segment
	Readers  map[string][]string // version id → new principals
	Segments []Segment
	Drop     []int64          // segments no longer used, with their pages
	Access   map[int64][]byte // segment → new Access
}

// Store keeps bases. All methods may be called from any goroutine. A missing
// header, page or text is errs.NotFound; a list of what is not there is empty.
type Store interface {
	Header(ctx context.Context, base string) (Header, error)
	// Bases returns the names of all bases, sorted.
	Bases(ctx context.Context) ([]string, error)
	// Commit writes all of c or nothing and returns the new generation. A base
	// that does not exist is created when c.Expect is 0. It returns
	// errs.Conflict, and writes nothing, when the base's generation is not
	// c.Expect: somebody else has built meanwhile.
	Commit(ctx context.Context, base string, c Change) (int64, error)
	// Segments returns every segment without its pages, by id.
	Segments(ctx context.Context, base string) ([]Segment, error)
	Page(ctx context.Context, base string, segment int64, page int) ([]byte, error)
	// EachVersion calls fn for every version in the given state, without its
	// outline, by Order; an empty state means all.
	EachVersion(ctx context.Context, base string, state State, fn func(Version) error) error
	// Versions returns the versions with these ids, outlines included, in any
	// order; unknown ids are left out.
	Versions(ctx context.Context, base string, ids []string) ([]Version, error)
	// OfDocument returns the versions of a record or at an address, newest
	// first, outlines included.
	OfDocument(ctx context.Context, base, document string) ([]Version, error)
	AtAddress(ctx context.Context, base, address string) ([]Version, error)
	// Texts returns blocks from..to (inclusive) of a version's text.
	Texts(ctx context.Context, base, version string, from, to int) ([]Text, error)
	// Delete removes a base with everything in it.
	Delete(ctx context.Context, base string) error
}
