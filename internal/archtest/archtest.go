// Package archtest fails the build when the house's structure breaks.
//
// docs/ARCHITECTURE.md has two lists, the domain and the platform packages,
// each from the bottom up. A package may import what is listed before it: the
// domain nothing but the domain below it, the standard library, the text
// library and what its row names; the platform both lists; app everything;
// cmd only app and the domain's types. Whoever reads the lists can rely on
// them, because these tests read the same lines.
//
// Other tests here hold the rules that have no other place: small files, a
// package comment everywhere, no cgo, and the version of SQLite's C library
// that SQLite itself asks for.
//
// It judges imports and sizes, not names or design.
package archtest

import (
	"bytes"
	"fmt"
	"regexp"
	"slices"
	"strings"
)

// Package is what the tests need to know of a Go package.
type Package struct {
	ImportPath string
	Doc        string   // the first sentence of its comment
	Imports    []string // of its files that are not tests
	Standard   bool     // part of the standard library
}

// Layer is one list of ARCHITECTURE.md, from the bottom up.
type Layer struct {
	Names     []string
	Libraries map[string][]string // what a package may import besides the layer's own
}

// Layers are the two lists.
type Layers struct{ Domain, Platform Layer }

var row = regexp.MustCompile("^\\| `([a-z0-9]+)` \\|")

// Parse reads the tables between <!-- layer: NAME --> and <!-- end -->. A row
// is: | `name` | what it does | `library` … |
func Parse(doc []byte) (Layers, error) {
	var out Layers
	for name, layer := range map[string]*Layer{"domain": &out.Domain, "platform": &out.Platform} {
		_, rest, found := bytes.Cut(doc, []byte("<!-- layer: "+name+" -->"))
		table, _, ended := bytes.Cut(rest, []byte("<!-- end -->"))
		if !found || !ended {
			return out, fmt.Errorf("there is no table between <!-- layer: %s --> and <!-- end -->", name)
		}
		layer.Libraries = map[string][]string{}
		for line := range strings.Lines(string(table)) {
			m := row.FindStringSubmatch(line)
			if m == nil {
				continue
			}
			if slices.Contains(layer.Names, m[1]) {
				return out, fmt.Errorf("%s is listed twice", m[1])
			}
			layer.Names = append(layer.Names, m[1])
			cells := strings.Split(strings.TrimSpace(line), "|")
			for _, lib := range regexp.MustCompile("`([^`]+)`").FindAllStringSubmatch(cells[len(cells)-2], -1) {
				layer.Libraries[m[1]] = append(layer.Libraries[m[1]], lib[1])
			}
		}
		if len(layer.Names) == 0 {
			return out, fmt.Errorf("the table of the %s packages is empty", name)
		}
	}
	return out, nil
}

// Check returns what breaks the direction of imports, one line each. module is
// the path of ours; packages holds its packages and all they depend on.
func Check(module string, layers Layers, packages []Package) []string {
	c := checker{module: module, layers: layers, standard: map[string]bool{"C": true}}
	for _, p := range packages {
		if p.Standard {
			c.standard[p.ImportPath] = true
		}
	}
	for _, p := range packages {
		if p.ImportPath == module || strings.HasPrefix(p.ImportPath, module+"/") {
			for _, imp := range p.Imports {
				if why := c.wrong(p.ImportPath, imp); why != "" {
					c.found = append(c.found, fmt.Sprintf("%s imports %s: %s", c.short(p.ImportPath), c.short(imp), why))
				}
			}
			if name := c.internal(p.ImportPath); name != "" && c.place(name) == 0 && name != "app" && !slices.Contains(tools, name) {
				c.found = append(c.found, fmt.Sprintf("%s is in neither list of docs/ARCHITECTURE.md", c.short(p.ImportPath)))
			}
		}
	}
	slices.Sort(c.found)
	return slices.Compact(c.found)
}

// tools are packages that serve the build and are in no binary.
var tools = []string{"archtest", "testsum"}

type checker struct {
	module   string
	layers   Layers
	standard map[string]bool
	found    []string
}

func (c *checker) short(path string) string { return strings.TrimPrefix(path, c.module+"/") }

// internal returns the package of internal/ that path belongs to, or "".
func (c *checker) internal(path string) string {
	rest, ok := strings.CutPrefix(path, c.module+"/internal/")
	if !ok {
		return ""
	}
	name, _, _ := strings.Cut(rest, "/")
	return name
}

// place numbers a package from the bottom up over both lists; 0 is in none.
func (c *checker) place(name string) int {
	return slices.Index(append(slices.Clone(c.layers.Domain.Names), c.layers.Platform.Names...), name) + 1
}

// wrong says why the package from must not import path, or "".
func (c *checker) wrong(from, path string) string {
	name, imported := c.internal(from), c.internal(path)
	ours := strings.HasPrefix(path, c.module+"/")
	domain := func(n string) bool { return slices.Contains(c.layers.Domain.Names, n) }
	switch top, _, _ := strings.Cut(c.short(from), "/"); {
	case top == "cmd":
		if ours && imported != "app" && !domain(imported) {
			return "cmd calls app, and uses the domain's types only"
		}
		return ""
	case top == "examples":
		if ours && top != strings.SplitN(c.short(path), "/", 2)[0] {
			return "examples stand alone"
		}
		return ""
	case name == "app" || slices.Contains(tools, name):
		return ""
	}
	if ours {
		switch {
		case imported == "":
			return "internal packages do not import cmd or examples"
		case imported == "app":
			return "only cmd imports app"
		case imported != name && c.place(imported) >= c.place(name):
			return "it is listed later in docs/ARCHITECTURE.md"
		}
		return ""
	}
	if !domain(name) {
		return ""
	}
	switch {
	case path == "database/sql" || strings.HasPrefix(path, "database/sql/"):
		return "the domain has no SQL"
	case path == "net/http" || strings.HasPrefix(path, "net/http/"):
		return "the domain has no HTTP"
	case c.standard[path] || strings.HasPrefix(path, "golang.org/x/text/"):
		return ""
	}
	for _, lib := range c.layers.Domain.Libraries[name] {
		if path == lib || strings.HasPrefix(path, lib+"/") {
			return ""
		}
	}
	return "the domain uses the standard library and golang.org/x/text only"
}
