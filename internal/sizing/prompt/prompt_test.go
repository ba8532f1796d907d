package prompt_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/luodi/luodi/internal/sizing/prompt"
)

func TestDefaults(t *testing.T) {
	for _, task := range []string{"classify", "extract", "answer", "generate", "judge"} {
		for _, lang := range []string{"zh", "en"} {
			p := prompt.Default(task, lang)
			if p.Version != task+"."+lang+".1" || p.System == "" || !strings.Contains(p.User, "{input}") || p.ReplyTokens <= 0 {
				t.Errorf("%s %s: %+v", task, lang, p)
			}
			m := p.Messages("INPUT {labels}", []string{"LABEL"}, []prompt.Passage{{Address: "a", Title: "T", Text: "PASSAGE"}})
			all := fmt.Sprint(m)
			if !strings.Contains(all, "INPUT {labels}") {
				t.Errorf("%s %s: the input is not put in as it is: %s", task, lang, all)
			}
			if want := map[string]string{"classify": "- LABEL", "extract": "- LABEL", "judge": "- LABEL", "answer": "[1] T\nPASSAGE"}[task]; !strings.Contains(all, want) {
				t.Errorf("%s %s lacks %q: %s", task, lang, want, all)
			}
		}
	}
	if got := prompt.Default("dance", "en"); got.Version != "" {
		t.Errorf("a template for an unknown task: %+v", got)
	}
	if !strings.Contains(prompt.Default("answer", "en").System, prompt.RefusalEN) || !strings.Contains(prompt.Default("answer", "zh").System, prompt.RefusalZH) {
		t.Error("the answer prompts must ask for the words that Refused reads")
	}
}

func TestFieldLines(t *testing.T) {
	for _, tt := range []struct {
		field    prompt.Field
		language string
		want     string
	}{
		{prompt.Field{Name: "date", Kind: "date"}, "en", "date (date as YYYY-MM-DD)"},
		{prompt.Field{Name: "amount", Kind: "money", Currency: "CNY", Note: "涉及金额"}, "zh", "amount（CNY 金额；涉及金额）"},
		{prompt.Field{Name: "request", Kind: "text", Values: []string{"refund", "apology"}}, "en", "request (text; one of: refund | apology)"},
	} {
		if got := tt.field.Line(tt.language); got != tt.want {
			t.Errorf("%q, want %q", got, tt.want)
		}
	}
}

func TestLanguage(t *testing.T) {
	for _, tt := range []struct{ text, want string }{{"我的卡还没到", "zh"}, {"my card", "en"}, {"请帮我查 refund status", "zh"}, {"", "en"}, {"12345", "en"}} {
		if got := prompt.Language([]string{tt.text}); got != tt.want {
			t.Errorf("Language(%q) = %s", tt.text, got)
		}
	}
}

func TestCited(t *testing.T) {
	p := []prompt.Passage{{Address: "a.md"}, {Address: "b.md#2"}, {Address: "c.md"}}
	tests := []struct {
		name, reply, text string
		want              []string
	}{
		{"one", "Three days [2].", "Three days .", []string{"b.md#2"}},
		{"several, in the order cited", "x [3] y [1] [3]", "x  y", []string{"c.md", "a.md"}},
		{"a list in one mark", "x [1, 3]", "x", []string{"a.md", "c.md"}},
		{"Chinese marks", "三天【2】", "三天", []string{"b.md#2"}},
		{"a passage that does not exist", "x [7] [0]", "x", nil},
		{"none", "x", "x", nil},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			text, got := prompt.Cited(tt.reply, p)
			if d := cmp.Diff(tt.want, got); d != "" || text != tt.text {
				t.Errorf("text %q, (-want +got):\n%s", text, d)
			}
		})
	}
}

func TestRefused(t *testing.T) {
	for reply, want := range map[string]bool{"NOT IN THE DOCUMENTS": true, "Not in the documents.": true, "资料中没有答案。": true, "Three days": false} {
		if got := prompt.Refused(reply); got != want {
			t.Errorf("Refused(%q) = %v", reply, got)
		}
	}
}

func ExampleTemplate_Messages() {
	for _, m := range prompt.Default("classify", "en").Messages("Where is my card?", []string{"card_arrival", "refund"}, nil) {
		fmt.Println(m.Role, "|", m.Content)
	}
	// Output:
	// system | You assign one category to a message. Reply with exactly one category name from the list, copied character by character, and nothing else.
	//
	// Categories:
	// - card_arrival
	// - refund
	// user | Message:
	// Where is my card?
	//
	// Category:
}
