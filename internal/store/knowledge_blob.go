package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"maps"
	"slices"

	"github.com/uptrace/bun"

	"github.com/luodi/luodi/internal/errs"
	"github.com/luodi/luodi/internal/knowledge"
)

type textRow struct {
	bun.BaseModel `bun:"table:knowledge_text"`

	Base    string
	Version string
	Block   int
	Data    []byte
}

type segmentRow struct {
	bun.BaseModel `bun:"table:knowledge_segment"`

	Base   string
	ID     int64
	Chunks int
	Meta   []byte
	Access []byte
}

type pageRow struct {
	bun.BaseModel `bun:"table:knowledge_page"`

	Base    string
	Segment int64
	Number  int
	Data    []byte
}

// blobBatch is how many blobs of some kilobytes one INSERT carries.
const blobBatch = 32

func putTexts(ctx context.Context, tx bun.Tx, base string, c knowledge.Change) error {
	for part := range slices.Chunk(c.Texts, blobBatch) {
		rows := make([]textRow, len(part))
		for i, t := range part {
			rows[i] = textRow{Base: base, Version: t.Version, Block: t.Block, Data: t.Data}
		}
		if _, err := tx.NewInsert().Model(&rows).Exec(ctx); err != nil {
			return err
		}
	}
	return nil
}

// putSegments writes new segments and access labels, and drops segments.
func putSegments(ctx context.Context, tx bun.Tx, base string, c knowledge.Change) error {
	for _, s := range c.Segments {
		row := segmentRow{Base: base, ID: s.ID, Chunks: s.Chunks, Meta: blob(s.Meta), Access: blob(s.Access)}
		if _, err := tx.NewInsert().Model(&row).Exec(ctx); err != nil {
			return err
		}
		number := 0
		for part := range slices.Chunk(s.Pages, blobBatch) {
			rows := make([]pageRow, len(part))
			for i, p := range part {
				rows[i] = pageRow{Base: base, Segment: s.ID, Number: number, Data: p}
				number++
			}
			if _, err := tx.NewInsert().Model(&rows).Exec(ctx); err != nil {
				return err
			}
		}
	}
	for _, id := range slices.Sorted(maps.Keys(c.Access)) {
		_, err := tx.NewUpdate().Model((*segmentRow)(nil)).Set("access = ?", blob(c.Access[id])).Where("base = ?", base).Where("id = ?", id).Exec(ctx)
		if err != nil {
			return err
		}
	}
	for _, id := range c.Drop {
		if _, err := tx.NewDelete().Model((*pageRow)(nil)).Where("base = ?", base).Where("segment = ?", id).Exec(ctx); err != nil {
			return err
		}
		if _, err := tx.NewDelete().Model((*segmentRow)(nil)).Where("base = ?", base).Where("id = ?", id).Exec(ctx); err != nil {
			return err
		}
	}
	return nil
}

func (s knowledgeStore) Segments(ctx context.Context, base string) ([]knowledge.Segment, error) {
	var rows []segmentRow
	if err := s.db.read().NewSelect().Model(&rows).Where("base = ?", base).Order("id").Scan(ctx); err != nil {
		return nil, fmt.Errorf("reading the index of knowledge base %s: %w", base, s.db.explain(err))
	}
	out := make([]knowledge.Segment, len(rows))
	for i, r := range rows {
		out[i] = knowledge.Segment{ID: r.ID, Chunks: r.Chunks, Meta: r.Meta, Access: r.Access}
	}
	return out, nil
}

func (s knowledgeStore) Page(ctx context.Context, base string, segment int64, page int) ([]byte, error) {
	var r pageRow
	err := s.db.read().NewSelect().Model(&r).Column("data").Where("base = ?", base).Where("segment = ?", segment).Where("number = ?", page).Scan(ctx)
	if errors.Is(err, sql.ErrNoRows) {
		return nil, errs.NotFound("knowledge base %s has no page %d of segment %d", base, page, segment)
	}
	if err != nil {
		return nil, fmt.Errorf("reading page %d of segment %d: %w", page, segment, s.db.explain(err))
	}
	return r.Data, nil
}

func (s knowledgeStore) Texts(ctx context.Context, base, version string, from, to int) ([]knowledge.Text, error) {
	var rows []textRow
	err := s.db.read().NewSelect().Model(&rows).Where("base = ?", base).Where("version = ?", version).
		Where("block BETWEEN ? AND ?", from, to).Order("block").Scan(ctx)
	if err != nil {
		return nil, fmt.Errorf("reading the text of version %s: %w", version, s.db.explain(err))
	}
	if len(rows) != to-from+1 {
		return nil, errs.NotFound("knowledge base %s has no blocks %d–%d of version %s", base, from, to, version)
	}
	out := make([]knowledge.Text, len(rows))
	for i, r := range rows {
		out[i] = knowledge.Text{Version: r.Version, Block: r.Block, Data: r.Data}
	}
	return out, nil
}
