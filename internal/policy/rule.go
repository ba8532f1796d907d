package policy

import (
	"errors"
	"fmt"
	"strings"
	"sync"

	"cel.dev/cel-go/cel"
	"cel.dev/cel-go/ext"
)

// costLimit bounds one evaluation, in CEL's units: about one pattern matched
// against a megabyte. The dearest that a rule and a prompt can make of it is
// about a second.
const costLimit = 300_000

// Rule is a compiled expression. It may be used from any goroutine.
type Rule struct {
	program cel.Program
}

// Error is a slip in an expression.
type Error struct {
	Line, Column int // from 1, within the expression
	Message      string
}

func (e *Error) Error() string {
	return fmt.Sprintf("line %d, column %d of the rule: %s", e.Line, e.Column, e.Message)
}

// Variables are the names that a rule may use, with their types.
var Variables = []struct{ Name, Type string }{
	{"model", "string"}, {"key", "string"}, {"key_name", "string"}, {"department", "string"}, {"scenario", "string"},
	{"prompt", "string"}, {"prompt_bytes", "int"}, {"max_tokens", "int"}, {"stream", "bool"}, {"now", "timestamp"},
}

var environment = sync.OnceValues(func() (*cel.Env, error) {
	types := map[string]*cel.Type{"string": cel.StringType, "int": cel.IntType, "bool": cel.BoolType, "timestamp": cel.TimestampType}
	options := []cel.EnvOption{ext.Strings()}
	for _, v := range Variables {
		options = append(options, cel.Variable(v.Name, types[v.Type]))
	}
	return cel.NewEnv(options...)
})

// Compile reads an expression that is true for calls to be refused. Its error
// is an *Error.
func Compile(expression string) (*Rule, error) {
	env, err := environment()
	if err != nil {
		return nil, &Error{1, 1, err.Error()}
	}
	ast, issues := env.Compile(expression)
	if issues != nil && issues.Err() != nil {
		first := issues.Errors()[0]
		return nil, &Error{first.Location.Line(), max(1, first.Location.Column()+1), known(first.Message)}
	}
	if ast.OutputType() != cel.BoolType {
		return nil, &Error{1, 1, fmt.Sprintf("it is a %s; a rule is true or false", ast.OutputType())}
	}
	program, err := env.Program(ast, cel.CostLimit(costLimit), cel.EvalOptions(cel.OptOptimize))
	if err != nil {
		return nil, &Error{1, 1, err.Error()}
	}
	return &Rule{program}, nil
}

// known adds the names that there are to a message about one that is not.
func known(message string) string {
	if !strings.Contains(message, "undeclared reference") {
		return message
	}
	var names []string
	for _, v := range Variables {
		names = append(names, v.Name)
	}
	message, _, _ = strings.Cut(message, " (in container")
	return message + "; there are " + strings.Join(names, ", ")
}

// Denies reports whether the rule is true for a call. An error is one of
// evaluation, such as a cost beyond the limit.
func (r *Rule) Denies(c *Call) (bool, error) {
	value, _, err := r.program.Eval(&activation{call: c})
	if err != nil {
		return false, err
	}
	denied, ok := value.Value().(bool)
	if !ok {
		return false, errors.New("it is neither true nor false")
	}
	return denied, nil
}

// activation looks variables up when a rule asks for them: most rules do not
// read the prompt.
type activation struct {
	call   *Call
	prompt *string
}

func (a *activation) Parent() cel.Activation { return nil }

func (a *activation) ResolveName(name string) (any, bool) {
	c := a.call
	switch name {
	case "model":
		return c.Model, true
	case "key":
		return c.Key, true
	case "key_name":
		return c.KeyName, true
	case "department":
		return c.Department, true
	case "scenario":
		return c.Scenario, true
	case "prompt_bytes":
		return c.PromptBytes, true
	case "max_tokens":
		return c.MaxTokens, true
	case "stream":
		return c.Stream, true
	case "now":
		return c.Now, true
	case "prompt":
		if a.prompt == nil {
			text := c.Prompt()
			a.prompt = &text
		}
		return *a.prompt, true
	}
	return nil, false
}
