package blob

import (
	"context"
	"io"
)

// Store keeps objects by the address of their content. Dir and S3 are ones;
// their methods may be called from any goroutine and by several processes.
type Store interface {
	// Put stores b durably and returns its name; bytes that are there already
	// cost no second copy. errs.Exhausted when there is no room.
	Put(ctx context.Context, b []byte) (string, error)
	// PutFrom is Put of all that r has, which may be larger than memory and is
	// read from where it stands, and perhaps once more.
	PutFrom(ctx context.Context, r io.ReadSeeker) (string, error)
	// Get returns an object after checking it against its name: errs.NotFound
	// when there is none, errs.Internal when it is damaged.
	Get(ctx context.Context, name string) ([]byte, error)
	// ReadRange returns the bytes [start, end) of an object, unchecked.
	// errs.NotFound when there is none, errs.Invalid when it is shorter.
	ReadRange(ctx context.Context, name string, start, end int64) ([]byte, error)
	// Each calls fn with every object's name, in order; fn's error ends it.
	Each(ctx context.Context, fn func(name string) error) error
}

var (
	_ Store = (*Dir)(nil)
	_ Store = (*S3)(nil)
)
