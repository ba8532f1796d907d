package score

import (
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/luodi/luodi/internal/sizing"
)

// Call is one call of a tool.
type Call struct {
	Name      string
	Arguments map[string]any // numbers are json.Number
}

func (c Call) key() string { return fmt.Sprintf("%q%s", c.Name, exact(c.Arguments)) }

// ParseCalls reads the calls of tools that a reply makes, as JSON: one call
// {"name": …, "arguments": {…}}, a list of them, or the tool_calls of a chat
// message, whose arguments are JSON in a text. A reply without JSON makes no
// calls; wrong JSON is an error.
func ParseCalls(reply string) ([]Call, error) {
	text, err := jsonText(reply)
	if err != nil {
		return nil, err
	}
	at := strings.IndexAny(text, "{[")
	if at < 0 {
		return nil, nil
	}
	v, rest, err := decode(text[at:])
	if err != nil {
		return nil, fmt.Errorf("the calls' JSON is wrong: %w", err)
	}
	if strings.ContainsAny(rest, "{[") {
		return nil, errors.New("the reply holds more than one block of JSON")
	}
	if o, ok := v.(map[string]any); ok {
		if inner, ok := o["tool_calls"]; ok {
			v = inner
		} else {
			v = []any{o}
		}
	}
	list, ok := v.([]any)
	if !ok {
		return nil, errors.New("the calls are no list")
	}
	out := make([]Call, len(list))
	for i, e := range list {
		if out[i], err = call(e); err != nil {
			return nil, fmt.Errorf("call %d: %w", i+1, err)
		}
	}
	return out, nil
}

func call(v any) (Call, error) {
	o, ok := v.(map[string]any)
	if !ok {
		return Call{}, errors.New("it is no object")
	}
	if f, ok := o["function"].(map[string]any); ok {
		o = f
	}
	name, ok := o["name"].(string)
	if !ok || name == "" {
		return Call{}, errors.New("it has no name")
	}
	switch args := o["arguments"].(type) {
	case nil:
		return Call{name, map[string]any{}}, nil
	case map[string]any:
		return Call{name, args}, nil
	case string:
		v, rest, err := decode(args)
		if m, ok := v.(map[string]any); ok && err == nil && strings.TrimSpace(rest) == "" {
			return Call{name, m}, nil
		}
	}
	return Call{}, errors.New("its arguments are no object")
}

// ToolCalls scores 1 where the reply calls the gold functions with the gold
// arguments, in any order, each as often as in gold, and nothing else. Types
// count: "3" is not 3, while 3 is 3.0.
type ToolCalls struct{}

// Name implements sizing.Scorer.
func (ToolCalls) Name() string { return "tool_calls/1" }

// Graded implements sizing.Scorer.
func (ToolCalls) Graded() bool { return false }

// Score implements sizing.Scorer.
func (ToolCalls) Score(it sizing.Item, o sizing.Output) sizing.Score {
	gold, err := ParseCalls(string(it.Gold))
	if err != nil {
		return sizing.Score{Note: "the item's calls: " + err.Error()}
	}
	got, err := ParseCalls(o.Text)
	if err != nil {
		return sizing.Score{Note: err.Error()}
	}
	count := map[string]int{}
	for _, c := range got {
		count[c.key()]++
	}
	for _, c := range gold {
		count[c.key()]--
	}
	var notes []string
	for _, k := range slices.Sorted(maps.Keys(count)) {
		switch n := count[k]; {
		case n > 0:
			notes = append(notes, "should not call "+k)
		case n < 0:
			notes = append(notes, "does not call "+k)
		}
	}
	out := sizing.Score{Predicted: o.Text, Note: strings.Join(notes, "; ")}
	if len(notes) == 0 {
		out.Value = 1
	}
	return out
}
