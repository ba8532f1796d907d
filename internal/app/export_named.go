package app

import (
	"io/fs"
	"os"
	"path/filepath"
	"slices"

	"github.com/goccy/go-yaml"

	"github.com/luodi/luodi/internal/project"
)

// named are the files below the project's folder that luodi.yaml names in any
// place (items, schemas, prompts), and the project's own catalog.
func named(p *project.Project, text []byte) []string {
	found := map[string]bool{}
	take := func(path string) {
		rel, err := filepath.Rel(p.Dir, p.Abs(path))
		if err != nil || !filepath.IsLocal(rel) || rel == "." {
			return
		}
		if info, err := os.Stat(filepath.Join(p.Dir, rel)); err == nil && info.Mode().IsRegular() {
			found[rel] = true
		}
	}
	var doc any
	if err := yaml.Unmarshal(text, &doc); err == nil {
		walk(doc, take)
	}
	for _, s := range p.Scenarios { // with their variables replaced
		take(s.Items.File)
		take(s.Schema)
	}
	_ = filepath.WalkDir(filepath.Join(p.Dir, "catalog"), func(path string, d fs.DirEntry, err error) error {
		if err == nil && d.Type().IsRegular() {
			take(path)
		}
		return nil // without a catalog there is none
	})
	out := make([]string, 0, len(found))
	for name := range found {
		out = append(out, name)
	}
	slices.Sort(out)
	return out
}

func walk(v any, fn func(string)) {
	switch x := v.(type) {
	case map[string]any:
		for _, e := range x {
			walk(e, fn)
		}
	case []any:
		for _, e := range x {
			walk(e, fn)
		}
	case string:
		if len(x) < 1024 && x != "" {
			fn(x)
		}
	}
}
