package chunk

import (
	"strings"
	"unicode/utf8"

	"github.com/luodi/luodi/internal/knowledge/token"
)

// longHeading is the most runes that a line without a # may have to be taken
// for a heading.
const longHeading = 40

// heading returns the level (1–6) and text of a heading line, or 0: "## …",
// 第X编/章/节 …, and numbered lines such as "3.2 Fees".
func heading(line string) (int, string) {
	if n := len(line) - len(strings.TrimLeft(line, "#")); n > 0 {
		if n > 6 || n == len(line) || line[n] != ' ' && line[n] != '\t' {
			return 0, ""
		}
		title := strings.TrimRight(strings.TrimSpace(line[n:]), "# ")
		return n, strings.TrimSpace(strings.TrimSuffix(title, "-->"))
	}
	if len(line) > longHeading*4 || utf8.RuneCountInString(line) > longHeading || endsSentence(line) {
		return 0, ""
	}
	written, term := token.SectionLabel(line)
	if rest := line[len(written):]; written != "" && (rest == "" || strings.HasPrefix(rest, " ") || strings.HasPrefix(rest, "　")) {
		switch unit, _ := utf8.DecodeLastRuneInString(term); unit {
		case '编', '篇':
			return 1, line
		case '章':
			return 2, line
		case '节':
			return 3, line
		}
	}
	return numbered(line), line
}

// IsHeading reports whether a line is a heading, or the rule of a table: it
// says nothing by itself.
func IsHeading(line string) bool {
	level, _ := heading(strings.TrimSpace(line))
	return level > 0 || strings.Trim(line, "|-: \t") == ""
}

// numbered returns the level of a line like "3.2 Fees" or "3.2.1 费用": one
// for each number, from two.
func numbered(line string) int {
	dots, digits, i := 0, 0, 0
	for ; i < len(line); i++ {
		c := line[i]
		if c >= '0' && c <= '9' {
			digits++
			if digits > 2 {
				return 0
			}
			continue
		}
		if c != '.' || digits == 0 {
			break
		}
		dots++
		digits = 0
	}
	if dots == 0 || dots > 4 || digits == 0 || i >= len(line) || line[i] != ' ' {
		return 0
	}
	r, _ := utf8.DecodeRuneInString(strings.TrimSpace(line[i:]))
	if !token.IsGram(r) && !(r >= 'A' && r <= 'Z') {
		return 0
	}
	return min(dots+1, 6)
}

// article returns the label of a line that starts an article: 第X条, 第X条之X,
// or "Article 12", "Section 4.1" followed by more; "" otherwise.
func article(line string) string {
	line = strings.TrimLeft(line, "*")
	if written, term := token.SectionLabel(line); strings.Contains(term, "条") {
		r, _ := utf8.DecodeRuneInString(line[len(written):])
		switch r {
		case ' ', '　', '：', ':', '【', '（', '*', '\t', utf8.RuneError:
			return written
		}
		return ""
	}
	for _, word := range []string{"Article ", "ARTICLE ", "Clause ", "Section ", "§ ", "§"} {
		if !strings.HasPrefix(line, word) {
			continue
		}
		rest := line[len(word):]
		n := len(rest) - len(strings.TrimLeft(rest, "0123456789."))
		if num := strings.TrimRight(rest[:n], "."); num != "" && (n == len(rest) || strings.ContainsRune(" .:)", rune(rest[n]))) {
			return strings.TrimSpace(word) + " " + num
		}
	}
	return ""
}

func endsSentence(line string) bool {
	r, n := utf8.DecodeLastRuneInString(line)
	if strings.ContainsRune("”’\"）)」』*", r) && n < len(line) {
		r, _ = utf8.DecodeLastRuneInString(line[:len(line)-n])
	}
	return strings.ContainsRune("。！？；：.!?;:", r)
}
