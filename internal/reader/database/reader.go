package database

import (
	"bytes"
	"context"
	"encoding/json"

	"github.com/luodi/luodi/internal/errs"
	"github.com/luodi/luodi/internal/source"
)

// extension of chunks, as ingest knows them.
const extension = ".rows"

// header is the first line of a chunk; each further line is a row: an array of
// its values as text, null where there is none.
type header struct {
	Table   string   `json:"table"`
	Key     string   `json:"key"`
	Columns []string `json:"columns"`
}

// Reader reads chunks. Its zero value is ready.
type Reader struct{}

// Format is rows.
func (Reader) Format() string { return "rows" }

// Version changes when the same chunk gives other records.
func (Reader) Version() int { return 1 }

// Extensions are those of chunks.
func (Reader) Extensions() []string { return []string{extension} }

// Read emits a chunk's rows.
func (Reader) Read(ctx context.Context, in source.Input, emit func(source.Row) error) ([]string, error) {
	var h header
	at := 0
	for n := 0; at < len(in.Raw); n++ {
		end := bytes.IndexByte(in.Raw[at:], '\n')
		if end < 0 {
			return nil, errs.Invalid("line %d, byte %d: the chunk ends in the middle of a row", n+1, at)
		}
		line := in.Raw[at : at+end]
		start := at
		at += end + 1
		if n == 0 {
			if err := json.Unmarshal(line, &h); err != nil || h.Table == "" {
				return nil, errs.Invalid("line 1: no header of a table's rows")
			}
			if err := in.Columns.CheckNames(h.Columns); err != nil {
				return nil, err
			}
			continue
		}
		var vals []*string
		if err := json.Unmarshal(line, &vals); err != nil || len(vals) != len(h.Columns) {
			return nil, errs.Invalid("line %d, byte %d: not a row of %d columns", n+1, start, len(h.Columns))
		}
		row := source.Row{Class: source.ClassRow, Path: h.Table, Number: n, Start: start, End: at - 1}
		row.At = source.Location{Start: start, End: at - 1}
		for i, v := range vals {
			if v != nil && h.Columns[i] == h.Key {
				row.At.Key = h.Key + "=" + *v
			}
		}
		for i, v := range vals {
			if v == nil {
				continue
			}
			f := source.Field{Name: h.Columns[i], Value: *v, Start: start, End: at - 1, At: row.At}
			f.At.Cell = h.Columns[i]
			row.Fields = append(row.Fields, f)
		}
		if err := emit(row); err != nil {
			return nil, err
		}
		if err := ctx.Err(); err != nil {
			return nil, err
		}
	}
	return nil, nil
}
