package store

import (
	"context"
	"database/sql"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"slices"

	"github.com/uptrace/bun"

	"github.com/luodi/luodi/internal/errs"
	"github.com/luodi/luodi/internal/knowledge/space"
)

// Space is the embedding spaces: vectors, and what each base uses.
func (db *DB) Space() space.Store { return spaceStore{db} }

type spaceStore struct{ db *DB }

type spaceRow struct {
	bun.BaseModel `bun:"table:space_space"`

	ID       string
	Provider string
	Model    string
	Revision string
	Dim      int
	Query    string
	Passage  string
	Probe    string
	Data     []byte
}

type vectorRow struct {
	bun.BaseModel `bun:"table:space_vector"`

	Space string
	Hash  string // hex
	Data  []byte
}

type spaceDocRow struct {
	bun.BaseModel `bun:"table:space_doc"`

	Base    string
	Space   string
	Version string
	Hashes  []byte
}

type rankerRow struct {
	bun.BaseModel `bun:"table:space_ranker"`

	ID      string
	Base    string
	Version string
	Data    []byte
}

type aliasRow struct {
	bun.BaseModel `bun:"table:space_alias"`

	Base       string
	Generation int64
	Uses       string
}

func (s spaceStore) Put(ctx context.Context, v space.Space) error {
	row := spaceRow{ID: v.ID, Provider: v.Provider, Model: v.Model, Revision: v.Revision, Dim: v.Dim,
		Query: v.Query, Passage: v.Passage, Probe: v.Probe, Data: blob(v.Data)}
	// A static space is tens of megabytes: not sent again to find it there.
	there, err := s.db.read().NewSelect().Model((*spaceRow)(nil)).Where("id = ?", v.ID).Exists(ctx)
	if err == nil && !there {
		err = s.db.write(ctx, func(ctx context.Context, tx bun.Tx) error {
			_, err := tx.NewInsert().Model(&row).On("CONFLICT DO NOTHING").Exec(ctx)
			return err
		})
	}
	if err != nil {
		return fmt.Errorf("storing embedding space %s: %w", v.ID, s.db.explain(err))
	}
	return nil
}

func (s spaceStore) Get(ctx context.Context, id string) (space.Space, error) {
	var r spaceRow
	err := s.db.read().NewSelect().Model(&r).Where("id = ?", id).Scan(ctx)
	if errors.Is(err, sql.ErrNoRows) {
		return space.Space{}, errs.NotFound("no embedding space %s", id)
	}
	if err != nil {
		return space.Space{}, fmt.Errorf("reading embedding space %s: %w", id, s.db.explain(err))
	}
	return space.Space{ID: r.ID, Provider: r.Provider, Model: r.Model, Revision: r.Revision, Dim: r.Dim,
		Query: r.Query, Passage: r.Passage, Probe: r.Probe, Data: r.Data}, nil
}

