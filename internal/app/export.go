package app

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"regexp"
	"slices"

	"github.com/luodi/luodi/internal/archive"
	"github.com/luodi/luodi/internal/knowledge"
	"github.com/luodi/luodi/internal/knowledge/chunk"
	"github.com/luodi/luodi/internal/lineage"
	"github.com/luodi/luodi/internal/project"
	"github.com/luodi/luodi/internal/source"
	"github.com/luodi/luodi/internal/store"
)

// exportVersion is that of the members' names and meaning; docs/concepts/export.md.
const exportVersion = 1

// exportManifest is manifest.json of an export.
type exportManifest struct {
	Format  string           `json:"format"` // luodi-export
	Version int              `json:"version"`
	Luodi   string           `json:"luodi"`
	Project string           `json:"project"`
	Schema  int64            `json:"schema"` // of the tables
	Tables  []store.Table    `json:"tables"`
	Files   []exportedFile   `json:"files"`
	Outside []string         `json:"outside"` // files of sources outside of the project's folder: their bytes are among the objects
	Members []archive.Member `json:"members"`
}

// exportedFile is a file of the project's folder, member project/PATH.
type exportedFile struct {
	Path   string `json:"path"`
	SHA256 string `json:"sha256"`
	Object bool   `json:"object"` // it is an object of .luodi/blobs too
}

// ExportResult is what `luodi export --json` prints.
type ExportResult struct {
	Out     string           `json:"out"`
	Members int              `json:"members"`
	Bytes   int64            `json:"bytes"` // of the members, before packing
	Files   int              `json:"files"`
	Rows    map[string]int64 `json:"rows"`
	Outside []string         `json:"outside"`
}

// Export writes the whole project to a folder or .tar.gz.
func (a *App) Export(ctx context.Context, out string) (res ExportResult, err error) {
	if err := a.fillLedger(ctx); err != nil {
		return res, fmt.Errorf("exporting project %s: %w", a.Project.Name, err)
	}
	w, err := archive.Create(out)
	if err != nil {
		return res, err
	}
	m := exportManifest{Format: "luodi-export", Version: exportVersion, Luodi: Version, Project: a.Project.Name, Outside: []string{}, Files: []exportedFile{}}
	if err := a.export(ctx, w, &m); err != nil {
		w.Abort()
		return res, fmt.Errorf("exporting project %s: %w", a.Project.Name, err)
	}
	m.Members = w.Members()
	if err := w.Close(m); err != nil {
		return res, err
	}
	res = ExportResult{Out: out, Members: len(m.Members) + 1, Files: len(m.Files), Rows: map[string]int64{}, Outside: m.Outside}
	for _, t := range m.Tables {
		res.Rows[t.Name] = t.Rows
	}
	for _, x := range m.Members {
		res.Bytes += x.Bytes
	}
	return res, nil
}

func (a *App) export(ctx context.Context, w *archive.Writer, m *exportManifest) (err error) {
	m.Tables, m.Schema, err = a.db.Export(ctx, func(table string, write func(io.Writer) error) error {
		a.tell(Event{Stage: "export", Note: "table " + table})
		return w.Add("tables/"+table+".jsonl", write)
	})
	if err != nil {
		return err
	}
	for _, k := range a.Project.Knowledge {
		if err := a.exportBase(ctx, w, k.Name); err != nil {
			return err
		}
	}
	written, err := a.exportFiles(ctx, w, m)
	if err != nil {
		return err
	}
	return a.blobs.Each(ctx, func(name string) error {
		if written[name] {
			return nil // it is one of the project's files
		}
		b, err := a.blobs.Get(ctx, name)
		if err != nil {
			return err
		}
		return w.Add("objects/"+name, all(b))
	})
}

func all(b []byte) func(io.Writer) error {
	return func(to io.Writer) error { _, err := to.Write(b); return err }
}

