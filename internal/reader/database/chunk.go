package database

import (
	"bytes"
	"context"
	"crypto/sha256"
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
	if err := t.describe(ctx); err != nil {
		return nil, err
	}
	columns := t.column(t.cfg.Key)
	if t.cfg.Changed != "" {
		columns += ", " + t.column(t.cfg.Changed)
	}
	rows, err := t.tx.QueryContext(ctx, "SELECT "+columns+" FROM "+t.relation()+" ORDER BY "+t.ident(t.cfg.Key))
	if err != nil {
		return nil, t.explain("listing the keys", err)
	}
	defer rows.Close()
	var out []source.Object
	var cur chunk
	sum := sha256.New()
	fmt.Fprint(sum, t.shape())
	flush := func() {
		if cur.rows > 0 {
			out = append(out, t.object(cur, hex.EncodeToString(sum.Sum(nil))))
		}
		cur = chunk{}
		sum.Reset()
		fmt.Fprint(sum, t.shape())
	}
	var before string
	for n := 0; rows.Next(); n++ {
		vals := make([]any, 1, 2)
		if t.cfg.Changed != "" {
			vals = vals[:2]
		}
		if err := rows.Scan(pointers(vals)...); err != nil {
			return nil, t.explain("listing the keys", err)
		}
		key, ok := t.text(vals[0], t.cfg.Key)
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
		fmt.Fprintf(sum, "%d:%s", len(key), key)
		if len(vals) > 1 {
			if changed, ok := t.text(vals[1], t.cfg.Changed); ok {
				fmt.Fprintf(sum, "%d:%s", len(changed), changed)
			} else {
				fmt.Fprint(sum, "null")
			}
		}
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

// describe finds out which columns there are.
func (t *Table) describe(ctx context.Context) error {
	rows, err := t.tx.QueryContext(ctx, "SELECT * FROM "+t.relation()+" WHERE 1 = 0")
	if err != nil {
		return t.explain("listing the columns", err)
	}
	defer rows.Close()
	types, err := rows.ColumnTypes()
	if err != nil {
		return t.explain("listing the columns", err)
	}
	t.columns, t.order = map[string]string{}, nil
	for _, ct := range types {
		t.columns[ct.Name()] = strings.ToUpper(ct.DatabaseTypeName())
		t.order = append(t.order, ct.Name())
	}
	return rows.Err()
}

// column is a column as it is asked for.
func (t *Table) column(name string) string { return t.d.own(t.ident(name), t.columns[name]) }

// all are the columns of a row as they are asked for.
func (t *Table) all() string {
	list := make([]string, len(t.order))
	asked := false
	for i, name := range t.order {
		list[i] = t.column(name) + " AS " + t.ident(name)
		asked = asked || t.column(name) != t.ident(name)
	}
	if !asked {
		return "*"
	}
	return strings.Join(list, ", ")
}

// shape changes with the columns, and with how values are written.
func (t *Table) shape() string {
	out := "2"
	for _, name := range t.order {
		out += fmt.Sprintf(" %q %s", name, t.columns[name])
	}
	return out
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
	rows, err := t.tx.QueryContext(ctx, "SELECT "+t.all()+" FROM "+t.relation()+" WHERE "+key+" >= "+t.d.mark(1)+" AND "+key+" <= "+t.d.mark(2)+" ORDER BY "+key, c.first, c.last)
	if err != nil {
		return nil, t.explain("reading rows", err)
	}
	defer rows.Close()
	var out bytes.Buffer
	enc := json.NewEncoder(&out)
	enc.SetEscapeHTML(false)
	if err := enc.Encode(header{Table: t.name(), Key: t.cfg.Key, Columns: t.order}); err != nil {
		return nil, err
	}
	n := 0
	for ; rows.Next(); n++ {
		vals := make([]any, len(t.order))
		if err := rows.Scan(pointers(vals)...); err != nil {
			return nil, t.explain("reading rows", err)
		}
		row := make([]*string, len(vals))
		for i, v := range vals {
			if s, ok := t.text(v, t.order[i]); ok {
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

// text writes a value of a column as the database means it; false is null.
// Numbers keep all their digits: decimals come as text from every driver. A
// moment is written in UTC, whatever the zones of server and machine.
func (t *Table) text(v any, column string) (string, bool) {
	kind := t.columns[column]
	switch v := v.(type) {
	case nil:
		return "", false
	case string:
		return clean(v), true
	case []byte:
		switch {
		case kind == "BIT" && len(v) <= 8: // a number, as MySQL has it
			n := uint64(0)
			for _, b := range v {
				n = n<<8 | uint64(b)
			}
			return strconv.FormatUint(n, 10), true
		case kind == "TIMESTAMP":
			if at, err := time.Parse("2006-01-02 15:04:05", string(v)); err == nil {
				return at.Format(time.RFC3339Nano), true
			}
		}
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
		switch kind {
		case "DATE":
			return v.Format(time.DateOnly), true
		case "TIMESTAMP":
			return v.Format("2006-01-02 15:04:05.999999999"), true
		}
		return v.UTC().Format(time.RFC3339Nano), true
	}
	return fmt.Sprint(v), true
}

// clean replaces what is no UTF-8; databases with another charset have none.
func clean(s string) string { return strings.ToValidUTF8(s, "\ufffd") }
