package project

import (
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/luodi/luodi/internal/catalog"
	"github.com/luodi/luodi/internal/strictyaml"
)

// checker goes through a decoded project and adds what is wrong to the
// document's problems.
type checker struct {
	*Project
	doc     *strictyaml.Document
	lookup  func(string) (string, bool)
	catalog *catalog.Catalog
}

// Sections of the file.
const (
	departments = strictyaml.Path("departments")
	sources     = strictyaml.Path("sources")
	knowledge   = strictyaml.Path("knowledge")
	models      = strictyaml.Path("models")
	routes      = strictyaml.Path("routes")
	scenarios   = strictyaml.Path("scenarios")
	budgets     = strictyaml.Path("budgets")
	guards      = strictyaml.Path("guards")
	store       = strictyaml.Path("store")
)

func (c *checker) check() {
	if c.need("", "project", "the project's name") {
		c.plainName("project", c.Name, "")
	}
	c.checkDepartments()
	c.checkSources()
	c.checkKnowledge()
	c.checkModels()
	c.checkRoutes()
	c.checkScenarios()
	c.checkBudgets()
	c.checkGuards()
	c.checkObserved()
	c.checkVault()
	c.checkDuplicates()
	c.checkStore()
}

// need reports a missing key, and whether it is there.
func (c *checker) need(at strictyaml.Path, key, what string) bool {
	if c.doc.Has(at.Key(key)) {
		return true
	}
	c.doc.Errorf(at, "%s is missing: %s", key, what)
	return false
}

// checkNames checks the names of a section's entries: there, well formed and
// each only once.
func (c *checker) checkNames(section strictyaml.Path, kind string, names []string, marks string) {
	first := map[string]int{}
	for i, name := range names {
		at := section.Index(i)
		if !c.need(at, "name", "every "+kind+" has one") || !c.plainName(at.Key("name"), name, marks) {
			continue
		}
		if line, twice := first[name]; twice {
			c.doc.Errorf(at.Key("name"), "a second %s %q; the first is in line %d", kind, name, line)
			continue
		}
		first[name] = c.doc.Line(at.Key("name"))
	}
}

// plainName accepts letters of any script, digits, and - _ . and marks.
func (c *checker) plainName(at strictyaml.Path, name, marks string) bool {
	ok := name != "" && utf8.RuneCountInString(name) <= 64
	for i, r := range name {
		ok = ok && (unicode.IsLetter(r) || unicode.IsDigit(r) || i > 0 && strings.ContainsRune("-_."+marks, r))
	}
	if !ok {
		c.doc.Errorf(at, "%q cannot be a name: up to 64 letters, digits and the marks %s, a letter or digit first", name, strings.Join(strings.Split("-_."+marks, ""), " "))
	}
	return ok
}

// refers checks that name is one of known. An empty name is for need.
func (c *checker) refers(at strictyaml.Path, kind, name string, known []string) bool {
	known = slices.DeleteFunc(slices.Clone(known), func(s string) bool { return s == "" })
	if name == "" || slices.Contains(known, name) {
		return name != ""
	}
	if len(known) == 0 {
		c.doc.Errorf(at, "unknown %s %q; the file declares none", kind, name)
	} else {
		c.doc.Errorf(at, "unknown %s %q%s", kind, name, strictyaml.Suggest(name, known, "there are"))
	}
	return false
}

// oneOf checks a value of a fixed list.
func (c *checker) oneOf(at strictyaml.Path, kind, value string, known []string) bool {
	if slices.Contains(known, value) {
		return true
	}
	c.doc.Errorf(at, "unknown %s %q%s", kind, value, strictyaml.Suggest(value, known, "there are"))
	return false
}

func namesOf[T any](list []T, name func(T) string) []string {
	out := make([]string, len(list))
	for i, x := range list {
		out[i] = name(x)
	}
	return out
}

func (c *checker) departmentNames() []string {
	return namesOf(c.Departments, func(d Department) string { return d.Name })
}

func (c *checker) sourceNames() []string {
	return namesOf(c.Sources, func(s Source) string { return s.Name })
}

func (c *checker) modelNames() []string {
	return namesOf(c.Models, func(m Model) string { return m.Name })
}
