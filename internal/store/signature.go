package store

import (
	"context"
	"fmt"

	"github.com/uptrace/bun"

	"github.com/luodi/luodi/internal/sizing"
)

// Signatures is the sign-offs of decisions.
func (db *DB) Signatures() sizing.Signatures { return signatureStore{db} }

type signatureStore struct{ db *DB }

type signatureRow struct {
	bun.BaseModel `bun:"table:sizing_signature"`

	ID       string
	Decision string
	SignedBy string
	Note     string
	SignedAt int64
}

func (s signatureStore) Sign(ctx context.Context, sig sizing.Signature) error {
	row := signatureRow{ID: sig.ID, Decision: sig.Decision, SignedBy: sig.By, Note: sig.Note, SignedAt: micros(sig.At)}
	err := s.db.write(ctx, func(ctx context.Context, tx bun.Tx) error {
		_, err := tx.NewInsert().Model(&row).On("CONFLICT DO NOTHING").Exec(ctx)
		return err
	})
	if err != nil {
		return fmt.Errorf("keeping the sign-off of %s by %s: %w", sig.Decision, sig.By, err)
	}
	return nil
}

func (s signatureStore) Signed(ctx context.Context, decision string) ([]sizing.Signature, error) {
	var rows []signatureRow
	err := s.db.read().NewSelect().Model(&rows).Where("decision = ?", decision).Order("signed_at", "id").Scan(ctx)
	if err != nil {
		return nil, fmt.Errorf("reading the sign-offs of %s: %w", decision, s.db.explain(err))
	}
	out := make([]sizing.Signature, len(rows))
	for i, r := range rows {
		out[i] = sizing.Signature{ID: r.ID, Decision: r.Decision, By: r.SignedBy, Note: r.Note, At: fromMicros(r.SignedAt)}
	}
	return out, nil
}
