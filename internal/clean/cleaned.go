package clean

import (
	"context"
	"strings"

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
	Spans      []Span    // found in Text by operators, in order
	Values     []Value   // amounts and dates of Text in one form
	Measures   map[string]float64

	Dropped     string // why the record is not to be used, in full; "" for one that is
	DuplicateOf string // the record that says the same and is kept
}

// Reasons for Dropped.
const (
	DropEmpty     = "empty"           // nothing is left of its text
	DropDuplicate = "exact duplicate" // DuplicateOf says the same, with the same label

	// Beginnings of reasons that go on with what it was.
	DropPolicy     = "policy"          // of plan office/2: gibberish above 0.5 (0.81)
	DropPersonal   = "personal data: " // the type that the plan drops records for
	DropQuarantine = "quarantine: "    // the type; somebody is to decide about the record
	DropBroken     = "broken: "        // what cleaning met in it
)

// ReasonOf is the kind of a reason: what stands before its particulars.
func ReasonOf(dropped string) string {
	for _, p := range []string{DropPolicy, DropPersonal, DropQuarantine, DropBroken, DropNear} {
		if strings.HasPrefix(dropped, p) {
			return strings.TrimSuffix(strings.TrimSpace(p), ":")
		}
	}
	return dropped
}

// Outline is a record without its title, text and label, and what was found
// in them.
func (c Cleaned) Outline() Cleaned {
	return Cleaned{
		RecordID: c.RecordID, Source: c.Source, Department: c.Department, Class: c.Class, Format: c.Format, Path: c.Path,
		Key: c.Key, Address: c.Address, FileID: c.FileID, Row: c.Row, Dropped: c.Dropped, DuplicateOf: c.DuplicateOf,
	}
}

// Store keeps cleaned records. What belongs to the text (everything from Title
// to Repairs) is kept once per record and plan; which records a source has, in
// which order and which of them are dropped, once per generation, of which one
// is current. All methods may be called from any goroutine; runs on the same
// source must not overlap.
type Store interface {
	// Append keeps records of a generation that is not current yet, from a
	// position on. It may be called again with the same records.
	Append(ctx context.Context, source, plan, generation string, position int, records []Cleaned) error

	// Appended returns how many records of a generation, from the first one on,
	// are kept already: where a run that was killed may go on.
	Appended(ctx context.Context, source, generation string) (int, error)

	// Commit makes a generation, of n records, the current one of its source
	// and forgets the others, all or nothing.
	Commit(ctx context.Context, source, plan, generation string, n int, report []byte) error

	// Current returns the current generation of a source and its report; ""
	// where there is none.
	Current(ctx context.Context, source string) (generation string, report []byte, err error)

	// Each calls fn with the records of the current generation in order,
	// dropped ones too, and stops with fn's error. fn may use the store.
	Each(ctx context.Context, source string, fn func(Cleaned) error) error

	// Outline is Each without what the plan made of the records' texts: it gives
	// their Outline.
	Outline(ctx context.Context, source string, fn func(Cleaned) error) error

	// Known calls fn with those of these records that the current generation of
	// a source holds under a plan, in any order.
	Known(ctx context.Context, source, plan string, recordIDs []string, fn func(Cleaned) error) error

	// Removed calls fn with the records of the current generation that are
	// dropped, or repeat another one, in order.
	Removed(ctx context.Context, source string, fn func(Cleaned) error) error

	// Get returns a record of a current generation, or errs.NotFound.
	Get(ctx context.Context, recordID string) (Cleaned, error)

	// Duplicates returns the ids of the records that were dropped in favour of
	// one, in order: all provenances of what it says.
	Duplicates(ctx context.Context, recordID string) ([]string, error)
}
