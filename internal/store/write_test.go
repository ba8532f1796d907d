package store

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/uptrace/bun"

	"github.com/luodi/luodi/internal/errs"
	"github.com/luodi/luodi/internal/lineage"
	"github.com/luodi/luodi/internal/store/pgtest"
)

func onBoth(t *testing.T, fn func(t *testing.T, db *DB)) {
	for name, cfg := range map[string]func(t *testing.T) Config{
		"sqlite":   func(t *testing.T) Config { return Config{Path: filepath.Join(t.TempDir(), "luodi.db")} },
		"postgres": func(t *testing.T) Config { return Config{URL: pgtest.URL(t)} },
	} {
		t.Run(name, func(t *testing.T) {
			db, err := Open(context.Background(), cfg(t))
			if err != nil {
				t.Fatal(err)
			}
			defer db.Close()
			fn(t, db)
		})
	}
}

func insert(ctx context.Context, tx bun.Tx, from string) error {
	_, err := tx.NewInsert().Model(&edgeRow{FromID: from, ToID: "x", Step: "s"}).Exec(ctx)
	return err
}

func count(t *testing.T, db *DB) int {
	t.Helper()
	edges, err := db.Lineage().Parents(context.Background(), "x")
	if err != nil {
		t.Fatal(err)
	}
	return len(edges)
}

func TestWriteIsAllOrNothing(t *testing.T) {
	ctx := context.Background()
	boom := errors.New("boom")
	onBoth(t, func(t *testing.T, db *DB) {
		err := db.write(ctx, func(ctx context.Context, tx bun.Tx) error {
			if err := insert(ctx, tx, "a"); err != nil {
				return err
			}
			return boom
		})
		if !errors.Is(err, boom) || count(t, db) != 0 {
			t.Errorf("%v and %d rows; want the error and none", err, count(t, db))
		}
		func() {
			defer func() { recover() }()
			db.write(ctx, func(ctx context.Context, tx bun.Tx) error {
				insert(ctx, tx, "a")
				panic("bug")
			})
		}()
		if err := db.write(ctx, func(ctx context.Context, tx bun.Tx) error { return insert(ctx, tx, "b") }); err != nil {
			t.Errorf("after a panic in a write: %v", err)
		}
		if n := count(t, db); n != 1 {
			t.Errorf("%d rows, want 1", n)
		}
	})
}

func TestWriteInsideWrite(t *testing.T) {
	onBoth(t, func(t *testing.T, db *DB) {
		err := db.write(context.Background(), func(ctx context.Context, tx bun.Tx) error {
			return db.Lineage().Link(ctx, []lineage.Edge{{From: "a", To: "b", Step: "s"}})
		})
		if !errs.Is(err, errs.CodeInternal) || !strings.Contains(err.Error(), "inside a write") {
			t.Errorf("%v; want an error, not a wait", err)
		}
	})
}

func TestReadSeesOnlyWhatIsCommitted(t *testing.T) {
	onBoth(t, func(t *testing.T, db *DB) {
		err := db.write(context.Background(), func(ctx context.Context, tx bun.Tx) error {
			if err := insert(ctx, tx, "a"); err != nil {
				return err
			}
			if n := count(t, db); n != 0 {
				t.Errorf("%d rows are seen before the commit", n)
			}
			return nil
		})
		if err != nil || count(t, db) != 1 {
			t.Errorf("%v, %d rows; want 1", err, count(t, db))
		}
	})
}

func TestReadRefusesWrites(t *testing.T) {
	db, err := Open(context.Background(), Config{Path: filepath.Join(t.TempDir(), "luodi.db")})
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	_, err = db.read().NewInsert().Model(&edgeRow{FromID: "a", ToID: "x", Step: "s"}).Exec(context.Background())
	if err = db.explain(err); !errs.Is(err, errs.CodeForbidden) {
		t.Errorf("%v; want forbidden", err)
	}
}

