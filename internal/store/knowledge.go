package store

import (
	"cmp"
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"slices"

	"github.com/uptrace/bun"

	"github.com/luodi/luodi/internal/errs"
	"github.com/luodi/luodi/internal/knowledge"
)

// Knowledge is the knowledge bases: documents, versions and index.
func (db *DB) Knowledge() knowledge.Store { return knowledgeStore{db} }

type knowledgeStore struct{ db *DB }

type baseRow struct {
	bun.BaseModel `bun:"table:knowledge_base"`

	Name       string
	Generation int64
	Settings   []byte
}

func (s knowledgeStore) Header(ctx context.Context, base string) (knowledge.Header, error) {
	var r baseRow
	err := s.db.read().NewSelect().Model(&r).Where("name = ?", base).Scan(ctx)
	if errors.Is(err, sql.ErrNoRows) {
		return knowledge.Header{}, errs.NotFound("no knowledge base %q is built; luodi up builds those of luodi.yaml", base)
	}
	if err != nil {
		return knowledge.Header{}, fmt.Errorf("reading knowledge base %s: %w", base, s.db.explain(err))
	}
	return knowledge.Header{Base: r.Name, Generation: r.Generation, Settings: r.Settings}, nil
}

func (s knowledgeStore) Bases(ctx context.Context) ([]string, error) {
	var names []string
	err := s.db.read().NewSelect().Model((*baseRow)(nil)).Column("name").Scan(ctx, &names)
	if err != nil {
		return nil, fmt.Errorf("listing knowledge bases: %w", s.db.explain(err))
	}
	slices.Sort(names)
	return names, nil
}

