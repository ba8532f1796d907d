package store

import (
	"context"
	"fmt"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/stdlib"
	"github.com/uptrace/bun"
	"github.com/uptrace/bun/dialect/pgdialect"

	"github.com/luodi/luodi/internal/errs"
)

// openPostgres connects to url. The lock that keeps two processes from
// migrating at once is goose's advisory lock, taken in migrate.
func openPostgres(ctx context.Context, url string) (*DB, func(), error) {
	cfg, err := pgx.ParseConfig(url)
	if err != nil { // pgx masks the password
		return nil, nil, errs.Invalid("opening the store: reading its URL: %v", err)
	}
	// bun writes values into the statement, so that no two are alike: a cache
	// of prepared statements would only fill up.
	cfg.DefaultQueryExecMode = pgx.QueryExecModeSimpleProtocol
	// A commit that returned is on the device, whatever the server's default.
	cfg.RuntimeParams["synchronous_commit"] = "on"
	cfg.RuntimeParams["application_name"] = "luodi"
	pool := stdlib.OpenDB(*cfg)
	pool.SetMaxOpenConns(16)
	pool.SetMaxIdleConns(8)
	b := bun.NewDB(pool, pgdialect.New())
	db := &DB{name: fmt.Sprintf("%s/%s", cfg.Host, cfg.Database), reads: b, writes: b}
	pending, err := db.pending(ctx)
	if err != nil {
		db.Close()
		return nil, nil, err
	}
	if len(pending) == 0 {
		return db, nil, nil
	}
	return db, func() {}, nil
}
