package store

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"slices"

	"github.com/uptrace/bun"

	"github.com/luodi/luodi/internal/clean"
	"github.com/luodi/luodi/internal/clean/pii"
	"github.com/luodi/luodi/internal/errs"
	"github.com/luodi/luodi/internal/source"
)

// Clean is the cleaned records of all sources.
func (db *DB) Clean() clean.Store { return cleanStore{db} }

type cleanStore struct{ db *DB }

type cleanRecordRow struct {
	bun.BaseModel `bun:"table:clean_record"`

	RecordID string `bun:",pk"`
	Plan     string `bun:",pk"`
	Title    string
	Text     string
	Label    string
	Lang     string
	Tags     string
	Repairs  string
	Found    string
}

type cleanMemberRow struct {
	bun.BaseModel `bun:"table:clean_member,alias:m"`

	Source      string `bun:",pk"`
	Generation  string `bun:",pk"`
	Position    int    `bun:",pk"`
	RecordID    string
	Department  string
	Class       string
	Format      string
	Path        string
	RowKey      string
	FileID      string
	Line        int
	Dropped     string
	DuplicateOf string
}

type cleanCurrentRow struct {
	bun.BaseModel `bun:"table:clean_current"`

	Source     string `bun:",pk"`
	Plan       string
	Generation string
	Records    int
	Report     string
}

// cleanTags is how tags are stored.
type cleanTags struct {
	PII        []pii.Tag `json:"pii,omitempty"`
	LookAlikes []pii.Tag `json:"look_alikes,omitempty"`
}

// cleanFound is how the other findings are stored.
type cleanFound struct {
	Spans    []clean.Span       `json:"spans,omitempty"`
	Values   []clean.Value      `json:"values,omitempty"`
	Measures map[string]float64 `json:"measures,omitempty"`
}

