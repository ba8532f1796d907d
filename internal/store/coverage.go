package store

import (
	"context"
	"fmt"
	"slices"

	"github.com/uptrace/bun"

	"github.com/luodi/luodi/internal/knowledge/coverage"
	"github.com/luodi/luodi/internal/lineage"
)

// Coverage is what knowledge bases are asked.
func (db *DB) Coverage() coverage.Store { return coverageStore{db} }

type coverageStore struct{ db *DB }

type refusalRow struct {
	bun.BaseModel `bun:"table:knowledge_refusal"`

	ID         string `bun:",pk"`
	Base       string
	At         int64
	Department string
	Owner      string
	Question   string
	Evidence   float64
	Threshold  float64
	Address    string
	Chunk      string
}

type useRow struct {
	bun.BaseModel `bun:"table:knowledge_use"`

	Base  string `bun:",pk"`
	Chunk string `bun:",pk"`
	Found int64
	Cited int64
	Down  int64
}

// usesAtOnce bounds the parameters of one statement.
const usesAtOnce = 500

func (s coverageStore) Record(ctx context.Context, refusals []coverage.Refusal, uses []coverage.Use) error {
	var rows []refusalRow
	bases := map[string]bool{}
	for i, r := range refusals {
		at := micros(r.Time)
		bases[r.Base] = true
		rows = append(rows, refusalRow{
			ID: lineage.NewID("ref", r.Base, r.Question, r.Department, fmt.Sprint(at, " ", i)), Base: r.Base, At: at, Department: r.Department, Owner: r.Owner,
			Question: r.Question, Evidence: r.Evidence, Threshold: r.Threshold, Address: r.Address, Chunk: r.Chunk,
		})
	}
	err := s.db.write(ctx, func(ctx context.Context, tx bun.Tx) error {
		for part := range slices.Chunk(rows, usesAtOnce) {
			if _, err := tx.NewInsert().Model(&part).On("CONFLICT DO NOTHING").Exec(ctx); err != nil {
				return err
			}
		}
		for part := range slices.Chunk(uses, usesAtOnce) {
			var add []useRow
			for _, u := range part {
				add = append(add, useRow{Base: u.Base, Chunk: u.Chunk, Found: u.Found, Cited: u.Cited, Down: u.Down})
			}
			_, err := tx.NewInsert().Model(&add).On("CONFLICT (base, chunk) DO UPDATE").
				Set("found = use_row.found + EXCLUDED.found").Set("cited = use_row.cited + EXCLUDED.cited").Set("down = use_row.down + EXCLUDED.down").Exec(ctx)
			if err != nil {
				return err
			}
		}
		for base := range bases {
			if err := dropOldest(ctx, tx, base); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		return fmt.Errorf("keeping %d refused questions and the use of %d passages: %w", len(refusals), len(uses), err)
	}
	return nil
}

// dropOldest keeps coverage.Keep refusals of a base.
func dropOldest(ctx context.Context, tx bun.Tx, base string) error {
	var last []refusalRow
	err := tx.NewSelect().Model(&last).Column("id", "at").Where("base = ?", base).Order("at DESC", "id DESC").Offset(coverage.Keep).Limit(1).Scan(ctx)
	if err != nil || len(last) == 0 {
		return err
	}
	_, err = tx.NewDelete().Model((*refusalRow)(nil)).Where("base = ?", base).Where("at < ? OR at = ? AND id <= ?", last[0].At, last[0].At, last[0].ID).Exec(ctx)
	return err
}

func (s coverageStore) Refusals(ctx context.Context, base string) ([]coverage.Refusal, error) {
	var rows []refusalRow
	if err := s.db.read().NewSelect().Model(&rows).Where("base = ?", base).Order("at DESC", "id DESC").Scan(ctx); err != nil {
		return nil, fmt.Errorf("reading the refused questions of %s: %w", base, s.db.explain(err))
	}
	out := make([]coverage.Refusal, len(rows))
	for i, r := range rows {
		out[i] = coverage.Refusal{Base: r.Base, Time: fromMicros(r.At), Department: r.Department, Owner: r.Owner, Question: r.Question,
			Evidence: r.Evidence, Threshold: r.Threshold, Address: r.Address, Chunk: r.Chunk}
	}
	return out, nil
}

func (s coverageStore) Uses(ctx context.Context, base string) ([]coverage.Use, error) {
	var rows []useRow
	if err := s.db.read().NewSelect().Model(&rows).Where("base = ?", base).Order("chunk").Scan(ctx); err != nil {
		return nil, fmt.Errorf("reading the use of the passages of %s: %w", base, s.db.explain(err))
	}
	out := make([]coverage.Use, len(rows))
	for i, r := range rows {
		out[i] = coverage.Use{Base: r.Base, Chunk: r.Chunk, Found: r.Found, Cited: r.Cited, Down: r.Down}
	}
	return out, nil
}
