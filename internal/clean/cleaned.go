package clean

import (
	"context"

	"github.com/luodi/luodi/internal/clean/pii"
)

// Cleaned is a record after the plan: what search, training and evaluation
// work on.
type Cleaned struct {
	RecordID   string
	Source     string
	Department string
	Class      string // source.ClassRow or source.ClassDocument
	Format     string
	Path       string
	Key        string
	Address    string
	FileID     string
	Row        int

	Title      string
	Text       string
	Label      string
	Lang       string    // LangChinese, LangEnglish or LangOther
	PII        []pii.Tag // in Text, in order
	LookAlikes []pii.Tag // numbers with the form of a type and a wrong check digit
	Repairs    []string  // the operators that changed the text, in order

	Dropped     string // why the record is not to be used; "" for one that is
	DuplicateOf string // the record that says the same and is kept
}

// Reasons for Dropped.
const (
	DropEmpty     = "empty"           // nothing is left of its text
	DropDuplicate = "exact duplicate" // DuplicateOf says the same, with the same label
)

// Store keeps cleaned records. What belongs to the text (everything from Title
// to Repairs) is kept once per record and plan; which records a source has, in
// which order and which of them are dropped, once per generation, of which one
// is current. All methods may be called from any goroutine; runs on the same
// source must not overlap.
type Store interface {
	// Append keeps records of a generation that is not current yet, from a
	// position on. It may be called again with the same records.
	Append(ctx context.Context, source, plan, generation string, position int, records []Cleaned) error

	// Commit makes a generation, of n records, the current one of its source
	// and forgets the others, all or nothing.
	Commit(ctx context.Context, source, plan, generation string, n int, report []byte) error

	// Current returns the current generation of a source and its report; ""
	// where there is none.
	Current(ctx context.Context, source string) (generation string, report []byte, err error)

	// Each calls fn with the records of the current generation in order,
	// dropped ones too, and stops with fn's error. fn may use the store.
	Each(ctx context.Context, source string, fn func(Cleaned) error) error

	// Get returns a record of a current generation, or errs.NotFound.
	Get(ctx context.Context, recordID string) (Cleaned, error)

	// Duplicates returns the ids of the records that were dropped in favour of
	// one, in order: all provenances of what it says.
	Duplicates(ctx context.Context, recordID string) ([]string, error)
}
