package store

import (
	"bufio"
	"bytes"
	"context"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/uptrace/bun"

	"github.com/luodi/luodi/internal/errs"
)

// Import fills the empty store of cfg, making it, with exported tables, all or
// nothing: a table's rows come from open. done is called last; when it fails
// nothing is kept. Tables of an older luodi are read at their schema and then
// migrated; those of a newer one are errs.Invalid, and a store that holds rows
// already is errs.Conflict.
func Import(ctx context.Context, cfg Config, schema int64, tables []Table, open func(table string) (io.ReadCloser, error), done func() error) error {
	if newest := slices.Max(known()); schema > newest {
		return errs.Invalid("importing: the export is of a newer luodi (schema %d, this one knows %d); import it with that one", schema, newest)
	}
	db, unlock, err := openImport(ctx, cfg)
	if err != nil {
		return err
	}
	defer db.Close()
	if unlock != nil {
		defer unlock()
		p, err := db.provider()
		if err != nil {
			return fmt.Errorf("reading the migrations: %w", err)
		}
		if _, err := p.UpTo(ctx, schema); err != nil {
			return fmt.Errorf("making the store %s: %w", db.name, db.explain(err))
		}
	}
	err = db.write(ctx, func(ctx context.Context, tx bun.Tx) error {
		names, err := db.tableNames(ctx, tx)
		if err != nil {
			return err
		}
		if err := db.empty(ctx, tx, names); err != nil {
			return err
		}
		for _, t := range tables {
			if !slices.Contains(names, t.Name) {
				return errs.Invalid("this luodi has no table %s", t.Name)
			}
			if err := importTable(ctx, tx, t, open); err != nil {
				return fmt.Errorf("table %s: %w", t.Name, err)
			}
		}
		return done()
	})
	if err != nil {
		return fmt.Errorf("importing into %s: %w", db.name, err)
	}
	return db.migrate(ctx)
}

func openImport(ctx context.Context, cfg Config) (*DB, func(), error) {
	db, unlock, err := open(ctx, cfg)
	if err != nil || unlock == nil {
		return db, unlock, err
	}
	// A store that exists and is older is brought up first; a new one is made
	// at the schema of the export.
	have, err := db.applied(ctx)
	if err == nil && len(have) > 0 {
		err = db.migrate(ctx)
	}
	if err != nil {
		db.Close()
		unlock()
		return nil, nil, err
	}
	if len(have) > 0 {
		unlock()
		return db, nil, nil
	}
	return db, unlock, nil
}

func (db *DB) empty(ctx context.Context, tx bun.Tx, names []string) error {
	for _, name := range names {
		var n int
		if err := tx.NewRaw(`SELECT count(*) FROM (SELECT 1 FROM ? LIMIT 1) AS t`, bun.Ident(name)).Scan(ctx, &n); err != nil {
			return err
		}
		if n > 0 {
			return errs.Conflict("it holds a project already (table %s has rows); an import needs an empty store", name)
		}
	}
	return nil
}

// A statement inserts at most this many rows and bytes.
const (
	importRows  = 200
	importBytes = 1 << 20
)

func importTable(ctx context.Context, tx bun.Tx, t Table, open func(string) (io.ReadCloser, error)) error {
	f, err := open(t.Name)
	if err != nil {
		return err
	}
	defer f.Close()
	in := bufio.NewReaderSize(f, 1<<16)
	row := "(" + strings.TrimSuffix(strings.Repeat("?, ", len(t.Columns)), ", ") + ")"
	head := []string{}
	for _, c := range t.Columns {
		head = append(head, `"`+strings.ReplaceAll(c.Name, `"`, `""`)+`"`)
	}
	insert := "INSERT INTO ? (" + strings.Join(head, ", ") + ") VALUES "
	args, rows, size := []any{bun.Ident(t.Name)}, 0, 0
	flush := func() error {
		if rows == 0 {
			return nil
		}
		_, err := tx.ExecContext(ctx, insert+strings.TrimSuffix(strings.Repeat(row+", ", rows), ", "), args...)
		args, rows, size = []any{bun.Ident(t.Name)}, 0, 0
		return err
	}
	for n := int64(1); ; n++ {
		line, err := in.ReadBytes('\n')
		if err == io.EOF && len(line) == 0 {
			if n-1 != t.Rows {
				return errs.Invalid("it has %d rows, the manifest says %d", n-1, t.Rows)
			}
			return flush()
		}
		if err != nil && err != io.EOF {
			return err
		}
		values, err := t.values(line)
		if err != nil {
			return fmt.Errorf("row %d: %w", n, err)
		}
		args, rows, size = append(args, values...), rows+1, size+len(line)
		if rows == importRows || size > importBytes {
			if err := flush(); err != nil {
				return err
			}
		}
	}
}

// values reads a line in the order of columns.
func (t Table) values(line []byte) ([]any, error) {
	var o map[string]json.RawMessage
	if err := json.Unmarshal(line, &o); err != nil {
		return nil, errs.Invalid("it is no JSON object: %v", err)
	}
	out := make([]any, len(t.Columns))
	for i, c := range t.Columns {
		raw, ok := o[c.Name]
		if !ok {
			return nil, errs.Invalid("column %s is missing", c.Name)
		}
		v, err := c.value(raw)
		if err != nil {
			return nil, errs.Invalid("column %s: %v", c.Name, err)
		}
		out[i] = v
	}
	return out, nil
}

func (c Column) value(raw json.RawMessage) (any, error) {
	if bytes.Equal(raw, []byte("null")) {
		return nil, nil
	}
	switch c.Kind {
	case "text":
		if raw[0] == '{' {
			var o struct{ Base64 []byte }
			err := json.Unmarshal(raw, &o)
			return string(o.Base64), err
		}
		var s string
		err := json.Unmarshal(raw, &s)
		return s, err
	case "integer":
		var n int64
		err := json.Unmarshal(raw, &n)
		return n, err
	case "number":
		var x float64
		err := json.Unmarshal(raw, &x)
		return x, err
	case "bytes":
		var s string
		if err := json.Unmarshal(raw, &s); err != nil {
			return nil, err
		}
		b, err := base64.StdEncoding.DecodeString(s)
		return blob(b), err
	}
	return nil, fmt.Errorf("kind %q is unknown", c.Kind)
}
