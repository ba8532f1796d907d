package prompt_test

import (
	"encoding/json"
	"fmt"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/luodi/luodi/internal/sizing/prompt"
)

func TestParse(t *testing.T) {
	tests := []struct{ name, text, system, user string }{
		{"a user message alone", "Class of {input}?\n", "", "Class of {input}?"},
		{"both", "You sort.\n\nList: {labels}\n---\nClass of {input}?", "You sort.\n\nList: {labels}", "Class of {input}?"},
		{"line ends of another system", "You sort.\r\n---\r\n{input}\r\n", "You sort.", "{input}"},
		{"dashes within a line are text", "a --- b {input}", "", "a --- b {input}"},
	}
	versions := map[string]bool{}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			got := prompt.Parse(tt.text)
			if got.System != tt.system || got.User != tt.user {
				t.Errorf("system %q, user %q", got.System, got.User)
			}
			versions[got.Version] = true
		})
	}
	if len(versions) != len(tests) {
		t.Errorf("%d versions of %d texts", len(versions), len(tests))
	}
	if a, b := prompt.Parse("x {input}\r\n"), prompt.Parse("x {input}"); a.Version != b.Version {
		t.Errorf("the same text has the versions %s and %s", a.Version, b.Version)
	}
}

func rows(n, labels int) (out []prompt.Example) {
	for i := range n {
		out = append(out, prompt.Example{Input: fmt.Sprint("text ", i), Label: fmt.Sprint("label ", i%labels), Record: fmt.Sprint("rec_", i)})
	}
	return out
}

func TestDrawIsBalancedNestedAndBlindToOrder(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		labels := rapid.IntRange(1, 9).Draw(t, "labels")
		all := rows(rapid.IntRange(0, 60).Draw(t, "rows"), labels)
		n := rapid.IntRange(1, 30).Draw(t, "n")
		seed := rapid.Uint64().Draw(t, "seed")
		got := prompt.Draw(all, n, seed)
		if len(got) != min(n, len(all)) {
			t.Fatalf("%d of %d rows for %d", len(got), len(all), n)
		}
		count, seen := map[string]int{}, map[string]bool{}
		for _, e := range got {
			count[e.Label]++
			if seen[e.Record] {
				t.Fatalf("%s is drawn twice", e.Record)
			}
			seen[e.Record] = true
		}
		there := map[string]int{}
		for _, e := range all {
			there[e.Label]++
		}
		for a, n := range count {
			for b := range there {
				if n > count[b]+1 && count[b] < there[b] {
					t.Fatalf("%s has %d examples, %s only %d", a, n, b, count[b])
				}
			}
		}
		if more := prompt.Draw(all, n+5, seed); !cmp.Equal(got, more[:len(got)]) {
			t.Fatal("a larger draw begins otherwise")
		}
		mixed := slices.Clone(all)
		slices.Reverse(mixed)
		if !cmp.Equal(got, prompt.Draw(mixed, n, seed)) {
			t.Fatal("the order of rows changes the draw")
		}
	})
}

func TestDrawLeavesOutLongTexts(t *testing.T) {
	long := prompt.Example{Input: string(make([]byte, 3000)), Label: "letter"}
	if got := prompt.Draw(append(rows(3, 2), long), 10, 1); len(got) != 3 {
		t.Errorf("%d examples", len(got))
	}
}

func TestShow(t *testing.T) {
	labels := []string{"a", "b"}
	p := prompt.Parse("You sort.\n---\nClass of {input}?").Show([]prompt.Example{{Input: "{labels}", Label: "a"}, {Input: "y", Label: "b"}}, labels)
	want := []prompt.Message{{Role: "system", Content: "You sort."}, {Role: "user", Content: "Class of {labels}?"}, {Role: "assistant", Content: "a"},
		{Role: "user", Content: "Class of y?"}, {Role: "assistant", Content: "b"}, {Role: "user", Content: "Class of z?"}}
	if diff := cmp.Diff(want, p.Messages("z", labels, nil)); diff != "" {
		t.Error(diff)
	}
}

func TestTools(t *testing.T) {
	p := prompt.Parse("{input}")
	if p.Tools([]string{"a"}) != nil {
		t.Error("a prompt without function has tools")
	}
	p.Function = true
	b, err := json.Marshal(p.Tools([]string{"a", "b"}))
	if err != nil {
		t.Fatal(err)
	}
	const want = `{"tool_choice":{"type":"function","function":{"name":"classify"}},"tools":[{"type":"function","function":{"name":"classify","description":"Assigns the message to one category.","parameters":{"type":"object","properties":{"label":{"type":"string","enum":["a","b"]}},"required":["label"]}}}]}`
	if diff := cmp.Diff(want, string(b)); diff != "" {
		t.Error(diff)
	}
}

func TestCalled(t *testing.T) {
	call := func(name, arguments string) string {
		return `{"choices":[{"message":{"content":null,"tool_calls":[{"type":"function","function":{"name":"` + name + `","arguments":` + arguments + `}}]}}]}`
	}
	tests := []struct{ name, reply, want string }{
		{"arguments in a string", call("classify", `"{\"label\":\"card lost\"}"`), "card lost"},
		{"arguments as they are", call("classify", `{"label":"card lost"}`), "card lost"},
		{"another function", call("search", `"{\"label\":\"x\"}"`), ""},
		{"arguments cut short", call("classify", `"{\"label\":\"ca"`), ""},
		{"another argument", call("classify", `"{\"class\":\"x\"}"`), ""},
		{"text", `{"choices":[{"message":{"content":"card lost"}}]}`, ""},
		{"no choice", `{"choices":[]}`, ""},
		{"no JSON", `busy`, ""},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if got, ok := prompt.Called([]byte(tt.reply)); got != tt.want || ok != (tt.want != "") {
				t.Errorf("%q, %v", got, ok)
			}
		})
	}
}

func TestCalls(t *testing.T) {
	reply := func(message string) []byte { return []byte(`{"choices":[{"message":` + message + `}]}`) }
	for _, tt := range []struct {
		name  string
		reply []byte
		want  string
	}{
		{"calls", reply(`{"content":null,"tool_calls":[{"function":{"name":"f","arguments":"{}"}}]}`), `[{"function":{"name":"f","arguments":"{}"}}]`},
		{"text", reply(`{"content":"no function fits"}`), ""},
		{"an empty list", reply(`{"content":"none","tool_calls":[]}`), ""},
		{"no choice", []byte(`{"choices":[]}`), ""},
		{"no JSON", []byte(`busy`), ""},
	} {
		t.Run(tt.name, func(t *testing.T) {
			if got, ok := prompt.Calls(tt.reply); got != tt.want || ok != (tt.want != "") {
				t.Errorf("%q, %v", got, ok)
			}
		})
	}
}
