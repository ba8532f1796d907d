package app

import (
	"context"
	"time"

	"github.com/luodi/luodi/internal/clean/minhash"
	"github.com/luodi/luodi/internal/errs"
)

// DedupRequest is what `luodi dedup` asks for.
type DedupRequest struct {
	Compat, Tokens, Input, Field, Out, Signatures string
}

// DedupResult is what it prints.
type DedupResult struct {
	minhash.Result
	Seconds float64 `json:"seconds"`
}

// Dedup removes near-duplicates from a jsonl.
func Dedup(ctx context.Context, q DedupRequest) (DedupResult, error) {
	if q.Compat != "datajuicer" {
		return DedupResult{}, errs.Invalid("--compat %q: only datajuicer is known", q.Compat)
	}
	start := time.Now()
	res, err := minhash.Dedup(ctx, minhash.Config{
		Input: q.Input, Field: q.Field, Tokens: minhash.Tokens(q.Tokens), Out: q.Out, Signatures: q.Signatures,
	})
	return DedupResult{res, time.Since(start).Seconds()}, err
}
