package bank

import (
	"bytes"
	"encoding/json"
	"fmt"
	"strings"
	"unicode"
)

// question is a line of data/questions.jsonl.
type question struct {
	ID         string   `json:"id"`
	Question   string   `json:"question"`
	Answers    []string `json:"answers"`   // any of them is right
	Citations  []string `json:"citations"` // addresses of the one section that answers it, as short and as full label
	Answerable bool     `json:"answerable"`
}

// query is a line of data/kb-queries.jsonl: things to be found, each with
// alternative addresses.
type query struct {
	ID       string     `json:"id"`
	Query    string     `json:"query"`
	Relevant [][]string `json:"relevant"`
}

// addQuestions writes the questions that stand below the rules, the English
// ones over Chinese rules and those that nothing answers. It comes after
// addRules.
func addQuestions(b *Bank) error {
	var all []question
	texts, err := ruleTexts()
	if err != nil {
		return err
	}
	for _, t := range texts {
		values := t.values
		if t.versioned {
			values = values[len(values)-1:]
		}
		for _, v := range values {
			for _, line := range t.questions {
				line, err := fillIn(line, v)
				if err != nil {
					return fmt.Errorf("text/rules/%s: %w", t.name, err)
				}
				section, rest, _ := strings.Cut(line, " | ")
				text, answers, ok := strings.Cut(rest, " | ")
				if !ok {
					return fmt.Errorf("text/rules/%s: not a question: %q", t.name, line)
				}
				if strings.HasPrefix(answers, "无") || strings.HasPrefix(answers, "不营业") {
					continue // nothing to ask about this branch
				}
				all = append(all, b.ask(text, answers, rulesRoot+v["path"], section))
			}
		}
	}
	cross, err := listed("text/cross.txt")
	if err != nil {
		return err
	}
	for _, line := range cross {
		fields := strings.Split(line, " | ")
		if len(fields) != 3 {
			return fmt.Errorf("text/cross.txt: not a question: %q", line)
		}
		file, section, _ := strings.Cut(fields[2], "#")
		all = append(all, b.ask(fields[0], fields[1], rulesRoot+file, section))
	}
	none, err := listed("text/unanswerable.txt")
	if err != nil {
		return err
	}
	for _, line := range none {
		all = append(all, question{Question: line, Answers: []string{}, Citations: []string{}})
	}
	return b.writeQuestions(all)
}

// ask makes an answerable question. Its section is named as short as it is
// cited, and with the whole heading where it has one.
func (b *Bank) ask(text, answers, file, section string) question {
	q := question{Question: text, Answers: strings.Split(answers, ";"), Answerable: true}
	q.Citations = []string{file + "#" + section}
	if full := headingOf(string(b.Files[file]), section); full != "" && full != section {
		q.Citations = append(q.Citations, file+"#"+full)
	}
	return q
}

// headingOf returns the heading in a document that starts with section, or "".
func headingOf(text, section string) string {
	for line := range strings.Lines(text) {
		line = strings.TrimSpace(line)
		heading := strings.TrimSpace(strings.TrimLeft(line, "#"))
		if inner, ok := strings.CutPrefix(line, "<h2>"); ok {
			heading = strings.TrimSuffix(inner, "</h2>")
		} else if heading == line {
			continue
		}
		if strings.HasPrefix(heading, section) {
			return heading
		}
	}
	return ""
}

func (b *Bank) writeQuestions(all []question) error {
	var questions, queries bytes.Buffer
	toQuestions, toQueries := json.NewEncoder(&questions), json.NewEncoder(&queries)
	toQuestions.SetEscapeHTML(false)
	toQueries.SetEscapeHTML(false)
	for i := range all {
		q := &all[i]
		q.ID = fmt.Sprintf("q%03d", i+1)
		b.Truth.Questions++
		if strings.IndexFunc(q.Question, func(c rune) bool { return unicode.Is(unicode.Han, c) }) < 0 {
			b.Truth.English++
		}
		if err := toQuestions.Encode(q); err != nil {
			return err
		}
		if !q.Answerable {
			b.Truth.Unanswerable++
			continue
		}
		if err := toQueries.Encode(query{q.ID, q.Question, [][]string{q.Citations}}); err != nil {
			return err
		}
	}
	b.Files["data/questions.jsonl"] = questions.Bytes()
	b.Files["data/kb-queries.jsonl"] = queries.Bytes()
	return nil
}

// listed reads the lines of a file without comments and empty ones.
func listed(name string) ([]string, error) {
	data, err := material.ReadFile(name)
	if err != nil {
		return nil, err
	}
	var out []string
	for line := range strings.Lines(string(data)) {
		if line = strings.TrimSpace(line); line != "" && !strings.HasPrefix(line, "#") {
			out = append(out, line)
		}
	}
	return out, nil
}
