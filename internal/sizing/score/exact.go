package score

import (
	"encoding/json"
	"fmt"
	"maps"
	"math/big"
	"slices"
	"strings"
)

// rational reads a JSON number; one of absurd size is not read.
func rational(s string) (*big.Rat, bool) {
	if len(s) > 64 {
		return nil, false
	}
	if i := strings.IndexAny(s, "eE"); i >= 0 && len(strings.TrimLeft(s[i+1:], "+-0")) > 2 {
		return nil, false
	}
	return new(big.Rat).SetString(s)
}

// exact is the form in which JSON values are compared as they are: types
// differ, numbers are equal by value, objects whatever the order of their
// keys, lists in their order.
func exact(v any) string {
	switch v := v.(type) {
	case nil:
		return "null"
	case bool, string:
		return fmt.Sprintf("%T:%q", v, fmt.Sprint(v))
	case json.Number:
		if r, ok := rational(v.String()); ok {
			return "number:" + r.RatString()
		}
		return "number:" + v.String()
	case []any:
		out := make([]string, len(v))
		for i, e := range v {
			out[i] = exact(e)
		}
		return "[" + strings.Join(out, ",") + "]"
	case map[string]any:
		var out []string
		for _, name := range slices.Sorted(maps.Keys(v)) {
			out = append(out, fmt.Sprintf("%q:%s", name, exact(v[name])))
		}
		return "{" + strings.Join(out, ",") + "}"
	}
	return fmt.Sprintf("%T:%v", v, v)
}
