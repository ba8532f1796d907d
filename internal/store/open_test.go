package store_test

import (
	"context"
	"database/sql"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/luodi/luodi/internal/errs"
	"github.com/luodi/luodi/internal/lineage"
	"github.com/luodi/luodi/internal/store"
	"github.com/luodi/luodi/internal/store/pgtest"
)

var (
	ctx  = context.Background()
	edge = lineage.Edge{From: "file_1", To: "rec_1", Step: "ingest"}
)

// configs returns the address of a database that does not exist yet (SQLite)
// or is empty (PostgreSQL).
var configs = []struct {
	name string
	make func(t *testing.T) store.Config
}{
	{"sqlite", func(t *testing.T) store.Config {
		return store.Config{Path: filepath.Join(t.TempDir(), ".luodi", "luodi.db")}
	}},
	{"postgres", func(t *testing.T) store.Config { return store.Config{URL: pgtest.URL(t)} }},
}

func onBoth(t *testing.T, fn func(t *testing.T, cfg store.Config)) {
	for _, c := range configs {
		t.Run(c.name, func(t *testing.T) { fn(t, c.make(t)) })
	}
}

// raw runs a statement on the database behind the store's back.
func raw(t *testing.T, cfg store.Config, statement string) {
	t.Helper()
	driver, name := "sqlite", cfg.Path
	if cfg.URL != "" {
		driver, name = "pgx", cfg.URL
	}
	db, err := sql.Open(driver, name)
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	if _, err := db.Exec(statement); err != nil {
		t.Fatal(err)
	}
}

func link(t *testing.T, db *store.DB, want int) {
	t.Helper()
	if err := db.Lineage().Link(ctx, []lineage.Edge{edge}); err != nil {
		t.Error(err)
	}
	if got, err := db.Lineage().Parents(ctx, "rec_1"); err != nil || len(got) != want {
		t.Errorf("%v, %v; want %d edges", got, err, want)
	}
}

func snapshots(t *testing.T, cfg store.Config) []string {
	t.Helper()
	found, err := filepath.Glob(filepath.Join(filepath.Dir(cfg.Path), "snapshots", "*"))
	if err != nil {
		t.Fatal(err)
	}
	return found
}

func TestReopen(t *testing.T) {
	onBoth(t, func(t *testing.T, cfg store.Config) {
		for range 3 {
			db, err := store.Open(ctx, cfg)
			if err != nil {
				t.Fatal(err)
			}
			link(t, db, 1)
			if err := db.Close(); err != nil {
				t.Error(err)
			}
		}
		if got := snapshots(t, cfg); len(got) != 0 {
			t.Errorf("snapshots without a migration: %v", got)
		}
	})
}

// Many that open an empty place at once, and write at once.
func TestOpenTogether(t *testing.T) {
	onBoth(t, func(t *testing.T, cfg store.Config) {
		var wg sync.WaitGroup
		for range 8 {
			wg.Go(func() {
				db, err := store.Open(ctx, cfg)
				if err != nil {
					t.Error(err)
					return
				}
				defer db.Close()
				link(t, db, 1)
			})
		}
		wg.Wait()
	})
}

func TestNewerDatabaseIsLeftAlone(t *testing.T) {
	onBoth(t, func(t *testing.T, cfg store.Config) {
		db, err := store.Open(ctx, cfg)
		if err != nil {
			t.Fatal(err)
		}
		db.Close()
		applied := "1"
		if cfg.URL != "" {
			applied = "true"
		}
		raw(t, cfg, "INSERT INTO goose_db_version (version_id, is_applied) VALUES (9999, "+applied+")")
		for name, open := range map[string]func() error{
			"open": func() error { _, err := store.Open(ctx, cfg); return err },
			"down": func() error { _, err := store.Down(ctx, cfg); return err },
		} {
			err := open()
			if !errs.Is(err, errs.CodeInvalid) || !strings.Contains(err.Error(), "newer luodi (version 9999") {
				t.Errorf("%s: %v; want that it is of a newer luodi", name, err)
			}
		}
	})
}

// Down takes back the last step and the next Open does it again, with a copy
// of the data before each.
func TestDownAndUp(t *testing.T) {
	onBoth(t, func(t *testing.T, cfg store.Config) {
		if _, err := store.Down(ctx, cfg); !errs.Is(err, errs.CodeNotFound) {
			t.Errorf("on an empty place: %v; want not found", err)
		}
		db, err := store.Open(ctx, cfg)
		if err != nil {
			t.Fatal(err)
		}
		link(t, db, 1)
		db.Close()

		files, err := filepath.Glob("migrations/*.sql")
		if err != nil {
			t.Fatal(err)
		}
		for range files { // all the way down, so that every Down is run
			step, err := store.Down(ctx, cfg)
			if err != nil {
				t.Fatal(err)
			}
			if step.Name == "" || step.Version == 0 {
				t.Errorf("%+v", step)
			}
			if (step.Snapshot != "") != (cfg.URL == "") {
				t.Errorf("snapshot %q; want one on SQLite only", step.Snapshot)
			}
		}
		if db, err = store.Open(ctx, cfg); err != nil {
			t.Fatal(err)
		}
		defer db.Close()
		link(t, db, 1)
		if cfg.URL != "" {
			return
		}
		copies := snapshots(t, cfg)
		if len(copies) != len(files) {
			t.Fatalf("%d snapshots of %d steps down and the way up from nothing: %v", len(copies), len(files), copies)
		}
		old, err := store.Open(ctx, store.Config{Path: copies[len(copies)-1]})
		if err != nil {
			t.Fatal(err)
		}
		defer old.Close()
		link(t, old, 1)
	})
}

