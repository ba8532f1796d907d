package source

import (
	"errors"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"sort"
	"strings"

	"github.com/luodi/luodi/internal/errs"
)

// found is a file that a glob matches.
type found struct {
	path string // below the root, with slashes
	file string // to open
	err  error  // why it cannot be looked at

	object *Object // of an origin, instead of file
}

// glob lists the files that pattern matches, sorted by path. A pattern's
// segments are those of path.Match; ** stands for any number of folders.
// Names that begin with a dot are matched by segments that do only. A folder
// that cannot be read is listed with its error, so that nothing is missing in
// silence.
func glob(project, root, pattern string) ([]found, error) {
	if root == "" {
		root = project
	}
	if !filepath.IsAbs(root) {
		root = filepath.Join(project, root)
	}
	if !filepath.IsAbs(pattern) {
		pattern = filepath.Join(project, pattern)
	}
	segments := strings.Split(filepath.ToSlash(filepath.Clean(pattern)), "/")
	fixed := 0 // the leading segments without a wildcard, except the file's own
	for fixed < len(segments)-1 && !strings.ContainsAny(segments[fixed], `*?[\`) {
		fixed++
	}
	base := strings.Join(segments[:fixed], "/")
	if base == "" {
		base = "/"
	}
	g := globber{root: root, seen: map[string]bool{}}
	g.walk(filepath.FromSlash(base), segments[fixed:])
	sort.Slice(g.out, func(i, j int) bool { return g.out[i].path < g.out[j].path })
	return g.out, nil
}

type globber struct {
	root string
	seen map[string]bool
	out  []found
}

func (g *globber) add(file string, err error) {
	if g.seen[file] {
		return
	}
	g.seen[file] = true
	rel, relErr := filepath.Rel(g.root, file)
	if relErr != nil {
		rel = file
	}
	g.out = append(g.out, found{path: filepath.ToSlash(rel), file: file, err: err})
}

// walk matches what is in dir against the segments that are left.
func (g *globber) walk(dir string, segments []string) {
	seg, rest := segments[0], segments[1:]
	if seg == "**" {
		if len(rest) == 0 {
			rest = []string{"*"}
		}
		g.walk(dir, rest)
	}
	entries, err := os.ReadDir(dir)
	if err != nil {
		if !errors.Is(err, fs.ErrNotExist) && !strings.Contains(err.Error(), "not a directory") {
			g.add(dir, err)
		}
		return
	}
	for _, e := range entries {
		name, file := e.Name(), filepath.Join(dir, e.Name())
		if strings.HasPrefix(name, ".") && !strings.HasPrefix(seg, ".") {
			continue
		}
		isDir, irregular := e.IsDir(), !e.Type().IsRegular()
		if e.Type()&fs.ModeSymlink != 0 { // a link to a file is a file; links to folders may be circles
			info, err := os.Stat(file)
			if err != nil && seg != "**" && len(rest) == 0 && match(seg, name) {
				g.add(file, err)
			}
			if err != nil || info.IsDir() && seg == "**" {
				continue
			}
			isDir, irregular = info.IsDir(), !info.Mode().IsRegular()
		}
		switch {
		case seg == "**":
			if isDir {
				g.walk(file, segments)
			}
		case !match(seg, name):
		case len(rest) == 0:
			switch {
			case isDir:
			case irregular: // a pipe would be waited for
				g.add(file, errs.Invalid("it is no regular file"))
			default:
				g.add(file, nil)
			}
		case isDir:
			g.walk(file, rest)
		}
	}
}

func match(seg, name string) bool {
	ok, err := path.Match(seg, name)
	return ok && err == nil
}
