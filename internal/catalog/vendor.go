package catalog

import (
	"fmt"
	"slices"
	"strings"

	"github.com/luodi/luodi/internal/errs"
)

// Auth is how a vendor wants its key.
type Auth string

// The kinds of authentication; a header's name is the kind itself, but for
// bearer: "Authorization: Bearer KEY".
const (
	AuthBearer     Auth = "bearer"
	AuthXAPIKey    Auth = "x-api-key"
	AuthGoogAPIKey Auth = "x-goog-api-key"
	AuthOptional   Auth = "optional" // bearer where there is a key, nothing where not
)

// Vendor is one vendor as its file states it. BaseURL is that of its
// OpenAI-compatible API, up to and without /chat/completions; "" where every
// user has his own.
type Vendor struct {
	Name    string            `yaml:"name"`
	Title   string            `yaml:"title"`
	TitleZH string            `yaml:"title_zh"`
	Also    []string          `yaml:"also"` // other names people know it by
	BaseURL string            `yaml:"base_url"`
	Other   map[string]string `yaml:"other_urls"` // such as intl, by name
	Auth    Auth              `yaml:"auth"`
	EnvKey  string            `yaml:"env_key"` // the usual environment variable
	Paths   Paths             `yaml:"paths"`
	Quirks  Quirks            `yaml:"quirks"`
	Models  []ModelQuirks     `yaml:"models"` // laid over Quirks, in order
	Native  Native            `yaml:"native"`

	// Verified: tried against the real vendor. Where it is false the entry is
	// from documents only.
	Verified bool     `yaml:"verified"`
	Date     string   `yaml:"date"` // the day it was read, 2006-01-02
	Source   string   `yaml:"source"`
	Notes    []string `yaml:"notes"`
}

// Paths are endpoints that are not at their usual place below BaseURL, as a
// path or a whole address; "" is the usual one, "none" says there is none.
type Paths struct {
	Embeddings string `yaml:"embeddings"`
	Rerank     string `yaml:"rerank"`
	RerankForm string `yaml:"rerank_form"` // jina or cohere
}

// Native is an API of the vendor's own, for what the compatible one lacks. It
// is used by models with api: native.
type Native struct {
	BaseURL string            `yaml:"base_url"`
	Auth    string            `yaml:"auth"`
	EnvKey  string            `yaml:"env_key"` // "" is the vendor's
	Shape   string            `yaml:"shape"`   // anthropic, gemini, tc3
	Params  map[string]string `yaml:"params"`  // what the shape needs to know, such as a version
	Notes   []string          `yaml:"notes"`
}

func (v *Vendor) check(file string) error {
	switch {
	case v.Name != file:
		return errs.Invalid("the vendor's name is %q; it must be the file's, %q", v.Name, file)
	case v.Title == "" || v.TitleZH == "" || v.Source == "":
		return errs.Invalid("vendor %s needs title, title_zh and source", v.Name)
	case !slices.Contains([]Auth{AuthBearer, AuthXAPIKey, AuthGoogAPIKey, AuthOptional}, v.Auth):
		return errs.Invalid("vendor %s has the auth %q; known are bearer, x-api-key, x-goog-api-key, optional", v.Name, v.Auth)
	case v.Auth != AuthOptional && (v.EnvKey == "" || v.BaseURL == ""):
		return errs.Invalid("vendor %s needs env_key and base_url", v.Name)
	case v.BaseURL != "" && (!strings.HasPrefix(v.BaseURL, "http") || strings.HasSuffix(v.BaseURL, "/")):
		return errs.Invalid("vendor %s has the base_url %q; write it with https:// and without a slash at its end", v.Name, v.BaseURL)
	}
	if _, err := parseDay(v.Date, 0); err != nil {
		return errs.Invalid("vendor %s has the date %q; write it as 2026-11-23", v.Name, v.Date)
	}
	for _, q := range append([]ModelQuirks{{Match: []string{"*"}, Quirks: v.Quirks}}, v.Models...) {
		if err := q.Quirks.check(); err != nil {
			return fmt.Errorf("vendor %s: %w", v.Name, err)
		}
	}
	for _, m := range v.Models {
		if len(m.Match) == 0 || !slices.Contains([]string{"", "stream", "no_stream"}, m.When) {
			return errs.Invalid("vendor %s has quirks of models without match, or with a when that is neither stream nor no_stream", v.Name)
		}
	}
	return nil
}
