package database

import (
	"bytes"
	"context"
	"crypto/sha256"
	"database/sql"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"hash/fnv"
	"net/url"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/luodi/luodi/internal/errs"
	"github.com/luodi/luodi/internal/source"
)

const (
	chunkRows = 512  // on average
	chunkMost = 4096 // rows
)

// chunk is a range of keys.
type chunk struct {
	first, last any
	rows        int
}

// List scans the keys, and the column that says when a row changed.
func (t *Table) List(ctx context.Context) ([]source.Object, error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	columns := t.ident(t.cfg.Key)
	if t.cfg.Changed != "" {
		columns += ", " + t.ident(t.cfg.Changed)
	}
	rows, err := t.tx.QueryContext(ctx, "SELECT "+columns+" FROM "+t.relation()+" ORDER BY "+t.ident(t.cfg.Key))
	if err != nil {
		return nil, t.explain("listing the keys", err)
	}
	defer rows.Close()
	types, err := rows.ColumnTypes()
	if err != nil {
		return nil, t.explain("listing the keys", err)
	}
	var out []source.Object
	var cur chunk
	sum := sha256.New()
	flush := func() {
		if cur.rows > 0 {
			out = append(out, t.object(cur, hex.EncodeToString(sum.Sum(nil))))
		}
		cur = chunk{}
		sum.Reset()
	}
	var before string
	for n := 0; rows.Next(); n++ {
		vals := make([]any, len(types))
		if err := rows.Scan(pointers(vals)...); err != nil {
			return nil, t.explain("listing the keys", err)
		}
		key, ok := text(vals[0], types[0])
		switch {
		case !ok:
			return nil, errs.Invalid("%s: row %d has no %s; name a column as id that is never empty", t.name(), n+1, t.cfg.Key)
		case n > 0 && key == before:
			return nil, errs.Invalid("%s: two rows have the %s %q; name a column as id that tells rows apart", t.name(), t.cfg.Key, key)
		}
		before = key
		if cur.rows == 0 {
			cur.first = param(vals[0])
		}
		cur.last = param(vals[0])
		cur.rows++
		changed := ""
		if len(vals) > 1 {
			changed, _ = text(vals[1], types[1])
		}
		fmt.Fprintf(sum, "%d:%s%d:%s", len(key), key, len(changed), changed)
		if cur.rows >= chunkMost || border(key) {
			flush()
		}
	}
	if err := rows.Err(); err != nil {
		return nil, t.explain("listing the keys", err)
	}
	flush()
	return out, nil
}

// border reports whether a chunk ends with a key.
func border(key string) bool {
	h := fnv.New32a()
	_, _ = h.Write([]byte(key))
	return h.Sum32()%chunkRows == 0
}

// object is a chunk as ingest sees it. Its mark is empty where a changed row
// could look the same.
func (t *Table) object(c chunk, sum string) source.Object {
	o := source.Object{
		Path: t.name() + "/" + url.PathEscape(fmt.Sprint(printable(c.first))) + extension,
		Read: func(ctx context.Context) ([]byte, error) { return t.read(ctx, c) },
	}
	if t.cfg.Changed != "" {
		o.Mark = sum
	}
	return o
}

func printable(v any) any {
	if at, ok := v.(time.Time); ok {
		return at.UTC().Format(time.RFC3339Nano)
	}
	return v
}

// read reads the rows of a chunk.
func (t *Table) read(ctx context.Context, c chunk) ([]byte, error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	key := t.ident(t.cfg.Key)
	rows, err := t.tx.QueryContext(ctx, "SELECT * FROM "+t.relation()+" WHERE "+key+" >= "+t.d.mark(1)+" AND "+key+" <= "+t.d.mark(2)+" ORDER BY "+key, c.first, c.last)
	if err != nil {
		return nil, t.explain("reading rows", err)
	}
	defer rows.Close()
	types, err := rows.ColumnTypes()
	if err != nil {
		return nil, t.explain("reading rows", err)
	}
	var out bytes.Buffer
	enc := json.NewEncoder(&out)
	enc.SetEscapeHTML(false)
	head := header{Table: t.name(), Key: t.cfg.Key}
	for _, ct := range types {
		head.Columns = append(head.Columns, ct.Name())
	}
	if err := enc.Encode(head); err != nil {
		return nil, err
	}
	n := 0
	for ; rows.Next(); n++ {
		vals := make([]any, len(types))
		if err := rows.Scan(pointers(vals)...); err != nil {
			return nil, t.explain("reading rows", err)
		}
		row := make([]*string, len(vals))
		for i, v := range vals {
			if s, ok := text(v, types[i]); ok {
				row[i] = &s
			}
		}
		if err := enc.Encode(row); err != nil {
			return nil, err
		}
	}
	if err := rows.Err(); err != nil {
		return nil, t.explain("reading rows", err)
	}
	if n != c.rows {
		return nil, errs.Invalid("%s: %d rows have keys between %v and %v, and %d were listed; order and comparison of column %s differ: name another column as id", t.name(), n, printable(c.first), printable(c.last), c.rows, t.cfg.Key)
	}
	return out.Bytes(), nil
}

func pointers(vals []any) []any {
	out := make([]any, len(vals))
	for i := range vals {
		out[i] = &vals[i]
	}
	return out
}

// param is a key as a parameter of a later query.
func param(v any) any {
	if b, ok := v.([]byte); ok {
		return string(b)
	}
	return v
}

// text writes a value as the database means it; false is null. Numbers keep
// all their digits: decimals come as text from every driver.
func text(v any, ct *sql.ColumnType) (string, bool) {
	switch v := v.(type) {
	case nil:
		return "", false
	case string:
		return clean(v), true
	case []byte:
		if utf8.Valid(v) {
			return clean(string(v)), true
		}
		return hex.EncodeToString(v), true
	case int64:
		return strconv.FormatInt(v, 10), true
	case float64:
		return strconv.FormatFloat(v, 'f', -1, 64), true
	case float32:
		return strconv.FormatFloat(float64(v), 'f', -1, 32), true
	case bool:
		return strconv.FormatBool(v), true
	case time.Time:
		if strings.EqualFold(ct.DatabaseTypeName(), "DATE") {
			return v.Format(time.DateOnly), true
		}
		if name := strings.ToUpper(ct.DatabaseTypeName()); name == "TIMESTAMP" || name == "DATETIME" {
			return v.Format("2006-01-02 15:04:05.999999999"), true
		}
		return v.Format(time.RFC3339Nano), true
	}
	return fmt.Sprint(v), true
}

// clean replaces what is no UTF-8; databases with another charset have none.
func clean(s string) string { return strings.ToValidUTF8(s, "\ufffd") }