func TestSettings(t *testing.T) {
	db, err := Open(context.Background(), Config{Path: filepath.Join(t.TempDir(), "luodi.db")})
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	for _, tt := range []struct {
		pragma, want string
	}{{"journal_mode", "wal"}, {"synchronous", "2"}, {"foreign_keys", "1"}, {"busy_timeout", "20000"}} {
		for name, conn := range map[string]*bun.DB{"reads": db.reads, "writes": db.writes} {
			var got string
			if err := conn.NewRaw("PRAGMA "+tt.pragma).Scan(context.Background(), &got); err != nil || got != tt.want {
				t.Errorf("%s: %s is %q, %v; want %s", name, tt.pragma, got, err, tt.want)
			}
		}
	}
}

// SQLite's own limit of the file's size stands in for a full disk.
func TestFullDisk(t *testing.T) {
	ctx := context.Background()
	db, err := Open(ctx, Config{Path: filepath.Join(t.TempDir(), "luodi.db")})
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	if _, err := db.writes.Exec("PRAGMA max_page_count = 100"); err != nil {
		t.Fatal(err)
	}
	stored := 0
	for err == nil && stored < 1000 {
		if err = db.write(ctx, func(ctx context.Context, tx bun.Tx) error {
			return insert(ctx, tx, strings.Repeat("x", 4000)+string(rune('a'+stored)))
		}); err == nil {
			stored++
		}
	}
	if !errs.Is(err, errs.CodeExhausted) || !strings.Contains(err.Error(), "disk is full") || !strings.Contains(err.Error(), db.name) {
		t.Errorf("%v; want that the disk is full, and which store it is", err)
	}
	if n := count(t, db); n != stored || n == 0 {
		t.Errorf("%d rows are there, %d were acknowledged", n, stored)
	}
}

func TestMigrationsKeepToWhatBothEnginesKnow(t *testing.T) {
	entries, err := os.ReadDir("migrations")
	if err != nil {
		t.Fatal(err)
	}
	name := regexp.MustCompile(`^\d{4}_[a-z_]+\.sql$`)
	no := regexp.MustCompile(`(?i)\b(AUTOINCREMENT|SERIAL|INTEGER|INT|REAL|VARCHAR|JSONB?|TIMESTAMPTZ?|BOOLEAN|DATETIME|BYTEA|now\(\)|WITHOUT\s+ROWID|STRICT)\b|::`)
	for _, e := range entries {
		t.Run(e.Name(), func(t *testing.T) {
			if !name.MatchString(e.Name()) {
				t.Error("its name should be like 0003_lineage.sql")
			}
			b, err := migrations.ReadFile("migrations/" + e.Name())
			if err != nil {
				t.Fatal(err)
			}
			text := regexp.MustCompile(`(?m)--.*$`).ReplaceAllString(string(b), "")
			if bad := no.FindString(text); bad != "" {
				t.Errorf("%q is not written the same for both engines; types are TEXT, BIGINT, DOUBLE PRECISION and BLOB", bad)
			}
			domain, _, _ := strings.Cut(e.Name()[5:], ".")
			for _, m := range regexp.MustCompile(`CREATE TABLE (\w+)`).FindAllStringSubmatch(text, -1) {
				if first, _, _ := strings.Cut(m[1], "_"); !strings.HasPrefix(domain, first) {
					t.Errorf("table %s: a table's name begins with its domain's, %s", m[1], domain)
				}
				if !strings.Contains(text, "DROP TABLE "+m[1]) {
					t.Errorf("table %s is not dropped in Down", m[1])
				}
			}
		})
	}
}

func TestPostgresSQL(t *testing.T) {
	const in = "CREATE TABLE a_b (text TEXT NOT NULL, blob BLOB, context TEXT PRIMARY KEY)"
	const want = `CREATE TABLE a_b (text TEXT COLLATE "C" NOT NULL, blob BYTEA, context TEXT COLLATE "C" PRIMARY KEY)`
	if got := string(postgresSQL([]byte(in))); got != want {
		t.Errorf("%s", got)
	}
}
