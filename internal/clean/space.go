package clean

import (
	"unicode/utf8"

	"github.com/luodi/luodi/internal/source/offset"
)

// spaceOperator makes white space plain: one kind of line end, at most one
// empty line, single blanks, none at the ends of lines. keep leaves leading
// ASCII blanks, which mean something in markdown; an indent of ideographic
// spaces is only looks and goes.
func spaceOperator(keep bool) Operator {
	name := "space"
	if keep {
		name = "space keeping indents"
	}
	return edit(name, 1, func(text string) (string, offset.Map) { return spaced(text, keep) })
}

func spaced(text string, keep bool) (string, offset.Map) {
	e := editor{in: text}
	for i := 0; i < len(text); {
		switch c := text[i]; { // no white space begins so
		case c > ' ' && c < utf8.RuneSelf:
			i++
			continue
		case c >= 0xF0:
			_, n := utf8.DecodeRuneInString(text[i:])
			i += n
			continue
		case c >= 0xE4: // three bytes, or as many of them as there are
			i += 3
			continue
		}
		if n, _ := blank(text[i:]); n == 0 {
			_, size := utf8.DecodeRuneInString(text[i:])
			i += size
			continue
		}
		j, lines, last := blanks(text, i)
		want := " "
		switch {
		case i == 0 || j == len(text):
			want = ""
		case lines > 0:
			want = "\n\n"[:min(lines, 2)]
		}
		if keep && j < len(text) && (lines > 0 || i == 0) && ascii(text[last:j]) {
			// The indent of the next line stays; what is before it is replaced.
			if text[i:last] != want {
				e.replace(i, last-i, want)
			}
		} else if text[i:j] != want {
			e.replace(i, j-i, want)
		}
		i = j
	}
	return e.done()
}

// blank returns the length of the white space character that text begins with,
// 0 where it begins with none, and whether it ends a line.
func blank(text string) (n int, line bool) {
	switch c := text[0]; {
	case c == ' ' || c == '\t' || c == '\v':
		return 1, false
	case c == '\r' && len(text) > 1 && text[1] == '\n':
		return 2, true
	case c == '\n' || c == '\r' || c == '\f':
		return 1, true
	case c < utf8.RuneSelf:
		return 0, false
	}
	switch r, n := utf8.DecodeRuneInString(text); r {
	case 0x85, 0x2028, 0x2029:
		return n, true
	case 0xA0, 0x1680, 0x202F, 0x205F, 0x3000:
		return n, false
	default:
		if r >= 0x2000 && r <= 0x200A {
			return n, false
		}
	}
	return 0, false
}

// blanks returns the end of the white space at i, how many lines it ends, and
// where the last of them ends.
func blanks(text string, i int) (end, lines, last int) {
	last = i
	for i < len(text) {
		n, line := blank(text[i:])
		if n == 0 {
			break
		}
		i += n
		if line {
			lines++
			last = i
		}
	}
	return i, lines, last
}

func ascii(s string) bool {
	for i := range len(s) {
		if s[i] >= utf8.RuneSelf {
			return false
		}
	}
	return true
}
