package store

import (
	"bufio"
	"bytes"
	"context"
	"database/sql"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"io"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/luodi/luodi/internal/errs"
)

// Column is one column of an exported table.
type Column struct {
	Name string `json:"name"`
	Kind string `json:"kind"` // text | integer | number | bytes
}

// Table is one exported table: a row is a JSON object with a member for each
// column, bytes in base64, and a text that is no UTF-8 as {"base64": …}.
type Table struct {
	Name    string   `json:"name"`
	Columns []Column `json:"columns"`
	Rows    int64    `json:"rows"`
}

// left are rows that belong to running processes and not to the project;
// zeroed are columns of that kind.
var (
	left   = map[string]string{"meter_lease": "1 = 0", "job_stage": "status = 'run'"}
	zeroed = map[string]string{"meter_budget": "leased"}
)

// Export writes every table as one JSON object a line, in the order of its
// primary key, all of them as they were at one moment. to is called once a
// table, in the order of names, and returns where its rows go. schema is the
// version of the tables.
func (db *DB) Export(ctx context.Context, to func(table string, write func(io.Writer) error) error) (tables []Table, schema int64, err error) {
	have, err := db.applied(ctx)
	if err != nil {
		return nil, 0, err
	}
	opts := &sql.TxOptions{}
	if !db.sqlite {
		opts = &sql.TxOptions{Isolation: sql.LevelRepeatableRead, ReadOnly: true}
	}
	tx, err := db.reads.DB.BeginTx(ctx, opts)
	if err != nil {
		return nil, 0, db.explain(err)
	}
	defer tx.Rollback()
	names, err := db.tableNames(ctx, tx)
	if err != nil {
		return nil, 0, err
	}
	for _, name := range names {
		t := Table{Name: name}
		err := to(name, func(w io.Writer) (err error) {
			t, err = db.exportTable(ctx, tx, name, w)
			return err
		})
		if err != nil {
			return nil, 0, fmt.Errorf("exporting table %s: %w", name, db.explain(err))
		}
		tables = append(tables, t)
	}
	return tables, slices.Max(have), nil
}

type querier interface {
	QueryContext(ctx context.Context, query string, args ...any) (*sql.Rows, error)
}

func (db *DB) tableNames(ctx context.Context, q querier) ([]string, error) {
	query := "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite%'"
	if !db.sqlite {
		query = "SELECT table_name FROM information_schema.tables WHERE table_schema = current_schema() AND table_type = 'BASE TABLE'"
	}
	names, err := column(ctx, q, query)
	slices.Sort(names)
	return slices.DeleteFunc(names, func(n string) bool { return strings.HasPrefix(n, "goose_") || n == pgvectorTable }), db.explain(err)
}

// key is a table's primary key.
func (db *DB) key(ctx context.Context, q querier, table string) ([]string, error) {
	query := "SELECT name FROM pragma_table_info('" + table + "') WHERE pk > 0 ORDER BY pk"
	if !db.sqlite {
		query = `SELECT k.column_name FROM information_schema.key_column_usage k JOIN information_schema.table_constraints c
			ON c.constraint_name = k.constraint_name AND c.table_schema = k.table_schema AND c.table_name = k.table_name
			WHERE c.constraint_type = 'PRIMARY KEY' AND k.table_schema = current_schema() AND k.table_name = '` + table + `' ORDER BY k.ordinal_position`
	}
	return column(ctx, q, query)
}

func column(ctx context.Context, q querier, query string) (out []string, err error) {
	rows, err := q.QueryContext(ctx, query)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	for rows.Next() {
		var s string
		if err := rows.Scan(&s); err != nil {
			return nil, err
		}
		out = append(out, s)
	}
	return out, rows.Err()
}

func (db *DB) exportTable(ctx context.Context, q querier, name string, w io.Writer) (Table, error) {
	t := Table{Name: name}
	key, err := db.key(ctx, q, name)
	if err != nil {
		return t, err
	}
	query := `SELECT * FROM "` + name + `"`
	if where := left[name]; where != "" {
		query += " WHERE " + where
	}
	if len(key) > 0 {
		query += ` ORDER BY "` + strings.Join(key, `", "`) + `"`
	}
	rows, err := q.QueryContext(ctx, query)
	if err != nil {
		return t, err
	}
	defer rows.Close()
	types, err := rows.ColumnTypes()
	if err != nil {
		return t, err
	}
	for _, c := range types {
		kind, err := columnKind(c.DatabaseTypeName())
		if err != nil {
			return t, fmt.Errorf("column %s: %w", c.Name(), err)
		}
		t.Columns = append(t.Columns, Column{c.Name(), kind})
	}
	values := make([]any, len(types))
	into := make([]any, len(types))
	for i := range values {
		into[i] = &values[i]
	}
	buf := bufio.NewWriterSize(w, 1<<16)
	for rows.Next() {
		if err := rows.Scan(into...); err != nil {
			return t, err
		}
		line, err := t.line(values)
		if err != nil {
			return t, err
		}
		if _, err := buf.Write(line); err != nil {
			return t, err
		}
		t.Rows++
	}
	if err := rows.Err(); err != nil {
		return t, err
	}
	return t, buf.Flush()
}

func columnKind(declared string) (string, error) {
	switch strings.ToUpper(declared) {
	case "TEXT":
		return "text", nil
	case "BIGINT", "INT8", "INTEGER":
		return "integer", nil
	case "DOUBLE PRECISION", "FLOAT8", "DOUBLE":
		return "number", nil
	case "BLOB", "BYTEA":
		return "bytes", nil
	}
	return "", errs.Internal("it has the type %s, which exports do not know", declared)
}

// line is a row as JSON, members in the order of columns.
func (t Table) line(values []any) ([]byte, error) {
	var b bytes.Buffer
	b.WriteByte('{')
	for i, c := range t.Columns {
		if i > 0 {
			b.WriteByte(',')
		}
		fmt.Fprintf(&b, "%q:", c.Name)
		v := values[i]
		if zeroed[t.Name] == c.Name {
			v = int64(0)
		}
		if raw, ok := v.([]byte); ok && c.Kind == "text" {
			v = string(raw)
		}
		if s, ok := v.(string); ok && c.Kind == "bytes" {
			v = []byte(s)
		}
		switch x := v.(type) {
		case []byte:
			fmt.Fprintf(&b, "%q", base64.StdEncoding.EncodeToString(x))
			continue
		case string:
			if !utf8.ValidString(x) {
				fmt.Fprintf(&b, `{"base64":%q}`, base64.StdEncoding.EncodeToString([]byte(x)))
				continue
			}
		case nil:
			if c.Kind == "bytes" { // no column is NULL; a driver may say so of no bytes
				v = ""
			}
		}
		enc := json.NewEncoder(&b)
		enc.SetEscapeHTML(false)
		if err := enc.Encode(v); err != nil {
			return nil, fmt.Errorf("column %s: %w", c.Name, err)
		}
		b.Truncate(b.Len() - 1) // the encoder's newline
	}
	b.WriteString("}\n")
	return b.Bytes(), nil
}
