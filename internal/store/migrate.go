package store

import (
	"context"
	"embed"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/pressly/goose/v3"
	"github.com/pressly/goose/v3/lock"

	"github.com/luodi/luodi/internal/errs"
)

//go:embed migrations/*.sql
var migrations embed.FS

// known returns the versions this binary has, in order.
func known() []int64 {
	entries, err := migrations.ReadDir("migrations")
	if err != nil {
		panic(err) // embedded
	}
	var out []int64
	for _, e := range entries {
		n, err := strconv.ParseInt(strings.SplitN(e.Name(), "_", 2)[0], 10, 64)
		if err != nil {
			panic("store: migrations/" + e.Name() + " has no number")
		}
		out = append(out, n)
	}
	slices.Sort(out)
	return out
}

// applied returns the versions the database has, in order; none when it is new.
func (db *DB) applied(ctx context.Context) ([]int64, error) {
	table := "SELECT count(*) FROM sqlite_master WHERE type = 'table' AND name = 'goose_db_version'"
	if !db.sqlite {
		table = "SELECT count(*) FROM information_schema.tables WHERE table_schema = current_schema() AND table_name = 'goose_db_version'"
	}
	var n int
	if err := db.writes.NewRaw(table).Scan(ctx, &n); err != nil {
		return nil, db.explain(err)
	}
	if n == 0 {
		return nil, nil
	}
	var out []int64
	err := db.writes.NewRaw("SELECT version_id FROM goose_db_version WHERE version_id > 0 AND is_applied ORDER BY version_id").Scan(ctx, &out)
	return out, db.explain(err)
}

// pending returns the versions to run. A version that this binary does not
// know means that a newer luodi wrote the database.
func (db *DB) pending(ctx context.Context) ([]int64, error) {
	have, err := db.applied(ctx)
	if err != nil {
		return nil, err
	}
	want := known()
	for _, v := range have {
		if !slices.Contains(want, v) {
			return nil, errs.Invalid("the store %s is of a newer luodi (version %d, this one knows %d): run the newer luodi, or go back with its `luodi migrate --down`",
				db.name, v, slices.Max(append(want, 0)))
		}
	}
	return slices.DeleteFunc(want, func(v int64) bool { return slices.Contains(have, v) }), nil
}

func (db *DB) provider() (*goose.Provider, error) {
	// Migrations may arrive out of order: two branches may add one each.
	opts := []goose.ProviderOption{goose.WithAllowOutofOrder(true), goose.WithDisableGlobalRegistry(true)}
	dialect := goose.DialectSQLite3
	if !db.sqlite {
		dialect = goose.DialectPostgres
		locker, err := lock.NewPostgresSessionLocker(lock.WithLockTimeout(1, 120), lock.WithUnlockTimeout(1, 10))
		if err != nil {
			return nil, err
		}
		opts = append(opts, goose.WithSessionLocker(locker))
	}
	return goose.NewProvider(dialect, db.writes.DB, sqlFS{sqlite: db.sqlite}, opts...)
}

// migrate runs what is pending, each in a transaction of its own.
func (db *DB) migrate(ctx context.Context) error {
	pending, err := db.pending(ctx) // again: another process may have been faster
	if err != nil || len(pending) == 0 {
		return err
	}
	if _, err := db.snapshot(ctx); err != nil {
		return err
	}
	p, err := db.provider()
	if err != nil {
		return fmt.Errorf("reading the migrations: %w", err)
	}
	if _, err := p.Up(ctx); err != nil {
		return fmt.Errorf("migrating the store %s (it is as it was before the step that went wrong): %w", db.name, db.explain(err))
	}
	return nil
}

// Step is what Down did.
type Step struct {
	Version  int64  // the migration that was taken back
	Name     string // its file
	Snapshot string // the copy made before, or ""
}

// Down takes back the migration that was applied last, in a transaction, after
// a snapshot. Its tables and their rows are gone then (the snapshot has them).
// Opening the store with this binary applies it again: replace the binary by
// the older one first. errs.NotFound when there is nothing to take back.
func Down(ctx context.Context, cfg Config) (Step, error) {
	db, unlock, err := open(ctx, cfg)
	if err != nil {
		return Step{}, err
	}
	defer db.Close()
	if unlock != nil {
		defer unlock()
	}
	have, err := db.applied(ctx)
	if err != nil {
		return Step{}, err
	}
	if len(have) == 0 {
		return Step{}, errs.NotFound("the store %s has no migration to take back", db.name)
	}
	copied, err := db.snapshot(ctx)
	if err != nil {
		return Step{}, err
	}
	p, err := db.provider()
	if err != nil {
		return Step{}, fmt.Errorf("reading the migrations: %w", err)
	}
	res, err := p.Down(ctx)
	if err != nil {
		return Step{}, fmt.Errorf("taking back a migration of %s: %w", db.name, db.explain(err))
	}
	return Step{Version: res.Source.Version, Name: filepath.Base(res.Source.Path), Snapshot: copied}, nil
}

// snapshot copies an SQLite database that has data to
// snapshots/luodi-<version>-<time>.db beside it and returns the copy's path.
// PostgreSQL has its own backups; its migrations run in transactions.
func (db *DB) snapshot(ctx context.Context) (string, error) {
	if !db.sqlite {
		return "", nil
	}
	have, err := db.applied(ctx)
	if err != nil || len(have) == 0 {
		return "", err
	}
	dir := filepath.Join(filepath.Dir(db.name), "snapshots")
	path := filepath.Join(dir, fmt.Sprintf("luodi-%d-%s.db", slices.Max(have), time.Now().UTC().Format("20060102T150405.000000Z")))
	if err := db.copyTo(ctx, dir, path); err != nil {
		return "", fmt.Errorf("copying the store to %s before migrating it: %w", path, db.explain(err))
	}
	return path, nil
}

// copyTo writes a whole copy or none: to a temporary name first, flushed, then
// renamed.
func (db *DB) copyTo(ctx context.Context, dir, path string) error {
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return err
	}
	tmp := path + ".part"
	defer os.Remove(tmp)
	if _, err := db.writes.ExecContext(ctx, "VACUUM INTO ?", tmp); err != nil {
		return err
	}
	for _, name := range []string{tmp, dir} {
		if name == dir {
			if err := os.Rename(tmp, path); err != nil {
				return err
			}
		}
		f, err := os.Open(name)
		if err != nil {
			return err
		}
		err = f.Sync()
		f.Close()
		if err != nil {
			return err
		}
	}
	return nil
}
