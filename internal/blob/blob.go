// Package blob keeps raw bytes under the address of their content: the files
// that luodi ingested, exactly as they were, so that every record can be shown
// in its source for as long as the project lives.
//
// An object's name is the lower-case hex SHA-256 of its bytes. So the same
// bytes are stored once, an object never changes, and a copy can be checked
// against its name. Dir keeps them in a directory, ab/abcd… by their first
// byte. An object that Put has returned the name of is on the device, also
// after kill -9 or a power cut, and one that is half written has no name.
//
// It does not know what the bytes are, who may see them, or which are still in
// use; it deletes nothing.
package blob

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"sync"
	"syscall"

	"github.com/luodi/luodi/internal/errs"
)

// Dir is a directory of objects. Its zero value is not usable: set Path. It
// may be used from any goroutine and by several processes at once, and must
// not be copied after its first use.
type Dir struct {
	Path string // made when it does not exist

	tidied  sync.Once
	flushed sync.Map // directories whose own name is known to be on the device
}

// Put stores b and returns its name. Bytes that are there already are not
// written again. errs.Exhausted when the disk is full: nothing is left behind
// then.
func (d *Dir) Put(ctx context.Context, b []byte) (string, error) {
	if err := ctx.Err(); err != nil {
		return "", err
	}
	sum := sha256.Sum256(b)
	name := hex.EncodeToString(sum[:])
	if err := d.put(name, b); err != nil {
		return "", fmt.Errorf("storing %d bytes as %s: %w", len(b), name, d.explain(err))
	}
	return name, nil
}

// Get returns the bytes of an object after checking them against its name:
// errs.NotFound when there is none, errs.Internal when they are damaged.
func (d *Dir) Get(ctx context.Context, name string) ([]byte, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	path, err := d.path(name)
	if err != nil {
		return nil, err
	}
	b, err := os.ReadFile(path)
	if err != nil {
		return nil, fmt.Errorf("reading object %s: %w", name, d.explain(err))
	}
	if sum := sha256.Sum256(b); hex.EncodeToString(sum[:]) != name {
		return nil, errs.Internal("reading object %s: %s has other bytes than were stored; put a copy in its place", name, path)
	}
	return b, nil
}

// ReadRange returns the bytes [start, end) of an object, without reading the
// rest and so without checking it. errs.NotFound when there is none,
// errs.Invalid when the range is not within it.
func (d *Dir) ReadRange(ctx context.Context, name string, start, end int64) ([]byte, error) {
	r, err := d.Open(ctx, name)
	if err != nil {
		return nil, err
	}
	defer r.Close()
	if start < 0 || end < start || end > r.Size() {
		return nil, errs.Invalid("reading object %s: the range %d–%d is not within its %d bytes", name, start, end, r.Size())
	}
	b := make([]byte, end-start)
	if _, err := io.ReadFull(io.NewSectionReader(r, start, end-start), b); err != nil {
		return nil, fmt.Errorf("reading object %s: %w", name, d.explain(err))
	}
	return b, nil
}

// Object is an open object: an io.Reader, io.Seeker and io.ReaderAt over its
// bytes. Close it when done.
type Object struct {
	*io.SectionReader
	file *os.File
}

// Close closes the object.
func (o *Object) Close() error { return o.file.Close() }

// Open opens an object for reading: errs.NotFound when there is none. Its
// bytes are not checked.
func (d *Dir) Open(ctx context.Context, name string) (*Object, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	path, err := d.path(name)
	if err != nil {
		return nil, err
	}
	f, err := os.Open(path)
	if err != nil {
		return nil, fmt.Errorf("opening object %s: %w", name, d.explain(err))
	}
	info, err := f.Stat()
	if err != nil {
		f.Close()
		return nil, fmt.Errorf("opening object %s: %w", name, d.explain(err))
	}
	return &Object{io.NewSectionReader(f, 0, info.Size()), f}, nil
}

// path returns where an object is. A name that no object can have, such as
// one with a path in it, is errs.Invalid.
func (d *Dir) path(name string) (string, error) {
	raw, err := hex.DecodeString(name)
	if err != nil || len(raw) != sha256.Size || hex.EncodeToString(raw) != name {
		return "", errs.Invalid("%q is not the name of an object: 64 hex digits are", name)
	}
	return filepath.Join(d.Path, name[:2], name), nil
}

func (d *Dir) explain(err error) error {
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return &errs.Error{Code: errs.CodeNotFound, Msg: "there is no such object in " + d.Path, Err: err}
	case errors.Is(err, syscall.ENOSPC) || errors.Is(err, syscall.EDQUOT):
		return &errs.Error{Code: errs.CodeExhausted, Msg: "the disk is full; make room and run the command again", Err: err}
	case errors.Is(err, fs.ErrPermission) || errors.Is(err, syscall.EROFS):
		return &errs.Error{Code: errs.CodeForbidden, Msg: "this user may not write or read " + d.Path, Err: err}
	}
	return err
}
