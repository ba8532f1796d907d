package app

import (
	"bytes"
	"encoding/json"
	"fmt"
	"os"
	"slices"

	"github.com/luodi/luodi/internal/errs"
	"github.com/luodi/luodi/internal/project"
	"github.com/luodi/luodi/internal/sizing/score"
)

// tool is a function that may be called, as a chat request lists it.
type tool struct {
	Type     string `json:"type"`
	Function struct {
		Name        string          `json:"name"`
		Description string          `json:"description,omitempty"`
		Parameters  json.RawMessage `json:"parameters,omitempty"`
	} `json:"function"`
}

// toolsOf reads a scenario's file of tools: its text without white space, and
// the functions' names.
func (r *run) toolsOf(s project.Scenario) (json.RawMessage, []string, error) {
	b, err := os.ReadFile(r.Project.Abs(s.Tools))
	if err != nil {
		return nil, nil, fmt.Errorf("reading the tools of scenario %s: %w", s.Name, err)
	}
	var list []tool
	if err := json.Unmarshal(b, &list); err != nil || len(list) == 0 {
		return nil, nil, errs.Invalid(`%s: expected the list of tools of a chat request, such as [{"type": "function", "function": {"name": "get_rate", "parameters": {…}}}] (%v)`, s.Tools, err)
	}
	var names []string
	for i, t := range list {
		switch {
		case t.Type != "function" || t.Function.Name == "":
			return nil, nil, errs.Invalid(`%s: tool %d is no {"type": "function", "function": {"name": …}}`, s.Tools, i+1)
		case slices.Contains(names, t.Function.Name):
			return nil, nil, errs.Invalid("%s: the function %s is there twice", s.Tools, t.Function.Name)
		}
		names = append(names, t.Function.Name)
	}
	var out bytes.Buffer
	err = json.Compact(&out, b)
	return out.Bytes(), names, err
}

// toolLines are the functions as a prompt lists them.
func toolLines(tools json.RawMessage) (out []string) {
	var list []tool
	_ = json.Unmarshal(tools, &list) // toolsOf has read it
	for _, t := range list {
		b, _ := json.Marshal(t.Function)
		out = append(out, string(b))
	}
	return out
}

// callsOf reads the calls that are right for an item; [] says that none is.
func callsOf(calls json.RawMessage) (json.RawMessage, error) {
	if len(bytes.TrimSpace(calls)) == 0 {
		return nil, errs.Invalid(`the item has no "calls": a list such as [{"name": "get_rate", "arguments": {"currency": "USD"}}], or [] where none is right`)
	}
	var out bytes.Buffer
	if err := json.Compact(&out, calls); err != nil {
		return nil, errs.Invalid(`"calls" is no JSON: %v`, err)
	}
	if _, err := score.ParseCalls(out.String()); err != nil {
		return nil, errs.Invalid(`"calls": %v`, err)
	}
	return out.Bytes(), nil
}

// known checks that right calls are of functions that are offered.
func known(offered []string, gold json.RawMessage) error {
	calls, err := score.ParseCalls(string(gold))
	if err != nil {
		return err
	}
	for _, c := range calls {
		if !slices.Contains(offered, c.Name) {
			return errs.Invalid("its calls name the function %q, which is not among the tools; there are %q", c.Name, offered)
		}
	}
	return nil
}
