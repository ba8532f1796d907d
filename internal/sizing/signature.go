package sizing

import (
	"context"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"github.com/luodi/luodi/internal/errs"
	"github.com/luodi/luodi/internal/lineage"
)

// Signature is one sign-off of a decision: somebody, by name or by role, has
// seen it and takes it on. It is about that very record: a decision that
// follows it is not signed.
type Signature struct {
	ID       string    `json:"id"`
	Decision string    `json:"decision"`
	By       string    `json:"by"`
	Note     string    `json:"note,omitempty"`
	At       time.Time `json:"at"`
}

// Signatures keeps sign-offs; they are added, never changed or removed. Any
// goroutine may call it.
type Signatures interface {
	// Sign adds a sign-off; adding the same again changes nothing.
	Sign(ctx context.Context, s Signature) error
	// Signed are the sign-offs of a decision, oldest first.
	Signed(ctx context.Context, decision string) ([]Signature, error)
}

const maxNote = 2000

// NewSignature is a sign-off with its address.
func NewSignature(d Decision, by, note string, at time.Time) (Signature, error) {
	by, note = strings.TrimSpace(by), strings.TrimSpace(note)
	switch {
	case by == "" || utf8.RuneCountInString(by) > 100 || strings.ContainsFunc(by, unicode.IsControl):
		return Signature{}, errs.Invalid("signing %s: %q is no name or role; give up to 100 characters in one line", d.ID, by)
	case utf8.RuneCountInString(note) > maxNote:
		return Signature{}, errs.Invalid("signing %s: the note has more than %d characters", d.ID, maxNote)
	}
	s := Signature{Decision: d.ID, By: by, Note: note, At: at.UTC().Truncate(time.Microsecond)}
	s.ID = lineage.NewID("sig", s.Decision, s.By, s.Note, s.At.Format(time.RFC3339Nano))
	return s, nil
}
