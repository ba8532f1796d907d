package database_test

import (
	"context"
	"database/sql"
	"fmt"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/luodi/luodi/internal/blob"
	"github.com/luodi/luodi/internal/errs"
	"github.com/luodi/luodi/internal/reader/database"
	"github.com/luodi/luodi/internal/source"
	"github.com/luodi/luodi/internal/store"
	"github.com/luodi/luodi/internal/store/pgtest"
)

func TestMain(m *testing.M) { os.Exit(pgtest.Main(m)) }

// engine is a database that the tests run on.
type engine struct {
	address string
	db      *sql.DB
}

func (e engine) exec(t *testing.T, q string, args ...any) {
	t.Helper()
	if _, err := e.db.Exec(q, args...); err != nil {
		t.Fatalf("%s: %v", q, err)
	}
}

// engines runs fn on each database that is installed.
func engines(t *testing.T, fn func(t *testing.T, e engine)) {
	open := func(t *testing.T, driver, dsn, address string) {
		db, err := sql.Open(driver, dsn)
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { db.Close() })
		fn(t, engine{address, db})
	}
	t.Run("sqlite", func(t *testing.T) {
		name := filepath.Join(t.TempDir(), "数据 库.db")
		open(t, "sqlite", name, "sqlite:"+name)
	})
	t.Run("postgres", func(t *testing.T) {
		url := pgtest.URL(t)
		open(t, "pgx", url, url)
	})
	t.Run("mysql", func(t *testing.T) {
		socket := mariadb(t)
		name := fmt.Sprintf("t%d", time.Now().UnixNano())
		root, err := sql.Open("mysql", "root@unix("+socket+")/")
		if err != nil {
			t.Fatal(err)
		}
		defer root.Close()
		if _, err := root.Exec("CREATE DATABASE " + name + " CHARACTER SET utf8mb4 COLLATE utf8mb4_bin"); err != nil {
			t.Fatal(err)
		}
		open(t, "mysql", "root@unix("+socket+")/"+name, "mysql://root@localhost/"+name+"?socket="+socket)
	})
}

// mariadb starts a server of its own for this test, or skips.
func mariadb(t *testing.T) string {
	t.Helper()
	server, err := exec.LookPath("mariadbd")
	if err != nil {
		t.Skip("mariadb-server is not installed: MySQL is not tried")
	}
	dir, err := os.MkdirTemp("", "luodi-mysql-") // a socket's path must be short
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { os.RemoveAll(dir) })
	data, socket := filepath.Join(dir, "data"), filepath.Join(dir, "s")
	if out, err := exec.Command("mariadb-install-db", "--no-defaults", "--datadir="+data, "--auth-root-authentication-method=normal", "--skip-test-db", "--user=root").CombinedOutput(); err != nil {
		t.Fatalf("mariadb-install-db: %v: %s", err, out)
	}
	cmd := exec.Command(server, "--no-defaults", "--datadir="+data, "--socket="+socket, "--skip-networking", "--user=root", "--innodb-buffer-pool-size=16M", "--pid-file="+filepath.Join(dir, "pid"))
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = cmd.Process.Kill()
		_ = cmd.Wait()
	})
	for range 200 {
		if _, err := os.Stat(socket); err == nil {
			return socket
		}
		time.Sleep(50 * time.Millisecond)
	}
	t.Fatal("mariadbd did not start within 10 s")
	return ""
}

// project is where tables are ingested to.
type project struct {
	t     *testing.T
	dir   string
	db    *store.DB
	blobs *blob.Dir
}

func newProject(t *testing.T) project {
	dir := t.TempDir()
	db, err := store.Open(context.Background(), store.Config{Path: filepath.Join(dir, "luodi.db")})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { db.Close() })
	return project{t, dir, db, &blob.Dir{Path: filepath.Join(dir, "blobs")}}
}

