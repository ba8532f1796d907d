package store

import (
	"context"
	"encoding/binary"
	"encoding/json"
	"fmt"
	"slices"

	"github.com/uptrace/bun"

	"github.com/luodi/luodi/internal/errs"
	"github.com/luodi/luodi/internal/source"
)

// sourceRecordRow is what a record says. Fields is a JSON array of name, value,
// name, value, …
type sourceRecordRow struct {
	bun.BaseModel `bun:"table:source_record"`

	ID     string `bun:",pk"`
	Source string
	Path   string
	Class  string
	Format string
	Title  string
	Text   string
	Label  string
	Fields string
}

// sourcePlaceRow is where it stands in one version of its file. Cells holds a
// varint pair per field: its distance from the end of the field before (from
// the row's start for the first) and its length.
type sourcePlaceRow struct {
	bun.BaseModel `bun:"table:source_place"`

	FileID    string `bun:",pk"`
	Ordinal   int    `bun:",pk"`
	RecordID  string
	Line      int
	FirstByte int
	EndByte   int
	Cells     []byte
	Location  string // JSON of a source.Location; "" for the zero value
}

func sourceRows(records []source.Record) ([]sourceRecordRow, []sourcePlaceRow, error) {
	rows := make([]sourceRecordRow, len(records))
	places := make([]sourcePlaceRow, len(records))
	for i, r := range records {
		pairs := make([]string, 0, 2*len(r.Fields))
		cells := make([]byte, 0, 3*len(r.Fields))
		at := r.Start
		for _, f := range r.Fields {
			pairs = append(pairs, f.Name, f.Value)
			cells = binary.AppendVarint(cells, int64(f.Start-at))
			cells = binary.AppendVarint(cells, int64(f.End-f.Start))
			at = f.End
		}
		fields, err := json.Marshal(pairs)
		if err != nil {
			return nil, nil, fmt.Errorf("storing record %s: %w", r.ID, err)
		}
		rows[i] = sourceRecordRow{
			ID: r.ID, Source: r.Source, Path: r.Path, Class: r.Class, Format: r.Format,
			Title: r.Title, Text: r.Text, Label: r.Label, Fields: string(fields),
		}
		places[i] = sourcePlaceRow{FileID: r.FileID, Ordinal: r.Ordinal, RecordID: r.ID, Line: r.Row, FirstByte: r.Start, EndByte: r.End, Cells: cells}
		if r.At != (source.Location{}) {
			at, err := json.Marshal(r.At)
			if err != nil {
				return nil, nil, fmt.Errorf("storing record %s: %w", r.ID, err)
			}
			places[i].Location = string(at)
		}
	}
	return rows, places, nil
}

// placedRow is a record with a place, as one query reads them.
type placedRow struct {
	sourceRecordRow `bun:",extend"`

	FileID    string
	Ordinal   int
	Line      int
	FirstByte int
	EndByte   int
	Cells     []byte
	Location  string
}

func (p placedRow) record(f source.File) (source.Record, error) {
	r := source.Record{
		ID: p.ID, Source: p.Source, Department: f.Department, Path: p.Path, Class: p.Class, Format: p.Format,
		Title: p.Title, Text: p.Text, Label: p.Label,
		FileID: p.FileID, FileHash: f.Hash, Ordinal: p.Ordinal, Row: p.Line, Start: p.FirstByte, End: p.EndByte,
	}
	var pairs []string
	if err := json.Unmarshal([]byte(p.Fields), &pairs); err != nil {
		return r, errs.Internal("reading record %s: fields: %v", p.ID, err)
	}
	cells, at := p.Cells, p.FirstByte
	for i := 0; i+1 < len(pairs); i += 2 {
		gap, n := binary.Varint(cells)
		size, m := binary.Varint(cells[max(n, 0):])
		if n <= 0 || m <= 0 {
			return r, errs.Internal("reading record %s: %d fields have fewer places", p.ID, len(pairs)/2)
		}
		cells = cells[n+m:]
		from := at + int(gap)
		at = from + int(size)
		r.Fields = append(r.Fields, source.Field{Name: pairs[i], Value: pairs[i+1], Start: from, End: at})
	}
	var err error
	if r.At, err = location(p.Location); err != nil {
		return r, fmt.Errorf("reading record %s: %w", p.ID, err)
	}
	r.Key = f.Columns.KeyOf(r)
	return r, nil
}

func (s sourceStore) placed() *bun.SelectQuery {
	return s.db.read().NewSelect().TableExpr("source_place AS p").
		Join("JOIN source_record AS r ON r.id = p.record_id").
		ColumnExpr("r.id, r.source, r.path, r.class, r.format, r.title, r.text, r.label, r.fields").
		ColumnExpr("p.file_id, p.ordinal, p.line, p.first_byte, p.end_byte, p.cells, p.location")
}

// page is how many records Each holds at a time.
const page = 1000

