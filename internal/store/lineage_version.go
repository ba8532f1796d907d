package store

import (
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"slices"

	"github.com/uptrace/bun"

	"github.com/luodi/luodi/internal/lineage"
)

type datasetRow struct {
	bun.BaseModel `bun:"table:lineage_dataset"`

	ID       string `bun:",pk"`
	Name     string
	Manifest string
	MadeAt   int64
}

type runRow struct {
	bun.BaseModel `bun:"table:lineage_run"`

	ID     string `bun:",pk"`
	Run    string
	Output string
	At     int64
}

func (s lineageStore) Reached(ctx context.Context, ids []string) ([]string, error) {
	seen := map[string]bool{}
	for part := range slices.Chunk(ids, batch) {
		var found []string
		err := s.db.read().NewRaw(`WITH RECURSIVE reached(id) AS (
			SELECT to_id FROM lineage_edge WHERE from_id IN (?)
			UNION SELECT e.to_id FROM lineage_edge AS e JOIN reached AS r ON e.from_id = r.id
		) SELECT id FROM reached`, bun.In(part)).Scan(ctx, &found)
		if err != nil {
			return nil, fmt.Errorf("looking for what was made of %d addresses: %w", len(ids), s.db.explain(err))
		}
		for _, id := range found {
			seen[id] = true
		}
	}
	for _, id := range ids {
		delete(seen, id)
	}
	return slices.Sorted(maps.Keys(seen)), nil
}

func (s lineageStore) PutDataset(ctx context.Context, m lineage.Manifest, r lineage.Run) error {
	manifest, err := json.Marshal(m)
	if err != nil {
		return err
	}
	run, err := json.Marshal(r)
	if err != nil {
		return err
	}
	set := datasetRow{ID: m.ID, Name: m.Name, Manifest: string(manifest), MadeAt: micros(r.At)}
	made := runRow{ID: r.ID, Run: string(run), Output: r.Output, At: micros(r.At)}
	err = s.db.write(ctx, func(ctx context.Context, tx bun.Tx) error {
		if _, err := tx.NewInsert().Model(&set).On("CONFLICT DO NOTHING").Exec(ctx); err != nil {
			return err
		}
		_, err := tx.NewInsert().Model(&made).On("CONFLICT DO NOTHING").Exec(ctx)
		return err
	})
	if err != nil {
		return fmt.Errorf("keeping dataset %s: %w", m.ID, err)
	}
	return nil
}

func (s lineageStore) Datasets(ctx context.Context, name string) ([]lineage.Manifest, error) {
	var rows []datasetRow
	if err := s.db.read().NewSelect().Model(&rows).Where("name = ?", name).OrderExpr("made_at DESC, id").Scan(ctx); err != nil {
		return nil, fmt.Errorf("reading the versions of dataset %s: %w", name, s.db.explain(err))
	}
	out := make([]lineage.Manifest, len(rows))
	for i, r := range rows {
		if err := json.Unmarshal([]byte(r.Manifest), &out[i]); err != nil {
			return nil, fmt.Errorf("reading dataset %s: %w", r.ID, err)
		}
	}
	return out, nil
}

func (s lineageStore) Runs(ctx context.Context, output string) ([]lineage.Run, error) {
	var rows []runRow
	if err := s.db.read().NewSelect().Model(&rows).Where("output = ?", output).Order("at", "id").Scan(ctx); err != nil {
		return nil, fmt.Errorf("reading the runs that made %s: %w", output, s.db.explain(err))
	}
	out := make([]lineage.Run, len(rows))
	for i, r := range rows {
		if err := json.Unmarshal([]byte(r.Run), &out[i]); err != nil {
			return nil, fmt.Errorf("reading run %s: %w", r.ID, err)
		}
	}
	return out, nil
}
