package prompt

import "encoding/json"

// functionName is what a template with Function asks the model to call.
const functionName = "classify"

type function struct {
	Type     string `json:"type"`
	Function struct {
		Name        string     `json:"name"`
		Description string     `json:"description,omitempty"`
		Parameters  parameters `json:"parameters,omitzero"`
	} `json:"function"`
}

type parameters struct {
	Type       string              `json:"type"`
	Properties map[string]property `json:"properties"`
	Required   []string            `json:"required"`
}

type property struct {
	Type string   `json:"type"`
	Enum []string `json:"enum"`
}

// Calls are the calls that a reply of /chat/completions makes, as a JSON list
// of names and arguments. It is false where it makes none.
func Calls(reply []byte) (list string, ok bool) {
	var r struct {
		Choices []struct {
			Message struct {
				Calls json.RawMessage `json:"tool_calls"`
			} `json:"message"`
		} `json:"choices"`
	}
	if json.Unmarshal(reply, &r) != nil || len(r.Choices) == 0 {
		return "", false
	}
	calls := r.Choices[0].Message.Calls
	var any []json.RawMessage
	if json.Unmarshal(calls, &any) != nil || len(any) == 0 {
		return "", false
	}
	return string(calls), true
}

// Tools are the members of a chat request by which a template with Function
// asks for a label: one function whose only argument is one of the labels, and
// the demand to call it. They are nil for other templates.
func (t Template) Tools(labels []string) map[string]any {
	if !t.Function {
		return nil
	}
	var f, choice function
	f.Type, f.Function.Name, f.Function.Description = "function", functionName, "Assigns the message to one category."
	f.Function.Parameters = parameters{Type: "object", Properties: map[string]property{"label": {"string", labels}}, Required: []string{"label"}}
	choice.Type, choice.Function.Name = "function", functionName
	return map[string]any{"tools": []function{f}, "tool_choice": choice}
}

// Called reads the label out of a reply of /chat/completions that calls the
// function. It is false where the reply calls nothing or something else.
func Called(reply []byte) (label string, ok bool) {
	var r struct {
		Choices []struct {
			Message struct {
				Calls []struct {
					Function struct {
						Name      string          `json:"name"`
						Arguments json.RawMessage `json:"arguments"`
					} `json:"function"`
				} `json:"tool_calls"`
			} `json:"message"`
		} `json:"choices"`
	}
	if json.Unmarshal(reply, &r) != nil || len(r.Choices) == 0 {
		return "", false
	}
	for _, c := range r.Choices[0].Message.Calls {
		if c.Function.Name != functionName {
			continue
		}
		args := []byte(c.Function.Arguments)
		var text string // arguments are JSON in a string; some servers send the object itself
		if json.Unmarshal(args, &text) == nil {
			args = []byte(text)
		}
		var a struct {
			Label string `json:"label"`
		}
		if json.Unmarshal(args, &a) == nil && a.Label != "" {
			return a.Label, true
		}
	}
	return "", false
}