func (p project) sync(cfg database.Config) (source.Report, error) {
	ctx := context.Background()
	table, err := database.Open(ctx, cfg)
	if err != nil {
		return source.Report{}, err
	}
	defer table.Close()
	return source.Ingest(ctx, source.Config{
		Project: p.dir, Store: p.db.Source(), Blobs: p.blobs, Origin: table, Readers: []source.Reader{database.Reader{}},
		Spec: source.Spec{Name: "crm", Department: "retail", Columns: source.Columns{ID: cfg.Key}},
	})
}

func (p project) mustSync(cfg database.Config) source.Report {
	p.t.Helper()
	rep, err := p.sync(cfg)
	if err != nil {
		p.t.Fatal(err)
	}
	return rep
}

func (p project) records() map[string]source.Record {
	p.t.Helper()
	out := map[string]source.Record{}
	err := p.db.Source().Each(context.Background(), "crm", func(r source.Record) error {
		out[r.Address()] = r
		return nil
	})
	if err != nil {
		p.t.Fatal(err)
	}
	return out
}

func TestTable(t *testing.T) {
	engines(t, func(t *testing.T, e engine) {
		e.exec(t, "CREATE TABLE customers (id INTEGER PRIMARY KEY, name VARCHAR(100), balance DECIMAL(20,2), note TEXT, born DATE)")
		e.exec(t, "INSERT INTO customers VALUES (1, '𠮷田', 12345678901234567.89, NULL, '1980-02-29'), (2, 'O''Brien \"x\"', -0.10, 'two\nlines', NULL), (30, '', 0, '<b>&', '2025-01-01')")
		p := newProject(t)
		cfg := database.Config{Address: e.address, Table: "customers", Key: "id"}
		if rep := p.mustSync(cfg); rep.Records != 3 || len(rep.Failed) > 0 {
			t.Fatalf("%+v", rep)
		}
		got := map[string]string{}
		for at, r := range p.records() {
			got[at] = r.Text
			if r.At.Key != "id="+r.Key {
				t.Errorf("%s is at %v", at, r.At)
			}
		}
		zero, tenth, large := "0.00", "-0.10", "12345678901234567.89"
		if strings.HasPrefix(e.address, "sqlite") {
			zero, tenth, large = "0", "-0.1", "12345678901234568" // it keeps decimals as binary numbers
		}
		want := map[string]string{
			"customers#1":  "name: 𠮷田\nbalance: " + large + "\nborn: 1980-02-29",
			"customers#2":  "name: O'Brien \"x\"\nbalance: " + tenth + "\nnote: two\nlines",
			"customers#30": "name: \nbalance: " + zero + "\nnote: <b>&\nborn: 2025-01-01",
		}
		if d := cmp.Diff(want, got); d != "" {
			t.Errorf("(-want +got):\n%s", d)
		}
		r := p.records()["customers#2"]
		f, err := p.db.Source().File(context.Background(), r.FileID)
		if err != nil {
			t.Fatal(err)
		}
		raw, err := p.blobs.Get(context.Background(), f.Hash)
		if err != nil {
			t.Fatal(err)
		}
		again, err := source.TextOf(context.Background(), []source.Reader{database.Reader{}}, raw, f, r)
		if err != nil || again.Text != r.Text {
			t.Fatalf("%+v, %v", again, err)
		}
		i := strings.Index(r.Text, "two")
		at := source.Within(again.Spans, i, i+3, 1)[0]
		if at.Key != "id=2" || at.Cell != "note" || !strings.Contains(string(raw[at.Start:at.End]), `"two\nlines"`) {
			t.Errorf("%q stands at %v", "two", at)
		}
	})
}

