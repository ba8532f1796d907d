// Package prompt holds the versioned prompt templates of chat configurations
// and reads their replies back.
//
// A template is text with {labels}, {passages} and {input}; its version is
// part of a configuration's address, so a changed prompt is a new candidate
// with its own proof. Defaults exist for every task in Chinese and English,
// chosen by the language of the items. Replies to answer prompts cite
// passages as [n]; Cited maps them back to addresses.
//
// It calls no model and scores nothing.
package prompt

import (
	"embed"
	"regexp"
	"strconv"
	"strings"
	"unicode"
)

// Message is one chat message.
type Message struct {
	Role    string `json:"role"` // system, user, assistant
	Content string `json:"content"`
}

// Passage is one retrieved text with its address.
type Passage struct{ Address, Title, Text string }

// Template is a versioned prompt.
type Template struct {
	Version     string    `json:"version"` // such as "classify.zh.1"
	System      string    `json:"system,omitempty"`
	User        string    `json:"user"`
	Examples    []Message `json:"examples,omitempty"`        // few-shot turns, user and assistant in turn
	ReplyTokens int       `json:"reply_tokens"`              // default limit of a reply
	Expected    int       `json:"expected_tokens,omitempty"` // of a usual reply, for plans; 0 means 8
	Function    bool      `json:"function,omitempty"`        // the reply is the call of a function; see Tools
}

//go:embed *.txt
var files embed.FS

// Default returns the current template of a task (classify, tag, extract with
// field lines as labels, answer, generate, judge with verdicts as labels,
// tools whose functions go with the request, or tools-text with a function a
// label)
// in a language ("zh" or "en"; anything else means English). It returns the
// zero template for another task.
func Default(task, language string) Template {
	if language != "zh" {
		language = "en"
	}
	size := replies[task]
	version := task + "." + language + ".1"
	b, err := files.ReadFile(version + ".txt")
	if err != nil {
		return Template{}
	}
	system, user, _ := strings.Cut(string(b), "\n---\n")
	return Template{Version: version, System: strings.TrimSpace(system), User: strings.TrimSpace(user), ReplyTokens: size.most, Expected: size.usual}
}

// replies are how long they are at most and as a rule, in tokens.
var replies = map[string]struct{ most, usual int }{
	"classify": {32, 0}, "extract": {512, 120}, "answer": {512, 0}, "generate": {1024, 250}, "judge": {32, 0},
	"tools": {512, 60}, "tools-text": {512, 60}, "tag": {128, 12},
}

// Language of texts: "zh" where at least a fifth of their letters are Han,
// else "en".
func Language(texts []string) string {
	han, letters := 0, 0
	for _, t := range texts {
		for _, r := range t {
			if unicode.Is(unicode.Han, r) {
				han++
			}
			if unicode.IsLetter(r) {
				letters++
			}
		}
	}
	if letters > 0 && 5*han >= letters {
		return "zh"
	}
	return "en"
}

// Messages fills the template. The input is put in last and once, so braces
// in it stay as they are.
func (t Template) Messages(input string, labels []string, passages []Passage) []Message {
	fill := func(s string) string {
		return strings.NewReplacer("{labels}", list(labels), "{passages}", numbered(passages), "{input}", input).Replace(s)
	}
	var out []Message
	if t.System != "" {
		out = append(out, Message{"system", fill(t.System)})
	}
	out = append(out, t.Examples...)
	return append(out, Message{"user", fill(t.User)})
}

func list(labels []string) string { return "- " + strings.Join(labels, "\n- ") }

func numbered(passages []Passage) string {
	var b strings.Builder
	for i, p := range passages {
		if i > 0 {
			b.WriteString("\n\n")
		}
		b.WriteString("[" + strconv.Itoa(i+1) + "] ")
		if p.Title != "" {
			b.WriteString(p.Title + "\n")
		}
		b.WriteString(p.Text)
	}
	return b.String()
}

var cite = regexp.MustCompile(`[\[【〔［]\s*(\d{1,3}(?:\s*[,，、]\s*\d{1,3})*)\s*[\]】〕］]`)

// Cited splits a reply into its text without marks and the addresses it
// cites, in the order first cited. Marks of passages that do not exist are
// dropped.
func Cited(reply string, passages []Passage) (text string, addresses []string) {
	seen := map[int]bool{}
	for _, m := range cite.FindAllStringSubmatch(reply, -1) {
		for _, f := range strings.FieldsFunc(m[1], func(r rune) bool { return !unicode.IsDigit(r) }) {
			n, err := strconv.Atoi(f)
			if err == nil && n >= 1 && n <= len(passages) && !seen[n] {
				seen[n] = true
				addresses = append(addresses, passages[n-1].Address)
			}
		}
	}
	return strings.TrimSpace(cite.ReplaceAllString(reply, "")), addresses
}

// The words that the default answer prompts ask for when no passage answers.
const (
	RefusalEN = "NOT IN THE DOCUMENTS"
	RefusalZH = "资料中没有答案"
)

// Refused reports whether a reply says that no passage answers.
func Refused(reply string) bool {
	up := strings.ToUpper(reply)
	return strings.Contains(up, RefusalEN) || strings.Contains(reply, RefusalZH)
}
