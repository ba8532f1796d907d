package store

import (
	"context"
	"fmt"

	"github.com/uptrace/bun"

	"github.com/luodi/luodi/internal/sizing/judge"
)

// Judge is what people said of judged points.
func (db *DB) Judge() judge.Labels { return judgeStore{db} }

type judgeStore struct{ db *DB }

type labelRow struct {
	bun.BaseModel `bun:"table:sizing_label"`

	Scenario string
	Point    string
	Met      int64
	At       int64
}

func (s judgeStore) PutLabels(ctx context.Context, scenario string, labels ...judge.Label) error {
	if len(labels) == 0 {
		return nil
	}
	err := s.db.write(ctx, func(ctx context.Context, tx bun.Tx) error {
		for _, l := range labels {
			row := labelRow{Scenario: scenario, Point: l.Point, At: micros(l.At)}
			if l.Met {
				row.Met = 1
			}
			if _, err := tx.NewInsert().Model(&row).On("CONFLICT (scenario, point) DO UPDATE").Set("met = EXCLUDED.met").Set("at = EXCLUDED.at").Exec(ctx); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		return fmt.Errorf("keeping %d labels of scenario %s: %w", len(labels), scenario, err)
	}
	return nil
}

func (s judgeStore) Labels(ctx context.Context, scenario string) ([]judge.Label, error) {
	var rows []labelRow
	if err := s.db.read().NewSelect().Model(&rows).Where("scenario = ?", scenario).Order("point").Scan(ctx); err != nil {
		return nil, fmt.Errorf("reading the labels of scenario %s: %w", scenario, s.db.explain(err))
	}
	out := make([]judge.Label, len(rows))
	for i, r := range rows {
		out[i] = judge.Label{Point: r.Point, Met: r.Met == 1, At: fromMicros(r.At)}
	}
	return out, nil
}
