package chunk

import (
	"strings"
	"unicode/utf8"

	"github.com/luodi/luodi/internal/knowledge/token"
)

// Size measures text in Han characters: a gram counts 1, a word of another
// script 4/3, so that 300 words are as much as 400 characters.
func Size(text string) int {
	grams, words, inWord := 0, 0, false
	for i := 0; i < len(text); {
		c := text[i]
		if c < utf8.RuneSelf {
			w := c >= '0' && c <= '9' || c|0x20 >= 'a' && c|0x20 <= 'z'
			if w && !inWord {
				words++
			}
			inWord = w || inWord && (c == '\'' || c == '.' || c == ',' || c == '-' || c == '_')
			i++
			continue
		}
		r, n := utf8.DecodeRuneInString(text[i:])
		switch {
		case token.IsGram(r):
			grams++
			inWord = false
		case r >= 0x2000 && r <= 0x303F || r >= 0xFF00 && r <= 0xFF0F: // punctuation
			inWord = false
		default:
			if !inWord {
				words++
			}
			inWord = true
		}
		i += n
	}
	return grams + words*4/3
}

// trim narrows a span to its text without surrounding white space.
func trim(text string, s Span) Span {
	for s.Start < s.End && strings.IndexByte(" \t\r\n", text[s.Start]) >= 0 {
		s.Start++
	}
	for s.End > s.Start && strings.IndexByte(" \t\r\n", text[s.End-1]) >= 0 {
		s.End--
	}
	return s
}

// Sentences returns the sentences of a span as spans that leave no text but
// white space between them. A sentence ends after 。！？；… and their closing
// quotes, after . ! ? before a space, and at a line's end.
func Sentences(text string, s Span) []Span {
	var out []Span
	from := s.Start
	flush := func(to int) {
		if t := trim(text, Span{from, to}); t.End > t.Start {
			out = append(out, t)
		}
		from = to
	}
	for i := s.Start; i < s.End; {
		r, n := utf8.DecodeRuneInString(text[i:s.End])
		i += n
		switch r {
		case '\n':
			flush(i)
		case '。', '！', '？', '；', '…':
			for i < s.End {
				c, m := utf8.DecodeRuneInString(text[i:s.End])
				if !strings.ContainsRune("。！？…”’」』）)\"", c) {
					break
				}
				i += m
			}
			flush(i)
		case '.', '!', '?':
			if (i == s.End || text[i] == ' ' || text[i] == '\n') && !abbreviation(text[from:i]) {
				flush(i)
			}
		}
	}
	flush(s.End)
	return out
}

// abbreviation reports whether a sentence piece ends in a short word with a
// full stop that seldom ends a sentence.
func abbreviation(piece string) bool {
	if !strings.HasSuffix(piece, ".") {
		return false
	}
	word := piece[strings.LastIndexAny(piece[:len(piece)-1], " \n(")+1:]
	switch word {
	case "e.g.", "i.e.", "Mr.", "Mrs.", "Ms.", "Dr.", "No.", "St.", "vs.", "etc.", "Inc.", "Ltd.", "Co.", "Art.", "Sec.", "U.S.", "a.m.", "p.m.":
		return true
	}
	if len(word) == 2 && word[0] >= 'A' && word[0] <= 'Z' { // an initial
		return true
	}
	return strings.Trim(word, "0123456789.") == "" && len(strings.TrimSpace(piece)) == len(word) // "1." begins an item
}