func TestSnapshotBeforeMigrating(t *testing.T) {
	cfg := configs[0].make(t)
	db, err := store.Open(ctx, cfg)
	if err != nil {
		t.Fatal(err)
	}
	link(t, db, 1)
	db.Close()
	// A database from before the journal of stages.
	raw(t, cfg, "DROP TABLE job_stage")
	raw(t, cfg, "DELETE FROM goose_db_version WHERE version_id = 4")
	if db, err = store.Open(ctx, cfg); err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	if _, err := db.Job().Entries(ctx); err != nil {
		t.Error(err)
	}
	copies := snapshots(t, cfg)
	if len(copies) != 1 || !strings.HasSuffix(copies[0], ".db") {
		t.Fatalf("snapshots %v; want one", copies)
	}
	c, err := sql.Open("sqlite", copies[0])
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	var edges, stages int
	if err := c.QueryRow("SELECT count(*) FROM lineage_edge").Scan(&edges); err != nil || edges != 1 {
		t.Errorf("the copy has %d edges, %v; want 1", edges, err)
	}
	c.QueryRow("SELECT count(*) FROM sqlite_master WHERE name = 'job_stage'").Scan(&stages)
	if stages != 0 {
		t.Error("the copy was made after the migration")
	}
}

func TestOpenErrors(t *testing.T) {
	file := func(name, content string) string {
		p := filepath.Join(t.TempDir(), name)
		if err := os.WriteFile(p, []byte(content), 0o600); err != nil {
			t.Fatal(err)
		}
		return p
	}
	tests := []struct {
		name string
		cfg  store.Config
		code errs.Code
		want string
	}{
		{"nothing given", store.Config{}, errs.CodeInvalid, "neither a path nor a URL"},
		{"not a database", store.Config{Path: file("notes.md", strings.Repeat("# notes\n", 200))}, errs.CodeInvalid, "not a whole SQLite database"},
		{"a folder", store.Config{Path: t.TempDir()}, errs.CodeForbidden, "cannot be opened"},
		{"below a file", store.Config{Path: filepath.Join(file("x", ""), "luodi.db")}, errs.CodeInternal, "not a directory"},
		{"not a URL of PostgreSQL", store.Config{URL: "postgres://luodi:secret@:::/x"}, errs.CodeInvalid, "its URL"},
		{"no server", store.Config{URL: "postgres://luodi:secret@127.0.0.1:1/x"}, errs.CodeInternal, "cannot be reached"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			db, err := store.Open(ctx, tt.cfg)
			if err == nil {
				db.Close()
			}
			if !errs.Is(err, tt.code) || !strings.Contains(fmt.Sprint(err), tt.want) {
				t.Errorf("%v (%s); want %s with %q", err, errs.Of(err), tt.code, tt.want)
			}
			if strings.Contains(fmt.Sprint(err), "secret") {
				t.Errorf("%v shows the password", err)
			}
		})
	}
	t.Run("no such PostgreSQL database", func(t *testing.T) {
		url := strings.Replace(pgtest.URL(t), "/postgres?", "/nosuch?", 1)
		if _, err := store.Open(ctx, store.Config{URL: url}); !errs.Is(err, errs.CodeNotFound) {
			t.Errorf("%v; want not found", err)
		}
	})
}

func TestPathsWithAnyCharacters(t *testing.T) {
	for _, name := range []string{"a b", "100%", "q?x=1&y", "a#b", "数据", "it's"} {
		t.Run(name, func(t *testing.T) {
			path := filepath.Join(t.TempDir(), name, "luodi.db")
			db := opened(t, store.Config{Path: path})
			link(t, db, 1)
			if _, err := os.Stat(path); err != nil {
				t.Error(err)
			}
			if db.Name() != path {
				t.Errorf("its name is %s", db.Name())
			}
		})
	}
}

// An up-to-date database opens in about a millisecond; every command pays it.
func BenchmarkOpen(b *testing.B) {
	cfg := store.Config{Path: filepath.Join(b.TempDir(), "luodi.db")}
	for b.Loop() {
		db, err := store.Open(ctx, cfg)
		if err != nil {
			b.Fatal(err)
		}
		db.Close()
	}
}

func BenchmarkLink(b *testing.B) {
	db, err := store.Open(ctx, store.Config{Path: filepath.Join(b.TempDir(), "luodi.db")})
	if err != nil {
		b.Fatal(err)
	}
	defer db.Close()
	edges := make([]lineage.Edge, 1000)
	start := time.Now()
	for i := 0; b.Loop(); i++ {
		for j := range edges {
			edges[j] = lineage.Edge{From: fmt.Sprintf("file_%032x", i), To: fmt.Sprintf("rec_%032x", i*1000+j), Step: "ingest"}
		}
		if err := db.Lineage().Link(ctx, edges); err != nil {
			b.Fatal(err)
		}
	}
	b.ReportMetric(float64(b.N*len(edges))/time.Since(start).Seconds(), "edges/s")
}

func ExampleOpen() {
	dir, _ := os.MkdirTemp("", "project")
	defer os.RemoveAll(dir)
	db, err := store.Open(context.Background(), store.Config{Path: filepath.Join(dir, ".luodi", "luodi.db")})
	if err != nil {
		fmt.Println(err)
		return
	}
	defer db.Close()
	db.Lineage().Link(context.Background(), []lineage.Edge{{From: "file_1", To: "rec_1", Step: "ingest"}})
	edges, _ := db.Lineage().Parents(context.Background(), "rec_1")
	fmt.Println(edges[0].To, "was made from", edges[0].From, "by", edges[0].Step)
	// Output: rec_1 was made from file_1 by ingest
}
