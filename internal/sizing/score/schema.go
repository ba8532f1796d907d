package score

import (
	"bytes"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"sort"
	"strings"

	"github.com/luodi/luodi/internal/errs"
	"github.com/luodi/luodi/internal/sizing/score/typed"
)

// Schema is the part of JSON Schema that extraction needs: type, properties,
// required, additionalProperties, items and enum are asserted; format says
// how values are compared (date, money, percent, phone, quantity, number);
// currency is that of amounts that name none. A keyword that is not known is
// an error, for a rule that is silently dropped would pass replies that it
// forbids.
type Schema struct {
	Type        Types              `json:"type,omitempty"`
	Properties  map[string]*Schema `json:"properties,omitempty"`
	Required    []string           `json:"required,omitempty"`
	Additional  *bool              `json:"additionalProperties,omitempty"`
	Items       *Schema            `json:"items,omitempty"`
	Enum        []json.RawMessage  `json:"enum,omitempty"`
	Format      string             `json:"format,omitempty"`
	Currency    string             `json:"currency,omitempty"`
	Title       string             `json:"title,omitempty"`
	Description string             `json:"description,omitempty"`
	Comment     string             `json:"$comment,omitempty"`
	Version     string             `json:"$schema,omitempty"`
	ID          string             `json:"$id,omitempty"`
	Default     json.RawMessage    `json:"default,omitempty"`
	Examples    json.RawMessage    `json:"examples,omitempty"`
	// Values are those that a text takes in the gold of a derived schema.
	// They are told to the model and not asserted.
	Values []string `json:"values,omitempty"`
}

// Types are the JSON types allowed; none means any.
type Types []string

// UnmarshalJSON reads a name or a list of names.
func (t *Types) UnmarshalJSON(b []byte) error {
	if len(b) > 0 && b[0] == '"' {
		*t = make(Types, 1)
		return json.Unmarshal(b, &(*t)[0])
	}
	return json.Unmarshal(b, (*[]string)(t))
}

var jsonTypes = []string{"object", "array", "string", "number", "integer", "boolean", "null"}

// ParseSchema reads a schema of an object. Its errors are errs.Invalid.
func ParseSchema(b []byte) (*Schema, error) {
	var s Schema
	d := json.NewDecoder(bytes.NewReader(b))
	d.UseNumber()
	d.DisallowUnknownFields()
	if err := d.Decode(&s); err != nil {
		return nil, errs.Invalid("reading a JSON Schema: %v; known are type, properties, required, additionalProperties, items, enum, format, currency and notes", strings.TrimPrefix(err.Error(), "json: "))
	}
	if len(s.Properties) == 0 {
		return nil, errs.Invalid("reading a JSON Schema: it has no properties, so there is nothing to extract")
	}
	return &s, s.check("")
}

func (s *Schema) check(path string) error {
	for _, t := range s.Type {
		if !slices.Contains(jsonTypes, t) {
			return errs.Invalid("reading a JSON Schema: %q has the unknown type %q", path, t)
		}
	}
	for _, name := range s.Required {
		if s.Properties[name] == nil {
			return errs.Invalid("reading a JSON Schema: %q is required, but no property", join(path, name))
		}
	}
	for _, name := range slices.Sorted(maps.Keys(s.Properties)) {
		p := s.Properties[name]
		if p == nil {
			return errs.Invalid("reading a JSON Schema: property %q is null", join(path, name))
		}
		if err := p.check(join(path, name)); err != nil {
			return err
		}
	}
	if s.Items != nil {
		return s.Items.check(path + "[]")
	}
	return nil
}

func join(path, name string) string {
	if path == "" {
		return name
	}
	return path + "." + name
}

// Validate says where a value breaks the schema; nil where it does not.
func (s *Schema) Validate(v any) error { return s.validate("", v) }

