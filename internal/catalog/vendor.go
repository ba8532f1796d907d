package catalog

import (
	"encoding/json"
	"fmt"
	"maps"
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

// Native is an API of the vendor's own, for what the compatible one lacks.
type Native struct {
	BaseURL string   `yaml:"base_url"`
	Auth    string   `yaml:"auth"`
	Shape   string   `yaml:"shape"` // anthropic, gemini, tc3
	Notes   []string `yaml:"notes"`
}

// Quirks are deviations from OpenAI's wire format, for the gateway to compile
// into splices. Names are of top-level members; values are raw JSON.
type Quirks struct {
	Rename  map[string]string          `yaml:"rename"`  // member → the vendor's name
	Drop    []string                   `yaml:"drop"`    // members the vendor refuses
	Clamp   map[string]Range           `yaml:"clamp"`   // numbers → what is accepted
	Default map[string]JSON            `yaml:"default"` // put in where the client gave none
	Force   map[string]JSON            `yaml:"force"`   // put in whatever the client gave
	Replace map[string]map[string]JSON `yaml:"replace"` // member → compact raw JSON given → sent
	Move    map[string]string          `yaml:"move"`    // member → dotted path it belongs at

	MaxTokens      string `yaml:"max_tokens"`       // name of the reply's limit; "" is max_tokens
	FlattenContent bool   `yaml:"flatten_content"`  // text parts of a message become one string
	ReasoningBack  string `yaml:"reasoning_back"`   // when reasoning_content may be sent back: "" always, tool_turns
	StreamUsage    string `yaml:"stream_usage"`     // "" when asked, always, never
	UsageInChoices bool   `yaml:"usage_in_choices"` // a stream's usage is choices[0].usage
	KeepAlive      bool   `yaml:"keep_alive"`       // ": keep-alive" comment lines in streams
	FloatsOnly     bool   `yaml:"floats_only"`      // embeddings come as arrays whatever was asked

	ErrorIn200    []ErrorPlace      `yaml:"error_in_200"`
	Missing       []string          `yaml:"missing"`        // members absent from replies, such as id
	FinishReasons map[string]string `yaml:"finish_reasons"` // the vendor's → OpenAI's

	EmbeddingsList  bool  `yaml:"embeddings_list"`  // input must be a list
	EmbeddingsBatch int64 `yaml:"embeddings_batch"` // at most so many inputs; 0 no limit known
}

// Range is what a vendor accepts, bounds included.
type Range struct {
	Min float64 `yaml:"min"`
	Max float64 `yaml:"max"`
}

// ErrorPlace says where a reply under status 200 carries an error: a dotted
// path to its code, the code when all is well, the path to the text.
type ErrorPlace struct {
	Code    string `yaml:"code"`
	OK      string `yaml:"ok"`
	Message string `yaml:"message"`
}

// ModelQuirks apply to models that match one of Match (* stands for any
// characters), and only to streams or only to whole replies where When says so.
type ModelQuirks struct {
	Match   []string `yaml:"match"`
	When    string   `yaml:"when"` // "", stream, no_stream
	BaseURL string   `yaml:"base_url"`
	Quirks  Quirks   `yaml:"quirks"`
}

// JSON is one raw JSON value.
type JSON string

// UnmarshalText checks that the text is one JSON value.
func (j *JSON) UnmarshalText(b []byte) error {
	if !json.Valid(b) {
		return fmt.Errorf("%q is not a JSON value; put text in quotes inside of the quotes: '\"text\"'", b)
	}
	*j = JSON(b)
	return nil
}

// For returns the quirks and the base address for a model.
func (v *Vendor) For(model string, stream bool) (Quirks, string) {
	q, base := v.Quirks, v.BaseURL
	for _, m := range v.Models {
		if m.When == "stream" && !stream || m.When == "no_stream" && stream {
			continue
		}
		if !slices.ContainsFunc(m.Match, func(p string) bool { return Match(p, model) }) {
			continue
		}
		q = q.over(m.Quirks)
		if m.BaseURL != "" {
			base = m.BaseURL
		}
	}
	return q, base
}

// over lays more over q: maps and lists are joined, set values win.
func (q Quirks) over(more Quirks) Quirks {
	q.Rename = join(q.Rename, more.Rename)
	q.Drop = slices.Concat(q.Drop, more.Drop)
	q.Clamp = join(q.Clamp, more.Clamp)
	q.Default = join(q.Default, more.Default)
	q.Force = join(q.Force, more.Force)
	q.Replace = join(q.Replace, more.Replace)
	q.Move = join(q.Move, more.Move)
	q.ErrorIn200 = slices.Concat(q.ErrorIn200, more.ErrorIn200)
	q.Missing = slices.Concat(q.Missing, more.Missing)
	q.FinishReasons = join(q.FinishReasons, more.FinishReasons)
	for _, s := range [][2]*string{{&q.MaxTokens, &more.MaxTokens}, {&q.ReasoningBack, &more.ReasoningBack}, {&q.StreamUsage, &more.StreamUsage}} {
		if *s[1] != "" {
			*s[0] = *s[1]
		}
	}
	q.FlattenContent = q.FlattenContent || more.FlattenContent
	q.UsageInChoices = q.UsageInChoices || more.UsageInChoices
	q.KeepAlive = q.KeepAlive || more.KeepAlive
	q.FloatsOnly = q.FloatsOnly || more.FloatsOnly
	q.EmbeddingsList = q.EmbeddingsList || more.EmbeddingsList
	if more.EmbeddingsBatch != 0 {
		q.EmbeddingsBatch = more.EmbeddingsBatch
	}
	return q
}

func join[V any](a, b map[string]V) map[string]V {
	if len(b) == 0 {
		return a
	}
	out := maps.Clone(a)
	if out == nil {
		out = map[string]V{}
	}
	maps.Copy(out, b)
	return out
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
	for _, m := range v.Models {
		if len(m.Match) == 0 || !slices.Contains([]string{"", "stream", "no_stream"}, m.When) {
			return errs.Invalid("vendor %s has quirks of models without match, or with a when that is neither stream nor no_stream", v.Name)
		}
	}
	return nil
}
