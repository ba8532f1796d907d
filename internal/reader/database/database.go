// Package database reads tables of PostgreSQL, MySQL and SQLite as sources:
// each row a record whose place is its table, key and columns.
//
// A table is cut into chunks of some hundred rows along its key, at keys that
// their own hash chooses, so that a row more or less moves no other border. A
// chunk is to ingest what a file is: its rows are kept as they were read, and
// it is not read again while its keys, and the column that says when a row
// changed, are as they were. So a sync costs a scan of two columns and the
// chunks in which something was added, changed or deleted; without such a
// column every chunk is read and compared.
//
// All of a sync is one read-only transaction, hence one moment of the table.
// Addresses come from the environment and are never printed. Nothing is
// written to the database, and no rows are joined or typed here.
package database

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"net/url"
	"path/filepath"
	"strings"
	"sync"
	"time"

	"github.com/go-sql-driver/mysql"
	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/stdlib"
	_ "modernc.org/sqlite" // driver of SQLite

	"github.com/luodi/luodi/internal/errs"
	"github.com/luodi/luodi/internal/source"
)

// Config says what to read. Address, Key, and one of Table and Query must be
// set.
type Config struct {
	Address string // postgres://…, mysql://user:password@host:3306/database, sqlite:path
	Dir     string // that a relative path of SQLite is below
	Table   string // name, or schema.name
	Query   string // SELECT …, instead of Table
	Name    string // what the rows are called, where there is a Query
	Key     string // column that tells rows apart: unique, never null
	Changed string // column that another value of means a changed row; "" compares all rows
}

// dialect is what differs between databases.
type dialect struct {
	name  string
	quote string
	own   func(ident, declared string) string // of a column with a type: an expression that the driver leaves as it stands
	mark  func(n int) string                  // of the n-th parameter
	begin *sql.TxOptions
}

func question(int) string { return "?" }

func plain(ident, _ string) string { return ident }

// written keeps SQLite's driver from reading a column of texts as times, which
// forgets their zone, and the hours of a DATE: an expression has no declared type.
func written(ident, declared string) string {
	switch strings.ToUpper(declared) {
	case "DATE", "DATETIME", "TIMESTAMP", "TIME":
		return "+" + ident
	}
	return ident
}

var (
	postgres = dialect{"PostgreSQL", `"`, plain, func(n int) string { return fmt.Sprintf("$%d", n) }, &sql.TxOptions{ReadOnly: true, Isolation: sql.LevelRepeatableRead}}
	mySQL    = dialect{"MySQL", "`", plain, question, &sql.TxOptions{ReadOnly: true, Isolation: sql.LevelRepeatableRead}}
	sqlite   = dialect{"SQLite", "`", written, question, nil} // in " an unknown column would be a text
)

// Table is an open database, at one moment. It is a source.Origin.
type Table struct {
	cfg  Config
	d    dialect
	db   *sql.DB
	mu   sync.Mutex // of tx: one query at a time
	tx   *sql.Tx
	ctx  context.Context
	stop context.CancelFunc

	columns map[string]string // to their types in the database
	order   []string
}

// connectTime is how long a database may take to answer at first.
const connectTime = 15 * time.Second

// Open connects and begins the transaction. Close it when done.
func Open(ctx context.Context, cfg Config) (*Table, error) {
	db, d, err := connect(cfg)
	if err != nil {
		return nil, err
	}
	t := &Table{cfg: cfg, d: d, db: db}
	db.SetMaxOpenConns(1)
	first, cancel := context.WithTimeout(ctx, connectTime)
	defer cancel()
	if err := db.PingContext(first); err != nil {
		return nil, errors.Join(t.explain("connecting", err), db.Close())
	}
	t.ctx, t.stop = context.WithCancel(ctx)
	if t.tx, err = db.BeginTx(t.ctx, d.begin); err != nil {
		return nil, errors.Join(t.explain("beginning to read", err), t.Close())
	}
	return t, nil
}

// Close ends the transaction and the connection.
func (t *Table) Close() error {
	if t.tx != nil {
		_ = t.tx.Rollback() // it wrote nothing
	}
	t.stop()
	return t.db.Close()
}

func connect(cfg Config) (*sql.DB, dialect, error) {
	scheme, rest, _ := strings.Cut(cfg.Address, ":")
	switch scheme {
	case "postgres", "postgresql":
		c, err := pgx.ParseConfig(cfg.Address)
		if err != nil {
			return nil, postgres, errs.Invalid("the address of the database is not postgres://user:password@host:5432/database")
		}
		return stdlib.OpenDB(*c), postgres, nil
	case "mysql":
		u, err := url.Parse(cfg.Address)
		if err != nil || u.Host == "" {
			return nil, mySQL, errs.Invalid("the address of the database is not mysql://user:password@host:3306/database")
		}
		c := mysql.NewConfig()
		c.User = u.User.Username()
		c.Passwd, _ = u.User.Password()
		c.Net, c.Addr, c.DBName = "tcp", u.Host, strings.TrimPrefix(u.Path, "/")
		if u.Port() == "" {
			c.Addr += ":3306"
		}
		if s := u.Query().Get("socket"); s != "" {
			c.Net, c.Addr = "unix", s
		}
		c.TLSConfig = u.Query().Get("tls")
		c.Timeout = connectTime
		c.Params = map[string]string{"time_zone": "'+00:00'"} // of TIMESTAMP, which has none of its own
		c.Logger = silent{}
		connector, err := mysql.NewConnector(c)
		if err != nil {
			return nil, mySQL, errs.Invalid("the address of the database is not mysql://user:password@host:3306/database: %v", err)
		}
		return sql.OpenDB(connector), mySQL, nil
	case "sqlite":
		name := strings.TrimPrefix(rest, "//")
		if !filepath.IsAbs(name) {
			name = filepath.Join(cfg.Dir, name)
		}
		u := url.URL{Scheme: "file", Opaque: (&url.URL{Path: filepath.ToSlash(name)}).EscapedPath(), RawQuery: "mode=ro&_pragma=busy_timeout(5000)&_pragma=query_only(1)"}
		db, err := sql.Open("sqlite", u.String())
		return db, sqlite, err
	}
	return nil, dialect{}, errs.Invalid("the address of a database begins with postgres://, mysql:// or sqlite:")
}

// silent drops what a driver would print.
type silent struct{}

func (silent) Print(...any) {}

// explain says what was not possible, without the address.
func (t *Table) explain(doing string, err error) error {
	if errors.Is(err, context.Canceled) {
		return err
	}
	msg := err.Error()
	if u, perr := url.Parse(t.cfg.Address); perr == nil && u.User != nil {
		if p, ok := u.User.Password(); ok && p != "" {
			msg = strings.ReplaceAll(msg, p, "…")
		}
	}
	return errs.Invalid("%s %s of %s: %s", doing, t.name(), t.d.name, msg)
}

// name is what people call the rows.
func (t *Table) name() string {
	if t.cfg.Table != "" {
		return t.cfg.Table
	}
	return t.cfg.Name
}

func (t *Table) ident(name string) string {
	q := t.d.quote
	return q + strings.ReplaceAll(name, q, q+q) + q
}

// relation is what is read from.
func (t *Table) relation() string {
	if t.cfg.Query != "" {
		return "(" + strings.TrimRight(strings.TrimSpace(t.cfg.Query), ";") + ") AS luodi_rows"
	}
	parts := strings.Split(t.cfg.Table, ".")
	for i, p := range parts {
		parts[i] = t.ident(p)
	}
	return strings.Join(parts, ".")
}

var _ source.Origin = (*Table)(nil)
