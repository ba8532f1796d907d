package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"math/rand/v2"
	"time"

	"github.com/uptrace/bun"

	"github.com/luodi/luodi/internal/auth"
	"github.com/luodi/luodi/internal/errs"
)

// Acts is the audit trail.
func (db *DB) Acts() auth.Acts { return actStore{db} }

type actStore struct{ db *DB }

type actRow struct {
	bun.BaseModel `bun:"table:auth_act"`

	Seq    int64 `bun:",pk"`
	At     int64
	Who    string
	What   string
	Object string
	Detail string
	Hash   string
}

func (r *actRow) act() auth.Act {
	return auth.Act{Seq: r.Seq, Time: fromMicros(r.At), Who: r.Who, What: r.What, Object: r.Object, Detail: r.Detail, Hash: r.Hash}
}

const actTries = 50 // against other processes on PostgreSQL, of which one succeeds each time

func (s actStore) Append(ctx context.Context, a auth.Act) (auth.Act, error) {
	for try := range actTries {
		if try > 0 {
			time.Sleep(rand.N(min(time.Duration(try), 10) * time.Millisecond)) // so that nobody is always the slower one
		}
		added := false
		var sealed auth.Act
		err := s.db.write(ctx, func(ctx context.Context, tx bun.Tx) error {
			var last actRow
			err := tx.NewSelect().Model(&last).Order("seq DESC").Limit(1).Scan(ctx)
			if err != nil && !errors.Is(err, sql.ErrNoRows) {
				return err
			}
			sealed = a.Sealed(last.act())
			row := &actRow{Seq: sealed.Seq, At: micros(sealed.Time), Who: a.Who, What: a.What, Object: a.Object, Detail: a.Detail, Hash: sealed.Hash}
			res, err := tx.NewInsert().Model(row).On("CONFLICT DO NOTHING").Exec(ctx)
			n, err := affected(res, err)
			added = n == 1
			return err
		})
		if err != nil {
			return auth.Act{}, fmt.Errorf("writing %s into the audit trail: %w", a.What, err)
		}
		if added {
			return sealed, nil
		}
	}
	return auth.Act{}, errs.Conflict("writing %s into the audit trail: other processes were faster; try again", a.What)
}

func (s actStore) Acts(ctx context.Context) ([]auth.Act, error) {
	var rows []actRow
	if err := s.db.read().NewSelect().Model(&rows).Order("seq").Scan(ctx); err != nil {
		return nil, fmt.Errorf("reading the audit trail: %w", s.db.explain(err))
	}
	out := make([]auth.Act, len(rows))
	for i := range rows {
		out[i] = rows[i].act()
	}
	return out, nil
}
