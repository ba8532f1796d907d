package catalog

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/luodi/luodi/internal/errs"
	"github.com/luodi/luodi/internal/money"
)

// Package is a number of a vendor's tokens that calls need not pay for: bought
// before, or free, once or anew in each period. Its tokens go whatever the row
// of the price book says; a call that finds too few left pays for the others.
// Batches are not covered: vendors bill them apart.
type Package struct {
	Name       string         `json:"name"` // in the ledger; whoever changes it has another package
	Vendor     string         `json:"vendor"`
	Model      string         `json:"model"` // a pattern, see Match
	Tokens     int64          `json:"tokens"`
	Used       int64          `json:"used,omitempty"`   // of Tokens, before it was written down or elsewhere
	Per        string         `json:"per,omitempty"`    // day, month or year: anew in each; "" once
	Counts     string         `json:"counts,omitempty"` // input or output; "" both
	Key        string         `json:"key,omitempty"`    // the id of the one key whose calls it covers; "" any
	Scenario   string         `json:"scenario,omitempty"`
	Department string         `json:"department,omitempty"` // with those below it
	Paid       money.Amount   `json:"-"`                    // for the whole; 0: free
	Currency   money.Currency `json:"-"`                    // of Paid
	ValidFrom  time.Time      `json:"valid_from"`
	ValidTo    time.Time      `json:"valid_to,omitzero"` // the first moment it no longer holds; zero: open
	Source     string         `json:"source"`
	DateRead   time.Time      `json:"date_read"`
	Zone       *time.Location `json:"-"` // of its days and periods
}

// units is an amount written as a decimal number of units, such as 40 or 12.5.
type units money.Amount

// UnmarshalText reads the decimal.
func (u *units) UnmarshalText(b []byte) error {
	v, err := money.ParseAmount(string(b))
	*u = units(v)
	return err
}

// packageRow is a package as it is written; what it lacks is the file's.
type packageRow struct {
	Name       string `yaml:"name"`
	Vendor     string `yaml:"vendor"`
	Currency   string `yaml:"currency"`
	Zone       string `yaml:"zone"`
	Model      string `yaml:"model"` // "" is all of the vendor's
	Tokens     int64  `yaml:"tokens"`
	Used       int64  `yaml:"used"`
	Per        string `yaml:"per"`
	Counts     string `yaml:"counts"`
	Key        string `yaml:"key"`
	Scenario   string `yaml:"scenario"`
	Department string `yaml:"department"`
	Paid       *units `yaml:"paid"`
	ValidFrom  string `yaml:"valid_from"`
	ValidTo    string `yaml:"valid_to"` // the last day it holds
	Source     string `yaml:"source"`
	DateRead   string `yaml:"date_read"`
}

func (r *packageRow) pack() (p Package, err error) {
	p = Package{
		Name: r.Name, Vendor: r.Vendor, Model: cmp.Or(r.Model, "*"), Tokens: r.Tokens, Used: r.Used, Per: r.Per, Counts: r.Counts, Source: r.Source,
		Key: r.Key, Scenario: r.Scenario, Department: r.Department,
	}
	switch {
	case p.Name == "" || p.Vendor == "" || p.Source == "":
		return p, errs.Invalid("a package needs name, vendor and source")
	case strings.ContainsAny(p.Name, "/+ \t\n"):
		return p, errs.Invalid("a package's name has no space, / or +")
	case p.Tokens <= 0 || p.Used < 0 || p.Used > p.Tokens:
		return p, errs.Invalid("a package has tokens, of which used are at most all")
	case !slices.Contains([]string{"", "day", "month", "year"}, p.Per):
		return p, errs.Invalid("per is day, month, year or nothing, not %q", p.Per)
	case p.Per != "" && p.Used > 0:
		return p, errs.Invalid("used is of a package that is there once; what is anew each %s begins whole", p.Per)
	case !slices.Contains([]string{"", "input", "output"}, p.Counts):
		return p, errs.Invalid("counts is input, output or nothing for both, not %q", p.Counts)
	}
	if p.Key != "" {
		if !strings.HasPrefix(p.Key, "key_") {
			return p, errs.Invalid("a package is for a key by its id, such as key_1a2b3c4d5e6f7a8b, which luodi key list shows; not %q", p.Key)
		}
		if p.Scenario != "" || p.Department != "" {
			return p, errs.Invalid("a package is for a key, or for a scenario and a department; a key has its own")
		}
	}
	if r.Paid != nil {
		p.Paid, p.Currency = money.Amount(*r.Paid), money.Currency(r.Currency)
		if !p.Currency.Known() {
			return p, errs.Invalid("what was paid is in the currency CNY or USD: the package's own, or its file's")
		}
	}
	if p.Zone, err = parseZone(r.Zone); err == nil {
		p.ValidFrom, p.ValidTo, p.DateRead, err = days(p.Zone, r.ValidFrom, r.ValidTo, r.DateRead)
	}
	return p, err
}

// addPackages takes in a file's; they are of a project's files only.
func (b *Book) addPackages(f *priceFile, own bool) error {
	if len(f.Packages) > 0 && !own {
		return errs.Invalid("packages are a project's own")
	}
	for i, r := range f.Packages {
		r.Vendor, r.Zone, r.Currency = cmp.Or(r.Vendor, f.Vendor), cmp.Or(r.Zone, f.Zone), cmp.Or(r.Currency, f.Currency)
		p, err := r.pack()
		if err != nil {
			return fmt.Errorf("package %d (%s): %w", i+1, r.Name, err)
		}
		if slices.ContainsFunc(b.packages, func(o Package) bool { return o.Name == p.Name }) {
			return errs.Invalid("two packages are named %q", p.Name)
		}
		b.packages = append(b.packages, p)
	}
	slices.SortFunc(b.packages, usedBefore)
	return nil
}

// usedBefore orders packages as they are used: what is anew soonest first, then
// what ends first, then what is for fewer calls.
func usedBefore(a, b Package) int {
	renewed := func(p Package) int { return slices.Index([]string{"day", "month", "year", ""}, p.Per) }
	end := func(p Package) int64 {
		if p.ValidTo.IsZero() {
			return 1<<63 - 1
		}
		return p.ValidTo.Unix()
	}
	narrow := func(p Package) int {
		switch {
		case p.Key != "":
			return 0
		case p.Scenario != "" || p.Department != "":
			return 1
		}
		return 2
	}
	return cmp.Or(cmp.Compare(renewed(a), renewed(b)), cmp.Compare(end(a), end(b)), cmp.Compare(narrow(a), narrow(b)), strings.Compare(a.Name, b.Name))
}

// Packages are all packages, in the order in which they are used.
func (b *Book) Packages() []Package { return slices.Clone(b.packages) }

// PackagesOf are those that cover a vendor's model, whenever they hold.
func (b *Book) PackagesOf(vendor, model string) []Package {
	var out []Package
	for _, p := range b.packages {
		if p.Vendor == vendor && Match(p.Model, model) {
			out = append(out, p)
		}
	}
	return out
}

// Holds reports whether the package can be used at a moment.
func (p *Package) Holds(at time.Time) bool {
	return !at.Before(p.ValidFrom) && (p.ValidTo.IsZero() || at.Before(p.ValidTo))
}