// exportBase writes what a knowledge base holds in words that need no luodi;
// an import reads the tables, and these members not.
func (a *App) exportBase(ctx context.Context, w *archive.Writer, base string) error {
	s := a.db.Knowledge()
	var live []knowledge.Version
	err := s.EachVersion(ctx, base, "", func(v knowledge.Version) error { live = append(live, v); return nil })
	if err != nil {
		return err
	}
	a.tell(Event{Stage: "export", Note: "knowledge base " + base})
	err = w.Add("knowledge/"+base+"/documents.jsonl", func(to io.Writer) error {
		enc := json.NewEncoder(to)
		enc.SetEscapeHTML(false)
		for _, v := range live {
			text, err := knowledge.TextOf(ctx, s, base, v)
			if err != nil {
				return err
			}
			if err := enc.Encode(map[string]any{"id": v.ID, "record": v.Document, "address": v.Address, "title": v.Title, "source": v.Source,
				"department": v.Department, "readers": v.Readers, "state": v.State, "effective": v.Effective, "sha256": v.SHA256, "text": text}); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		return err
	}
	return w.Add("knowledge/"+base+"/chunks.jsonl", func(to io.Writer) error {
		enc := json.NewEncoder(to)
		enc.SetEscapeHTML(false)
		for part := range slices.Chunk(live, 500) {
			ids := make([]string, len(part))
			for i, v := range part {
				ids[i] = v.ID
			}
			full, err := s.Versions(ctx, base, ids)
			if err != nil {
				return err
			}
			for _, v := range full {
				o, err := chunk.Decode(v.Outline)
				if err != nil {
					return err
				}
				for _, c := range o.Chunks {
					if err := enc.Encode(map[string]any{"id": c.ID, "document": v.ID, "start": c.Start, "end": c.End, "heading": o.Path(c.Span)}); err != nil {
						return err
					}
				}
			}
		}
		return nil
	})
}

// exportFiles writes the files that the project is made of: luodi.yaml, what
// it names, its catalog and its sources as they were ingested. It returns the
// objects among them.
func (a *App) exportFiles(ctx context.Context, w *archive.Writer, m *exportManifest) (map[string]bool, error) {
	raw := map[string][]byte{}
	object := map[string]bool{}
	yaml, err := os.ReadFile(filepath.Join(a.Project.Dir, project.File))
	if err != nil {
		return nil, err
	}
	for _, name := range named(a.Project, yaml) {
		if raw[name], err = os.ReadFile(filepath.Join(a.Project.Dir, name)); err != nil {
			return nil, err
		}
	}
	raw[project.File] = withoutPassword(yaml)
	for _, s := range a.Project.Sources {
		states, err := a.db.Source().States(ctx, s.Name)
		if err != nil {
			return nil, err
		}
		for _, st := range states {
			if err := a.exportSource(ctx, m, s, st, raw, object); err != nil {
				return nil, err
			}
		}
	}
	slices.Sort(m.Outside)
	names := make([]string, 0, len(raw))
	for name := range raw {
		names = append(names, name)
	}
	slices.Sort(names)
	written := map[string]bool{}
	for _, name := range names {
		slash := filepath.ToSlash(name)
		if err := w.Add("project/"+slash, all(raw[name])); err != nil {
			return nil, err
		}
		hash := lineage.Hash(raw[name])
		m.Files = append(m.Files, exportedFile{slash, hash, object[name]})
		if object[name] {
			written[hash] = true
		}
	}
	return written, nil
}

// exportSource takes one file of a source: the version that was ingested, or
// where it could not be used what is there now.
func (a *App) exportSource(ctx context.Context, m *exportManifest, s project.Source, st source.State, raw map[string][]byte, object map[string]bool) error {
	at := filepath.Join(a.Project.Abs(s.Root), filepath.FromSlash(st.Path))
	if filepath.IsAbs(st.Path) {
		at = filepath.FromSlash(st.Path)
	}
	rel, err := filepath.Rel(a.Project.Dir, at)
	if err != nil || !filepath.IsLocal(rel) {
		m.Outside = append(m.Outside, at)
		return nil
	}
	b, err := a.blobs.Get(ctx, st.Hash)
	if err == nil {
		raw[rel], object[rel] = b, true
		return nil
	}
	if b, err = os.ReadFile(at); err == nil {
		raw[rel] = b
	}
	return nil // it was unreadable before, and is on import
}

var password = regexp.MustCompile(`(postgres(?:ql)?://[^:/@\s"']+):[^@\s"']*@`)

// withoutPassword leaves a password out that somebody wrote into store: {url}.
func withoutPassword(yaml []byte) []byte { return password.ReplaceAll(yaml, []byte("$1@")) }