func (s knowledgeStore) Commit(ctx context.Context, base string, c knowledge.Change) (int64, error) {
	err := s.db.write(ctx, func(ctx context.Context, tx bun.Tx) error {
		if err := advance(ctx, tx, base, c); err != nil {
			return err
		}
		for _, write := range []func(context.Context, bun.Tx, string, knowledge.Change) error{putVersions, putTexts, changeVersions, putSegments} {
			if err := write(ctx, tx, base, c); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		return 0, fmt.Errorf("writing knowledge base %s: %w", base, err)
	}
	return c.Expect + 1, nil
}

// advance raises the generation from the expected one, making the base when
// that is 0.
func advance(ctx context.Context, tx bun.Tx, base string, c knowledge.Change) error {
	var res sql.Result
	var err error
	if c.Expect == 0 {
		row := baseRow{Name: base, Generation: 1, Settings: blob(c.Settings)}
		res, err = tx.NewInsert().Model(&row).On("CONFLICT DO NOTHING").Exec(ctx)
	} else {
		q := tx.NewUpdate().Model((*baseRow)(nil)).Set("generation = generation + 1").Where("name = ?", base).Where("generation = ?", c.Expect)
		if c.Settings != nil {
			q = q.Set("settings = ?", c.Settings)
		}
		res, err = q.Exec(ctx)
	}
	if err != nil {
		return err
	}
	n, err := res.RowsAffected()
	if err != nil {
		return err
	}
	if n == 0 {
		return errs.Conflict("it is not at generation %d: somebody else has built it meanwhile; run the build again", c.Expect)
	}
	return nil
}

// blob is b, never NULL.
func blob(b []byte) []byte {
	if b == nil {
		return []byte{}
	}
	return b
}

// Delete removes a base a table at a time, the base itself last, so that a
// killed delete is finished by the next.
func (s knowledgeStore) Delete(ctx context.Context, base string) error {
	err := s.db.write(ctx, func(ctx context.Context, tx bun.Tx) error {
		for _, t := range []string{"knowledge_page", "knowledge_segment", "knowledge_text", "knowledge_version"} {
			if _, err := tx.NewDelete().Table(t).Where("base = ?", base).Exec(ctx); err != nil {
				return err
			}
		}
		_, err := tx.NewDelete().Table("knowledge_base").Where("name = ?", base).Exec(ctx)
		return err
	})
	if err != nil {
		return fmt.Errorf("deleting knowledge base %s: %w", base, err)
	}
	return nil
}

type versionRow struct {
	bun.BaseModel `bun:"table:knowledge_version"`

	Base       string
	ID         string
	Document   string
	Address    string
	Title      string
	Source     string
	Department string
	Format     string
	Readers    string
	Size       int
	SHA256     string `bun:"sha256"`
	Effective  int64
	Number     int64
	State      string
	Segment    int64
	Outline    []byte
}

func versionRowOf(base string, v knowledge.Version) versionRow {
	return versionRow{Base: base, ID: v.ID, Document: v.Document, Address: v.Address, Title: v.Title, Source: v.Source, Department: v.Department,
		Format: v.Format, Readers: readersText(v.Readers), Size: v.Size, SHA256: v.SHA256, Effective: v.Effective, Number: v.Order,
		State: string(v.State), Segment: v.Segment, Outline: blob(v.Outline)}
}

func (r versionRow) version() (knowledge.Version, error) {
	v := knowledge.Version{ID: r.ID, Document: r.Document, Address: r.Address, Title: r.Title, Source: r.Source, Department: r.Department,
		Format: r.Format, Size: r.Size, SHA256: r.SHA256, Effective: r.Effective, Order: r.Number,
		State: knowledge.State(r.State), Segment: r.Segment, Outline: r.Outline}
	if err := json.Unmarshal([]byte(r.Readers), &v.Readers); err != nil {
		return v, fmt.Errorf("reading the readers of version %s: %w", r.ID, err)
	}
	return v, nil
}

// readersText is a list of principals as JSON.
func readersText(readers []string) string {
	b, err := json.Marshal(readers)
	if err != nil {
		panic(err) // strings only
	}
	return string(b)
}

func putVersions(ctx context.Context, tx bun.Tx, base string, c knowledge.Change) error {
	for part := range slices.Chunk(c.Versions, batch) {
		rows := make([]versionRow, len(part))
		for i, v := range part {
			rows[i] = versionRowOf(base, v)
		}
		if _, err := tx.NewInsert().Model(&rows).Exec(ctx); err != nil {
			return err
		}
	}
	return nil
}

// changeVersions sets states and segments, all versions of a value at once.
func changeVersions(ctx context.Context, tx bun.Tx, base string, c knowledge.Change) error {
	if err := setColumn(ctx, tx, base, "state", c.States); err != nil {
		return err
	}
	if err := setColumn(ctx, tx, base, "segment", c.Moved); err != nil {
		return err
	}
	texts := map[string]string{}
	for id, readers := range c.Readers {
		texts[id] = readersText(readers)
	}
	return setColumn(ctx, tx, base, "readers", texts)
}

func setColumn[T cmp.Ordered](ctx context.Context, tx bun.Tx, base, column string, values map[string]T) error {
	by := map[T][]string{}
	for _, id := range slices.Sorted(maps.Keys(values)) {
		by[values[id]] = append(by[values[id]], id)
	}
	for _, v := range slices.Sorted(maps.Keys(by)) {
		for part := range slices.Chunk(by[v], batch) {
			_, err := tx.NewUpdate().Table("knowledge_version").Set("? = ?", bun.Ident(column), v).
				Where("base = ?", base).Where("id IN (?)", bun.In(part)).Exec(ctx)
			if err != nil {
				return err
			}
		}
	}
	return nil
}

func (s knowledgeStore) Versions(ctx context.Context, base string, ids []string) ([]knowledge.Version, error) {
	var out []knowledge.Version
	for part := range slices.Chunk(ids, batch) {
		vs, err := s.versions(ctx, s.db.read().NewSelect().Where("base = ?", base).Where("id IN (?)", bun.In(part)))
		if err != nil {
			return nil, err
		}
		out = append(out, vs...)
	}
	return out, nil
}

func (s knowledgeStore) OfDocument(ctx context.Context, base, document string) ([]knowledge.Version, error) {
	return s.versions(ctx, s.db.read().NewSelect().Where("base = ?", base).Where("document = ?", document).Order("number DESC"))
}

func (s knowledgeStore) AtAddress(ctx context.Context, base, address string) ([]knowledge.Version, error) {
	return s.versions(ctx, s.db.read().NewSelect().Where("base = ?", base).Where("address = ?", address).Order("number DESC"))
}

func (s knowledgeStore) versions(ctx context.Context, q *bun.SelectQuery) ([]knowledge.Version, error) {
	var rows []versionRow
	if err := q.Model(&rows).Scan(ctx); err != nil {
		return nil, fmt.Errorf("reading document versions: %w", s.db.explain(err))
	}
	out := make([]knowledge.Version, len(rows))
	for i, r := range rows {
		var err error
		if out[i], err = r.version(); err != nil {
			return nil, err
		}
	}
	return out, nil
}

func (s knowledgeStore) EachVersion(ctx context.Context, base string, state knowledge.State, fn func(knowledge.Version) error) error {
	q := s.db.read().NewSelect().Model((*versionRow)(nil)).ExcludeColumn("outline").Where("base = ?", base).Order("number")
	if state != "" {
		q = q.Where("state = ?", string(state))
	}
	rows, err := q.Rows(ctx)
	if err != nil {
		return fmt.Errorf("reading the versions of knowledge base %s: %w", base, s.db.explain(err))
	}
	defer rows.Close()
	for rows.Next() {
		var r versionRow
		if err := s.db.read().ScanRow(ctx, rows, &r); err != nil {
			return fmt.Errorf("reading the versions of knowledge base %s: %w", base, s.db.explain(err))
		}
		v, err := r.version()
		if err != nil {
			return err
		}
		if err := fn(v); err != nil {
			return err
		}
	}
	return s.db.explain(rows.Err())
}