func TestSync(t *testing.T) {
	engines(t, func(t *testing.T, e engine) {
		const rows = 3000
		e.exec(t, "CREATE TABLE orders (code VARCHAR(20) PRIMARY KEY, what TEXT, updated_at TIMESTAMP)")
		var values []string
		for i := range rows {
			values = append(values, fmt.Sprintf("('A%05d', 'order %d', '2025-01-01 00:00:00')", i, i))
		}
		e.exec(t, "INSERT INTO orders VALUES "+strings.Join(values, ","))
		for _, changed := range []string{"", "updated_at"} {
			t.Run("changed "+changed, func(t *testing.T) {
				e.exec(t, "DELETE FROM orders WHERE code >= 'B'")
				p := newProject(t)
				cfg := database.Config{Address: e.address, Table: "orders", Key: "code", Changed: changed}
				first := p.mustSync(cfg)
				if first.Records != rows || first.Files < 3 {
					t.Fatalf("%+v", first)
				}
				before := p.records()
				if again := p.mustSync(cfg); again.Unchanged != first.Files || again.Digest != first.Digest {
					t.Errorf("a second sync: %+v", again)
				}
				e.exec(t, "UPDATE orders SET what = 'changed "+changed+"', updated_at = '2025-02-0"+fmt.Sprint(len(changed)%8+1)+" 00:00:00' WHERE code = 'A00007'")
				e.exec(t, "DELETE FROM orders WHERE code = 'A01500'")
				e.exec(t, "INSERT INTO orders VALUES ('B1', 'new', '2025-01-01 00:00:00')")
				next := p.mustSync(cfg)
				if next.Records != rows || next.Changed+next.Added+next.Removed > 5 {
					t.Errorf("a sync of three changes: %+v", next)
				}
				after := p.records()
				moved := 0
				for at, r := range before {
					if a, ok := after[at]; ok && a.ID != r.ID {
						moved++
					}
				}
				if _, still := after["orders#A01500"]; still || moved != 1 || !strings.Contains(after["orders#A00007"].Text, "changed "+changed) || after["orders#B1"].Text == "" {
					t.Errorf("after the sync: %d rows have another id", moved)
				}
				e.exec(t, "INSERT INTO orders VALUES ('A01500', 'order 1500', '2025-01-01 00:00:00')")
			})
		}
	})
}

func TestQuery(t *testing.T) {
	engines(t, func(t *testing.T, e engine) {
		e.exec(t, "CREATE TABLE a (id INTEGER PRIMARY KEY, x TEXT)")
		e.exec(t, "INSERT INTO a VALUES (1, 'one'), (2, 'two'), (3, 'three')")
		p := newProject(t)
		p.mustSync(database.Config{Address: e.address, Query: "SELECT id AS k, x FROM a WHERE id > 1;", Name: "late", Key: "k"})
		if got := slices.Sorted(maps.Keys(p.records())); !slices.Equal(got, []string{"late#2", "late#3"}) {
			t.Errorf("%v", got)
		}
		p = newProject(t)
		_, err := p.sync(database.Config{Address: e.address, Query: "DELETE FROM a RETURNING id AS k", Name: "late", Key: "k"})
		var n int
		if qerr := e.db.QueryRow("SELECT count(*) FROM a").Scan(&n); qerr != nil || n != 3 || err == nil {
			t.Errorf("a query that writes: %d rows are left, %v, %v", n, err, qerr)
		}
	})
}

func TestBadKeys(t *testing.T) {
	engines(t, func(t *testing.T, e engine) {
		e.exec(t, "CREATE TABLE a (id INTEGER, x VARCHAR(10))")
		e.exec(t, "INSERT INTO a VALUES (1, 'one'), (1, 'two')")
		e.exec(t, "CREATE TABLE b (id INTEGER, x VARCHAR(10))")
		e.exec(t, "INSERT INTO b VALUES (1, 'one'), (NULL, 'two')")
		for cfg, want := range map[database.Config]string{
			{Table: "a", Key: "id"}:                    `two rows have the id "1"`,
			{Table: "b", Key: "id"}:                    "has no id",
			{Table: "c", Key: "id"}:                    "listing the columns c of",
			{Table: "a", Key: "nr"}:                    "nr",
			{Table: "a", Key: "x", Changed: "nothing"}: "nothing",
		} {
			cfg.Address = e.address
			if _, err := newProject(t).sync(cfg); !errs.Is(err, errs.CodeInvalid) || !strings.Contains(err.Error(), want) {
				t.Errorf("%+v: %v, want %q", cfg, err, want)
			}
		}
	})
}

