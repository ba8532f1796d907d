package catalog

import (
	"fmt"
	"net/url"
	"strings"
	"time"

	"github.com/luodi/luodi/internal/errs"
)

// Secret is a key that no log, error, JSON or %v shows.
type Secret string

// Reveal returns the key, for the header of a request and nothing else.
func (s Secret) Reveal() string { return string(s) }

// String is "***", or "" for no key.
func (s Secret) String() string {
	if s == "" {
		return ""
	}
	return "***"
}

// GoString is String for %#v.
func (s Secret) GoString() string { return `"` + s.String() + `"` }

// MarshalText is String, so that JSON and YAML do not show it either.
func (s Secret) MarshalText() ([]byte, error) { return []byte(s.String()), nil }

// Entry is one model of luodi.yaml. Variables are replaced already; Unset
// names those that were not set.
type Entry struct {
	Name    string // how the project calls it
	Model   string // how the vendor calls it; "" is Name
	Vendor  string // "" is known from BaseURL, or local
	BaseURL string // "" is the vendor's
	Key     Secret
	Native  bool // the vendor's own API is spoken
	Unset   []string
	Price   *ModelPrice // nil: the price book is asked
	Hosting *Hosting    // instead of Price, for a model that the project runs itself
	File    string      // where the entry stands, for the price row
}

// LocalVendor is the vendor of addresses that belong to nobody else.
const LocalVendor = "local"

// Endpoint is all that a client needs to call a model.
type Endpoint struct {
	Name    string
	Model   string
	Vendor  Vendor
	BaseURL string // without a slash at its end
	Key     Secret
	Native  *Native // the API that is spoken; nil: the OpenAI-compatible one

	// Configured: it can be called. Where it cannot, Reason says what to do,
	// such as "set DASHSCOPE_API_KEY".
	Configured bool
	Reason     string

	price *Row
	book  *Book
}

// Endpoint resolves an entry. A missing key or an unset variable is no error:
// the endpoint is then not configured. getenv (os.Getenv) is asked for the
// vendor's usual variable where the entry has no key of its own. It returns
// errs.Invalid for a vendor that is not known or an address that is none.
func (c *Catalog) Endpoint(e Entry, getenv func(string) string) (Endpoint, error) {
	out := Endpoint{Name: e.Name, Model: e.Model, Key: e.Key, book: c.Book}
	if out.Model == "" {
		out.Model = e.Name
	}
	if err := CheckURL(e.BaseURL); len(e.Unset) == 0 && err != nil {
		return Endpoint{}, fmt.Errorf("model %s: %w", e.Name, err)
	}
	name := e.Vendor
	if name == "" {
		name = c.vendorAt(e.BaseURL)
	}
	vendor, ok := c.Vendor(name)
	if !ok {
		return Endpoint{}, errs.Invalid("model %s: there is no vendor %q", e.Name, e.Vendor)
	}
	out.Vendor = vendor
	_, out.BaseURL = vendor.For(out.Model, false)
	envKey := vendor.EnvKey
	if e.Native {
		if vendor.Native.Shape == "" {
			return Endpoint{}, errs.Invalid("model %s: the vendor %s has no API of its own that luodi speaks; leave api out", e.Name, vendor.Name)
		}
		out.Native, out.BaseURL = &vendor.Native, vendor.Native.BaseURL
		if vendor.Native.EnvKey != "" {
			envKey = vendor.Native.EnvKey
		}
	}
	home := out.BaseURL
	if e.BaseURL != "" {
		out.BaseURL = strings.TrimRight(e.BaseURL, "/")
	}
	switch {
	case e.Price != nil:
		row := ProjectRow(e.Name, *e.Price, e.File)
		out.price = &row
	case e.Hosting != nil:
		row, err := HostedRow(e.Name, *e.Hosting, e.File)
		if err != nil {
			return Endpoint{}, err
		}
		out.price = &row
	}
	if out.Key == "" && len(e.Unset) == 0 && envKey != "" {
		out.Key = Secret(getenv(envKey))
	}
	switch {
	case len(e.Unset) > 0:
		out.Reason = "set " + strings.Join(e.Unset, ", ")
	case out.BaseURL == "":
		out.Reason = "give its endpoint: the vendor " + vendor.Name + " has no address of its own"
	case out.Key == "" && vendor.Auth != AuthOptional && (sameHost(out.BaseURL, vendor.BaseURL) || sameHost(out.BaseURL, home) && e.Native):
		out.Reason = "set " + envKey
	default:
		out.Configured = true
	}
	return out, nil
}

// Price is the row that holds for this endpoint at a moment: the project's
// own, or the price book's; false where neither knows.
func (e *Endpoint) Price(at time.Time) (Row, bool) {
	if e.price != nil {
		return *e.price, true
	}
	if e.book == nil {
		return Row{}, false
	}
	return e.book.Lookup(e.Vendor.Name, e.Model, at)
}

// Packages are the tokens of this endpoint's model that are paid for already, in
// the order in which they are used.
func (e *Endpoint) Packages() []Package {
	if e.book == nil {
		return nil
	}
	return e.book.PackagesOf(e.Vendor.Name, e.Model)
}

// States reports whether luodi.yaml states the price itself, so that the price
// book is not asked.
func (e *Endpoint) States() bool { return e.price != nil }

// Quirks are the vendor's deviations for this model.
func (e *Endpoint) Quirks(stream bool) Quirks {
	q, _ := e.Vendor.For(e.Model, stream)
	return q
}

// Auth returns the name and the value of the header that carries the key, or
// "" where there is none.
func (e *Endpoint) Auth() (header, value string) {
	switch {
	case e.Key == "":
		return "", ""
	case e.Vendor.Auth == AuthBearer || e.Vendor.Auth == AuthOptional:
		return "Authorization", "Bearer " + e.Key.Reveal()
	default:
		return string(e.Vendor.Auth), e.Key.Reveal()
	}
}

// vendorAt is the vendor whose host an address has, else local.
func (c *Catalog) vendorAt(address string) string {
	for _, v := range c.vendors {
		urls := []string{v.BaseURL}
		for _, u := range v.Other {
			urls = append(urls, u)
		}
		for _, u := range urls {
			if sameHost(u, address) {
				return v.Name
			}
		}
	}
	return LocalVendor
}

func sameHost(a, b string) bool {
	x, err1 := url.Parse(a)
	y, err2 := url.Parse(b)
	return err1 == nil && err2 == nil && x.Hostname() != "" && strings.EqualFold(x.Hostname(), y.Hostname())
}

// CheckURL says what is wrong with the address of an endpoint. It accepts ""
// and absolute http and https addresses.
func CheckURL(s string) error {
	if s == "" {
		return nil
	}
	u, err := url.Parse(s)
	switch {
	case err != nil || u.Scheme != "http" && u.Scheme != "https" || u.Host == "":
		return errs.Invalid("the endpoint is no address; write it as http://127.0.0.1:8081/v1")
	case u.User != nil:
		return errs.Invalid("the endpoint holds a user name or password; use key: \"${NAME}\"")
	case strings.HasSuffix(strings.TrimRight(u.Path, "/"), "/completions"):
		return errs.Invalid("the endpoint ends in /completions; write the address before /chat/completions")
	case u.RawQuery != "" || u.Fragment != "":
		return errs.Invalid("the endpoint has a ? or # part; write the address alone")
	}
	return nil
}
