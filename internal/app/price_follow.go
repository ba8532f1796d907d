package app

import (
	"fmt"
	"io/fs"
	"path/filepath"
	"strings"
)

// catalogStamp changes when a file of the project's catalog does, and when
// another price of a model begins or ends to hold.
func (a *App) catalogStamp() string {
	var b strings.Builder
	dir := filepath.Join(a.Project.Dir, "catalog")
	_ = filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		if err != nil {
			return nil // no catalog, or a file that has just gone: the stamp says so
		}
		if info, err := d.Info(); err == nil && !d.IsDir() {
			fmt.Fprintln(&b, path, info.Size(), info.ModTime().UnixNano())
		}
		return nil
	})
	for _, m := range a.Project.Models {
		if ep, err := a.endpoint(m.Name); err == nil {
			row, _ := ep.Price(a.now())
			fmt.Fprintln(&b, m.Name, row.ID)
		}
	}
	return b.String()
}
