// Package parquet reads Parquet files as tables: each row a record, its fields
// named by the columns, as of a csv.
//
// Values are written as a csv export would have them: dates and times as ISO
// 8601, decimals with the digits of their scale, nested columns by their path
// (address.city) and lists joined by "; ". A row's place is its number in the
// file and the name of the column. Rows are read in batches; a file whose
// metadata claims more than the limits is refused before anything is unpacked.
package parquet

import (
	"bytes"
	"context"
	"encoding/base64"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"math/big"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/parquet-go/parquet-go"
	"github.com/parquet-go/parquet-go/format"

	"github.com/luodi/luodi/internal/errs"
	"github.com/luodi/luodi/internal/source"
)

// The limits of a file: columns, and unpacked bytes of all and of one column
// in a group of rows.
const (
	maxColumns = 10_000
	maxBytes   = 8 << 30
	maxChunk   = 256 << 20
)

// Reader is a source.Reader. Its zero value is ready.
type Reader struct{}

// Format implements source.Reader.
func (Reader) Format() string { return "parquet" }

// Version implements source.Reader.
func (Reader) Version() int { return 1 }

// Extensions implements source.Reader.
func (Reader) Extensions() []string { return []string{".parquet"} }

// Read implements source.Reader.
func (Reader) Read(ctx context.Context, in source.Input, emit func(source.Row) error) (notes []string, err error) {
	// The library panics on some damaged pages.
	defer func() {
		if p := recover(); p != nil {
			err = errs.Invalid("the file is damaged: %v", p)
		}
	}()
	if len(in.Raw) < 12 || !bytes.HasPrefix(in.Raw, []byte("PAR1")) || !bytes.HasSuffix(in.Raw, []byte("PAR1")) {
		return nil, errs.Invalid("the file is no Parquet file, or was cut off: it does not begin and end with PAR1")
	}
	// The library makes room for as long a footer as the file claims.
	if n := int64(binary.LittleEndian.Uint32(in.Raw[len(in.Raw)-8:])); n > int64(len(in.Raw))-12 {
		return nil, errs.Invalid("the file is damaged or was cut off: its footer should have %d bytes, the file has %d", n, len(in.Raw))
	}
	f, err := parquet.OpenFile(bytes.NewReader(in.Raw), int64(len(in.Raw)), parquet.SkipPageIndex(true), parquet.SkipBloomFilters(true))
	if err != nil {
		return nil, errs.Invalid("the file is damaged (%v)", err)
	}
	t, err := tableOf(f)
	if err != nil {
		return nil, err
	}
	if err := in.Columns.CheckNames(t.names); err != nil {
		return nil, err
	}
	for _, g := range f.RowGroups() {
		if err := t.group(ctx, g, emit); err != nil {
			return nil, err
		}
	}
	if t.rows == 0 {
		return []string{"the file has no rows"}, nil
	}
	return nil, nil
}

// table is the columns of a file.
type table struct {
	names []string
	nodes []parquet.Node
	rows  int
}

func tableOf(f *parquet.File) (*table, error) {
	t := &table{}
	for _, path := range f.Schema().Columns() {
		leaf, ok := f.Schema().Lookup(path...)
		if !ok {
			return nil, errs.Invalid("the file is damaged: its schema lacks the column %s", strings.Join(path, "."))
		}
		if len(t.names) >= maxColumns {
			return nil, errs.Invalid("the file has more than %d columns", maxColumns)
		}
		t.names = append(t.names, name(path))
		t.nodes = append(t.nodes, leaf.Node)
	}
	var sum int64
	for _, g := range f.Metadata().RowGroups {
		for _, c := range g.Columns {
			n := c.MetaData.TotalUncompressedSize
			if sum += n; n < 0 || n > maxChunk || sum > maxBytes {
				return nil, errs.Invalid("the file unpacks to more than %d MiB in one column of a row group, or %d in all; write it with smaller row groups", maxChunk>>20, maxBytes>>20)
			}
		}
	}
	return t, nil
}

// name is a column's path without the levels that only say list.
func name(path []string) string {
	var out []string
	for i, p := range path {
		if i > 0 && (p == "list" || p == "element" || p == "item" || p == "array" || p == "key_value") {
			continue
		}
		out = append(out, p)
	}
	return strings.Join(out, ".")
}

