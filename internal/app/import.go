package app

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"

	"github.com/luodi/luodi/internal/archive"
	"github.com/luodi/luodi/internal/errs"
	"github.com/luodi/luodi/internal/project"
	"github.com/luodi/luodi/internal/store"
)

const (
	importPrefix = ".luodi-import-"
	importing    = "importing" // below .luodi/ until an import into PostgreSQL is whole
)

// ImportResult is what `luodi import --json` prints.
type ImportResult struct {
	Project string           `json:"project"`
	Dir     string           `json:"dir"`
	Luodi   string           `json:"luodi"` // that wrote the export
	Files   int              `json:"files"`
	Rows    map[string]int64 `json:"rows"`
	Outside []string         `json:"outside"` // files of sources that are not below the project's folder
}

// Import makes a project of an export in dir, which may hold a luodi.yaml of
// its own (another store, for example) and files that the export holds too,
// and nothing else of the project. Everything is checked before anything
// is in its place; .luodi/ appears last and whole.
func Import(ctx context.Context, from, dir string) (res ImportResult, err error) {
	if dir, err = filepath.Abs(dir); err != nil {
		return res, err
	}
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return res, fmt.Errorf("importing into %s: %w", dir, err)
	}
	if err := vacant(dir); err != nil {
		return res, err
	}
	tmp, err := os.MkdirTemp(dir, importPrefix)
	if err != nil {
		return res, fmt.Errorf("importing into %s: %w", dir, err)
	}
	defer os.RemoveAll(tmp)
	i := importer{dir: dir, from: filepath.Join(tmp, "from"), state: filepath.Join(tmp, "state")}
	err = archive.Extract(from, i.from, &i.manifest, func() []archive.Member { return i.manifest.Members })
	if err != nil {
		return res, err
	}
	m := i.manifest
	if m.Format != "luodi-export" || m.Version > exportVersion {
		return res, errs.Invalid("importing %s: it is of format %q version %d (luodi %s); this luodi reads luodi-export up to version %d", from, m.Format, m.Version, m.Luodi, exportVersion)
	}
	if err := i.run(ctx); err != nil {
		return res, fmt.Errorf("importing %s into %s: %w", from, dir, err)
	}
	res = ImportResult{Project: m.Project, Dir: dir, Luodi: m.Luodi, Files: len(m.Files), Rows: map[string]int64{}, Outside: m.Outside}
	for _, t := range m.Tables {
		res.Rows[t.Name] = t.Rows
	}
	return res, nil
}

// vacant refuses a folder with state, and removes what an import that was
// killed left.
func vacant(dir string) error {
	entries, err := os.ReadDir(dir)
	if err != nil {
		return fmt.Errorf("importing into %s: %w", dir, err)
	}
	state := filepath.Join(dir, stateDir)
	for _, e := range entries {
		if strings.HasPrefix(e.Name(), importPrefix) {
			if err := os.RemoveAll(filepath.Join(dir, e.Name())); err != nil {
				return err
			}
		}
	}
	if _, err := os.Stat(filepath.Join(state, importing)); err == nil {
		return os.RemoveAll(state)
	}
	if _, err := os.Stat(state); err == nil {
		return errs.Conflict("importing into %s: there is a project already (%s); import into an empty folder", dir, state)
	}
	return nil
}

type importer struct {
	dir, from, state string
	manifest         exportManifest
}

func (i *importer) run(ctx context.Context) error {
	yaml, err := i.check()
	if err != nil {
		return err
	}
	p, err := project.Parse(filepath.Join(i.dir, project.File), yaml, os.LookupEnv)
	if err != nil {
		return err
	}
	if err := i.objects(ctx, p); err != nil {
		return err
	}
	cfg := store.Config{Path: filepath.Join(i.state, "luodi.db"), URL: p.Store.URL}
	open := func(table string) (io.ReadCloser, error) {
		return os.Open(filepath.Join(i.from, "tables", table+".jsonl"))
	}
	if cfg.URL == "" {
		err := store.Import(ctx, cfg, i.manifest.Schema, i.manifest.Tables, open, func() error { return ctx.Err() })
		if err != nil {
			return err
		}
		return i.place()
	}
	marker := filepath.Join(i.state, importing)
	if err := os.WriteFile(marker, []byte("an import into "+project.File+"'s store has not ended; run it again\n"), 0o600); err != nil {
		return err
	}
	if err := store.Import(ctx, cfg, i.manifest.Schema, i.manifest.Tables, open, i.place); err != nil {
		return err
	}
	return os.Remove(filepath.Join(i.dir, stateDir, importing))
}

// check compares what is in the folder with what will be, and returns the
// luodi.yaml that holds: the folder's own, else the export's.
func (i *importer) check() ([]byte, error) {
	var yaml []byte
	for _, f := range i.manifest.Files {
		if !filepath.IsLocal(filepath.FromSlash(f.Path)) {
			return nil, errs.Invalid("file %s is not below the project's folder", f.Path)
		}
		new, err := os.ReadFile(i.member(f))
		if err != nil {
			return nil, err
		}
		have, err := os.ReadFile(filepath.Join(i.dir, filepath.FromSlash(f.Path)))
		switch {
		case f.Path == project.File && err == nil:
			yaml = have
		case f.Path == project.File:
			yaml = new
		case err == nil && !bytes.Equal(have, new):
			return nil, errs.Conflict("%s is there with other bytes; move it away first", f.Path)
		}
		if err != nil && !missing(err) {
			return nil, err
		}
	}
	if yaml == nil {
		return nil, errs.Invalid("the export has no %s", project.File)
	}
	return yaml, nil
}

func (i *importer) member(f exportedFile) string {
	return filepath.Join(i.from, "project", filepath.FromSlash(f.Path))
}

// objects fills the new .luodi/blobs.
func (i *importer) objects(ctx context.Context, p *project.Project) error {
	blobs, err := openBlobs(p, i.state)
	if err != nil {
		return err
	}
	put := func(path, want string) error {
		b, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		got, err := blobs.Put(ctx, b)
		if err == nil && got != want {
			err = errs.Invalid("object %s has other bytes than its name says", want)
		}
		return err
	}
	if err := os.MkdirAll(i.state, 0o700); err != nil {
		return err
	}
	for _, m := range i.manifest.Members {
		if name, ok := strings.CutPrefix(m.Name, "objects/"); ok {
			if err := put(filepath.Join(i.from, "objects", name), name); err != nil {
				return err
			}
		}
	}
	for _, f := range i.manifest.Files {
		if f.Object {
			if err := put(i.member(f), f.SHA256); err != nil {
				return err
			}
		}
	}
	return nil
}

// place moves everything to where it belongs, .luodi/ last.
func (i *importer) place() error {
	for _, f := range i.manifest.Files {
		to := filepath.Join(i.dir, filepath.FromSlash(f.Path))
		if _, err := os.Stat(to); err == nil {
			continue // the same bytes, or the folder's own luodi.yaml
		}
		if err := os.MkdirAll(filepath.Dir(to), 0o755); err != nil {
			return err
		}
		if err := os.Rename(i.member(f), to); err != nil {
			return err
		}
	}
	return os.Rename(i.state, filepath.Join(i.dir, stateDir))
}

// unfinished is an error where an import into the project's store was killed.
func unfinished(dir string) error {
	if _, err := os.Stat(filepath.Join(dir, stateDir, importing)); errors.Is(err, os.ErrNotExist) {
		return nil
	}
	return errs.Conflict("an import into %s did not end; run `luodi import` again", dir)
}
