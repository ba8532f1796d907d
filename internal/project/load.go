package project

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"

	"github.com/luodi/luodi/internal/catalog"
	"github.com/luodi/luodi/internal/errs"
	"github.com/luodi/luodi/internal/strictyaml"
)

// Load reads and checks the luodi.yaml of a directory. It returns
// errs.NotFound where there is none and errs.Invalid, with every problem,
// where it is wrong.
func Load(dir string) (*Project, error) {
	file := filepath.Join(dir, File)
	data, err := os.ReadFile(file)
	if errors.Is(err, fs.ErrNotExist) {
		if _, err := os.Stat(filepath.Join(dir, "luodi.yml")); err == nil {
			return nil, errs.NotFound("no %s, but a luodi.yml; rename it", file)
		}
		return nil, errs.NotFound("no %s; luodi init %s writes one, luodi demo makes a whole sample, -C names another directory", file, dir)
	}
	if err != nil {
		return nil, fmt.Errorf("reading the project: %w", err)
	}
	return Parse(file, data, os.LookupEnv)
}

// Parse is Load for content that is at hand. file names it in messages, and
// its directory is the project's; lookup is os.LookupEnv or a stand-in.
func Parse(file string, data []byte, lookup func(string) (string, bool)) (*Project, error) {
	dir, err := filepath.Abs(filepath.Dir(file))
	if err != nil {
		return nil, fmt.Errorf("reading the project: %w", err)
	}
	cat, err := catalog.Load(strictyaml.Decode)
	if err != nil {
		return nil, err
	}
	p := &Project{Dir: dir}
	c := &checker{Project: p, doc: strictyaml.Read(file, data, p), lookup: lookup, catalog: cat}
	c.check()
	if err := c.doc.Err(); err != nil {
		return nil, err
	}
	for i := range p.Scenarios {
		p.Scenarios[i].fill(p)
	}
	return p, nil
}

var (
	variable = regexp.MustCompile(`\$\{([A-Za-z_][A-Za-z0-9_]*)\}`)
	opening  = regexp.MustCompile(`\$\{`)
)

// expand replaces the variables of the string at p and returns those that are
// not set, or set to nothing.
func (c *checker) expand(at strictyaml.Path, s *string) (unset []string) {
	if !opening.MatchString(*s) {
		return nil
	}
	switch {
	case len(opening.FindAllString(*s, -1)) != len(variable.FindAllString(*s, -1)):
		c.doc.Errorf(at, `a variable is written "${NAME}": letters, digits and _ between the braces, nothing else`)
		return nil
	case !c.doc.Quoted(at):
		c.doc.Errorf(at, `put a value with a variable in quotes: "${NAME}"`)
		return nil
	}
	*s = variable.ReplaceAllStringFunc(*s, func(found string) string {
		name := variable.FindStringSubmatch(found)[1]
		value, _ := c.lookup(name)
		if value == "" {
			unset = append(unset, name)
		}
		return value
	})
	return unset
}

// expandPath is expand for values that the project cannot do without.
func (c *checker) expandPath(at strictyaml.Path, s *string) {
	for _, name := range c.expand(at, s) {
		c.doc.Errorf(at, "the environment variable %s is not set", name)
	}
}
