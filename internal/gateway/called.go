package gateway

import (
	"encoding/json"
	"slices"
)

// calledFunction is a call of a function in a reply, whole or in part.
type calledFunction struct {
	Index    int
	Function struct{ Name, Arguments string }
}

// ReplyCalls are the calls of functions that a whole chat reply makes in its
// first choice, streamed or not, as a JSON list of names and arguments; "" where
// it makes none.
func ReplyCalls(b []byte) string {
	var parts []calledFunction
	eachReply(b, func(one []byte) bool {
		var r struct {
			Choices []struct {
				Index          int
				Message, Delta struct {
					Calls []calledFunction `json:"tool_calls"`
				}
			}
		}
		if json.Unmarshal(one, &r) != nil {
			return false
		}
		for _, c := range r.Choices {
			if c.Index == 0 {
				for i := range c.Message.Calls { // a whole reply need not number them
					c.Message.Calls[i].Index = i
				}
				parts = append(append(parts, c.Message.Calls...), c.Delta.Calls...)
			}
		}
		return true
	})
	var whole []calledFunction
	for _, p := range parts {
		i := slices.IndexFunc(whole, func(w calledFunction) bool { return w.Index == p.Index })
		if i < 0 {
			whole = append(whole, p)
			continue
		}
		whole[i].Function.Name += p.Function.Name
		whole[i].Function.Arguments += p.Function.Arguments
	}
	if len(whole) == 0 {
		return ""
	}
	type call struct {
		Name      string          `json:"name"`
		Arguments json.RawMessage `json:"arguments"`
	}
	out := make([]call, len(whole))
	for i, w := range whole {
		out[i] = call{w.Function.Name, json.RawMessage(w.Function.Arguments)}
		if !json.Valid(out[i].Arguments) {
			out[i].Arguments = json.RawMessage(Quote(w.Function.Arguments))
		}
	}
	list, _ := json.Marshal(out) // of valid JSON
	return string(list)
}
