package project

import (
	"path/filepath"
	"slices"
	"strings"

	"github.com/luodi/luodi/internal/catalog"
	"github.com/luodi/luodi/internal/strictyaml"
)

// ColumnCheck is what a source asks of one of its columns; see the data
// report.
type ColumnCheck struct {
	Column     string   `yaml:"column"`
	NullShare  *float64 `yaml:"null_share"`
	Min        *float64 `yaml:"min"`
	Max        *float64 `yaml:"max"`
	OneOf      []string `yaml:"one_of"`
	Unique     bool     `yaml:"unique"`
	References string   `yaml:"references"` // SOURCE.COLUMN
}

// Vault is where personal data goes that plans seal: by whom it may be seen.
type Vault struct {
	Key     catalog.Secret `yaml:"key"`      // from the environment
	KeyFile string         `yaml:"key_file"` // or from a file
	Readers []string       `yaml:"readers"`  // departments, or user:name@example.com; nobody when empty

	Unset []string // variables that Key names and that are not set
}

// Duplicates says between which sources texts are compared, and what becomes
// of the later ones.
type Duplicates struct {
	Across []string `yaml:"across"` // sources; the one whose copy stays comes first
	Do     string   `yaml:"do"`     // tag | drop; "" is tag
}

// What becomes of a text that is nearly the same as one of an earlier source.
const (
	DuplicatesTag  = "tag"
	DuplicatesDrop = "drop"
)

func (c *checker) checkDuplicates() {
	at := strictyaml.Path("duplicates")
	if !c.doc.Has(at) {
		return
	}
	if c.need(at, "across", "the sources whose texts are compared, such as [rules, intranet]; of equal ones that of the first stays") && len(c.Duplicates.Across) == 0 {
		c.doc.Errorf(at.Key("across"), "no source is named")
	}
	for i, name := range c.Duplicates.Across {
		here := at.Key("across").Index(i)
		c.refers(here, "source", name, c.sourceNames())
		if slices.Contains(c.Duplicates.Across[:i], name) {
			c.doc.Errorf(here, "source %q is named twice; its place is the order of preference", name)
		}
	}
	if d := c.Duplicates.Do; d != "" && d != DuplicatesTag && d != DuplicatesDrop {
		c.doc.Errorf(at.Key("do"), "unknown %q%s", d, strictyaml.Suggest(d, []string{DuplicatesTag, DuplicatesDrop}, "there are"))
	}
}

// planClasses have a plan in the binary.
var planClasses = []string{"web", "office", "table", "log", "chat"}

// PlanFile is the file of the source's own plan; ok is false where it has
// none.
func (p *Project) PlanFile(s Source) (file string, ok bool) {
	if ext := filepath.Ext(s.Plan); ext == ".yaml" || ext == ".yml" {
		return p.Abs(s.Plan), true
	}
	return "", false
}

func (c *checker) checkPlan(at strictyaml.Path, s *Source) {
	if _, own := c.PlanFile(*s); s.Plan != "" && !own && !slices.Contains(planClasses, s.Plan) {
		c.doc.Errorf(at.Key("plan"), "unknown plan %q%s, or a file such as plans/mine.yaml", s.Plan, strictyaml.Suggest(s.Plan, planClasses, "there are"))
	}
	for i, k := range s.Checks {
		here := at.Key("checks").Index(i)
		if !c.need(here, "column", "the column that is checked") {
			continue
		}
		if k.NullShare != nil {
			c.share(here.Key("null_share"), *k.NullShare, 1)
		}
		if k.Min != nil && k.Max != nil && *k.Min > *k.Max {
			c.doc.Errorf(here.Key("max"), "max %g is below min %g", *k.Max, *k.Min)
		}
		if k.References != "" {
			name, column, ok := strings.Cut(k.References, ".")
			if !ok || column == "" {
				c.doc.Errorf(here.Key("references"), "write SOURCE.COLUMN, such as customers.id")
			} else {
				c.refers(here.Key("references"), "source", name, c.sourceNames())
			}
		}
		if k.NullShare == nil && k.Min == nil && k.Max == nil && len(k.OneOf) == 0 && !k.Unique && k.References == "" {
			c.doc.Errorf(here, "nothing is checked; add null_share, min, max, one_of, unique or references")
		}
	}
}

func (c *checker) checkVault() {
	at := strictyaml.Path("vault")
	key := string(c.Vault.Key)
	if c.doc.Has(at.Key("key")) {
		if !strings.Contains(key, "${") {
			c.doc.Errorf(at.Key("key"), `a key does not stand in the file; write "${NAME}" for a variable, or use key_file`)
		}
		c.Vault.Unset = c.expand(at.Key("key"), &key)
		c.Vault.Key = catalog.Secret(key)
	}
	if c.doc.Has(at.Key("key")) && c.doc.Has(at.Key("key_file")) {
		c.doc.Errorf(at.Key("key_file"), "key and key_file; leave one out")
	}
	c.checkPrincipals(at, c.Vault.Readers)
}

// checkPrincipal checks a department or user that may read something.
func (c *checker) checkPrincipal(at strictyaml.Path, r string) {
	name, isUser := strings.CutPrefix(r, principalUser)
	switch {
	case !isUser:
		c.refers(at, "department", strings.TrimPrefix(r, principalDepartment), c.departmentNames())
	case !strings.Contains(name, "@") || strings.ContainsAny(name, " \t"):
		c.doc.Errorf(at, "%q is no user; write \"user:name@example.com\" in quotes", r)
	}
}

// Principals are the readers as access control knows them.
func (v Vault) Principals() []string { return principals(v.Readers) }
