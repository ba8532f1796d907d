package bank

import (
	"fmt"
	"io/fs"
	"path"
	"strings"
)

// rulesRoot is where the rule documents are written.
const rulesRoot = "data/rules/"

// ruleText is one file of text/rules: a document with its questions, or
// several documents from one text. Directives stand at the start of a line:
//
//	@version path=…; version=2025版; name=value; …   a version of the document, the last one is in force
//	@for branches                                     one document for each row of text/branches.txt
//	@if 2025版 line                                   a line of that version only
//	@questions                                        what follows: section | question | answer;answer
//
// {{name}} is replaced by the version's or row's value.
type ruleText struct {
	name      string              // path below text/rules
	values    []map[string]string // one for each document
	versioned bool
	body      string
	questions []string
}

// ruleTexts reads text/rules in the order of paths.
func ruleTexts() ([]ruleText, error) {
	var out []ruleText
	err := fs.WalkDir(material, "text/rules", func(name string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		data, err := material.ReadFile(name)
		if err != nil {
			return err
		}
		text, err := parseRule(strings.TrimPrefix(name, "text/rules/"), string(data))
		if err != nil {
			return fmt.Errorf("%s: %w", name, err)
		}
		out = append(out, text)
		return nil
	})
	return out, err
}

func parseRule(name, data string) (ruleText, error) {
	t := ruleText{name: name}
	head, questions, _ := strings.Cut(data, "@questions\n")
	for line := range strings.Lines(questions) {
		t.questions = append(t.questions, strings.TrimSpace(line))
	}
	var body strings.Builder
	for line := range strings.Lines(head) {
		directive, rest, _ := strings.Cut(strings.TrimSpace(line), " ")
		switch directive {
		case "@version":
			values := map[string]string{}
			for field := range strings.SplitSeq(rest, "; ") {
				key, value, ok := strings.Cut(field, "=")
				if !ok {
					return t, fmt.Errorf("no value in %q", field)
				}
				values[key] = value
			}
			t.values, t.versioned = append(t.values, values), true
		case "@for":
			rows, err := table("text/" + rest + ".txt")
			if err != nil {
				return t, err
			}
			t.values = append(t.values, rows...)
		default:
			body.WriteString(line)
		}
	}
	if t.values == nil {
		t.values = []map[string]string{{"path": name}}
	}
	t.body = body.String()
	return t, nil
}

// table reads a file of rows separated by bars, the first of which names the
// columns.
func table(name string) ([]map[string]string, error) {
	data, err := material.ReadFile(name)
	if err != nil {
		return nil, err
	}
	lines := strings.Split(strings.TrimSpace(string(data)), "\n")
	columns := strings.Split(lines[0], "|")
	var out []map[string]string
	for i, line := range lines[1:] {
		cells := strings.Split(line, "|")
		if len(cells) != len(columns) {
			return nil, fmt.Errorf("%s:%d: %d cells, expected %d", name, i+2, len(cells), len(columns))
		}
		row := map[string]string{}
		for j, c := range columns {
			row[c] = cells[j]
		}
		out = append(out, row)
	}
	return out, nil
}

// render writes one document of the text.
func (t ruleText) render(values map[string]string) (string, error) {
	var out strings.Builder
	for line := range strings.Lines(t.body) {
		if rest, ok := strings.CutPrefix(line, "@if "); ok {
			version, text, _ := strings.Cut(rest, " ")
			if version != values["version"] {
				continue
			}
			line = text
		}
		out.WriteString(line)
	}
	return fillIn(out.String(), values)
}

// fillIn replaces {{name}} by its value; a name without one is an error.
func fillIn(text string, values map[string]string) (string, error) {
	var out strings.Builder
	for {
		before, rest, ok := strings.Cut(text, "{{")
		out.WriteString(before)
		if !ok {
			return out.String(), nil
		}
		name, after, _ := strings.Cut(rest, "}}")
		value, ok := values[name]
		if !ok {
			return "", fmt.Errorf("{{%s}} has no value", name)
		}
		out.WriteString(value)
		text = after
	}
}

// addRules writes the rule documents.
func addRules(b *Bank) error {
	texts, err := ruleTexts()
	if err != nil {
		return err
	}
	layout, err := material.ReadFile("text/layout.html")
	if err != nil {
		return err
	}
	b.Truth.Superseded = map[string]string{}
	for _, t := range texts {
		for i, values := range t.values {
			body, err := t.render(values)
			if err != nil {
				return fmt.Errorf("text/rules/%s: %w", t.name, err)
			}
			file := rulesRoot + values["path"]
			if path.Ext(file) == ".html" {
				if body, err = page(string(layout), body); err != nil {
					return err
				}
			}
			b.Files[file] = []byte(body)
			b.Truth.Documents++
			if last := len(t.values) - 1; t.versioned && i < last {
				b.Truth.Superseded[file] = rulesRoot + t.values[last]["path"]
			}
		}
	}
	return nil
}

// page wraps the body of an html document as the bank's intranet shows it.
func page(layout, body string) (string, error) {
	_, rest, _ := strings.Cut(body, "<h1>")
	title, _, ok := strings.Cut(rest, "</h1>")
	if !ok {
		return "", fmt.Errorf("an html document without <h1>: %.40q", body)
	}
	lang := "zh-CN"
	if title[0] < 128 {
		lang = "en"
	}
	return fillIn(layout, map[string]string{"lang": lang, "title": title, "body": strings.TrimSpace(body)})
}
