package store

import (
	"context"
	"errors"
	"io/fs"
	"syscall"

	"github.com/jackc/pgx/v5/pgconn"
	"modernc.org/sqlite"

	"github.com/luodi/luodi/internal/errs"
)

// SQLite's result codes (sqlite.org/rescode.html).
const (
	sqliteBusy      = 5
	sqliteReadOnly  = 8
	sqliteFull      = 13
	sqliteCantOpen  = 14
	sqliteNotADB    = 26
	sqliteCorrupt   = 11
	sqliteShmSize   = 4874 // SQLITE_IOERR_SHMSIZE: the -shm file cannot grow
	sqlitePrimary   = 0xff
	postgresNoSpace = "53100"
)

// explain gives err the code and the words that help whoever sees it; errors
// that have a code keep it, and others go through as they are.
func (db *DB) explain(err error) error {
	if err == nil || errors.Is(err, context.Canceled) || errors.Is(err, context.DeadlineExceeded) {
		return err
	}
	var coded *errs.Error
	if errors.As(err, &coded) {
		return err
	}
	say := func(code errs.Code, what string) error {
		return &errs.Error{Code: code, Msg: "the store " + db.name + ": " + what, Err: err}
	}
	const full = "the disk is full; what was acknowledged is safe; make room and run the command again"
	var lite *sqlite.Error
	var pg *pgconn.PgError
	var connect *pgconn.ConnectError
	switch {
	case errors.As(err, &lite):
		switch {
		case lite.Code() == sqliteShmSize:
			return say(errs.CodeExhausted, full)
		}
		switch lite.Code() & sqlitePrimary {
		case sqliteFull:
			return say(errs.CodeExhausted, full)
		case sqliteBusy:
			return say(errs.CodeConflict, "another process has kept its write lock for too long; try again when it is done")
		case sqliteReadOnly:
			return say(errs.CodeForbidden, "it is read-only; give this user the right to write the file and its folder")
		case sqliteCantOpen:
			return say(errs.CodeForbidden, "it cannot be opened; check that its folder exists and may be written")
		case sqliteNotADB, sqliteCorrupt:
			return say(errs.CodeInvalid, "it is not a whole SQLite database; move it away or put a copy from snapshots/ in its place")
		}
	case errors.As(err, &pg):
		switch {
		case pg.Code == postgresNoSpace:
			return say(errs.CodeExhausted, full)
		case pg.Code == "40001" || pg.Code == "40P01" || pg.Code == "55P03": // serialization, deadlock, lock not available
			return say(errs.CodeConflict, "somebody else changed the same rows; try again")
		case pg.Code == "53300":
			return say(errs.CodeExhausted, "the server has no connection left")
		case pg.Code == "28000" || pg.Code == "28P01":
			return say(errs.CodeUnauthenticated, "the server refuses this user; check the URL")
		case pg.Code == "3D000":
			return say(errs.CodeNotFound, "there is no such database; create it first (createdb)")
		case pg.Code == "42501":
			return say(errs.CodeForbidden, "this user may not do that; grant it CREATE on the schema")
		}
	case errors.As(err, &connect):
		return say(errs.CodeInternal, "the server cannot be reached; check that it runs and that the URL is right")
	case errors.Is(err, syscall.ENOSPC) || errors.Is(err, syscall.EDQUOT):
		return say(errs.CodeExhausted, full)
	case errors.Is(err, fs.ErrPermission):
		return say(errs.CodeForbidden, "this user may not write there")
	}
	return err
}
