// Package store keeps everything luodi knows about a project, in SQLite under
// .luodi/ or, with a URL, in PostgreSQL. Both hold the same tables and answer
// the same queries: no feature differs between small and large.
//
// Each domain package declares the store interface it needs; one file here
// implements it (source.go, lineage.go, …), one migration creates its tables
// (migrations/000N_….sql, written once for both engines) and one suite in
// storetest says what every implementation must do.
//
// SQLite runs in WAL mode with one writing connection and many reading ones;
// several processes may have the file open (luodi serve and luodi up). Every
// commit is flushed to the device before it is acknowledged: neither kill -9
// nor a power cut loses what a call has returned nil for.
//
// It does not decide anything about the domain, and keeps no large objects:
// raw files are in package blob.
package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"path/filepath"

	"github.com/uptrace/bun"

	"github.com/luodi/luodi/internal/errs"
)

// Config says where the data is. One of Path and URL must be set.
type Config struct {
	Path string // the SQLite file; made with its folder when it does not exist
	URL  string // postgres://…; wins over Path
}

// DB is an open database. It may be used from any goroutine.
type DB struct {
	name   string // for messages: the path, or host/database; never a password
	sqlite bool
	reads  *bun.DB
	writes *bun.DB // SQLite: one connection, BEGIN IMMEDIATE; PostgreSQL: the same pool as reads
}

// Open opens the database, making it when there is none, and brings it to the
// version of this binary. Before it changes an SQLite database that has data
// it copies it to snapshots/ beside it. A database of a newer luodi is left
// alone: errs.Invalid. Close it when done.
func Open(ctx context.Context, cfg Config) (*DB, error) {
	db, unlock, err := open(ctx, cfg)
	if err != nil {
		return nil, err
	}
	if unlock == nil {
		return db, nil
	}
	defer unlock()
	if err := db.migrate(ctx); err != nil {
		db.Close()
		return nil, err
	}
	return db, nil
}

// open connects. unlock is nil when the database is up to date; otherwise the
// caller has the right to migrate until it calls unlock.
func open(ctx context.Context, cfg Config) (db *DB, unlock func(), err error) {
	if cfg.URL == "" && cfg.Path == "" {
		return nil, nil, errs.Invalid("opening the store: neither a path nor a URL is given")
	}
	if cfg.URL != "" {
		return openPostgres(ctx, cfg.URL)
	}
	path, err := filepath.Abs(cfg.Path)
	if err != nil {
		return nil, nil, fmt.Errorf("opening the store %s: %w", cfg.Path, err)
	}
	return openSQLite(ctx, path)
}

// Close waits for running statements and closes the database.
func (db *DB) Close() error {
	err := db.writes.Close()
	if db.reads != db.writes {
		err = errors.Join(db.reads.Close(), err)
	}
	return err
}

// Name is what messages call this database: its path, or host/database.
func (db *DB) Name() string { return db.name }

// read is for queries that change nothing; on SQLite it refuses writes. Each
// query sees what was committed before it began.
func (db *DB) read() *bun.DB { return db.reads }

type inWrite struct{}

// write runs fn in one transaction: all of it is kept, flushed to the device,
// or none. On SQLite one write runs at a time over all processes and fn should
// take milliseconds: prepare data before, split long work into batches. fn must
// use tx and its ctx only: db.read() does not see what tx changed, and a write
// inside a write is an error rather than a wait for ever. A full disk is
// errs.Exhausted; a row that somebody else changed meanwhile, or a lock that
// stayed taken, is errs.Conflict, and the call may be made again.
func (db *DB) write(ctx context.Context, fn func(ctx context.Context, tx bun.Tx) error) error {
	if ctx.Value(inWrite{}) == db {
		return errs.Internal("writing to %s: a write inside a write would wait for itself", db.name)
	}
	ctx = context.WithValue(ctx, inWrite{}, db)
	return db.explain(db.writes.RunInTx(ctx, (*sql.TxOptions)(nil), fn))
}
