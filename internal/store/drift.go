package store

import (
	"context"
	"fmt"
	"time"

	"github.com/uptrace/bun"

	"github.com/luodi/luodi/internal/sizing/drift"
)

// Drift is the served calls that were drawn for labels.
func (db *DB) Drift() drift.Store { return driftStore{db} }

type driftStore struct{ db *DB }

type sampleRow struct {
	bun.BaseModel `bun:"table:drift_sample"`

	ID       string
	Scenario string
	Decision string
	At       int64
	Input    string
	Output   string
	Done     int64
	Score    float64
	Passed   int64
}

func (s driftStore) PutSample(ctx context.Context, x drift.Sample) error {
	row := sampleRow{ID: x.ID, Scenario: x.Scenario, Decision: x.Decision, At: micros(x.Time), Input: x.Input, Output: x.Output,
		Done: flag(x.Done), Score: x.Score, Passed: flag(x.Passed)}
	err := s.db.write(ctx, func(ctx context.Context, tx bun.Tx) error {
		_, err := tx.NewInsert().Model(&row).On("CONFLICT DO NOTHING").Exec(ctx)
		return err
	})
	if err != nil {
		return fmt.Errorf("keeping the sample %s of scenario %s: %w", x.ID, x.Scenario, err)
	}
	return nil
}

func (s driftStore) Samples(ctx context.Context, decision string) ([]drift.Sample, error) {
	var rows []sampleRow
	err := s.db.read().NewSelect().Model(&rows).Where("decision = ?", decision).Order("at", "id").Scan(ctx)
	if err != nil {
		return nil, fmt.Errorf("reading the samples of %s: %w", decision, s.db.explain(err))
	}
	out := make([]drift.Sample, len(rows))
	for i, r := range rows {
		out[i] = drift.Sample{ID: r.ID, Scenario: r.Scenario, Decision: r.Decision, Time: fromMicros(r.At), Input: r.Input, Output: r.Output,
			Done: r.Done != 0, Score: r.Score, Passed: r.Passed != 0}
	}
	return out, nil
}

func (s driftStore) Finish(ctx context.Context, samples ...drift.Sample) (n int, err error) {
	err = s.db.write(ctx, func(ctx context.Context, tx bun.Tx) error {
		n = 0
		for _, x := range samples {
			res, err := tx.NewUpdate().Model((*sampleRow)(nil)).
				Set("done = 1").Set("score = ?", x.Score).Set("passed = ?", flag(x.Passed)).Set("input = ''").Set("output = ''").
				Where("id = ?", x.ID).Where("done = 0").Exec(ctx)
			if err != nil {
				return err
			}
			k, err := res.RowsAffected()
			if err != nil {
				return err
			}
			n += int(k)
		}
		return nil
	})
	if err != nil {
		return 0, fmt.Errorf("keeping the labels of %d samples: %w", len(samples), err)
	}
	return n, nil
}

func (s driftStore) Forget(ctx context.Context, before time.Time) (n int, err error) {
	err = s.db.write(ctx, func(ctx context.Context, tx bun.Tx) error {
		res, err := tx.NewDelete().Model((*sampleRow)(nil)).Where("done = 0").Where("at < ?", micros(before)).Exec(ctx)
		if err != nil {
			return err
		}
		k, err := res.RowsAffected()
		n = int(k)
		return err
	})
	if err != nil {
		return 0, fmt.Errorf("forgetting samples from before %s: %w", before.Format(time.DateOnly), err)
	}
	return n, nil
}

// flag is a truth as both engines keep it.
func flag(b bool) int64 {
	if b {
		return 1
	}
	return 0
}
