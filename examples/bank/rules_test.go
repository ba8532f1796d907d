package bank

import (
	"encoding/json"
	"regexp"
	"strings"
	"testing"
	"unicode/utf8"
)

func generated(t *testing.T) *Bank {
	t.Helper()
	b, err := Generate()
	if err != nil {
		t.Fatal(err)
	}
	return b
}

var (
	tags    = regexp.MustCompile(`(?s)<(script|style).*?</(script|style)>|<[^>]*>`)
	article = regexp.MustCompile(`^第[一二三四五六七八九十]+条`)
)

// lines returns a rule document as plain lines, headings marked with #. It
// knows nothing of how the generator found sections.
func lines(file string, data []byte) []string {
	text := string(data)
	if strings.HasSuffix(file, ".html") {
		text = strings.NewReplacer("<h1>", "# ", "<h2>", "## ").Replace(text)
		text = tags.ReplaceAllString(text, " ")
	}
	var out []string
	for _, line := range strings.Split(text, "\n") {
		if line = strings.TrimSpace(line); line != "" {
			out = append(out, line)
		}
	}
	return out
}

// section returns the text from the line that starts with label up to the
// next of its kind, or "".
func section(all []string, label string) string {
	for i, line := range all {
		bare := strings.TrimLeft(line, "# ")
		if !strings.HasPrefix(bare, label) {
			continue
		}
		if rest := strings.TrimPrefix(bare, label); rest != "" && !strings.HasPrefix(rest, " ") {
			continue
		}
		end := i + 1
		for end < len(all) && !strings.HasPrefix(all[end], "#") && !(article.MatchString(label) && article.MatchString(all[end])) {
			end++
		}
		return strings.Join(all[i:end], "\n")
	}
	return ""
}

func jsonLines[T any](t *testing.T, data []byte) []T {
	t.Helper()
	var out []T
	for line := range strings.Lines(string(data)) {
		var v T
		d := json.NewDecoder(strings.NewReader(line))
		d.DisallowUnknownFields()
		if err := d.Decode(&v); err != nil {
			t.Fatalf("%s: %v", line, err)
		}
		out = append(out, v)
	}
	return out
}

func TestEveryCitationHoldsItsAnswer(t *testing.T) {
	b := generated(t)
	ids := map[string]bool{}
	asked := map[string]bool{}
	for _, q := range jsonLines[question](t, b.Files["data/questions.jsonl"]) {
		if ids[q.ID] || asked[q.Question] {
			t.Errorf("%s: asked twice: %s", q.ID, q.Question)
		}
		ids[q.ID], asked[q.Question] = true, true
		if !q.Answerable {
			if len(q.Citations)+len(q.Answers) > 0 {
				t.Errorf("%s: unanswerable, yet has an answer", q.ID)
			}
			continue
		}
		for _, address := range q.Citations {
			file, label, _ := strings.Cut(address, "#")
			if _, old := b.Truth.Superseded[file]; old {
				t.Errorf("%s cites %s, which is superseded", q.ID, file)
			}
			text := section(lines(file, b.Files[file]), label)
			if text == "" {
				t.Errorf("%s: no section %s", q.ID, address)
				continue
			}
			held := false
			for _, a := range q.Answers {
				held = held || strings.Contains(text, a)
			}
			if !held {
				t.Errorf("%s %s: %s does not hold any of %q", q.ID, q.Question, address, q.Answers)
			}
		}
	}
}

func TestQueriesAreTheAnswerableQuestions(t *testing.T) {
	b := generated(t)
	queries := map[string]query{}
	for _, q := range jsonLines[query](t, b.Files["data/kb-queries.jsonl"]) {
		queries[q.ID] = q
	}
	for _, q := range jsonLines[question](t, b.Files["data/questions.jsonl"]) {
		got, ok := queries[q.ID]
		if ok != q.Answerable {
			t.Errorf("%s: answerable %v, a query %v", q.ID, q.Answerable, ok)
		}
		if ok && (got.Query != q.Question || len(got.Relevant) != 1 || got.Relevant[0][0] != q.Citations[0]) {
			t.Errorf("%s: question and query differ: %+v %+v", q.ID, q, got)
		}
	}
}

func TestRuleDocuments(t *testing.T) {
	b := generated(t)
	formats := map[string]int{}
	n := 0
	for name, data := range b.Files {
		if !strings.HasPrefix(name, rulesRoot) {
			continue
		}
		n++
		formats[name[strings.LastIndex(name, "."):]]++
		text := strings.Join(lines(name, data), "\n")
		if size := utf8.RuneCountInString(text); size < 600 || size > 2500 {
			t.Errorf("%s has %d characters", name, size)
		}
		if strings.ContainsAny(text, "{}@") && !strings.Contains(text, "@sprucebank.example") {
			t.Errorf("%s: a template's marks are left", name)
		}
	}
	if n != b.Truth.Documents || n < 60 || formats[".html"] < 10 || formats[".md"] < 40 {
		t.Errorf("%d documents (truth %d), by format %v", n, b.Truth.Documents, formats)
	}
	if len(b.Truth.Superseded) < 6 {
		t.Errorf("only %d superseded versions", len(b.Truth.Superseded))
	}
	for old, current := range b.Truth.Superseded {
		oldText, newText := string(b.Files[old]), string(b.Files[current])
		if oldText == "" || newText == "" || oldText == newText {
			t.Errorf("%s → %s: missing or equal", old, current)
		}
		if !strings.Contains(newText, "废止") {
			t.Errorf("%s does not say what it replaces", current)
		}
	}
	q := b.Truth
	if q.Questions < 150 || q.English < 20 || q.Unanswerable < 15 {
		t.Errorf("%d questions, %d English, %d unanswerable", q.Questions, q.English, q.Unanswerable)
	}
}
