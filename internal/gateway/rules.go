package gateway

import (
	"sort"
	"strconv"
)

// Rules are one vendor's deviations from OpenAI's wire format, as its catalog
// entry states them. The zero value is a vendor without any.
type Rules struct {
	Rename  map[string]string // parameter → the vendor's name for it
	Drop    []string          // parameters that the vendor refuses
	Clamp   map[string]Range  // numeric parameters → what the vendor accepts
	Default map[string]string // parameter → raw JSON put in where the client gave none
	Force   map[string]string // parameter → raw JSON put in whatever the client gave
	// Replace are values that the vendor knows by others: parameter → raw JSON
	// as the client gives it → raw JSON.
	Replace map[string]map[string]string

	Streamed *Rules // further request rules for streams
	Whole    *Rules // and for replies that are not streamed

	MaxTokens   string // the vendor's name for the reply's limit; "" is max_tokens
	StreamUsage string // "" : sends usage in a stream when asked; "always": unasked; "never"
	// UsageInChoices: a stream's usage comes as choices[0].usage.
	UsageInChoices bool
	// Errors are the places where the vendor reports an error under status 200.
	Errors []ErrorPlace
	// InputList: embeddings take a list of inputs only, not one text.
	InputList bool
	// FlattenContent: a message's content is one text, not a list of parts.
	FlattenContent bool
	// ReasoningBack: when reasoning_content may be sent back; "" always.
	ReasoningBack string
	// ImageTokens is the most that one picture counts; 0: not known.
	ImageTokens int64
	// FinishReasons are the vendor's reasons to finish → OpenAI's.
	FinishReasons map[string]string
	// InputsAtOnce: embeddings take at most so many inputs; 0: no limit is known.
	InputsAtOnce int64
	// FloatsOnly: embeddings are answered as arrays whatever was asked for.
	FloatsOnly bool
}

// Range is what a vendor accepts, bounds included.
type Range struct{ Min, Max float64 }

// ErrorPlace says where a reply under status 200 carries an error: a dotted
// path to its code, the code's value when all is well, the path to the text.
type ErrorPlace struct {
	Code    string // such as "base_resp.status_code"
	OK      string // such as "0"; an absent code is well too
	Message string // such as "base_resp.status_msg"
}

// LimitNames are the members that limit a reply; a request has one at most.
var LimitNames = []string{"max_tokens", "max_completion_tokens", "max_output_tokens"}

// Changes appends what the vendor needs changed in r.
func (ru *Rules) Changes(dst []Change, r *Request) []Change {
	for _, name := range ru.Drop {
		if r.Value(name) != nil {
			dst = Put(dst, Change{Name: name, Drop: true})
		}
	}
	for _, name := range sortedKeys(ru.Clamp) {
		if v, ok := clamp(r.Value(name), ru.Clamp[name]); ok {
			dst = Put(dst, Change{Name: name, Value: v})
		}
	}
	for _, name := range sortedKeys(ru.Replace) {
		if v, ok := ru.Replace[name][string(r.Value(name))]; ok {
			dst = Put(dst, Change{Name: name, Value: v})
		}
	}
	for _, name := range sortedKeys(ru.Default) {
		if r.Value(name) == nil {
			dst = Put(dst, Change{Name: name, Value: ru.Default[name]})
		}
	}
	dst = ru.shapes(dst, r)
	for _, name := range sortedKeys(ru.Force) {
		dst = Put(dst, Change{Name: name, Value: ru.Force[name]})
	}
	for _, name := range sortedKeys(ru.Rename) {
		if r.Value(name) != nil || contains(dst, name) {
			dst = Put(dst, Change{Name: name, As: ru.Rename[name]})
		}
	}
	if ru.MaxTokens != "" {
		for _, name := range LimitNames {
			if name != ru.MaxTokens && (name == r.MaxName || contains(dst, name)) {
				dst = Put(dst, Change{Name: name, As: ru.MaxTokens})
			}
		}
	}
	if more := ru.Whole; more != nil && !r.Stream {
		dst = more.Changes(dst, r)
	}
	if more := ru.Streamed; more != nil && r.Stream {
		dst = more.Changes(dst, r)
	}
	return dst
}

// Put merges c into changes: what c leaves open is kept from the change of
// the same member.
func Put(changes []Change, c Change) []Change {
	for i := range changes {
		if changes[i].Name != c.Name {
			continue
		}
		if c.Value != "" {
			changes[i].Value, changes[i].Drop = c.Value, false
		}
		if c.As != "" {
			changes[i].As = c.As
		}
		if c.Drop {
			changes[i] = c
		}
		return changes
	}
	return append(changes, c)
}

func contains(changes []Change, name string) bool {
	return find(changes, []byte(name)) >= 0
}

func clamp(raw []byte, r Range) (string, bool) {
	if raw == nil {
		return "", false
	}
	x, err := strconv.ParseFloat(string(raw), 64)
	switch {
	case err != nil:
		return "", false // not a number: the vendor says so better than we
	case x < r.Min:
		x = r.Min
	case x > r.Max:
		x = r.Max
	default:
		return "", false
	}
	return strconv.FormatFloat(x, 'g', -1, 64), true
}

func sortedKeys[V any](m map[string]V) []string {
	if len(m) == 0 {
		return nil
	}
	keys := make([]string, 0, len(m))
	for k := range m {
		keys = append(keys, k)
	}
	sort.Strings(keys)
	return keys
}
