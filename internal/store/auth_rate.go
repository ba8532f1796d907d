package store

import (
	"context"
	"fmt"
	"time"

	"github.com/uptrace/bun"

	"github.com/luodi/luodi/internal/auth"
)

// Rates is the keys' buckets of requests and tokens, as all processes share them.
func (db *DB) Rates() auth.Rates { return authStore{db} }

func (s authStore) Draw(ctx context.Context, id string, d auth.Draw) (got int64, wait time.Duration, err error) {
	err = s.db.write(ctx, func(ctx context.Context, tx bun.Tx) error {
		full := auth.Full(d.Limit, d.Now)
		if _, err := tx.ExecContext(ctx, "INSERT INTO auth_rate (id, level, at) VALUES (?, ?, ?) ON CONFLICT DO NOTHING", id, full.Level, micros(full.At)); err != nil {
			return err
		}
		var level, at int64 // read by an update, which keeps other nodes from the row
		if err := tx.NewRaw("UPDATE auth_rate SET at = at WHERE id = ? RETURNING level, at", id).Scan(ctx, &level, &at); err != nil {
			return err
		}
		b := auth.Bucket{Level: level, At: fromMicros(at)}
		got, wait = b.Draw(d)
		_, err := tx.ExecContext(ctx, "UPDATE auth_rate SET level = ?, at = ? WHERE id = ?", b.Level, micros(b.At), id)
		return err
	})
	if err != nil {
		return 0, 0, fmt.Errorf("drawing from the minute of %s: %w", id, err)
	}
	return got, wait, nil
}
