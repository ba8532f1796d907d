package knowledge

import "context"

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
