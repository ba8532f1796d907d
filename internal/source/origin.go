package source

import (
	"context"
	"io"
	"os"
	"slices"
	"strconv"
	"strings"

	"github.com/luodi/luodi/internal/lineage"
)

// Origin is where a source's files are when they are not in a folder: objects
// of a bucket, tables of a database. Ingest lists it once and reads what may
// have changed, from a few goroutines at a time.
type Origin interface {
	// List returns all there is, each path once. An error ends the ingest and
	// leaves what is known as it was.
	List(ctx context.Context) ([]Object, error)
}

// Object is what an origin has in place of a file.
type Object struct {
	Path string // with an ending that says the format
	Size int64  // in bytes; 0 where it is not known before
	Mark string // another one where the bytes may be others; "" is always read
	Read func(ctx context.Context) ([]byte, error)
	Open func(ctx context.Context) (io.ReadCloser, error) // for objects larger than memory; may be nil
}

// list is all files that a source has, by path.
func (cfg Config) list(ctx context.Context) ([]found, error) {
	if cfg.Origin == nil {
		return glob(cfg.Project, cfg.Spec.Root, cfg.Spec.Path)
	}
	objects, err := cfg.Origin.List(ctx)
	if err != nil {
		return nil, err
	}
	slices.SortFunc(objects, func(a, b Object) int { return strings.Compare(a.Path, b.Path) })
	out := make([]found, len(objects))
	for i := range objects {
		out[i] = found{path: objects[i].Path, object: &objects[i]}
	}
	return out, nil
}

// size is 0 where it is not known.
func (f found) size() int64 {
	if f.object != nil {
		return f.object.Size
	}
	info, err := os.Stat(f.file)
	if err != nil {
		return 0
	}
	return info.Size()
}

func (f found) read(ctx context.Context) ([]byte, error) {
	if f.object != nil {
		return f.object.Read(ctx)
	}
	return os.ReadFile(f.file)
}

// mark is the origin's mark and all that the records depend on besides.
func (f found) mark(s Spec, r Reader) string {
	if f.object == nil || f.object.Mark == "" {
		return ""
	}
	return lineage.NewID("mrk", f.object.Mark, s.Department, r.Format(), strconv.Itoa(r.Version()), s.ID, s.Title, s.Text, s.Label)
}