// group emits the rows of a group.
func (t *table) group(ctx context.Context, g parquet.RowGroup, emit func(source.Row) error) error {
	rows := g.Rows()
	defer rows.Close()
	buf := make([]parquet.Row, 64)
	for {
		n, err := rows.ReadRows(buf)
		for _, r := range buf[:n] {
			if err := emit(t.row(r)); err != nil {
				return err
			}
		}
		switch {
		case errors.Is(err, io.EOF):
			return nil
		case err != nil:
			return errs.Invalid("the file is damaged after row %d (%v)", t.rows, err)
		case n == 0:
			return errs.Invalid("the file is damaged after row %d: there should be more rows", t.rows)
		case ctx.Err() != nil:
			return ctx.Err()
		}
	}
}

func (t *table) row(r parquet.Row) source.Row {
	t.rows++
	out := source.Row{Class: source.ClassRow, Number: t.rows, At: source.Location{Row: t.rows}, Fields: make([]source.Field, len(t.names))}
	for i, n := range t.names {
		out.Fields[i] = source.Field{Name: n, At: source.Location{Row: t.rows, Column: i + 1}}
	}
	for _, v := range r {
		i := v.Column()
		if i < 0 || i >= len(t.names) || v.IsNull() {
			continue
		}
		s := text(v, t.nodes[i].Type())
		if f := &out.Fields[i]; v.RepetitionLevel() > 0 && f.Value != "" {
			f.Value += "; " + s
		} else {
			f.Value = s
		}
	}
	return out
}

// text writes a value by its logical type.
func text(v parquet.Value, typ parquet.Type) string {
	l := typ.LogicalType()
	if l == nil {
		l = &format.LogicalType{}
	}
	switch v.Kind() {
	case parquet.Boolean:
		return strconv.FormatBool(v.Boolean())
	case parquet.Int32, parquet.Int64:
		return whole(v, l)
	case parquet.Int96:
		i := v.Int96()
		nanos := int64(uint64(i[0]) | uint64(i[1])<<32)
		return time.Unix((int64(i[2])-2440588)*86400, nanos).UTC().Format("2006-01-02 15:04:05.999999999")
	case parquet.Float:
		return strconv.FormatFloat(float64(v.Float()), 'f', -1, 32)
	case parquet.Double:
		return strconv.FormatFloat(v.Double(), 'f', -1, 64)
	}
	b := v.ByteArray()
	switch t := l.Value.(type) {
	case *format.DecimalType:
		n := new(big.Int).SetBytes(b)
		if len(b) > 0 && b[0] >= 0x80 {
			n.Sub(n, new(big.Int).Lsh(big.NewInt(1), uint(8*len(b))))
		}
		return point(n.String(), int(t.Scale))
	case *format.UUIDType:
		if len(b) == 16 {
			return fmt.Sprintf("%x-%x-%x-%x-%x", b[:4], b[4:6], b[6:8], b[8:10], b[10:])
		}
	}
	if !utf8.Valid(b) {
		return base64.StdEncoding.EncodeToString(b)
	}
	return string(b)
}

// whole writes a whole number, which may be a date, a time or a decimal.
func whole(v parquet.Value, l *format.LogicalType) string {
	var n int64
	if v.Kind() == parquet.Int32 {
		n = int64(v.Int32())
	} else {
		n = v.Int64()
	}
	switch t := l.Value.(type) {
	case *format.DateType:
		return time.Unix(n*86400, 0).UTC().Format("2006-01-02")
	case *format.TimestampType:
		zone := ""
		if t.IsAdjustedToUTC {
			zone = "Z"
		}
		return unit(n, t.Unit).Format("2006-01-02 15:04:05.999999999") + zone
	case *format.TimeType:
		return unit(n, t.Unit).Format("15:04:05.999999999")
	case *format.DecimalType:
		return point(strconv.FormatInt(n, 10), int(t.Scale))
	case *format.IntType:
		if !t.IsSigned && v.Kind() == parquet.Int32 {
			return strconv.FormatUint(uint64(uint32(n)), 10)
		}
		if !t.IsSigned {
			return strconv.FormatUint(uint64(n), 10)
		}
	}
	return strconv.FormatInt(n, 10)
}

func unit(n int64, u format.TimeUnit) time.Time {
	switch u.Value.(type) {
	case *format.MilliSeconds:
		return time.UnixMilli(n).UTC()
	case *format.MicroSeconds:
		return time.UnixMicro(n).UTC()
	}
	return time.Unix(0, n).UTC()
}

// point puts the decimal point into a whole number.
func point(s string, scale int) string {
	if scale <= 0 || scale > 100 {
		return s
	}
	sign := ""
	if strings.HasPrefix(s, "-") {
		sign, s = "-", s[1:]
	}
	for len(s) <= scale {
		s = "0" + s
	}
	return sign + s[:len(s)-scale] + "." + s[len(s)-scale:]
}
