package main

import (
	"encoding/json"
	"fmt"
	"slices"
	"sort"
	"strconv"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/rogpeppe/go-internal/testscript"
)

// jsonCommand checks the JSON document on standard output, which must be one
// document and nothing else:
//
//	json scenarios.name=intent.status is certified     the value, or every value that is found
//	json stages.*.name has clean/tickets               one of the values
//	json citations.*.address like rules/               every value holds the text
//	json . keys stages scenarios warnings              members that are there, maybe with others
//	json rows count 0                                  elements of a list, letters of a text
//	json scenarios.name=intent.quality from 0.8 to 1   a number
//	json id set ID                                     $ID is the value
//
// A path is members and elements: a name, a number, * for every element,
// name=value for the elements that have it. "! json …" is the opposite.
func jsonCommand(ts *testscript.TestScript, neg bool, args []string) {
	if len(args) < 2 {
		ts.Fatalf("usage: json PATH is|has|like|keys|count|from|set …")
	}
	doc, err := oneDocument(ts.ReadFile("stdout"))
	ts.Check(err)
	values, err := find(doc, args[0])
	ts.Check(err)
	if args[1] == "set" && len(args) == 3 && !neg {
		if len(values) == 0 {
			ts.Fatalf("nothing is at %s", args[0])
		}
		ts.Setenv(args[2], text(values[0]))
		return
	}
	ok, err := holds(values, args[1], args[2:])
	ts.Check(err)
	if ok == neg {
		ts.Fatalf("%s is %s", args[0], clip(show(values)))
	}
}

// oneDocument parses s, which must hold one JSON document.
func oneDocument(s string) (any, error) {
	d := json.NewDecoder(strings.NewReader(s))
	d.UseNumber()
	var v any
	if err := d.Decode(&v); err != nil {
		return nil, fmt.Errorf("standard output is no JSON document: %w: %s", err, clip(s))
	}
	if d.More() {
		return nil, fmt.Errorf("standard output has more than one JSON document")
	}
	return v, nil
}

// find returns the values at a path; none where a member is missing.
func find(doc any, path string) ([]any, error) {
	values := []any{doc}
	if path == "." {
		return values, nil
	}
	for _, step := range strings.Split(path, ".") {
		var next []any
		for _, v := range values {
			next = append(next, take(v, step)...)
		}
		values = next
	}
	return values, nil
}

func take(v any, step string) []any {
	switch v := v.(type) {
	case map[string]any:
		if step == "*" {
			var out []any
			for _, k := range members(v) {
				out = append(out, v[k])
			}
			return out
		}
		if m, ok := v[step]; ok {
			return []any{m}
		}
	case []any:
		if step == "*" {
			return v
		}
		if i, err := strconv.Atoi(step); err == nil && i < len(v) {
			return v[i : i+1]
		}
		if name, want, ok := strings.Cut(step, "="); ok {
			return slices.DeleteFunc(slices.Clone(v), func(e any) bool {
				m, _ := e.(map[string]any)
				return text(m[name]) != want
			})
		}
	}
	return nil
}

func holds(values []any, verb string, args []string) (bool, error) {
	all := func(test func(any) bool) bool {
		return len(values) > 0 && !slices.ContainsFunc(values, func(v any) bool { return !test(v) })
	}
	switch {
	case verb == "is" && len(args) == 1:
		return all(func(v any) bool { return text(v) == args[0] }), nil
	case verb == "has" && len(args) == 1:
		return slices.ContainsFunc(values, func(v any) bool { return text(v) == args[0] }), nil
	case verb == "like" && len(args) == 1:
		return all(func(v any) bool { return strings.Contains(text(v), args[0]) }), nil
	case verb == "keys":
		return all(func(v any) bool {
			m, ok := v.(map[string]any)
			return ok && !slices.ContainsFunc(args, func(name string) bool { _, there := m[name]; return !there })
		}), nil
	case verb == "count" && len(args) == 1:
		n, err := strconv.Atoi(args[0])
		return all(func(v any) bool { return size(v) == n }), err
	case verb == "from" && len(args) == 3 && args[1] == "to":
		lo, err1 := strconv.ParseFloat(args[0], 64)
		hi, err2 := strconv.ParseFloat(args[2], 64)
		if err1 != nil || err2 != nil {
			return false, fmt.Errorf("from %s to %s: not two numbers", args[0], args[2])
		}
		return all(func(v any) bool {
			n, ok := v.(json.Number)
			f, err := n.Float64()
			return ok && err == nil && lo <= f && f <= hi
		}), nil
	}
	return false, fmt.Errorf("json: %s with %d words is not known", verb, len(args))
}

func members(m map[string]any) []string {
	out := make([]string, 0, len(m))
	for k := range m {
		out = append(out, k)
	}
	sort.Strings(out)
	return out
}

func size(v any) int {
	switch v := v.(type) {
	case []any:
		return len(v)
	case map[string]any:
		return len(v)
	case string:
		return len([]rune(v))
	}
	return -1
}

// text is a value as a script writes it.
func text(v any) string {
	if s, ok := v.(string); ok {
		return s
	}
	return show(v)
}

func show(v any) string {
	b, err := json.Marshal(v)
	if err != nil {
		return err.Error()
	}
	return string(b)
}

func clip(s string) string {
	if len(s) > 2000 {
		return s[:2000] + "…"
	}
	return s
}

func TestJSONPaths(t *testing.T) {
	const doc = `{"a":[{"n":"x","v":1.5},{"n":"y","v":null}],"b":{"c":true},"e":[]}`
	tests := []struct{ path, want string }{
		{"b.c", "[true]"},
		{"a.0.n", `["x"]`},
		{"a.*.n", `["x","y"]`},
		{"a.n=y.v", "[null]"},
		{"a.n=z.v", "null"},
		{"b.*", "[true]"},
		{"a.7", "null"},
		{"e", "[[]]"},
	}
	v, err := oneDocument(doc)
	if err != nil {
		t.Fatal(err)
	}
	for _, tt := range tests {
		got, err := find(v, tt.path)
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(tt.want, show(got)); diff != "" {
			t.Errorf("%s: %s", tt.path, diff)
		}
	}
	if _, err := oneDocument("{} {}"); err == nil {
		t.Error("two documents pass for one")
	}
	if ok, err := holds(nil, "is", []string{"x"}); ok || err != nil {
		t.Errorf("nothing found, yet it is x (%v)", err)
	}
}