func (s spaceStore) Add(ctx context.Context, base, id string, vectors []space.Vector, docs []space.Doc) error {
	err := s.db.write(ctx, func(ctx context.Context, tx bun.Tx) error {
		for part := range slices.Chunk(vectors, batch) {
			rows := make([]vectorRow, len(part))
			for i, v := range part {
				rows[i] = vectorRow{Space: id, Hash: hex.EncodeToString(v.Key[:]), Data: blob(v.Data)}
			}
			if _, err := tx.NewInsert().Model(&rows).On("CONFLICT DO NOTHING").Exec(ctx); err != nil {
				return err
			}
		}
		for part := range slices.Chunk(docs, batch) {
			rows := make([]spaceDocRow, len(part))
			for i, d := range part {
				rows[i] = spaceDocRow{Base: base, Space: id, Version: d.Version, Hashes: packKeys(d.Keys)}
			}
			if _, err := tx.NewInsert().Model(&rows).On("CONFLICT DO NOTHING").Exec(ctx); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		return fmt.Errorf("storing vectors of embedding space %s: %w", id, err)
	}
	return nil
}

func packKeys(keys []space.Key) []byte {
	b := make([]byte, 0, len(keys)*len(space.Key{}))
	for _, k := range keys {
		b = append(b, k[:]...)
	}
	return b
}

func (s spaceStore) Docs(ctx context.Context, base, id string, fn func(space.Doc) error) error {
	q := s.db.read().NewSelect().Model((*spaceDocRow)(nil)).Where("base = ?", base).Where("space = ?", id).Order("version")
	return eachRow(ctx, s.db, q, "reading what has vectors in embedding space "+id, func(r *spaceDocRow) error {
		d := space.Doc{Version: r.Version}
		for k := range slices.Chunk(r.Hashes, len(space.Key{})) {
			d.Keys = append(d.Keys, space.Key(k))
		}
		return fn(d)
	})
}

func (s spaceStore) Vectors(ctx context.Context, id string, fn func(space.Vector) error) error {
	return s.eachVector(ctx, id, s.db.read().NewSelect().Model((*vectorRow)(nil)).Where("space = ?", id).Order("hash"), fn)
}

func (s spaceStore) VectorsOf(ctx context.Context, id string, keys []space.Key, fn func(space.Vector) error) error {
	for part := range slices.Chunk(keys, batch) {
		hashes := make([]string, len(part))
		for i, k := range part {
			hashes[i] = hex.EncodeToString(k[:])
		}
		q := s.db.read().NewSelect().Model((*vectorRow)(nil)).Where("space = ?", id).Where("hash IN (?)", bun.In(hashes))
		if err := s.eachVector(ctx, id, q, fn); err != nil {
			return err
		}
	}
	return nil
}

func (s spaceStore) eachVector(ctx context.Context, id string, q *bun.SelectQuery, fn func(space.Vector) error) error {
	return eachRow(ctx, s.db, q, "reading the vectors of embedding space "+id, func(r *vectorRow) error {
		v := space.Vector{Data: r.Data}
		if n, err := hex.Decode(v.Key[:], []byte(r.Hash)); err != nil || n != len(v.Key) {
			return errs.Internal("vector %q of embedding space %s has a broken key", r.Hash, id)
		}
		return fn(v)
	})
}

// eachRow calls fn for every row of a query.
func eachRow[T any](ctx context.Context, db *DB, q *bun.SelectQuery, what string, fn func(*T) error) error {
	rows, err := q.Rows(ctx)
	if err != nil {
		return fmt.Errorf("%s: %w", what, db.explain(err))
	}
	defer rows.Close()
	for rows.Next() {
		var r T
		if err := db.read().ScanRow(ctx, rows, &r); err != nil {
			return fmt.Errorf("%s: %w", what, db.explain(err))
		}
		if err := fn(&r); err != nil {
			return err
		}
	}
	return db.explain(rows.Err())
}

func (s spaceStore) PutRanker(ctx context.Context, r space.Ranker) error {
	row := rankerRow{ID: r.ID, Base: r.Base, Version: r.Version, Data: blob(r.Data)}
	err := s.db.write(ctx, func(ctx context.Context, tx bun.Tx) error {
		_, err := tx.NewInsert().Model(&row).On("CONFLICT DO NOTHING").Exec(ctx)
		return err
	})
	if err != nil {
		return fmt.Errorf("storing ranker %s: %w", r.ID, err)
	}
	return nil
}

func (s spaceStore) Ranker(ctx context.Context, id string) (space.Ranker, error) {
	var r rankerRow
	err := s.db.read().NewSelect().Model(&r).Where("id = ?", id).Scan(ctx)
	if errors.Is(err, sql.ErrNoRows) {
		return space.Ranker{}, errs.NotFound("no fitted ranker %s; run luodi kb tune again", id)
	}
	if err != nil {
		return space.Ranker{}, fmt.Errorf("reading ranker %s: %w", id, s.db.explain(err))
	}
	return space.Ranker{ID: r.ID, Base: r.Base, Version: r.Version, Data: r.Data}, nil
}

func (s spaceStore) Alias(ctx context.Context, base string) (space.Alias, error) {
	var r aliasRow
	err := s.db.read().NewSelect().Model(&r).Where("base = ?", base).Scan(ctx)
	if errors.Is(err, sql.ErrNoRows) {
		return space.Alias{}, nil
	}
	if err != nil {
		return space.Alias{}, fmt.Errorf("reading what space knowledge base %s uses: %w", base, s.db.explain(err))
	}
	var uses [2]space.Use
	if err := json.Unmarshal([]byte(r.Uses), &uses); err != nil {
		return space.Alias{}, fmt.Errorf("reading what space knowledge base %s uses: %w", base, err)
	}
	return space.Alias{Generation: r.Generation, Now: uses[0], Before: uses[1]}, nil
}

func (s spaceStore) Flip(ctx context.Context, base string, a space.Alias) (space.Alias, error) {
	uses, err := json.Marshal([2]space.Use{a.Now, a.Before})
	if err != nil {
		return a, err
	}
	err = s.db.write(ctx, func(ctx context.Context, tx bun.Tx) error {
		var res sql.Result
		var err error
		if a.Generation == 0 {
			row := aliasRow{Base: base, Generation: 1, Uses: string(uses)}
			res, err = tx.NewInsert().Model(&row).On("CONFLICT DO NOTHING").Exec(ctx)
		} else {
			res, err = tx.NewUpdate().Model((*aliasRow)(nil)).Set("generation = generation + 1").Set("uses = ?", string(uses)).
				Where("base = ?", base).Where("generation = ?", a.Generation).Exec(ctx)
		}
		if err != nil {
			return err
		}
		n, err := res.RowsAffected()
		if err == nil && n == 0 {
			return errs.Conflict("somebody else has changed it meanwhile; look at it and try again")
		}
		return err
	})
	if err != nil {
		return a, fmt.Errorf("changing what space knowledge base %s uses: %w", base, err)
	}
	a.Generation++
	return a, nil
}
