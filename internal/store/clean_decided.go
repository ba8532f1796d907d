package store

import (
	"context"
	"fmt"
	"time"

	"github.com/uptrace/bun"

	"github.com/luodi/luodi/internal/clean"
	"github.com/luodi/luodi/internal/errs"
)

// CleanDecided is what was decided about cleaned records besides plans: what
// was released from quarantine, and which texts are nearly the same.
func (db *DB) CleanDecided() interface {
	clean.Store
	clean.Releases
	clean.AlikeStore
} {
	return cleanStore{db}
}

type releaseRow struct {
	bun.BaseModel `bun:"table:clean_release"`

	RecordID string `bun:",pk"`
	Source   string
	Who      string
	Reason   string
	At       int64
}

func (s cleanStore) Release(ctx context.Context, r clean.Release) error {
	row := releaseRow{RecordID: r.Record, Source: r.Source, Who: r.Who, Reason: r.Reason, At: micros(r.At)}
	err := s.db.write(ctx, func(ctx context.Context, tx bun.Tx) error {
		_, err := tx.NewInsert().Model(&row).On("CONFLICT (record_id) DO NOTHING").Exec(ctx)
		return err
	})
	if err != nil {
		return fmt.Errorf("releasing record %s: %w", r.Record, err)
	}
	return nil
}

func (s cleanStore) TakeBack(ctx context.Context, id string) error {
	err := s.db.write(ctx, func(ctx context.Context, tx bun.Tx) error {
		res, err := tx.NewDelete().TableExpr("clean_release").Where("record_id = ?", id).Exec(ctx)
		if err != nil {
			return err
		}
		if n, err := res.RowsAffected(); err != nil || n > 0 {
			return err
		}
		return errs.NotFound("record %s was not released", id)
	})
	if err != nil {
		return fmt.Errorf("taking a release back: %w", err)
	}
	return nil
}

func (s cleanStore) Released(ctx context.Context, source string) ([]clean.Release, error) {
	var rows []releaseRow
	if err := s.db.read().NewSelect().Model(&rows).Where("source = ?", source).Order("record_id").Scan(ctx); err != nil {
		return nil, fmt.Errorf("reading what was released of source %s: %w", source, s.db.explain(err))
	}
	out := make([]clean.Release, len(rows))
	for i, r := range rows {
		out[i] = clean.Release{Record: r.RecordID, Source: r.Source, Who: r.Who, Reason: r.Reason, At: time.UnixMicro(r.At).UTC()}
	}
	return out, nil
}

type alikeRow struct {
	bun.BaseModel `bun:"table:clean_alike"`

	Source     string `bun:",pk"`
	RecordID   string `bun:",pk"`
	OfSource   string
	OfRecord   string
	Via        string
	Similarity float64
	KeptFor    string
	Dropped    string
}

func (r alikeRow) alike() clean.Alike {
	return clean.Alike{
		Source: r.Source, Record: r.RecordID, OfSource: r.OfSource, OfRecord: r.OfRecord, Via: r.Via,
		Similarity: r.Similarity, KeptFor: r.KeptFor, Dropped: r.Dropped,
	}
}

func (s cleanStore) SetAlike(ctx context.Context, rows func(put func(clean.Alike) error) error) error {
	err := s.db.write(ctx, func(ctx context.Context, tx bun.Tx) error {
		if _, err := tx.NewDelete().TableExpr("clean_alike").Where("1 = 1").Exec(ctx); err != nil {
			return err
		}
		var part []alikeRow
		flush := func() error {
			if len(part) == 0 {
				return nil
			}
			_, err := tx.NewInsert().Model(&part).Exec(ctx)
			part = part[:0]
			return err
		}
		err := rows(func(a clean.Alike) error {
			part = append(part, alikeRow{
				Source: a.Source, RecordID: a.Record, OfSource: a.OfSource, OfRecord: a.OfRecord, Via: a.Via,
				Similarity: a.Similarity, KeptFor: a.KeptFor, Dropped: a.Dropped,
			})
			if len(part) < batch {
				return nil
			}
			return flush()
		})
		if err != nil {
			return err
		}
		return flush()
	})
	if err != nil {
		return fmt.Errorf("keeping which texts are alike: %w", err)
	}
	return nil
}

func (s cleanStore) Alike(ctx context.Context, source string, fn func(clean.Alike) error) error {
	last := [2]string{}
	for {
		var rows []alikeRow
		q := s.db.read().NewSelect().Model(&rows).Where("(source > ? OR source = ? AND record_id > ?)", last[0], last[0], last[1])
		if source != "" {
			q = q.Where("source = ?", source)
		}
		if err := q.Order("source", "record_id").Limit(page).Scan(ctx); err != nil {
			return fmt.Errorf("reading which texts are alike: %w", s.db.explain(err))
		}
		for _, r := range rows {
			last = [2]string{r.Source, r.RecordID}
			if err := fn(r.alike()); err != nil {
				return err
			}
		}
		if len(rows) < page {
			return nil
		}
	}
}

func (s cleanStore) AlikeOf(ctx context.Context, id string) (clean.Alike, error) {
	var rows []alikeRow
	if err := s.db.read().NewSelect().Model(&rows).Where("record_id = ?", id).Limit(1).Scan(ctx); err != nil {
		return clean.Alike{}, fmt.Errorf("reading what record %s is like: %w", id, s.db.explain(err))
	}
	if len(rows) == 0 {
		return clean.Alike{}, errs.NotFound("record %s is like no other", id)
	}
	return rows[0].alike(), nil
}

// drops reports whether records of a source are dropped as nearly the same.
func (s cleanStore) drops(ctx context.Context, source string) (bool, error) {
	var ids []string
	err := s.db.read().NewSelect().TableExpr("clean_alike").Column("record_id").Where("source = ? AND dropped <> ''", source).Limit(1).Scan(ctx, &ids)
	return len(ids) > 0, s.db.explain(err)
}
