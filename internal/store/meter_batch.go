package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"time"

	"github.com/uptrace/bun"

	"github.com/luodi/luodi/internal/meter"
)

func (s meterStore) Begin(ctx context.Context, id string, by meter.Starter, at time.Time) error {
	err := s.db.write(ctx, func(ctx context.Context, tx bun.Tx) error {
		_, err := tx.ExecContext(ctx, "INSERT INTO meter_batch (id, key_id, department, scenario, at) VALUES (?, ?, ?, ?, ?) ON CONFLICT DO NOTHING",
			id, by.Key, by.Department, by.Scenario, micros(at))
		return err
	})
	if err != nil {
		return fmt.Errorf("noting who began %s: %w", id, err)
	}
	return nil
}

func (s meterStore) Began(ctx context.Context, id string) (by meter.Starter, ok bool, err error) {
	err = s.db.read().NewRaw("SELECT key_id, department, scenario FROM meter_batch WHERE id = ?", id).Scan(ctx, &by.Key, &by.Department, &by.Scenario)
	if errors.Is(err, sql.ErrNoRows) {
		return by, false, nil
	}
	if err != nil {
		return by, false, fmt.Errorf("looking up who began %s: %w", id, s.db.explain(err))
	}
	return by, true, nil
}