func (s *Schema) validate(path string, v any) error {
	if got := typeOf(v); len(s.Type) > 0 && !slices.Contains(s.Type, got) && !(got == "integer" && slices.Contains(s.Type, "number")) {
		return fmt.Errorf("%s is %s, not %s", or(path, "the reply"), got, strings.Join(s.Type, " or "))
	}
	if len(s.Enum) > 0 && !slices.ContainsFunc(s.Enum, func(b json.RawMessage) bool {
		e, _, err := decode(string(b))
		return err == nil && exact(e) == exact(v)
	}) {
		return fmt.Errorf("%s is none of the values that the schema allows", or(path, "the reply"))
	}
	switch v := v.(type) {
	case map[string]any:
		for _, name := range s.Required {
			if _, ok := v[name]; !ok {
				return fmt.Errorf("%s is missing", join(path, name))
			}
		}
		for _, name := range slices.Sorted(maps.Keys(v)) {
			p, ok := s.Properties[name]
			if !ok && s.Additional != nil && !*s.Additional {
				return fmt.Errorf("%s is not in the schema", join(path, name))
			}
			if ok {
				if err := p.validate(join(path, name), v[name]); err != nil {
					return err
				}
			}
		}
	case []any:
		for i, e := range v {
			if s.Items == nil {
				break
			}
			if err := s.Items.validate(fmt.Sprintf("%s[%d]", path, i), e); err != nil {
				return err
			}
		}
	}
	return nil
}

func or(s, otherwise string) string {
	if s == "" {
		return otherwise
	}
	return s
}

func typeOf(v any) string {
	switch v := v.(type) {
	case nil:
		return "null"
	case bool:
		return "boolean"
	case string:
		return "string"
	case json.Number:
		if r, ok := rational(v.String()); ok && r.IsInt() {
			return "integer"
		}
		return "number"
	case []any:
		return "array"
	}
	return "object"
}

// kind is how values of the schema are compared.
func (s *Schema) kind() typed.Kind {
	if s == nil {
		return typed.Text
	}
	if k := typed.Kind(s.Format); slices.Contains(typed.Kinds, k) {
		return k
	}
	if slices.Contains(s.Type, "number") || slices.Contains(s.Type, "integer") {
		return typed.Number
	}
	return typed.Text
}

// Kind is how values of the schema are compared, in words that prompts use: a
// kind of package typed, or list, object, boolean.
func (s *Schema) Kind() string {
	switch {
	case s.Items != nil || slices.Contains(s.Type, "array"):
		return "list"
	case len(s.Properties) > 0 || slices.Contains(s.Type, "object"):
		return "object"
	case s.Format == "boolean" || slices.Contains(s.Type, "boolean"):
		return "boolean"
	}
	return string(s.kind())
}

// Offered are the values that a text may take, to be told to a model; nil
// where any may be.
func (s *Schema) Offered() []string {
	out := slices.Clone(s.Values)
	if s.Items != nil {
		out = append(out, s.Items.Offered()...)
	}
	for _, b := range s.Enum {
		if v := string(b); v != "null" && v != `""` {
			out = append(out, strings.Trim(v, `"`))
		}
	}
	return out
}

// key is the form in which values are compared; "" means that there is none:
// null, empty text and an empty list are the same.
func (s *Schema) key(v any) string {
	switch v := v.(type) {
	case bool:
		return fmt.Sprintf("bool:%v", v)
	case json.Number:
		if r, ok := rational(v.String()); ok && s.kind() == typed.Number {
			return "number:" + r.RatString()
		}
		return s.text(v.String())
	case string:
		return s.text(v)
	case []any: // a set
		keys := []string{}
		for _, e := range v {
			keys = append(keys, fmt.Sprintf("%q", s.items().key(e)))
		}
		sort.Strings(keys)
		if len(keys) == 0 {
			return ""
		}
		return "list:" + strings.Join(slices.Compact(keys), ",")
	case map[string]any:
		var keys []string
		for _, name := range slices.Sorted(maps.Keys(v)) {
			if k := s.property(name).key(v[name]); k != "" {
				keys = append(keys, fmt.Sprintf("%q:%q", name, k))
			}
		}
		return "object:" + strings.Join(keys, ",")
	}
	return ""
}

func (s *Schema) text(v string) string {
	if typed.Plain(v) == "" {
		return ""
	}
	currency := ""
	if s != nil {
		currency = s.Currency
	}
	form, _ := typed.Canonical(s.kind(), currency, v)
	return form
}

func (s *Schema) items() *Schema {
	if s == nil {
		return nil
	}
	return s.Items
}

func (s *Schema) property(name string) *Schema {
	if s == nil {
		return nil
	}
	return s.Properties[name]
}
