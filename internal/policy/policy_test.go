package policy_test

import (
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/luodi/luodi/internal/policy"
)

func rule(t *testing.T, expression string) *policy.Rule {
	t.Helper()
	r, err := policy.Compile(expression)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

func call(prompt string) *policy.Call {
	return &policy.Call{
		Model: "qwen-plus", Key: "key_1", KeyName: "bot", Department: "retail/cards", Scenario: "", PromptBytes: int64(len(prompt)), MaxTokens: 100,
		Now:    time.Date(2026, 11, 23, 20, 30, 0, 0, time.UTC), // Tuesday, 04:30 in Shanghai
		Prompt: func() string { return prompt },
	}
}

func TestRules(t *testing.T) {
	for _, tt := range []struct {
		expression string
		denies     bool
	}{
		{`prompt.contains("合同编号")`, true},
		{`prompt.contains("bomb")`, false},
		{`prompt.matches("(?i)project\\s+orion")`, true},
		{`prompt.lowerAscii().contains("orion")`, true},
		{`model == "qwen-plus" && department.startsWith("retail")`, true},
		{`scenario == "intent"`, false},
		{`key in ["key_1", "key_2"]`, true},
		{`key_name == "bot" && !stream`, true},
		{`max_tokens == 0 || max_tokens > 100`, false},
		{`prompt_bytes > 10`, true},
		{`now.getHours("Asia/Shanghai") < 6`, true},
		{`now.getHours() < 6`, false},
		{`now < timestamp("2026-01-01T00:00:00Z")`, false},
		{`["a", "Orion"].exists(w, prompt.contains(w))`, true},
	} {
		t.Run(tt.expression, func(t *testing.T) {
			denies, err := rule(t, tt.expression).Denies(call("合同编号 12, Project  Orion"))
			if err != nil || denies != tt.denies {
				t.Errorf("%v %v", denies, err)
			}
		})
	}
}

func TestSlipsAreToldWithTheirPlace(t *testing.T) {
	for _, tt := range []struct {
		expression   string
		line, column int
		says         string
	}{
		{"modell == 'x'", 1, 1, "did you mean 'model'?); there are model, key"},
		{"model == 'x' &&\n  prompt_bytes > 'y'", 2, 16, "no matching overload"},
		{"model ==", 1, 9, "Syntax error"},
		{"prompt_bytes", 1, 1, "true or false"},
		{"prompt.matches(1)", 1, 15, "no matching overload"},
		{"", 1, 1, "Syntax error"},
	} {
		t.Run(tt.expression, func(t *testing.T) {
			_, err := policy.Compile(tt.expression)
			var e *policy.Error
			if !errors.As(err, &e) || e.Line != tt.line || e.Column != tt.column || !strings.Contains(e.Error(), tt.says) {
				t.Errorf("got %+v, want %d:%d %s", e, tt.line, tt.column, tt.says)
			}
		})
	}
}

// What a rule may cost is bounded, and what it cannot decide is refused.
func TestCostIsBounded(t *testing.T) {
	dear := rule(t, `[1,2,3,4,5,6,7,8,9,10].all(a, [1,2,3,4,5,6,7,8,9,10].all(b, [1,2,3,4,5,6,7,8,9,10].all(c, prompt.matches("x*y") == false)))`)
	if _, err := dear.Denies(call(strings.Repeat("x", 100_000))); err == nil || !strings.Contains(err.Error(), "cost limit") {
		t.Errorf("%v", err)
	}
	d := policy.Guards{{Name: "dear", Deny: dear, Message: "no"}}.Decide(call(strings.Repeat("x", 100_000)))
	if d == nil || d.Guard != "dear" || !strings.Contains(d.Message, "could not be evaluated") {
		t.Errorf("%+v", d)
	}
	if _, err := rule(t, `prompt.contains("bomb") || prompt.matches("(?i)orion")`).Denies(call(strings.Repeat("x", 1<<20))); err != nil {
		t.Errorf("an ordinary rule on a megabyte: %v", err)
	}
	if _, err := rule(t, `prompt.substring(5) == ""`).Denies(call("abc")); err == nil {
		t.Error("an index out of range is no decision")
	}
}

func TestGuards(t *testing.T) {
	asked := 0
	c := call("0123456789")
	c.Prompt = func() string { asked++; return "0123456789" }
	guards := policy.Guards{
		{Name: "elsewhere", Models: []string{"other"}, Longest: 1},
		{Name: "long", Longest: 9},
		{Name: "never", Deny: rule(t, "true")},
	}
	if d := guards.Decide(c); d == nil || d.Guard != "long" || d.Message != "the prompt has 10 bytes; 9 are allowed" {
		t.Errorf("%+v", d)
	}
	if d := guards[2:].Decide(c); d == nil || d.Guard != "never" {
		t.Errorf("%+v", d)
	}
	if asked != 0 {
		t.Error("the prompt was read for rules that do not look at it")
	}
	mine := policy.Guards{{Name: "mine", Deny: rule(t, `prompt.contains("5") && prompt.contains("6")`), Message: "Ask legal first."}}
	if d := mine.Decide(c); d == nil || d.Message != "Ask legal first." || asked != 1 {
		t.Errorf("%+v, the prompt was read %d times", d, asked)
	}
	if d := (policy.Guards)(nil).Decide(c); d != nil {
		t.Errorf("no guards refuse: %+v", d)
	}
}

func ExampleCompile() {
	r, _ := policy.Compile(`department == "sales" && prompt_bytes > 1000`)
	fmt.Println(r.Denies(&policy.Call{Department: "sales", PromptBytes: 2000}))
	_, err := policy.Compile(`department = "sales"`)
	fmt.Println(err != nil)
	// Output:
	// true <nil>
	// true
}

func BenchmarkDecide(b *testing.B) {
	r, err := policy.Compile(`department == "sales" || prompt.contains("bomb")`)
	if err != nil {
		b.Fatal(err)
	}
	g, c := policy.Guards{{Name: "g", Deny: r}}, call(strings.Repeat("a text of some length ", 50))
	for b.Loop() {
		g.Decide(c)
	}
}
