package blob

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io"
	"os"
	"path/filepath"
)

// PutFrom stores all that r has and returns its name, as Put does, without
// holding it in memory.
func (d *Dir) PutFrom(ctx context.Context, r io.ReadSeeker) (string, error) {
	name, err := d.putFrom(ctx, r)
	if err != nil {
		return "", fmt.Errorf("storing an object: %w", d.explain(err))
	}
	return name, nil
}

func (d *Dir) putFrom(ctx context.Context, r io.Reader) (string, error) {
	tmp := filepath.Join(d.Path, "tmp")
	for _, dir := range []string{d.Path, tmp} {
		if err := d.makeDir(dir); err != nil {
			return "", err
		}
	}
	d.tidied.Do(func() { tidy(tmp) })
	f, err := os.CreateTemp(tmp, "put-*")
	if err != nil {
		return "", err
	}
	defer os.Remove(f.Name()) // of what was not renamed
	defer f.Close()
	h := sha256.New()
	if _, err := io.Copy(io.MultiWriter(f, h), stopping{ctx, r}); err != nil {
		return "", err
	}
	if err := f.Sync(); err != nil {
		return "", err
	}
	name := hex.EncodeToString(h.Sum(nil))
	dir := filepath.Join(d.Path, name[:2])
	if err := d.makeDir(dir); err != nil {
		return "", err
	}
	if err := os.Rename(f.Name(), filepath.Join(dir, name)); err != nil {
		return "", err
	}
	return name, flush(dir)
}

// stopping is a reader that ends with its context.
type stopping struct {
	ctx context.Context
	r   io.Reader
}

func (s stopping) Read(p []byte) (int, error) {
	if err := s.ctx.Err(); err != nil {
		return 0, err
	}
	return s.r.Read(p)
}
