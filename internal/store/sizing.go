package store

import (
	"cmp"
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"slices"

	"github.com/uptrace/bun"

	"github.com/luodi/luodi/internal/errs"
	"github.com/luodi/luodi/internal/sizing"
)

// Sizing is the outcomes of calls, the studies and the decisions.
func (db *DB) Sizing() sizing.Store { return sizingStore{db} }

type sizingStore struct{ db *DB }

type outcomeRow struct {
	bun.BaseModel `bun:"table:sizing_outcome"`

	Configuration string
	Item          string
	Output        string
}

type studyRow struct {
	bun.BaseModel `bun:"table:sizing_study"`

	ID       string
	Scenario string
	Number   int64
	Record   string
}

type decisionRow struct {
	bun.BaseModel `bun:"table:sizing_decision"`

	ID       string
	Scenario string
	Number   int64
	Decision string
}

func (s sizingStore) PutOutcomes(ctx context.Context, outcomes ...sizing.Outcome) error {
	if len(outcomes) == 0 {
		return nil
	}
	rows := make([]outcomeRow, len(outcomes))
	for i, o := range outcomes {
		b, err := json.Marshal(o.Output)
		if err != nil {
			return fmt.Errorf("keeping the outcome of %s for item %s: %w", o.Configuration, o.Item, err)
		}
		rows[i] = outcomeRow{Configuration: o.Configuration, Item: o.Item, Output: string(b)}
	}
	// In one order, so that two nodes cannot wait for each other; of repeats
	// the first stays.
	slices.SortStableFunc(rows, func(a, b outcomeRow) int {
		return cmp.Or(cmp.Compare(a.Configuration, b.Configuration), cmp.Compare(a.Item, b.Item))
	})
	rows = slices.CompactFunc(rows, func(a, b outcomeRow) bool { return a.Configuration == b.Configuration && a.Item == b.Item })
	err := s.db.write(ctx, func(ctx context.Context, tx bun.Tx) error {
		for part := range slices.Chunk(rows, batch) {
			if _, err := tx.NewInsert().Model(&part).On("CONFLICT DO NOTHING").Exec(ctx); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		return fmt.Errorf("keeping %d outcomes: %w", len(outcomes), err)
	}
	return nil
}

func (s sizingStore) EachOutcome(ctx context.Context, configuration string, fn func(sizing.Outcome) error) error {
	var rows []outcomeRow
	err := s.db.read().NewSelect().Model(&rows).Where("configuration = ?", configuration).Order("item").Scan(ctx)
	if err != nil {
		return fmt.Errorf("reading the outcomes of %s: %w", configuration, s.db.explain(err))
	}
	for _, r := range rows {
		o := sizing.Outcome{Configuration: r.Configuration, Item: r.Item}
		if err := json.Unmarshal([]byte(r.Output), &o.Output); err != nil {
			return fmt.Errorf("reading the outcome of %s for item %s: %w", r.Configuration, r.Item, err)
		}
		if err := fn(o); err != nil {
			return err
		}
	}
	return nil
}

func (s sizingStore) PutStudy(ctx context.Context, rec sizing.StudyRecord) error {
	b, err := json.Marshal(rec)
	if err != nil {
		return fmt.Errorf("keeping study %s: %w", rec.ID, err)
	}
	row := studyRow{ID: rec.ID, Scenario: rec.Scenario, Number: int64(rec.Number), Record: string(b)}
	err = s.db.write(ctx, func(ctx context.Context, tx bun.Tx) error {
		_, err := tx.NewInsert().Model(&row).On("CONFLICT (id) DO UPDATE").Set("record = EXCLUDED.record").Exec(ctx)
		return err
	})
	if err != nil {
		return fmt.Errorf("keeping study %s: %w", rec.ID, err)
	}
	return nil
}

func (s sizingStore) Study(ctx context.Context, id string) (sizing.StudyRecord, error) {
	var row studyRow
	var rec sizing.StudyRecord
	err := s.db.read().NewSelect().Model(&row).Where("id = ?", id).Scan(ctx)
	if errors.Is(err, sql.ErrNoRows) {
		return rec, errs.NotFound("no study %s is kept", id)
	}
	if err != nil {
		return rec, fmt.Errorf("reading study %s: %w", id, s.db.explain(err))
	}
	if err := json.Unmarshal([]byte(row.Record), &rec); err != nil {
		return rec, fmt.Errorf("reading study %s: %w", id, err)
	}
	return rec, nil
}

func (s sizingStore) Studies(ctx context.Context, scenario string) ([]sizing.StudyRecord, error) {
	var rows []studyRow
	err := s.db.read().NewSelect().Model(&rows).Where("scenario = ?", scenario).Order("number", "id").Scan(ctx)
	if err != nil {
		return nil, fmt.Errorf("reading the studies of scenario %s: %w", scenario, s.db.explain(err))
	}
	out := make([]sizing.StudyRecord, len(rows))
	for i, r := range rows {
		if err := json.Unmarshal([]byte(r.Record), &out[i]); err != nil {
			return nil, fmt.Errorf("reading study %s: %w", r.ID, err)
		}
	}
	return out, nil
}

func (s sizingStore) PutDecision(ctx context.Context, d sizing.Decision) error {
	b, err := json.Marshal(d)
	if err != nil {
		return fmt.Errorf("keeping decision %s: %w", d.ID, err)
	}
	row := decisionRow{ID: d.ID, Scenario: d.Result.Scenario, Decision: string(b)}
	err = s.db.write(ctx, func(ctx context.Context, tx bun.Tx) error {
		var last int64
		err := tx.NewSelect().Model((*decisionRow)(nil)).ColumnExpr("COALESCE(MAX(number), 0)").Where("scenario = ?", row.Scenario).Scan(ctx, &last)
		if err != nil {
			return err
		}
		row.Number = last + 1
		_, err = tx.NewInsert().Model(&row).On("CONFLICT DO NOTHING").Exec(ctx)
		return err
	})
	if err != nil {
		return fmt.Errorf("keeping decision %s: %w", d.ID, err)
	}
	return nil
}

func (s sizingStore) Decision(ctx context.Context, id string) (sizing.Decision, error) {
	var row decisionRow
	var d sizing.Decision
	err := s.db.read().NewSelect().Model(&row).Where("id = ?", id).Scan(ctx)
	if errors.Is(err, sql.ErrNoRows) {
		return d, errs.NotFound("no decision %s is kept", id)
	}
	if err != nil {
		return d, fmt.Errorf("reading decision %s: %w", id, s.db.explain(err))
	}
	if err := json.Unmarshal([]byte(row.Decision), &d); err != nil {
		return d, fmt.Errorf("reading decision %s: %w", id, err)
	}
	return d, nil
}

func (s sizingStore) Decisions(ctx context.Context, scenario string) ([]sizing.Decision, error) {
	var rows []decisionRow
	err := s.db.read().NewSelect().Model(&rows).Where("scenario = ?", scenario).Order("number", "id").Scan(ctx)
	if err != nil {
		return nil, fmt.Errorf("reading the decisions of scenario %s: %w", scenario, s.db.explain(err))
	}
	out := make([]sizing.Decision, len(rows))
	for i, r := range rows {
		if err := json.Unmarshal([]byte(r.Decision), &out[i]); err != nil {
			return nil, fmt.Errorf("reading decision %s: %w", r.ID, err)
		}
	}
	return out, nil
}
