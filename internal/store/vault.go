package store

import (
	"context"
	"fmt"
	"slices"

	"github.com/uptrace/bun"

	"github.com/luodi/luodi/internal/clean/pii"
	"github.com/luodi/luodi/internal/errs"
)

// Vault is the personal data that was sealed, by token. It is of no use
// without the project's key, which is never stored.
func (db *DB) Vault() pii.VaultStore { return vaultStore{db} }

type vaultStore struct{ db *DB }

type sealedRow struct {
	bun.BaseModel `bun:"table:clean_sealed"`

	Token string `bun:",pk"`
	Kind  string
	Box   []byte
}

func (s vaultStore) PutSealed(ctx context.Context, values []pii.Sealed) error {
	rows := make([]sealedRow, 0, len(values))
	seen := map[string]bool{}
	for _, v := range values {
		if !seen[v.Token] {
			rows = append(rows, sealedRow{Token: v.Token, Kind: v.Type, Box: v.Box})
		}
		seen[v.Token] = true
	}
	err := s.db.write(ctx, func(ctx context.Context, tx bun.Tx) error {
		for part := range slices.Chunk(rows, batch) {
			if _, err := tx.NewInsert().Model(&part).On("CONFLICT (token) DO NOTHING").Exec(ctx); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		return fmt.Errorf("sealing %d values: %w", len(values), err)
	}
	return nil
}

func (s vaultStore) GetSealed(ctx context.Context, token string) (pii.Sealed, error) {
	var rows []sealedRow
	err := s.db.read().NewSelect().Model(&rows).Where("token = ?", token).Scan(ctx)
	switch {
	case err != nil:
		return pii.Sealed{}, fmt.Errorf("reading the sealed value of %s: %w", token, s.db.explain(err))
	case len(rows) == 0:
		return pii.Sealed{}, errs.NotFound("nothing is sealed under %s in this project", token)
	}
	return pii.Sealed{Token: rows[0].Token, Type: rows[0].Kind, Box: rows[0].Box}, nil
}
