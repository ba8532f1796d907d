package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"time"

	"github.com/uptrace/bun"

	"github.com/luodi/luodi/internal/errs"
	"github.com/luodi/luodi/internal/job"
)

// Job is the journal of stages.
func (db *DB) Job() job.Store { return jobStore{db} }

type jobStore struct{ db *DB }

type stageRow struct {
	bun.BaseModel `bun:"table:job_stage"`

	Name       string `bun:",pk"`
	Hash       string
	Status     string
	Output     string
	Error      string
	Seconds    float64
	StartedAt  int64
	FinishedAt int64
	Token      string
	Host       string
	PID        int64 `bun:"pid"`
	BornAt     int64
	LeaseUntil int64
}

// micros and fromMicros are how times are stored: unix microseconds, with 0
// for the zero time.
func micros(t time.Time) int64 {
	if t.IsZero() {
		return 0
	}
	return t.UnixMicro()
}

func fromMicros(n int64) time.Time {
	if n == 0 {
		return time.Time{}
	}
	return time.UnixMicro(n).UTC()
}

func (r stageRow) entry() job.Entry {
	return job.Entry{
		Name: r.Name, Hash: r.Hash, Status: job.Status(r.Status), Output: r.Output, Error: r.Error, Seconds: r.Seconds,
		Started: fromMicros(r.StartedAt), Finished: fromMicros(r.FinishedAt),
		Lease: job.Lease{Token: r.Token, Host: r.Host, PID: int(r.PID), Born: fromMicros(r.BornAt), Until: fromMicros(r.LeaseUntil)},
	}
}

func rowOf(e job.Entry) *stageRow {
	return &stageRow{
		Name: e.Name, Hash: e.Hash, Status: string(e.Status), Output: e.Output, Error: e.Error, Seconds: e.Seconds,
		StartedAt: micros(e.Started), FinishedAt: micros(e.Finished),
		Token: e.Lease.Token, Host: e.Lease.Host, PID: int64(e.Lease.PID), BornAt: micros(e.Lease.Born), LeaseUntil: micros(e.Lease.Until),
	}
}

func (s jobStore) Entry(ctx context.Context, name string) (job.Entry, error) {
	var r stageRow
	err := s.db.read().NewSelect().Model(&r).Where("name = ?", name).Scan(ctx)
	if errors.Is(err, sql.ErrNoRows) {
		return job.Entry{}, errs.NotFound("stage %q has never run", name)
	}
	if err != nil {
		return job.Entry{}, fmt.Errorf("reading the journal of stage %s: %w", name, s.db.explain(err))
	}
	return r.entry(), nil
}

func (s jobStore) Entries(ctx context.Context) ([]job.Entry, error) {
	var rows []stageRow
	if err := s.db.read().NewSelect().Model(&rows).Order("name").Scan(ctx); err != nil {
		return nil, fmt.Errorf("reading the journal: %w", s.db.explain(err))
	}
	out := make([]job.Entry, len(rows))
	for i, r := range rows {
		out[i] = r.entry()
	}
	return out, nil
}

func (s jobStore) Swap(ctx context.Context, token string, e job.Entry) error {
	err := s.db.write(ctx, func(ctx context.Context, tx bun.Tx) error {
		res, err := tx.NewUpdate().Model(rowOf(e)).WherePK().Where("token = ?", token).Exec(ctx)
		if err != nil {
			return err
		}
		n, err := res.RowsAffected()
		if err != nil || n == 1 {
			return err
		}
		if token == "" {
			if res, err = tx.NewInsert().Model(rowOf(e)).On("CONFLICT DO NOTHING").Exec(ctx); err != nil {
				return err
			}
			if n, err = res.RowsAffected(); err != nil || n == 1 {
				return err
			}
		}
		return errs.Conflict("stage %q was taken by another run", e.Name)
	})
	if err != nil {
		return fmt.Errorf("writing the journal: %w", err)
	}
	return nil
}
