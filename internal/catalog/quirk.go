package catalog

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/luodi/luodi/internal/errs"
)

// Quirks are deviations from OpenAI's wire format, for the gateway to compile
// into splices. Names are of top-level members; values are raw JSON.
type Quirks struct {
	Rename  map[string]string          `yaml:"rename"`  // member → the vendor's name
	Drop    []string                   `yaml:"drop"`    // members the vendor refuses
	Clamp   map[string]Range           `yaml:"clamp"`   // numbers → what is accepted
	Default map[string]JSON            `yaml:"default"` // put in where the client gave none
	Force   map[string]JSON            `yaml:"force"`   // put in whatever the client gave
	Replace map[string]map[string]JSON `yaml:"replace"` // member → compact raw JSON given → sent

	MaxTokens      string `yaml:"max_tokens"`      // name of the reply's limit; "" is max_tokens
	FlattenContent bool   `yaml:"flatten_content"` // text parts of a message become one string
	ReasoningBack  string `yaml:"reasoning_back"`  // when reasoning_content may be sent back: "" always, tool_turns
	StreamUsage    string `yaml:"stream_usage"`    // "" when asked, always, never
	UsageAt        string `yaml:"usage_at"`        // where a stream's usage is: "" top level, choices
	FloatsOnly     bool   `yaml:"floats_only"`     // embeddings come as arrays whatever was asked

	ImageTokens int64 `yaml:"image_tokens"` // the most that one picture counts; 0 not known

	Errors        []ErrorPlace      `yaml:"error_in_200"`   // where a reply under status 200 reports one
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
	q.Errors = slices.Concat(q.Errors, more.Errors)
	q.FinishReasons = join(q.FinishReasons, more.FinishReasons)
	for _, s := range [][2]*string{{&q.MaxTokens, &more.MaxTokens}, {&q.ReasoningBack, &more.ReasoningBack}, {&q.StreamUsage, &more.StreamUsage}, {&q.UsageAt, &more.UsageAt}} {
		if *s[1] != "" {
			*s[0] = *s[1]
		}
	}
	q.FlattenContent = q.FlattenContent || more.FlattenContent
	q.FloatsOnly = q.FloatsOnly || more.FloatsOnly
	q.EmbeddingsList = q.EmbeddingsList || more.EmbeddingsList
	if more.ImageTokens != 0 {
		q.ImageTokens = more.ImageTokens
	}
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

func (q *Quirks) check() error {
	for _, w := range []struct {
		key, value string
		known      []string
	}{
		{"stream_usage", q.StreamUsage, []string{"", "always", "never"}},
		{"usage_at", q.UsageAt, []string{"", "choices"}},
		{"reasoning_back", q.ReasoningBack, []string{"", "tool_turns"}},
	} {
		if !slices.Contains(w.known, w.value) {
			return errs.Invalid("quirks: %s is %q; known are %s", w.key, w.value, strings.Join(w.known[1:], ", "))
		}
	}
	for name, r := range q.Clamp {
		if r.Min >= r.Max {
			return errs.Invalid("quirks: clamp of %s: min %g is not below max %g", name, r.Min, r.Max)
		}
	}
	for _, e := range q.Errors {
		if e.Code == "" {
			return errs.Invalid("quirks: error_in_200 needs code, the path to the error's code")
		}
	}
	return nil
}