func (s cleanStore) Append(ctx context.Context, name, plan, generation string, position int, records []clean.Cleaned) error {
	ids := make([]string, len(records))
	members := make([]cleanMemberRow, len(records))
	for i, c := range records {
		ids[i] = c.RecordID
		members[i] = cleanMemberRow{
			Source: name, Generation: generation, Position: position + i, RecordID: c.RecordID, Department: c.Department,
			Class: c.Class, Format: c.Format, Path: c.Path, RowKey: c.Key, FileID: c.FileID, Line: c.Row,
			Dropped: c.Dropped, DuplicateOf: c.DuplicateOf,
		}
	}
	texts, err := s.missing(ctx, plan, ids, records)
	if err != nil {
		return fmt.Errorf("storing %d cleaned records: %w", len(records), err)
	}
	err = s.db.write(ctx, func(ctx context.Context, tx bun.Tx) error {
		for part := range slices.Chunk(texts, batch) {
			if _, err := tx.NewInsert().Model(&part).On("CONFLICT DO NOTHING").Exec(ctx); err != nil {
				return err
			}
		}
		for part := range slices.Chunk(members, batch) {
			if _, err := tx.NewInsert().Model(&part).On("CONFLICT DO NOTHING").Exec(ctx); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		return fmt.Errorf("storing %d cleaned records: %w", len(records), err)
	}
	return nil
}

// missing returns the rows of the records whose text is not stored yet.
func (s cleanStore) missing(ctx context.Context, plan string, ids []string, records []clean.Cleaned) ([]cleanRecordRow, error) {
	known := map[string]bool{}
	for part := range slices.Chunk(ids, batch) {
		var have []string
		err := s.db.read().NewSelect().TableExpr("clean_record").Column("record_id").
			Where("plan = ? AND record_id IN (?)", plan, bun.In(part)).Scan(ctx, &have)
		if err != nil {
			return nil, s.db.explain(err)
		}
		for _, id := range have {
			known[id] = true
		}
	}
	var rows []cleanRecordRow
	for _, c := range records {
		if known[c.RecordID] {
			continue
		}
		known[c.RecordID] = true
		tags, err := json.Marshal(cleanTags{c.PII, c.LookAlikes})
		if err != nil {
			return nil, err
		}
		repairs, err := json.Marshal(c.Repairs)
		if err != nil {
			return nil, err
		}
		found, err := json.Marshal(cleanFound{c.Spans, c.Values, c.Measures})
		if err != nil {
			return nil, err
		}
		rows = append(rows, cleanRecordRow{
			RecordID: c.RecordID, Plan: plan, Title: c.Title, Text: c.Text, Label: c.Label, Lang: c.Lang,
			Tags: string(tags), Repairs: string(repairs), Found: string(found),
		})
	}
	return rows, nil
}

func (s cleanStore) Appended(ctx context.Context, name, generation string) (int, error) {
	n, err := s.db.read().NewSelect().TableExpr("clean_member").Where("source = ? AND generation = ?", name, generation).Count(ctx)
	if err != nil {
		return 0, fmt.Errorf("looking how far source %s was cleaned: %w", name, s.db.explain(err))
	}
	return int(n), nil
}

func (s cleanStore) Removed(ctx context.Context, name string, fn func(clean.Cleaned) error) error {
	cur, err := s.current(ctx, name)
	if err != nil {
		return err
	}
	removed := "(m.dropped <> '' OR m.duplicate_of <> '')"
	if near, err := s.drops(ctx, name); err != nil {
		return err
	} else if near { // the index of what was removed does not know of these
		removed = "(m.dropped <> '' OR m.duplicate_of <> '' OR a.dropped IS NOT NULL)"
	}
	for next := -1; ; {
		var rows []cleanedRow
		err := withText(s.members()).Where("m.source = ? AND m.generation = ? AND m.position > ?", name, cur.Generation, next).
			Where(removed).OrderExpr("m.position").Limit(page).Scan(ctx, &rows)
		if err != nil {
			return fmt.Errorf("reading what was removed of source %s: %w", name, s.db.explain(err))
		}
		for _, row := range rows {
			c, err := row.cleaned()
			if err == nil {
				err = fn(c)
			}
			if err != nil {
				return err
			}
			next = row.Position
		}
		if len(rows) < page {
			return nil
		}
	}
}

func (s cleanStore) Commit(ctx context.Context, name, plan, generation string, n int, report []byte) error {
	row := cleanCurrentRow{Source: name, Plan: plan, Generation: generation, Records: n, Report: string(report)}
	err := s.db.write(ctx, func(ctx context.Context, tx bun.Tx) error {
		have, err := tx.NewSelect().TableExpr("clean_member").Where("source = ? AND generation = ?", name, generation).Count(ctx)
		if err != nil {
			return err
		}
		if int(have) != n {
			return errs.Internal("committing cleaned source %s: %d of %d records are there", name, have, n)
		}
		_, err = tx.NewInsert().Model(&row).On("CONFLICT (source) DO UPDATE").
			Set("plan = EXCLUDED.plan, generation = EXCLUDED.generation, records = EXCLUDED.records, report = EXCLUDED.report").Exec(ctx)
		return err
	})
	if err != nil {
		return fmt.Errorf("committing cleaned source %s: %w", name, err)
	}
	return s.forget(ctx, name, generation)
}

// forget removes the other generations of a source, in short writes.
func (s cleanStore) forget(ctx context.Context, name, keep string) error {
	var old []struct {
		Generation string
		Last       int
	}
	err := s.db.read().NewSelect().TableExpr("clean_member").ColumnExpr("generation, MAX(position) AS last").
		Where("source = ? AND generation <> ?", name, keep).Group("generation").Order("generation").Scan(ctx, &old)
	if err != nil {
		return fmt.Errorf("forgetting old generations of source %s: %w", name, s.db.explain(err))
	}
	const step = 5000
	for _, g := range old {
		for from := 0; from <= g.Last; from += step {
			err := s.db.write(ctx, func(ctx context.Context, tx bun.Tx) error {
				_, err := tx.NewDelete().TableExpr("clean_member").
					Where("source = ? AND generation = ? AND position >= ? AND position < ?", name, g.Generation, from, from+step).Exec(ctx)
				return err
			})
			if err != nil {
				return fmt.Errorf("forgetting old generations of source %s: %w", name, err)
			}
		}
	}
	return nil
}

func (s cleanStore) current(ctx context.Context, name string) (row cleanCurrentRow, err error) {
	err = s.db.read().NewSelect().Model(&row).Where("source = ?", name).Scan(ctx)
	if errors.Is(err, sql.ErrNoRows) {
		return cleanCurrentRow{}, nil
	}
	if err != nil {
		return row, fmt.Errorf("reading cleaned source %s: %w", name, s.db.explain(err))
	}
	return row, nil
}

func (s cleanStore) Current(ctx context.Context, name string) (string, []byte, error) {
	row, err := s.current(ctx, name)
	return row.Generation, []byte(row.Report), err
}

// cleanedRow is a member with its text, as one query reads them.
type cleanedRow struct {
	cleanMemberRow `bun:",extend"`

	Title   string
	Text    string
	Label   string
	Lang    string
	Tags    string
	Repairs string
	Found   string
}

func (r cleanedRow) outline() (clean.Cleaned, error) {
	c := clean.Cleaned{
		RecordID: r.RecordID, Source: r.Source, Department: r.Department, Class: r.Class, Format: r.Format, Path: r.Path,
		Key: r.RowKey, FileID: r.FileID, Row: r.Line, Dropped: r.Dropped, DuplicateOf: r.DuplicateOf,
	}
	c.Address = source.Record{Class: c.Class, Path: c.Path, Key: c.Key}.Address()
	return c, nil
}

func (r cleanedRow) cleaned() (clean.Cleaned, error) {
	c, _ := r.outline()
	c.Title, c.Text, c.Label, c.Lang = r.Title, r.Text, r.Label, r.Lang
	var tags cleanTags
	if err := json.Unmarshal([]byte(r.Tags), &tags); err != nil {
		return c, errs.Internal("reading cleaned record %s: tags: %v", r.RecordID, err)
	}
	if err := json.Unmarshal([]byte(r.Repairs), &c.Repairs); err != nil {
		return c, errs.Internal("reading cleaned record %s: repairs: %v", r.RecordID, err)
	}
	var found cleanFound
	if err := json.Unmarshal([]byte(r.Found), &found); err != nil {
		return c, errs.Internal("reading cleaned record %s: findings: %v", r.RecordID, err)
	}
	c.PII, c.LookAlikes = tags.PII, tags.LookAlikes
	c.Spans, c.Values, c.Measures = found.Spans, found.Values, found.Measures
	return c, nil
}

func (s cleanStore) members() *bun.SelectQuery {
	return s.db.read().NewSelect().TableExpr("clean_member AS m").
		ColumnExpr("m.source, m.generation, m.position, m.record_id, m.department, m.class, m.format, m.path, m.row_key, m.file_id, m.line").
		ColumnExpr("CASE WHEN m.dropped = '' AND a.dropped IS NOT NULL THEN a.dropped ELSE m.dropped END AS dropped").
		ColumnExpr("CASE WHEN m.dropped = '' AND a.dropped IS NOT NULL THEN a.of_record ELSE m.duplicate_of END AS duplicate_of").
		Join("LEFT JOIN clean_alike AS a ON a.source = m.source AND a.record_id = m.record_id AND a.dropped <> ''").
		Join("JOIN clean_current AS c ON c.source = m.source AND c.generation = m.generation")
}

func withText(q *bun.SelectQuery) *bun.SelectQuery {
	return q.ColumnExpr("r.title, r.text, r.label, r.lang, r.tags, r.repairs, r.found").
		Join("JOIN clean_record AS r ON r.record_id = m.record_id AND r.plan = c.plan")
}

func (s cleanStore) Each(ctx context.Context, name string, fn func(clean.Cleaned) error) error {
	return s.each(ctx, name, withText, cleanedRow.cleaned, fn)
}

func (s cleanStore) Outline(ctx context.Context, name string, fn func(clean.Cleaned) error) error {
	return s.each(ctx, name, func(q *bun.SelectQuery) *bun.SelectQuery { return q }, cleanedRow.outline, fn)
}

func (s cleanStore) each(ctx context.Context, name string, with func(*bun.SelectQuery) *bun.SelectQuery, of func(cleanedRow) (clean.Cleaned, error), fn func(clean.Cleaned) error) error {
	cur, err := s.current(ctx, name)
	if err != nil {
		return err
	}
	for next := 0; next < cur.Records; next += page {
		var rows []cleanedRow
		err := with(s.members()).Where("m.source = ? AND m.generation = ? AND m.position >= ? AND m.position < ?", name, cur.Generation, next, next+page).
			OrderExpr("m.position").Scan(ctx, &rows)
		if err != nil {
			return fmt.Errorf("reading cleaned source %s: %w", name, s.db.explain(err))
		}
		if want := min(page, cur.Records-next); len(rows) != want {
			return errs.Conflict("reading cleaned source %s: it was cleaned again meanwhile; run the command again", name)
		}
		for _, row := range rows {
			c, err := of(row)
			if err != nil {
				return err
			}
			if err := fn(c); err != nil {
				return err
			}
		}
	}
	return nil
}

func (s cleanStore) Known(ctx context.Context, name, plan string, ids []string, fn func(clean.Cleaned) error) error {
	for part := range slices.Chunk(ids, batch) {
		var rows []cleanedRow
		err := withText(s.members()).Where("m.record_id IN (?)", bun.In(part)).Where("m.source = ? AND c.plan = ?", name, plan).Scan(ctx, &rows)
		if err != nil {
			return fmt.Errorf("reading what source %s held before: %w", name, s.db.explain(err))
		}
		for _, row := range rows {
			c, err := row.cleaned()
			if err == nil {
				err = fn(c)
			}
			if err != nil {
				return err
			}
		}
	}
	return nil
}

func (s cleanStore) Get(ctx context.Context, id string) (clean.Cleaned, error) {
	var rows []cleanedRow
	if err := withText(s.members()).Where("m.record_id = ?", id).Limit(1).Scan(ctx, &rows); err != nil {
		return clean.Cleaned{}, fmt.Errorf("reading cleaned record %s: %w", id, s.db.explain(err))
	}
	if len(rows) == 0 {
		return clean.Cleaned{}, errs.NotFound("no cleaned record %q", id)
	}
	return rows[0].cleaned()
}

func (s cleanStore) Duplicates(ctx context.Context, id string) ([]string, error) {
	ids := []string{}
	// The index of duplicate_of holds those that are any's: to use it, a query must say so.
	for _, where := range []string{"m.duplicate_of = ? AND m.duplicate_of <> ''", "m.dropped = '' AND m.record_id IN (SELECT record_id FROM clean_alike WHERE of_record = ? AND dropped <> '')"} {
		var rows []cleanMemberRow
		if err := s.members().Where(where, id).OrderExpr("m.source, m.position").Scan(ctx, &rows); err != nil {
			return nil, fmt.Errorf("reading the duplicates of record %s: %w", id, s.db.explain(err))
		}
		for _, r := range rows {
			ids = append(ids, r.RecordID)
		}
	}
	return ids, nil
}
