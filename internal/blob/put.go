package blob

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"time"
)

// put writes b to a temporary file, flushes it, renames it to its place, and
// flushes the directory: after each of these steps the object is whole or
// absent. 0.6 to 4 ms an object on an SSD, nearly all of it the device's; calls
// from several goroutines share the device's flushes.
func (d *Dir) put(name string, b []byte) error {
	dir := filepath.Join(d.Path, name[:2])
	path := filepath.Join(dir, name)
	if info, err := os.Stat(path); err == nil && info.Size() == int64(len(b)) {
		// Whoever renamed it may have been killed before flushing the
		// directory; a flush of one that is clean costs 0.2 ms.
		return flush(dir)
	}
	tmp := filepath.Join(d.Path, "tmp")
	for _, dir := range []string{d.Path, tmp, dir} {
		if err := d.makeDir(dir); err != nil {
			return err
		}
	}
	d.tidied.Do(func() { tidy(tmp) })
	f, err := os.CreateTemp(tmp, "put-*")
	if err != nil {
		return err
	}
	_, err = f.Write(b)
	if err == nil {
		err = f.Sync()
	}
	if closeErr := f.Close(); err == nil {
		err = closeErr
	}
	if err == nil {
		err = os.Rename(f.Name(), path)
	}
	if err != nil {
		os.Remove(f.Name())
		return err
	}
	return flush(dir)
}

// makeDir makes dir, and those above it where they are missing, and flushes
// its name, once in a process.
func (d *Dir) makeDir(dir string) error {
	if _, done := d.flushed.Load(dir); done {
		return nil
	}
	err := os.Mkdir(dir, 0o700)
	if parent := filepath.Dir(dir); errors.Is(err, fs.ErrNotExist) && parent != dir {
		if err := d.makeDir(parent); err != nil {
			return err
		}
		err = os.Mkdir(dir, 0o700)
	}
	if err != nil && !errors.Is(err, fs.ErrExist) {
		return err
	}
	if err := flush(filepath.Dir(dir)); err != nil {
		return err
	}
	d.flushed.Store(dir, true)
	return nil
}

// flush writes a directory's names to the device.
func flush(dir string) error {
	f, err := os.Open(dir)
	if err != nil {
		return err
	}
	defer f.Close()
	return f.Sync()
}

// tidy removes what killed processes left; an hour is longer than any write.
func tidy(tmp string) {
	entries, _ := os.ReadDir(tmp)
	for _, e := range entries {
		if info, err := e.Info(); err == nil && time.Since(info.ModTime()) > time.Hour {
			os.Remove(filepath.Join(tmp, e.Name()))
		}
	}
}
