package store

import (
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/uptrace/bun"

	"github.com/luodi/luodi/internal/knowledge/coverage"
	"github.com/luodi/luodi/internal/lineage"
)

// Coverage is what knowledge bases are asked.
func (db *DB) Coverage() coverage.Store { return coverageStore{db} }

type coverageStore struct{ db *DB }

type questionRow struct {
	bun.BaseModel `bun:"table:knowledge_question"`

	ID         string `bun:",pk"`
	Base       string
	At         int64
	Department string
	Asker      string
	Owner      string
	Question   string
	Outcome    string
	Passages   int
	Cited      int
	Evidence   float64
	Threshold  float64
	Address    string
	Chunk      string
	Latency    int64
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

func (s coverageStore) Record(ctx context.Context, questions []coverage.Question, uses []coverage.Use) error {
	var rows []questionRow
	bases := map[string]bool{}
	for i, q := range questions {
		at := micros(q.Time)
		bases[q.Base] = true
		rows = append(rows, questionRow{
			ID: lineage.NewID("qst", q.Base, q.Text, q.Asker, fmt.Sprint(at, " ", i)), Base: q.Base, At: at, Department: q.Department, Asker: q.Asker, Owner: q.Owner,
			Question: q.Text, Outcome: string(q.Outcome), Passages: q.Passages, Cited: q.Cited, Evidence: q.Evidence, Threshold: q.Threshold,
			Address: q.Address, Chunk: q.Chunk, Latency: q.Latency.Microseconds(),
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
		return fmt.Errorf("keeping %d questions and the use of %d passages: %w", len(questions), len(uses), err)
	}
	return nil
}

// dropOldest keeps coverage.Keep questions of a base.
func dropOldest(ctx context.Context, tx bun.Tx, base string) error {
	var last []questionRow
	err := tx.NewSelect().Model(&last).Column("id", "at").Where("base = ?", base).Order("at DESC", "id DESC").Offset(coverage.Keep).Limit(1).Scan(ctx)
	if err != nil || len(last) == 0 {
		return err
	}
	_, err = tx.NewDelete().Model((*questionRow)(nil)).Where("base = ?", base).Where("at < ? OR at = ? AND id <= ?", last[0].At, last[0].At, last[0].ID).Exec(ctx)
	return err
}

func (s coverageStore) Questions(ctx context.Context, base string, since time.Time, of ...coverage.Outcome) ([]coverage.Question, error) {
	q := s.db.read().NewSelect().Model((*questionRow)(nil)).Where("base = ?", base).Order("at DESC", "id DESC")
	if !since.IsZero() {
		q.Where("at >= ?", micros(since))
	}
	if len(of) > 0 {
		q.Where("outcome IN (?)", bun.In(of))
	}
	out := []coverage.Question{}
	err := eachRow(ctx, s.db, q, "reading what "+base+" was asked", func(r *questionRow) error {
		out = append(out, coverage.Question{Base: r.Base, Time: fromMicros(r.At), Department: r.Department, Asker: r.Asker, Owner: r.Owner, Text: r.Question,
			Outcome: coverage.Outcome(r.Outcome), Passages: r.Passages, Cited: r.Cited, Evidence: r.Evidence, Threshold: r.Threshold,
			Address: r.Address, Chunk: r.Chunk, Latency: time.Duration(r.Latency) * time.Microsecond})
		return nil
	})
	return out, err
}

func (s coverageStore) Forget(ctx context.Context, base string, before time.Time) error {
	q := s.db.read().NewSelect().Model((*questionRow)(nil)).Where("base = ?", base).Where("at < ?", micros(before))
	if old, err := q.Exists(ctx); err != nil || !old {
		return s.db.explain(err) // most often: nothing to wait for a writer for
	}
	err := s.db.write(ctx, func(ctx context.Context, tx bun.Tx) error {
		_, err := tx.NewDelete().Model((*questionRow)(nil)).Where("base = ?", base).Where("at < ?", micros(before)).Exec(ctx)
		return err
	})
	if err != nil {
		return fmt.Errorf("forgetting what %s was asked: %w", base, err)
	}
	return nil
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
