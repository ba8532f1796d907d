package strictyaml

import (
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strings"
	"unicode"

	"github.com/goccy/go-yaml"
	"golang.org/x/text/width"
)

// Problem is one mistake in a file. Line and Column count from 1, columns in
// characters. Text is the source line with secrets masked.
type Problem struct {
	File         string
	Line, Column int
	Message      string
	Text         string
}

// Problems is all that is wrong with a file.
type Problems []Problem

// maxPrinted problems are spelt out; the rest is counted.
const maxPrinted = 25

// maxWidth characters of a source line are shown, around the caret.
const maxWidth = 160

// Error prints each problem with its source line and a caret.
func (p Problems) Error() string {
	var b strings.Builder
	for i, one := range p {
		if i == maxPrinted {
			fmt.Fprintf(&b, "\nand %d more", len(p)-i)
			break
		}
		if i > 0 {
			b.WriteByte('\n')
		}
		b.WriteString(one.String())
	}
	return b.String()
}

// String is "file:line:column: message", the source line, and a caret below
// the column.
func (p Problem) String() string {
	head := fmt.Sprintf("%s:%d:%d: %s", p.File, p.Line, p.Column, p.Message)
	if strings.TrimSpace(p.Text) == "" {
		return head
	}
	line := []rune(strings.Map(func(r rune) rune {
		if unicode.IsControl(r) && r != '\t' {
			return ' '
		}
		return r
	}, p.Text))
	col := min(p.Column-1, len(line))
	if from := max(0, col-maxWidth/2); len(line) > maxWidth {
		line, col = line[from:min(len(line), from+maxWidth)], col-from
	}
	return head + "\n  " + strings.TrimRight(string(line), " \t") + "\n  " + indent(line[:col]) + "^"
}

// indent is white space as wide as text on a terminal: two columns for a wide
// character, a tab for a tab.
func indent(text []rune) string {
	var b strings.Builder
	for _, r := range text {
		switch k := width.LookupRune(r).Kind(); {
		case r == '\t':
			b.WriteByte('\t')
		case k == width.EastAsianWide || k == width.EastAsianFullwidth:
			b.WriteString("  ")
		case unicode.Is(unicode.Mn, r):
		default:
			b.WriteByte(' ')
		}
	}
	return b.String()
}

func (p Problems) sort() {
	slices.SortStableFunc(p, func(a, b Problem) int {
		if a.Line != b.Line {
			return a.Line - b.Line
		}
		return a.Column - b.Column
	})
}

// Secrets that a source line may hold: the value of a key, password, secret
// or token that is not "${NAME}", and the password inside an address.
var (
	secretValue = regexp.MustCompile(`(?i)((?:\b|_)(?:key|password|secret|token)["']?\s*:\s*)("[^"]*"?|'[^']*'?|[^\s,}"'][^,}]*)`)
	secretURL   = regexp.MustCompile(`(://[^\s/@:]*:)([^\s/@]+@)`)
)

// mask covers secrets with *, one for one, so that columns stay right.
func mask(line string) string {
	for _, re := range []*regexp.Regexp{secretValue, secretURL} {
		line = re.ReplaceAllStringFunc(line, func(found string) string {
			m := re.FindStringSubmatch(found)
			if strings.HasPrefix(strings.TrimLeft(m[2], `"'`), "${") {
				return found
			}
			return m[1] + strings.Map(func(r rune) rune {
				if strings.ContainsRune(`"' @`, r) {
					return r
				}
				return '*'
			}, m[2])
		})
	}
	return line
}

// syntaxError adds the parser's error with its place.
func (d *Document) syntaxError(err error) {
	var at yaml.Error
	if !errors.As(err, &at) || at.GetToken() == nil {
		d.add(1, 1, "this cannot be read as YAML: %v", err)
		return
	}
	pos, msg := at.GetToken().Position, at.GetMessage()
	switch {
	case strings.Contains(msg, "found character '\t'"):
		msg = "a tab; indent with spaces"
	case strings.Contains(msg, "unexpected key name"):
		msg = "a key needs a colon and a space, as in name: value"
	case strings.HasPrefix(msg, "',' or"), strings.Contains(msg, "mapping value is not allowed"):
		msg += "; put a value that holds : , { } [ or ] in quotes"
	}
	d.add(pos.Line, pos.Column, "%s", msg)
}
