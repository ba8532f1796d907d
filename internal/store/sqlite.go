package store

import (
	"context"
	"database/sql"
	"net/url"
	"os"
	"path/filepath"
	"runtime"
	"time"

	"github.com/uptrace/bun"
	"github.com/uptrace/bun/dialect/sqlitedialect"
	_ "modernc.org/sqlite" // the driver named "sqlite"

	"github.com/luodi/luodi/internal/errs"
)

// Parameters of every connection. WAL lets readers and the writer work at the
// same time. synchronous(FULL) flushes the log at each commit; NORMAL would be
// faster and would lose the last commits in a power cut, and acknowledged
// ledger rows and outcomes are money. fullfsync is what flushing means on
// macOS. A writer of another process is waited for up to 20 s. A name in double
// quotes that no column has is an error, as in PostgreSQL, not a string. Each
// connection caches up to 4 MiB; the log shrinks to 64 MiB after a large write.
var connection = url.Values{"_dqs": {"0"}, "_pragma": {
	"busy_timeout(20000)", "synchronous(FULL)", "fullfsync(1)", "foreign_keys(1)", "cache_size(-4096)", "journal_size_limit(67108864)",
}}

func sqliteDSN(path string, extra url.Values) string {
	q := url.Values{}
	for _, vs := range []url.Values{connection, extra} {
		for k, v := range vs {
			q[k] = append(q[k], v...)
		}
	}
	return (&url.URL{Scheme: "file", Path: filepath.ToSlash(path), RawQuery: q.Encode()}).String()
}

// openSQLite opens the file. A new file and one with migrations to run are
// opened again under a lock that only one process holds, so that luodi serve
// and luodi up may start together on an empty folder.
func openSQLite(ctx context.Context, path string) (*DB, func(), error) {
	if _, err := os.Stat(path); err == nil {
		db, err := connectSQLite(ctx, path)
		if err != nil {
			return nil, nil, err
		}
		pending, err := db.pending(ctx)
		if err != nil {
			db.Close()
			return nil, nil, err
		}
		if len(pending) == 0 {
			return db, nil, nil
		}
		db.Close()
	}
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		return nil, nil, (&DB{name: path}).explain(err)
	}
	unlock, err := lockSQLite(ctx, path+".lock")
	if err != nil {
		return nil, nil, err
	}
	db, err := connectSQLite(ctx, path)
	if err != nil {
		unlock()
		return nil, nil, err
	}
	return db, unlock, nil
}

func connectSQLite(ctx context.Context, path string) (*DB, error) {
	db := &DB{name: path, sqlite: true}
	w, err := sql.Open("sqlite", sqliteDSN(path, url.Values{
		"_txlock": {"immediate"}, "_pragma": {"journal_mode(WAL)"},
	}))
	if err != nil {
		return nil, db.explain(err)
	}
	w.SetMaxOpenConns(1)
	db.writes = bun.NewDB(w, sqlitedialect.New())
	if err := w.PingContext(ctx); err != nil {
		w.Close()
		return nil, db.explain(err)
	}
	r, err := sql.Open("sqlite", sqliteDSN(path, url.Values{"_pragma": {"query_only(1)"}}))
	if err != nil {
		w.Close()
		return nil, db.explain(err)
	}
	n := max(4, runtime.NumCPU())
	r.SetMaxOpenConns(n)
	r.SetMaxIdleConns(n)
	r.SetConnMaxIdleTime(time.Minute) // an idle luodi serve keeps no caches
	db.reads = bun.NewDB(r, sqlitedialect.New())
	return db, nil
}

// lockSQLite takes a lock that only one process holds: an exclusive
// transaction on an empty database, which the system ends when the process
// dies, on every platform that SQLite runs on.
func lockSQLite(ctx context.Context, path string) (unlock func(), err error) {
	db := &DB{name: path, sqlite: true}
	l, err := sql.Open("sqlite", sqliteDSN(path, url.Values{"_txlock": {"exclusive"}, "_pragma": {"journal_mode(MEMORY)"}}))
	if err != nil {
		return nil, db.explain(err)
	}
	tx, err := l.BeginTx(ctx, nil)
	if err != nil {
		l.Close()
		if err = db.explain(err); errs.Is(err, errs.CodeConflict) {
			return nil, errs.Conflict("opening the store: another luodi is migrating it (lock %s); try again when it is done", path)
		}
		return nil, err
	}
	return func() { tx.Rollback(); l.Close() }, nil
}
