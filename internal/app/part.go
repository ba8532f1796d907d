package app

import (
	"context"
	"slices"

	"github.com/luodi/luodi/internal/errs"
	"github.com/luodi/luodi/internal/source"
)

// largeFile is the size from which only a record's own bytes are read.
const largeFile = 1 << 20

// part is raw for one record: of a large text file only the bytes that the
// record stands in, which begin at the byte at, with its places counted from
// there. So a row of a large table is traced as fast as one of a small one.
func (a *App) part(ctx context.Context, id string) (rec source.Record, f source.File, raw []byte, at int, err error) {
	if rec, err = a.db.Source().Record(ctx, id); err != nil {
		return
	}
	if f, err = a.db.Source().File(ctx, rec.FileID); err != nil {
		return
	}
	if f.Charset == "" || f.Size < largeFile || len(rec.Fields) == 0 && rec.Path == f.Path {
		raw, err = a.blobs.Get(ctx, f.Hash)
		return
	}
	at = rec.Start
	if raw, err = a.blobs.ReadRange(ctx, f.Hash, int64(rec.Start), int64(rec.End)); errs.Is(err, errs.CodeInvalid) {
		err = errs.Internal("record %s is beyond the end of its file", id)
	}
	rec.Start, rec.End = 0, rec.End-at
	rec.Fields = slices.Clone(rec.Fields)
	for i := range rec.Fields {
		rec.Fields[i].Start -= at
		rec.Fields[i].End -= at
	}
	return
}
