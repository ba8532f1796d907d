package source

import (
	"path"
	"path/filepath"
	"strings"

	"github.com/luodi/luodi/internal/errs"
)

// Spec says what a source is, as in luodi.yaml.
type Spec struct {
	Name       string
	Department string
	Root       string // folder that addresses are relative to; the project's folder when empty
	Path       string // glob below the project's folder, or absolute; ** is any number of folders
	Columns
}

// Columns names the columns of a table, or the members of json objects, that
// have a meaning. All may be empty: a row's key is then its number, it has no
// title and no label, and its text is all columns but ID and Label as
// "name: value" lines.
type Columns struct {
	ID    string `json:"id,omitempty"`
	Title string `json:"title,omitempty"`
	Text  string `json:"text,omitempty"`
	Label string `json:"label,omitempty"`
}

// names returns the columns that are named, with the setting that names them.
func (c Columns) names() [][2]string {
	var out [][2]string
	for _, n := range [][2]string{{"id", c.ID}, {"title", c.Title}, {"text", c.Text}, {"label", c.Label}} {
		if n[1] != "" {
			out = append(out, n)
		}
	}
	return out
}

func (s Spec) check(project string, elsewhere bool) error {
	switch {
	case s.Name == "":
		return errs.Invalid("a source has no name")
	case s.Path == "" && !elsewhere:
		return errs.Invalid("source %q has no path", s.Name)
	case !filepath.IsAbs(project):
		return errs.Invalid("ingesting source %q: the project's folder %q is not absolute", s.Name, project)
	}
	for _, part := range strings.Split(filepath.ToSlash(s.Path), "/") {
		if part != "**" {
			if _, err := path.Match(part, ""); err != nil {
				return errs.Invalid("source %q: path %q is not a valid glob at %q", s.Name, s.Path, part)
			}
		}
	}
	return nil
}