func TestAddresses(t *testing.T) {
	tests := []struct{ name, address, want string }{
		{"none", "", "begins with postgres://"},
		{"another scheme", "oracle://x", "begins with postgres://"},
		{"nobody listens", "postgres://me:s3cret@127.0.0.1:1/x", "connecting"},
		{"nobody listens, mysql", "mysql://me:s3cret@127.0.0.1:1/x", "connecting"},
		{"no file", "sqlite:/no/such/file.db", "connecting"},
		{"broken", "postgres://me:s3cret@[::1/x", "is not postgres://"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			_, err := database.Open(context.Background(), database.Config{Address: tt.address, Table: "t", Key: "id"})
			if !errs.Is(err, errs.CodeInvalid) || !strings.Contains(err.Error(), tt.want) || strings.Contains(err.Error(), "s3cret") {
				t.Errorf("%v", err)
			}
		})
	}
}

func FuzzReader(f *testing.F) {
	f.Add([]byte("{\"table\":\"t\",\"key\":\"id\",\"columns\":[\"id\",\"x\"]}\n[\"1\",null]\n"))
	f.Fuzz(func(t *testing.T, raw []byte) {
		_, _ = database.Reader{}.Read(context.Background(), source.Input{Raw: raw}, func(r source.Row) error {
			if r.Start < 0 || r.End > len(raw) || r.Start > r.End {
				t.Errorf("row at %d–%d of %d bytes", r.Start, r.End, len(raw))
			}
			return nil
		})
	})
}

// TestMoments: the same moment is written the same wherever luodi and the server
// are, every change of the column that tells of changes is seen, and so is one
// of the columns themselves.
func TestMoments(t *testing.T) {
	engines(t, func(t *testing.T, e engine) {
		kind, kept := "TIMESTAMPTZ", "2026-03-01T02:00:00Z"
		switch {
		case strings.HasPrefix(e.address, "mysql"):
			kind = "TIMESTAMP(6) NULL"
			e.db.SetMaxOpenConns(1)
			e.exec(t, "SET time_zone = '+08:00'")
		case strings.HasPrefix(e.address, "postgres"):
			e.db.SetMaxOpenConns(1)
			e.exec(t, "SET TIME ZONE 'Asia/Shanghai'")
		default:
			kind, kept = "DATETIME", "2026-03-01 10:00:00" // what stands there
		}
		e.exec(t, "CREATE TABLE a (id INTEGER PRIMARY KEY, x VARCHAR(20), at "+kind+")")
		e.exec(t, "INSERT INTO a VALUES (1, 'one', '2026-03-01 10:00:00'), (2, 'two', NULL), (3, 'three', '2026-03-01 10:00:00')")
		p := newProject(t)
		cfg := database.Config{Address: e.address, Table: "a", Key: "id", Changed: "at"}
		p.mustSync(cfg)
		if got := p.records()["a#1"].Text; got != "x: one\nat: "+kept {
			t.Errorf("%q", got)
		}
		local := time.Local
		time.Local = time.FixedZone("elsewhere", 9*3600)
		defer func() { time.Local = local }()
		if rep := p.mustSync(cfg); rep.Unchanged != 1 {
			t.Errorf("from another zone: %+v", rep)
		}
		for change, want := range map[string]string{
			"UPDATE a SET x = 'ones', at = '2026-03-01 10:00:00.000001' WHERE id = 1": "a#1 x: ones",
			"UPDATE a SET x = 'threes', at = NULL WHERE id = 3":                       "a#3 x: threes",
			"UPDATE a SET x = 'twos', at = '2026-03-01 10:00:00' WHERE id = 2":        "a#2 x: twos",
			"INSERT INTO a VALUES (4, 'four', '2026-03-01 10:00:00')":                 "a#4 x: four",
		} {
			e.exec(t, change)
			p.mustSync(cfg)
			row, text, _ := strings.Cut(want, " ")
			if got := p.records()[row].Text; !strings.HasPrefix(got, text) {
				t.Errorf("after %s: %q", change, got)
			}
		}
		e.exec(t, "ALTER TABLE a ADD COLUMN city VARCHAR(20) DEFAULT 'Bern'")
		p.mustSync(cfg)
		if got := p.records()["a#4"].Text; !strings.HasSuffix(got, "city: Bern") {
			t.Errorf("with another column: %q", got)
		}
		e.exec(t, "ALTER TABLE a DROP COLUMN x")
		p.mustSync(cfg)
		if got := p.records(); strings.Contains(got["a#4"].Text, "four") || len(got) != 4 {
			t.Errorf("without a column: %q", got["a#4"].Text)
		}
	})
}

