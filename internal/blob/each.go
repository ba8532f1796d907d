package blob

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
)

// Each calls fn with the name of every object, in order. Objects that are put
// meanwhile may or may not be among them. fn's error ends it.
func (d *Dir) Each(ctx context.Context, fn func(name string) error) error {
	folders, err := os.ReadDir(d.Path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return fmt.Errorf("listing the objects of %s: %w", d.Path, d.explain(err))
	}
	for _, folder := range folders {
		if len(folder.Name()) != 2 || !folder.IsDir() {
			continue
		}
		objects, err := os.ReadDir(filepath.Join(d.Path, folder.Name()))
		if err != nil {
			return fmt.Errorf("listing the objects of %s: %w", d.Path, d.explain(err))
		}
		for _, o := range objects {
			if err := ctx.Err(); err != nil {
				return err
			}
			if _, err := d.path(o.Name()); err != nil {
				continue // no object's name
			}
			if err := fn(o.Name()); err != nil {
				return err
			}
		}
	}
	return nil
}
