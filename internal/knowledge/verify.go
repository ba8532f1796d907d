package knowledge

import (
	"context"
	"fmt"

	"github.com/luodi/luodi/internal/errs"
	"github.com/luodi/luodi/internal/lineage"
)

// Check is the result of Verify.
type Check string

// A citation's bytes are those of a live version, of one that was superseded
// or removed since, or of none: its quote, range or digest is not what the
// document says.
const (
	CheckOK         Check = "ok"
	CheckSuperseded Check = "superseded"
	CheckMismatch   Check = "mismatch"
)

// Verify resolves a citation to the stored version that it was made from and
// compares every byte. It returns an error only where the store does.
func Verify(ctx context.Context, s Store, base string, c Citation) (Check, error) {
	if c.Start < 0 || c.End <= c.Start || c.End-c.Start != len(c.Quote) || c.SHA256 != lineage.Hash([]byte(c.Quote)) {
		return CheckMismatch, nil
	}
	vs, err := s.OfDocument(ctx, base, c.Document)
	if err != nil && !errs.Is(err, errs.CodeNotFound) {
		return "", fmt.Errorf("verifying a citation of %s: %w", c.Address, err)
	}
	check := CheckMismatch
	for _, v := range vs {
		if c.End > v.Size {
			continue
		}
		text, err := readText(ctx, s, nil, base, v.ID, c.Start, c.End)
		if err != nil {
			return "", fmt.Errorf("verifying a citation of %s: %w", c.Address, err)
		}
		switch {
		case text != c.Quote:
		case v.State == Live:
			return CheckOK, nil
		default:
			check = CheckSuperseded
		}
	}
	return check, nil
}

// TextOf returns the whole text of a stored version, whatever its state; for
// showing a citation in its document. The caller checks the reader's rights.
func TextOf(ctx context.Context, s Store, base string, v Version) (string, error) {
	return readText(ctx, s, nil, base, v.ID, 0, v.Size)
}
