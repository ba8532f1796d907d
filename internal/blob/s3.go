package blob

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io"
	"path"

	"github.com/minio/minio-go/v7"

	"github.com/luodi/luodi/internal/errs"
)

// S3 keeps objects in a bucket, ab/abcd… by their first byte, for a project
// that several machines work on. What Put has returned the name of is as safe
// as the server keeps what it acknowledged.
type S3 struct{ Bucket *Bucket }

func key(name string) (string, error) {
	raw, err := hex.DecodeString(name)
	if err != nil || len(raw) != sha256.Size || hex.EncodeToString(raw) != name {
		return "", errs.Invalid("%q is not the name of an object: 64 hex digits are", name)
	}
	return name[:2] + "/" + name, nil
}

// Put stores b and returns its name.
func (s *S3) Put(ctx context.Context, b []byte) (string, error) {
	return s.PutFrom(ctx, bytes.NewReader(b))
}

// PutFrom is Put of all that r has, which is read twice, without holding it in
// memory.
func (s *S3) PutFrom(ctx context.Context, r io.ReadSeeker) (string, error) {
	h := sha256.New()
	n, err := io.Copy(h, stopping{ctx, r})
	if err == nil {
		_, err = r.Seek(0, io.SeekStart)
	}
	if err != nil {
		return "", fmt.Errorf("storing an object: %w", err)
	}
	name := hex.EncodeToString(h.Sum(nil))
	k, _ := key(name)
	switch size, err := s.Bucket.size(ctx, k); {
	case err == nil && size == n:
		return name, nil
	case err != nil && !errs.Is(err, errs.CodeNotFound):
		return "", err
	}
	return name, s.Bucket.write(ctx, k, r, n)
}

// Get returns an object after checking it against its name.
func (s *S3) Get(ctx context.Context, name string) ([]byte, error) {
	k, err := key(name)
	if err != nil {
		return nil, err
	}
	b, err := s.Bucket.Read(ctx, k)
	if err != nil {
		return nil, err
	}
	if sum := sha256.Sum256(b); hex.EncodeToString(sum[:]) != name {
		return nil, errs.Internal("reading object %s: s3://%s/%s%s has other bytes than were stored; put a copy in its place", name, s.Bucket.Name, s.Bucket.Prefix, k)
	}
	return b, nil
}

// ReadRange returns the bytes [start, end) of an object.
func (s *S3) ReadRange(ctx context.Context, name string, start, end int64) ([]byte, error) {
	k, err := key(name)
	if err != nil {
		return nil, err
	}
	size, err := s.Bucket.size(ctx, k)
	if err != nil {
		return nil, err
	}
	if start < 0 || end < start || end > size {
		return nil, errs.Invalid("reading object %s: the range %d–%d is not within its %d bytes", name, start, end, size)
	}
	if start == end {
		return []byte{}, nil
	}
	var opts minio.GetObjectOptions
	if err := opts.SetRange(start, end-1); err != nil {
		return nil, errs.Invalid("reading object %s: %v", name, err)
	}
	return s.Bucket.read(ctx, k, opts)
}

// Each calls fn with the name of every object, in order.
func (s *S3) Each(ctx context.Context, fn func(name string) error) error {
	return s.Bucket.List(ctx, "", func(o Info) error {
		name := path.Base(o.Key)
		if k, err := key(name); err != nil || k != o.Key {
			return nil // no object's name
		}
		return fn(name)
	})
}
