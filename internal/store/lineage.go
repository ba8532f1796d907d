package store

import (
	"cmp"
	"context"
	"fmt"
	"slices"

	"github.com/uptrace/bun"

	"github.com/luodi/luodi/internal/lineage"
)

// Lineage is the edges of everything derived, and the versions of datasets.
func (db *DB) Lineage() lineage.Index { return lineageStore{db} }

type lineageStore struct{ db *DB }

type edgeRow struct {
	bun.BaseModel `bun:"table:lineage_edge"`

	FromID string
	ToID   string
	Step   string
}

// batch is how many rows one INSERT carries: enough that parsing it costs less
// than storing it, little enough to stay far below any statement limit.
const batch = 500

func (s lineageStore) Link(ctx context.Context, edges []lineage.Edge) error {
	if len(edges) == 0 {
		return nil
	}
	rows := make([]edgeRow, len(edges))
	for i, e := range edges {
		rows[i] = edgeRow{FromID: e.From, ToID: e.To, Step: e.Step}
	}
	// In one order, so that two nodes that link the same edges cannot wait for
	// each other; without repeats, which one INSERT may not have.
	slices.SortFunc(rows, func(a, b edgeRow) int {
		return cmp.Or(cmp.Compare(a.FromID, b.FromID), cmp.Compare(a.ToID, b.ToID), cmp.Compare(a.Step, b.Step))
	})
	rows = slices.Compact(rows)
	err := s.db.write(ctx, func(ctx context.Context, tx bun.Tx) error {
		for part := range slices.Chunk(rows, batch) {
			if _, err := tx.NewInsert().Model(&part).On("CONFLICT DO NOTHING").Exec(ctx); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		return fmt.Errorf("linking %d edges: %w", len(edges), err)
	}
	return nil
}

func (s lineageStore) Parents(ctx context.Context, id string) ([]lineage.Edge, error) {
	return s.edges(ctx, "to_id = ?", id)
}

func (s lineageStore) Children(ctx context.Context, id string) ([]lineage.Edge, error) {
	return s.edges(ctx, "from_id = ?", id)
}

func (s lineageStore) edges(ctx context.Context, where, id string) ([]lineage.Edge, error) {
	var rows []edgeRow
	err := s.db.read().NewSelect().Model(&rows).Where(where, id).Order("from_id", "to_id", "step").Scan(ctx)
	if err != nil {
		return nil, fmt.Errorf("reading the edges of %s: %w", id, s.db.explain(err))
	}
	out := make([]lineage.Edge, len(rows))
	for i, r := range rows {
		out[i] = lineage.Edge{From: r.FromID, To: r.ToID, Step: r.Step}
	}
	return out, nil
}
