package app

import (
	"context"
	"fmt"

	"github.com/luodi/luodi/internal/errs"
	"github.com/luodi/luodi/internal/sizing"
)

// SignResult is what `luodi size --sign --json` prints: the new sign-off, and
// all of the decision.
type SignResult struct {
	Signature  sizing.Signature   `json:"signature"`
	Status     string             `json:"status"` // of the decision: certified | best_guess | plan
	Signatures []sizing.Signature `json:"signatures"`
}

// Sign adds a sign-off to a decision. What it is for is checked first: a
// record whose outcomes or numbers have changed is not signed.
func (a *App) Sign(ctx context.Context, decision, by, note string) (SignResult, error) {
	d, err := a.db.Sizing().Decision(ctx, decision)
	if err != nil {
		return SignResult{}, fmt.Errorf("signing %s: %w", decision, err)
	}
	sig, err := sizing.NewSignature(d, by, note, a.now())
	if err != nil {
		return SignResult{}, argumentError{err}
	}
	v, err := a.Verify(ctx, decision)
	switch {
	case err != nil:
		return SignResult{}, fmt.Errorf("signing %s: %w", decision, err)
	case !v.OK:
		return SignResult{}, errs.Conflict("signing %s: it is not reproduced from what is kept: %s", decision, v.Differences[0])
	}
	if err := a.db.Signatures().Sign(ctx, sig); err != nil {
		return SignResult{}, err
	}
	if err := a.did(ctx, "decision.sign", decision, "by "+by); err != nil {
		return SignResult{}, err
	}
	all, err := a.db.Signatures().Signed(ctx, decision)
	return SignResult{Signature: sig, Status: d.Result.Status, Signatures: all}, err
}
