package store

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"slices"

	"github.com/uptrace/bun"

	"github.com/luodi/luodi/internal/errs"
	"github.com/luodi/luodi/internal/source"
)

// Source is the files, records and places of all sources.
func (db *DB) Source() source.Store { return sourceStore{db} }

type sourceStore struct{ db *DB }

func (s sourceStore) States(ctx context.Context, name string) ([]source.State, error) {
	var rows []struct {
		Path, FileID, Hash, Reason, Mark string
		Records                          int
	}
	err := s.db.read().NewSelect().TableExpr("source_current AS c").
		Join("LEFT JOIN source_file AS f ON f.id = c.file_id").
		ColumnExpr("c.path, c.file_id, c.hash, c.reason, c.mark, COALESCE(f.records, 0) AS records").
		Where("c.source = ?", name).OrderExpr("c.path").Scan(ctx, &rows)
	if err != nil {
		return nil, fmt.Errorf("reading the files of source %s: %w", name, s.db.explain(err))
	}
	out := make([]source.State, len(rows))
	for i, r := range rows {
		out[i] = source.State{Path: r.Path, FileID: r.FileID, Records: r.Records, Hash: r.Hash, Reason: r.Reason, Mark: r.Mark}
	}
	return out, nil
}

func (s sourceStore) Append(ctx context.Context, records []source.Record) error {
	rows, places, err := sourceRows(records)
	if err != nil {
		return err
	}
	err = s.db.write(ctx, func(ctx context.Context, tx bun.Tx) error { return s.append(ctx, tx, rows, places) })
	if err != nil {
		return fmt.Errorf("storing %d records: %w", len(records), err)
	}
	return nil
}

func (sourceStore) append(ctx context.Context, tx bun.Tx, rows []sourceRecordRow, places []sourcePlaceRow) error {
	for part := range slices.Chunk(rows, batch) {
		if _, err := tx.NewInsert().Model(&part).On("CONFLICT DO NOTHING").Exec(ctx); err != nil {
			return err
		}
	}
	for part := range slices.Chunk(places, batch) {
		if _, err := tx.NewInsert().Model(&part).On("CONFLICT DO NOTHING").Exec(ctx); err != nil {
			return err
		}
	}
	return nil
}

func (s sourceStore) Commit(ctx context.Context, name string, c source.Change) error {
	records, places, err := sourceRows(c.Records)
	if err != nil {
		return err
	}
	var files []sourceFileRow
	var current []sourceCurrentRow
	for _, f := range c.Files {
		row, err := fileRow(f)
		if err != nil {
			return err
		}
		files = append(files, row)
		current = append(current, sourceCurrentRow{Source: name, Path: f.Path, FileID: f.ID, Hash: f.Hash, Mark: f.Mark})
	}
	for _, f := range slices.Concat(c.Failed, c.Marked) {
		current = append(current, sourceCurrentRow{Source: name, Path: f.Path, FileID: f.FileID, Hash: f.Hash, Reason: f.Reason, Mark: f.Mark})
	}
	err = s.db.write(ctx, func(ctx context.Context, tx bun.Tx) error {
		if err := s.append(ctx, tx, records, places); err != nil {
			return err
		}
		for part := range slices.Chunk(files, batch) {
			if _, err := tx.NewInsert().Model(&part).On("CONFLICT DO NOTHING").Exec(ctx); err != nil {
				return err
			}
		}
		for part := range slices.Chunk(current, batch) {
			_, err := tx.NewInsert().Model(&part).On("CONFLICT (source, path) DO UPDATE").
				Set("file_id = EXCLUDED.file_id, hash = EXCLUDED.hash, reason = EXCLUDED.reason, mark = EXCLUDED.mark").Exec(ctx)
			if err != nil {
				return err
			}
		}
		for part := range slices.Chunk(c.Removed, batch) {
			_, err := tx.NewDelete().TableExpr("source_current").Where("source = ? AND path IN (?)", name, bun.In(part)).Exec(ctx)
			if err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		return fmt.Errorf("storing %d files of source %s: %w", len(c.Files), name, err)
	}
	return nil
}

func (s sourceStore) Files(ctx context.Context, name string) ([]source.File, error) {
	var rows []sourceFileRow
	err := s.db.read().NewSelect().Model(&rows).
		Join("JOIN source_current AS c ON c.file_id = f.id").
		Where("c.source = ?", name).OrderExpr("c.path").Scan(ctx)
	if err != nil {
		return nil, fmt.Errorf("reading the files of source %s: %w", name, s.db.explain(err))
	}
	out := make([]source.File, len(rows))
	for i, r := range rows {
		if out[i], err = r.file(); err != nil {
			return nil, err
		}
	}
	return out, nil
}

func (s sourceStore) File(ctx context.Context, id string) (source.File, error) {
	var r sourceFileRow
	err := s.db.read().NewSelect().Model(&r).Where("f.id = ?", id).Scan(ctx)
	if errors.Is(err, sql.ErrNoRows) {
		return source.File{}, errs.NotFound("no file version %q", id)
	}
	if err != nil {
		return source.File{}, fmt.Errorf("reading file version %s: %w", id, s.db.explain(err))
	}
	return r.file()
}

type sourceFileRow struct {
	bun.BaseModel `bun:"table:source_file,alias:f"`

	ID         string `bun:",pk"`
	Source     string
	Department string
	Path       string
	Hash       string
	Size       int64
	Format     string
	Charset    string
	BOM        int `bun:"bom"`
	Doubtful   int
	Lossy      int
	Columns    string
	Records    int
	Notes      string
	ReadAt     int64
}

type sourceCurrentRow struct {
	bun.BaseModel `bun:"table:source_current"`

	Source string `bun:",pk"`
	Path   string `bun:",pk"`
	FileID string
	Hash   string
	Reason string
	Mark   string
}

func fileRow(f source.File) (sourceFileRow, error) {
	columns, err := json.Marshal(f.Columns)
	if err != nil {
		return sourceFileRow{}, err
	}
	notes, err := json.Marshal(f.Notes)
	if err != nil {
		return sourceFileRow{}, err
	}
	r := sourceFileRow{
		ID: f.ID, Source: f.Source, Department: f.Department, Path: f.Path, Hash: f.Hash, Size: f.Size, Format: f.Format,
		Charset: f.Charset, BOM: f.BOM, Lossy: f.Lossy, Columns: string(columns), Records: f.Records, Notes: string(notes), ReadAt: micros(f.ReadAt),
	}
	if f.Doubtful {
		r.Doubtful = 1
	}
	return r, nil
}

func (r sourceFileRow) file() (source.File, error) {
	f := source.File{
		ID: r.ID, Source: r.Source, Department: r.Department, Path: r.Path, Hash: r.Hash, Size: r.Size, Format: r.Format,
		Charset: r.Charset, BOM: r.BOM, Doubtful: r.Doubtful != 0, Lossy: r.Lossy, Records: r.Records, ReadAt: fromMicros(r.ReadAt),
	}
	if err := json.Unmarshal([]byte(r.Columns), &f.Columns); err != nil {
		return f, errs.Internal("reading file version %s: columns: %v", r.ID, err)
	}
	if err := json.Unmarshal([]byte(r.Notes), &f.Notes); err != nil {
		return f, errs.Internal("reading file version %s: notes: %v", r.ID, err)
	}
	return f, nil
}