// TestOddValues: what drivers would write in other words stands as people know it.
func TestOddValues(t *testing.T) {
	engines(t, func(t *testing.T, e engine) {
		kind, _, _ := strings.Cut(e.address, ":")
		columns := map[string][]string{ // column and value, and how it is read
			"sqlite":   {"a DATETIME, b DATE, c TIMESTAMP, d DATETIME", "'2026-01-01T10:00:00+08:00', '2026-01-02 11:00', '2026/1/2', 1700000000", "a: 2026-01-01T10:00:00+08:00\nb: 2026-01-02 11:00\nc: 2026/1/2\nd: 1700000000"},
			"mysql":    {"a BIT(1), b BIGINT UNSIGNED, c DATETIME, d VARBINARY(4), e BIT(12)", "b'1', 18446744073709551615, '2026-01-01 00:00:00', x'ff00', b'100000000001'", "a: 1\nb: 18446744073709551615\nc: 2026-01-01 00:00:00\nd: ff00\ne: 2049"},
			"postgres": {"a TIMESTAMPTZ, b INTERVAL, c JSONB, d TEXT[], e TIMESTAMP, f BYTEA, g NUMERIC", "'infinity', '1 day 2 hours', '{\"a\": 1}', '{a,b}', '2026-01-01 00:00:00.5', '\\xff00', 'NaN'", "a: infinity\nb: 1 day 02:00:00\nc: {\"a\": 1}\nd: {a,b}\ne: 2026-01-01 00:00:00.5\nf: ff00\ng: NaN"},
		}[kind]
		e.exec(t, "CREATE TABLE odd (id INTEGER PRIMARY KEY, "+columns[0]+")")
		e.exec(t, "INSERT INTO odd VALUES (1, "+columns[1]+")")
		p := newProject(t)
		p.mustSync(database.Config{Address: e.address, Table: "odd", Key: "id"})
		if d := cmp.Diff(columns[2], p.records()["odd#1"].Text); d != "" {
			t.Errorf("(-want +got):\n%s", d)
		}
	})
}

// TestTimesAsKeys: rows are told apart by a moment.
func TestTimesAsKeys(t *testing.T) {
	engines(t, func(t *testing.T, e engine) {
		kind := "TIMESTAMP(6)"
		if strings.HasPrefix(e.address, "sqlite") {
			kind = "DATETIME"
		}
		e.exec(t, "CREATE TABLE k (at "+kind+" PRIMARY KEY, x INTEGER)")
		e.exec(t, "INSERT INTO k VALUES ('2026-03-01 10:00:00', 1), ('2026-03-01 10:00:00.5', 2), ('2026-03-02 00:00:00', 3)")
		p := newProject(t)
		if rep := p.mustSync(database.Config{Address: e.address, Table: "k", Key: "at"}); rep.Records != 3 || len(p.records()) != 3 {
			t.Errorf("%+v, %v", rep, p.records())
		}
	})
}