func (s sourceStore) Each(ctx context.Context, name string, fn func(source.Record) error) error {
	files, err := s.Files(ctx, name)
	if err != nil {
		return err
	}
	for len(files) > 0 { // small files are read together
		n, sum := 1, files[0].Records
		for n < len(files) && n < batch && sum+files[n].Records <= page {
			sum += files[n].Records
			n++
		}
		if err := s.eachOf(ctx, files[:n], fn); err != nil {
			return err
		}
		files = files[n:]
	}
	return nil
}

// eachOf calls fn for the records of a few files, or of one large file.
func (s sourceStore) eachOf(ctx context.Context, files []source.File, fn func(source.Record) error) error {
	byID := map[string]int{}
	ids := make([]string, len(files))
	for i, f := range files {
		byID[f.ID], ids[i] = i, f.ID
	}
	for next := 0; ; next += page {
		q := s.placed()
		if len(files) == 1 {
			q = q.Where("p.file_id = ? AND p.ordinal >= ? AND p.ordinal < ?", ids[0], next, next+page)
		} else {
			q = q.Where("p.file_id IN (?)", bun.In(ids))
		}
		var rows []placedRow
		if err := q.OrderExpr("p.file_id, p.ordinal").Scan(ctx, &rows); err != nil {
			return fmt.Errorf("reading the records of %s: %w", files[0].Path, s.db.explain(err))
		}
		slices.SortStableFunc(rows, func(a, b placedRow) int { return byID[a.FileID] - byID[b.FileID] })
		for _, row := range rows {
			r, err := row.record(files[byID[row.FileID]])
			if err != nil {
				return err
			}
			if err := fn(r); err != nil {
				return err
			}
		}
		if len(files) > 1 || next+page >= files[0].Records {
			return nil
		}
	}
}

func (s sourceStore) Record(ctx context.Context, id string) (source.Record, error) {
	places, err := s.Places(ctx, id)
	if err != nil {
		return source.Record{}, err
	}
	if len(places) == 0 {
		return source.Record{}, errs.NotFound("no record %q", id)
	}
	best := places[0]
	for _, p := range places {
		if p.Current {
			best = p
			break
		}
	}
	var rows []placedRow
	if err := s.placed().Where("p.file_id = ? AND p.ordinal = ?", best.FileID, best.Ordinal).Scan(ctx, &rows); err != nil {
		return source.Record{}, fmt.Errorf("reading record %s: %w", id, s.db.explain(err))
	}
	f, err := s.File(ctx, best.FileID)
	if err != nil {
		return source.Record{}, err
	}
	return rows[0].record(f)
}

func (s sourceStore) Places(ctx context.Context, id string) ([]source.Place, error) {
	var rows []struct {
		FileID, Location                           string
		Ordinal, Line, FirstByte, EndByte, Current int
	}
	err := s.db.read().NewSelect().TableExpr("source_place AS p").
		Join("JOIN source_file AS f ON f.id = p.file_id"). // a version that was never committed has no file
		Join("LEFT JOIN source_current AS c ON c.source = f.source AND c.path = f.path AND c.file_id = f.id").
		ColumnExpr("p.file_id, p.ordinal, p.line, p.first_byte, p.end_byte, p.location, CASE WHEN c.file_id IS NULL THEN 0 ELSE 1 END AS current").
		Where("p.record_id = ?", id).OrderExpr("f.read_at DESC, p.file_id, p.ordinal").Scan(ctx, &rows)
	if err != nil {
		return nil, fmt.Errorf("reading the places of record %s: %w", id, s.db.explain(err))
	}
	out := make([]source.Place, len(rows))
	for i, r := range rows {
		out[i] = source.Place{FileID: r.FileID, Ordinal: r.Ordinal, Row: r.Line, Start: r.FirstByte, End: r.EndByte, Current: r.Current != 0}
		if out[i].At, err = location(r.Location); err != nil {
			return nil, fmt.Errorf("reading the places of record %s: %w", id, err)
		}
	}
	return out, nil
}

func location(s string) (at source.Location, err error) {
	if s == "" {
		return at, nil
	}
	if err := json.Unmarshal([]byte(s), &at); err != nil {
		return at, errs.Internal("its location %s: %v", s, err)
	}
	return at, nil
}

func (s sourceStore) FileRecords(ctx context.Context, fileID string, limit int) ([]string, error) {
	ids := []string{}
	err := s.db.read().NewSelect().TableExpr("source_place").Column("record_id").
		Where("file_id = ?", fileID).Order("ordinal").Limit(int64(limit)).Scan(ctx, &ids)
	if err != nil {
		return nil, fmt.Errorf("reading the records of file version %s: %w", fileID, s.db.explain(err))
	}
	return ids, nil
}

// Appended implements source.Appended: records are appended in order, each
// batch in one transaction, so that there are no gaps.
func (s sourceStore) Appended(ctx context.Context, fileID string) (int, error) {
	n, err := s.db.read().NewSelect().TableExpr("source_place").Where("file_id = ?", fileID).Count(ctx)
	if err != nil {
		return 0, fmt.Errorf("counting the records of file version %s: %w", fileID, s.db.explain(err))
	}
	return int(n), nil
}
