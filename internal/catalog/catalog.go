// Package catalog knows the vendors, what they deviate in, what their models
// cost and how currencies convert: everything about the outside that is a
// fact with a date and a source, and therefore data, never code.
//
// The facts are YAML files in vendors/, prices/ and rates/, embedded in the
// binary so that nothing is fetched at start. A project may lay files of its
// own over them (a contract's price, a newer list); a later layer wins where
// it says the same thing. Money is integers throughout (package money), a
// price row has an identity that changes with its content, and every row says
// where and when it was read and how far that is to be trusted. No row claims
// to be current: Row.Stale says how old the reading is.
//
// Endpoint resolves one entry of luodi.yaml to what a client needs: address,
// key, deviations, price. The package opens no connection, reads no
// environment by itself and decodes no YAML: the caller passes those in.
package catalog

import (
	"embed"
	"fmt"
	"io/fs"
	"path"
	"slices"
	"strings"

	"github.com/luodi/luodi/internal/errs"
)

// Files holds vendors/*.yaml, prices/*.yaml and rates/*.yaml.
//
//go:embed vendors/*.yaml prices/*.yaml rates/*.yaml
var Files embed.FS

// Decoder decodes one YAML file strictly (unknown keys are errors) into the
// struct that into points to, by its yaml tags; file names it in errors.
// Package strictyaml's Decode is one.
type Decoder func(file string, data []byte, into any) error

// Catalog is all facts together. It does not change after Load and may be
// used from any goroutine.
type Catalog struct {
	vendors []Vendor
	Book    *Book
	Rates   *Rates
}

// Load reads the embedded files, then the layers in order. A layer has the
// same folders, each optional. A vendor of a later layer replaces that of the
// same name, a rate that of the same currencies and day. Price rows of layers
// count before the embedded ones, which stay for what was priced by them.
func Load(decode Decoder, layers ...fs.FS) (*Catalog, error) {
	c := &Catalog{Book: &Book{}, Rates: &Rates{}}
	for i, layer := range append([]fs.FS{Files}, layers...) {
		err := each(layer, "vendors", func(file string, data []byte) error { return c.addVendor(decode, file, data) })
		if err == nil {
			err = each(layer, "prices", func(file string, data []byte) error { return c.Book.add(decode, file, data, i > 0) })
		}
		if err == nil {
			err = each(layer, "rates", func(file string, data []byte) error { return c.Rates.add(decode, file, data) })
		}
		if err != nil {
			return nil, fmt.Errorf("reading the catalog: %w", err)
		}
	}
	for _, r := range c.Book.rows {
		if _, ok := c.Vendor(r.Vendor); !ok {
			return nil, fmt.Errorf("reading the catalog: %w", errs.Invalid("price row %s names the vendor %q, which has no file in vendors/", r.ID, r.Vendor))
		}
	}
	for _, p := range c.Book.packages {
		if _, ok := c.Vendor(p.Vendor); !ok {
			return nil, fmt.Errorf("reading the catalog: %w", errs.Invalid("the package %s is of the vendor %q, which has no file in vendors/", p.Name, p.Vendor))
		}
	}
	for _, d := range c.Book.discounts {
		if _, ok := c.Vendor(d.Vendor); !ok {
			return nil, fmt.Errorf("reading the catalog: %w", errs.Invalid("the discount of %s is by the vendor %q, which has no file in vendors/", d.Source, d.Vendor))
		}
	}
	return c, nil
}

func each(layer fs.FS, dir string, add func(file string, data []byte) error) error {
	files, err := fs.Glob(layer, dir+"/*.yaml") // sorted
	if err != nil {
		return fmt.Errorf("listing %s: %w", dir, err)
	}
	for _, file := range files {
		data, err := fs.ReadFile(layer, file)
		if err != nil {
			return fmt.Errorf("reading %s: %w", file, err)
		}
		if err := add(file, data); err != nil {
			return err
		}
	}
	return nil
}

func (c *Catalog) addVendor(decode Decoder, file string, data []byte) error {
	var v Vendor
	if err := decode(file, data, &v); err != nil {
		return err
	}
	if err := v.check(strings.TrimSuffix(path.Base(file), ".yaml")); err != nil {
		return fmt.Errorf("%s: %w", file, err)
	}
	i, found := slices.BinarySearchFunc(c.vendors, v.Name, func(x Vendor, name string) int { return strings.Compare(x.Name, name) })
	if found {
		c.vendors[i] = v
	} else {
		c.vendors = slices.Insert(c.vendors, i, v)
	}
	return nil
}

// Vendors are all vendors by name.
func (c *Catalog) Vendors() []Vendor { return slices.Clone(c.vendors) }

// Vendor returns the vendor of that name.
func (c *Catalog) Vendor(name string) (Vendor, bool) {
	i := slices.IndexFunc(c.vendors, func(v Vendor) bool { return v.Name == name })
	if i < 0 {
		return Vendor{}, false
	}
	return c.vendors[i], true
}

// VendorCalled returns the name of the vendor that goes by another name too,
// such as that of its models; "" where none does.
func (c *Catalog) VendorCalled(also string) string {
	for _, v := range c.vendors {
		if slices.ContainsFunc(v.Also, func(a string) bool { return strings.EqualFold(a, also) }) {
			return v.Name
		}
	}
	return ""
}
