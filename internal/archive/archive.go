// Package archive holds a project outside of luodi: named members in open
// formats, in a folder or a .tar.gz, and a manifest that names each with its
// size and SHA-256.
//
// The manifest is the last member, so that an archive is written in one pass
// and one that was cut off has none. An archive appears under its name whole
// or not at all. Extract checks every byte before anybody may use it, and
// says which member is damaged.
//
// It does not know what the members mean.
package archive

import (
	"archive/tar"
	"compress/gzip"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"hash"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"github.com/luodi/luodi/internal/errs"
)

// ManifestName is the last member.
const ManifestName = "manifest.json"

// Member is one file of an archive.
type Member struct {
	Name   string `json:"name"` // slashes, relative
	Bytes  int64  `json:"bytes"`
	SHA256 string `json:"sha256"`
}

// Writer writes an archive. It is for one goroutine. End with Close or Abort.
type Writer struct {
	path    string
	tmp     string // .tar.gz: the file until it is whole; folder: likewise
	members []Member
	file    *os.File
	gz      *gzip.Writer
	tar     *tar.Writer
}

// Create begins an archive at path: a .tar.gz by its name, else a folder. What
// is there already, but an empty folder, is errs.Conflict.
func Create(path string) (*Writer, error) {
	path = filepath.Clean(path)
	if s := strings.ToLower(path); strings.HasSuffix(s, ".zst") || strings.HasSuffix(s, ".zip") || strings.HasSuffix(s, ".tar") {
		return nil, errs.Invalid("writing %s: an archive is a .tar.gz, or a folder to pack in any other way", path)
	}
	if entries, err := os.ReadDir(path); err == nil && len(entries) > 0 {
		return nil, errs.Conflict("writing %s: there is a folder with files of that name; choose another", path)
	} else if _, serr := os.Lstat(path); serr == nil && err != nil {
		return nil, errs.Conflict("writing %s: there is a file of that name; choose another", path)
	}
	w := &Writer{path: path}
	dir := filepath.Dir(path)
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return nil, fmt.Errorf("writing %s: %w", path, err)
	}
	if !packed(path) {
		tmp, err := os.MkdirTemp(dir, filepath.Base(path)+".part-")
		if err != nil {
			return nil, fmt.Errorf("writing %s: %w", path, err)
		}
		w.tmp = tmp
		return w, nil
	}
	f, err := os.CreateTemp(dir, filepath.Base(path)+".part-")
	if err != nil {
		return nil, fmt.Errorf("writing %s: %w", path, err)
	}
	w.tmp, w.file = f.Name(), f
	w.gz = gzip.NewWriter(f)
	w.tar = tar.NewWriter(w.gz)
	return w, nil
}

func packed(path string) bool {
	s := strings.ToLower(path)
	return strings.HasSuffix(s, ".tar.gz") || strings.HasSuffix(s, ".tgz")
}

// counted hashes what passes.
type counted struct {
	to  io.Writer
	sum hash.Hash
	n   int64
}

func (c *counted) Write(b []byte) (int, error) {
	n, err := c.to.Write(b)
	c.sum.Write(b[:n])
	c.n += int64(n)
	return n, err
}

// Add writes one member; fn writes its bytes.
func (w *Writer) Add(name string, fn func(io.Writer) error) error {
	if !filepath.IsLocal(filepath.FromSlash(name)) {
		return errs.Invalid("writing %s: %q is no name of a member", w.path, name)
	}
	if err := w.add(name, fn); err != nil {
		return fmt.Errorf("writing %s of %s: %w", name, w.path, err)
	}
	return nil
}

func (w *Writer) add(name string, fn func(io.Writer) error) error {
	var f *os.File
	var err error
	if w.tar == nil {
		to := filepath.Join(w.tmp, filepath.FromSlash(name))
		if err := os.MkdirAll(filepath.Dir(to), 0o755); err != nil {
			return err
		}
		f, err = os.OpenFile(to, os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o644)
	} else {
		// The size of a member goes before it.
		if f, err = os.CreateTemp(filepath.Dir(w.tmp), filepath.Base(w.path)+".part-"); err == nil {
			defer os.Remove(f.Name())
		}
	}
	if err != nil {
		return err
	}
	defer f.Close()
	c := &counted{to: f, sum: sha256.New()}
	if err := fn(c); err != nil {
		return err
	}
	if w.tar == nil {
		if err := errors.Join(f.Sync(), f.Close()); err != nil {
			return err
		}
	} else {
		if _, err := f.Seek(0, io.SeekStart); err != nil {
			return err
		}
		if err := w.tar.WriteHeader(&tar.Header{Name: name, Mode: 0o644, Size: c.n, Format: tar.FormatPAX}); err != nil {
			return err
		}
		if _, err := io.Copy(w.tar, f); err != nil {
			return err
		}
	}
	w.members = append(w.members, Member{name, c.n, hex.EncodeToString(c.sum.Sum(nil))})
	return nil
}

// Members are those written so far.
func (w *Writer) Members() []Member { return w.members }

// Close writes the manifest and gives the archive its name.
func (w *Writer) Close(manifest any) error {
	err := w.Add(ManifestName, func(to io.Writer) error {
		enc := json.NewEncoder(to)
		enc.SetIndent("", "  ")
		return enc.Encode(manifest)
	})
	if err == nil && w.tar != nil {
		err = errors.Join(w.tar.Close(), w.gz.Close(), w.file.Sync(), w.file.Close())
	}
	if err == nil {
		err = os.Rename(w.tmp, w.path)
	}
	if err != nil {
		w.Abort()
		return fmt.Errorf("writing %s: %w", w.path, err)
	}
	return nil
}

// Abort removes what was written.
func (w *Writer) Abort() {
	if w.file != nil {
		w.file.Close()
	}
	os.RemoveAll(w.tmp)
}

// missing says that a file is not there.
func missing(err error) bool { return errors.Is(err, fs.ErrNotExist) }
