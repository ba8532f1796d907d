package archive

import (
	"archive/tar"
	"compress/gzip"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"

	"github.com/luodi/luodi/internal/errs"
)

// Extract copies the archive at path into the folder dir, which it makes, and
// checks every member against the manifest, which is read into manifest;
// members are those that the manifest lists. A member that is damaged, missing
// or not in the manifest is errs.Invalid with its name; dir is to be thrown
// away then.
func Extract(path, dir string, manifest any, members func() []Member) error {
	have, err := unpack(path, dir)
	if err != nil {
		return fmt.Errorf("reading archive %s: %w", path, err)
	}
	b, err := os.ReadFile(filepath.Join(dir, ManifestName))
	switch {
	case missing(err):
		return errs.Invalid("reading archive %s: it has no %s: it is no export of luodi, or was cut off", path, ManifestName)
	case err != nil:
		return err
	}
	if err := json.Unmarshal(b, manifest); err != nil {
		return errs.Invalid("reading archive %s: %s is damaged: %v", path, ManifestName, err)
	}
	delete(have, ManifestName)
	for _, m := range members() {
		got, ok := have[m.Name]
		switch {
		case !ok:
			return errs.Invalid("reading archive %s: member %s is missing", path, m.Name)
		case got != m:
			return errs.Invalid("reading archive %s: member %s is damaged: it has %d bytes with SHA-256 %s, the manifest says %d with %s", path, m.Name, got.Bytes, got.SHA256, m.Bytes, m.SHA256)
		}
		delete(have, m.Name)
	}
	for name := range have {
		return errs.Invalid("reading archive %s: member %s is not in the manifest", path, name)
	}
	return nil
}

func unpack(path, dir string) (map[string]Member, error) {
	info, err := os.Stat(path)
	if missing(err) {
		return nil, errs.NotFound("there is no such file or folder")
	}
	if err != nil {
		return nil, err
	}
	have := map[string]Member{}
	if info.IsDir() {
		return have, unpackFolder(path, dir, have)
	}
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	gz, err := gzip.NewReader(f)
	if err != nil {
		return nil, errs.Invalid("it is no .tar.gz (%v)", err)
	}
	t := tar.NewReader(gz)
	last := "the beginning"
	for {
		h, err := t.Next()
		if errors.Is(err, io.EOF) {
			// The checksum of the whole is behind the last member.
			if _, err := io.Copy(io.Discard, gz); err != nil {
				return nil, errs.Invalid("it is damaged after member %s (%v)", last, err)
			}
			return have, nil
		}
		if err != nil {
			return nil, errs.Invalid("it is damaged or cut off after member %s (%v)", last, err)
		}
		last = h.Name
		if h.Typeflag == tar.TypeDir {
			continue
		}
		if h.Typeflag != tar.TypeReg {
			return nil, errs.Invalid("member %s is no plain file", h.Name)
		}
		if have[h.Name], err = place(dir, h.Name, t); err != nil {
			return nil, errs.Invalid("member %s is damaged (%v)", h.Name, err)
		}
	}
}

func unpackFolder(path, dir string, have map[string]Member) error {
	return filepath.WalkDir(path, func(p string, d os.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		rel, err := filepath.Rel(path, p)
		if err != nil {
			return err
		}
		name := filepath.ToSlash(rel)
		if !d.Type().IsRegular() {
			return errs.Invalid("member %s is no plain file", name)
		}
		f, err := os.Open(p)
		if err != nil {
			return err
		}
		defer f.Close()
		have[name], err = place(dir, name, f)
		return err
	})
}

// place writes one member below dir.
func place(dir, name string, from io.Reader) (Member, error) {
	if !filepath.IsLocal(filepath.FromSlash(name)) {
		return Member{}, errs.Invalid("its name leads out of the archive")
	}
	to := filepath.Join(dir, filepath.FromSlash(name))
	if err := os.MkdirAll(filepath.Dir(to), 0o755); err != nil {
		return Member{}, err
	}
	f, err := os.OpenFile(to, os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o644)
	if err != nil {
		return Member{}, err
	}
	c := &counted{to: f, sum: sha256.New()}
	_, err = io.Copy(c, from)
	if err = errors.Join(err, f.Close()); err != nil {
		return Member{}, err
	}
	return Member{name, c.n, hex.EncodeToString(c.sum.Sum(nil))}, nil
}
