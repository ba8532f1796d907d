package knowledge

import (
	"context"

	"github.com/luodi/luodi/internal/errs"
)

// Base is an open knowledge base. It follows commits by others: every search
// sees the newest generation. Its methods may be called from any goroutine.
type Base struct{ name string }

// Open loads a base's index directory; it returns errs.NotFound where the base
// was never built.
func Open(ctx context.Context, s Store, base string) (*Base, error) {
	return nil, errs.Internal("opening knowledge base %s: not yet", base)
}

// Search returns the best chunks for the asker, best first.
func (b *Base) Search(ctx context.Context, q Query) ([]Hit, error) { return nil, nil }

// Ask answers with literal sentences of the best passages, or refuses.
func (b *Base) Ask(ctx context.Context, q Query) (Answer, error) { return Answer{}, nil }

// Check is the result of Verify.
type Check string

// A citation's bytes are those of a live version, of a superseded or removed
// one, or differ.
const (
	CheckOK         Check = "ok"
	CheckSuperseded Check = "superseded"
	CheckMismatch   Check = "mismatch"
)

// Verify resolves c to the stored version it was made from.
func Verify(ctx context.Context, s Store, base string, c Citation) (Check, error) { return "", nil }

// Question is one line of an evaluation file: things to be found, each with
// alternative addresses.
type Question struct {
	ID       string     `json:"id"`
	Query    string     `json:"query"`
	Relevant [][]string `json:"relevant"`
}
