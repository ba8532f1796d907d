package store

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/pgvector/pgvector-go"
	"github.com/uptrace/bun"

	"github.com/luodi/luodi/internal/errs"
	"github.com/luodi/luodi/internal/knowledge/space"
)

// pgvectorTable is derived from space_vector and space_doc: it is made where
// the extension is, and no export carries it.
const pgvectorTable = "space_pgvector"

// PGVector compares vectors in PostgreSQL, by its extension vector. Every
// passage that the filter leaves is compared, exactly: an approximate index
// would filter after ranking, and lose what few may read. It returns
// errs.Invalid on SQLite and where the extension is not installed.
func (db *DB) PGVector(ctx context.Context) (space.Engine, error) {
	if db.sqlite {
		return nil, errs.Invalid("vectors: pgvector needs a store on PostgreSQL; write store: {url: postgres://…} or leave vectors out")
	}
	for _, q := range []string{
		"CREATE EXTENSION IF NOT EXISTS vector WITH SCHEMA public",
		"CREATE TABLE IF NOT EXISTS " + pgvectorTable + ` (
			base TEXT COLLATE "C" NOT NULL, space TEXT COLLATE "C" NOT NULL, version TEXT COLLATE "C" NOT NULL,
			chunk BIGINT NOT NULL, embedding public.vector NOT NULL, PRIMARY KEY (base, space, version, chunk))`,
	} {
		if _, err := db.writes.ExecContext(ctx, q); err != nil {
			return nil, errs.Invalid("PostgreSQL cannot compare vectors (%v); install its extension pgvector and let the user of store.url create it, or leave vectors: pgvector out", db.explain(err))
		}
	}
	return vectorEngine{db}, nil
}

type vectorEngine struct{ db *DB }

// Sync implements space.Engine.
func (e vectorEngine) Sync(ctx context.Context, base string, s space.Space) error {
	var have []string
	err := e.db.read().NewSelect().Table(pgvectorTable).ColumnExpr("DISTINCT version").Where("base = ?", base).Where("space = ?", s.ID).Scan(ctx, &have)
	if err != nil {
		return fmt.Errorf("reading what pgvector holds of knowledge base %s: %w", base, e.db.explain(err))
	}
	held := map[string]bool{}
	for _, v := range have {
		held[v] = true
	}
	spaces := spaceStore{e.db}
	var docs []space.Doc
	want := map[space.Key]string{}
	err = spaces.Docs(ctx, base, s.ID, func(d space.Doc) error {
		if !held[d.Version] && len(d.Keys) > 0 {
			docs = append(docs, d)
			for _, k := range d.Keys {
				want[k] = ""
			}
		}
		return nil
	})
	if err != nil || len(docs) == 0 {
		return err
	}
	row := make([]float32, s.Dim)
	err = spaces.Vectors(ctx, s.ID, func(v space.Vector) error {
		if _, ok := want[v.Key]; !ok {
			return nil
		}
		if err := space.Unpack(v.Data, row); err != nil {
			return err
		}
		want[v.Key] = pgvector.NewVector(row).String()
		return nil
	})
	if err != nil {
		return err
	}
	for part := range slices.Chunk(docs, batch) {
		if err := e.add(ctx, base, s.ID, part, want); err != nil {
			return fmt.Errorf("giving pgvector the vectors of knowledge base %s: %w", base, err)
		}
	}
	return nil
}

// add writes whole documents, all of a batch or none.
func (e vectorEngine) add(ctx context.Context, base, id string, docs []space.Doc, vectors map[space.Key]string) error {
	return e.db.write(ctx, func(ctx context.Context, tx bun.Tx) error {
		for _, d := range docs {
			var rows []string
			var args []any
			for i, k := range d.Keys {
				if vectors[k] == "" {
					return errs.Internal("version %s has no vector for its passage %d; run luodi up", d.Version, i)
				}
				rows = append(rows, "(?, ?, ?, ?, ?::public.vector)")
				args = append(args, base, id, d.Version, i, vectors[k])
			}
			if _, err := tx.NewRaw("INSERT INTO "+pgvectorTable+" VALUES "+strings.Join(rows, ", ")+" ON CONFLICT DO NOTHING", args...).Exec(ctx); err != nil {
				return err
			}
		}
		return nil
	})
}

// Nearest implements space.Engine.
func (e vectorEngine) Nearest(ctx context.Context, base string, s space.Space, q []float32, versions []string, n int) ([]space.Near, float32, error) {
	rows, err := e.db.read().QueryContext(ctx, `WITH c AS MATERIALIZED (
			SELECT version, chunk, -(embedding OPERATOR(public.<#>) ?::public.vector) AS cosine FROM `+pgvectorTable+`
			WHERE base = ? AND space = ? AND version = ANY (string_to_array(?, ',')))
		SELECT version, chunk, cosine, (SELECT count(*) FROM c), (SELECT coalesce(sum(cosine), 0) FROM c)
		FROM c ORDER BY cosine DESC, version, chunk LIMIT ?`, pgvector.NewVector(q).String(), base, s.ID, strings.Join(versions, ","), n)
	if err != nil {
		return nil, 0, fmt.Errorf("comparing vectors of knowledge base %s: %w", base, e.db.explain(err))
	}
	defer rows.Close()
	var out []space.Near
	all, sum := 0, 0.
	for rows.Next() {
		var near space.Near
		if err := rows.Scan(&near.Version, &near.Chunk, &near.Cosine, &all, &sum); err != nil {
			return nil, 0, errors.Join(errs.Internal("reading what pgvector found"), err)
		}
		out = append(out, near)
	}
	for _, near := range out {
		sum -= float64(near.Cosine)
	}
	rest := float32(0)
	if all > len(out) {
		rest = float32(sum / float64(all-len(out)))
	}
	return out, rest, e.db.explain(rows.Err())
}
