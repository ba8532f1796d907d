package app

import (
	"context"
	"io"

	"github.com/luodi/luodi/internal/errs"
	"github.com/luodi/luodi/internal/project"
	"github.com/luodi/luodi/internal/reader/bucket"
	"github.com/luodi/luodi/internal/reader/database"
	"github.com/luodi/luodi/internal/source"
)

// origin opens what a source's files are in, when that is not a folder: a
// database or a bucket. Both are nil for a folder.
func (r *run) origin(ctx context.Context, s project.Source) (source.Origin, io.Closer, error) {
	switch {
	case s.Bucket():
		o, err := bucket.Open(s.Path, nil)
		return o, io.NopCloser(nil), err
	case s.Database == "" && len(s.Unset) == 0:
		return nil, nil, nil
	case len(s.Unset) > 0:
		return nil, nil, errs.Invalid("source %s: the environment variable %s is not set; what was read of it before is kept", s.Name, s.Unset[0])
	}
	t, err := database.Open(ctx, database.Config{
		Address: s.Database, Dir: r.Project.Dir, Table: s.Table, Query: s.Query, Name: s.Name, Key: s.ID, Changed: s.Changed,
	})
	if err != nil {
		return nil, nil, err
	}
	return t, t, nil
}
