package score

import (
	"encoding/json"
	"maps"
	"slices"

	"github.com/luodi/luodi/internal/sizing/score/typed"
)

// Derive is the schema of gold objects where the scenario gives none. It
// asserts nothing but that the reply is an object: its fields say how values
// are compared, each by the one kind that all of its gold values have. A text
// that takes few values, each several times, offers them to the model, as a
// classifier is offered its labels.
func Derive(gold []map[string]any) *Schema {
	s := &Schema{Type: Types{"object"}, Properties: map[string]*Schema{}}
	values := map[string][]any{}
	for _, g := range gold {
		for name, v := range g {
			values[name] = append(values[name], v)
		}
	}
	for name, vs := range values {
		s.Properties[name] = derive(vs)
	}
	return s
}

// few is the most values that a text may take to be offered.
const few = 20

func derive(values []any) *Schema {
	var texts []string
	var elements []any
	var objects []map[string]any
	numbers, bools := 0, 0
	for _, v := range values {
		switch v := v.(type) {
		case string:
			texts = append(texts, v)
		case json.Number:
			numbers++
			texts = append(texts, v.String())
		case bool:
			bools++
		case []any:
			elements = append(elements, v...)
		case map[string]any:
			objects = append(objects, v)
		}
	}
	switch {
	case len(elements) > 0:
		return &Schema{Type: nil, Items: derive(elements)}
	case len(objects) > 0:
		return &Schema{Properties: Derive(objects).Properties}
	case bools > 0:
		return &Schema{Format: "boolean"}
	case numbers > 0 && numbers == len(texts):
		return &Schema{Format: string(typed.Number)}
	}
	out := &Schema{Format: string(typed.Of(texts))}
	if out.Format == string(typed.Text) {
		out.Values = offered(texts)
	}
	return out
}

func offered(texts []string) []string {
	count := map[string]int{}
	n := 0
	for _, t := range texts {
		if typed.Plain(t) != "" {
			count[t]++
			n++
		}
	}
	if len(count) > few || n < 3*len(count) {
		return nil
	}
	return slices.Sorted(maps.Keys(count))
}
