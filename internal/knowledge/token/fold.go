package token

import (
	"strings"
	"unicode"

	"golang.org/x/text/unicode/norm"
)

// latinEnd is where the table of folded Latin letters ends (Latin Extended-B).
const latinEnd = 0x250

var lower, latin = tables()

func tables() (ascii [128]byte, wide [latinEnd]rune) {
	for i := range ascii {
		ascii[i] = byte(unicode.ToLower(rune(i)))
	}
	for r := rune(128); r < latinEnd; r++ {
		wide[r] = unicode.ToLower(r)
		if d := []rune(norm.NFD.String(string(wide[r]))); len(d) > 1 && unicode.Is(unicode.Mn, d[1]) {
			wide[r] = d[0]
		}
	}
	return ascii, wide
}

// Fold maps a rune to the one it is compared as: full-width forms to ASCII,
// upper case to lower, Latin letters to themselves without diacritics.
func Fold(r rune) rune {
	switch {
	case r < 128:
		return rune(lower[r])
	case r < latinEnd:
		return latin[r]
	case r >= 0x2E80 && r <= 0x9FFF:
		if r == 0x3000 {
			return ' '
		}
		return r
	case r >= 0xFF01 && r <= 0xFF5E:
		return rune(lower[r-0xFEE0])
	case r >= 0xAC00 && r <= 0xD7AF, r >= 0x20000:
		return r
	}
	return unicode.ToLower(r)
}

// FoldString folds every rune of s.
func FoldString(s string) string { return strings.Map(Fold, s) }

// IsGram reports whether r is written without spaces between words: Han,
// kana, hangul.
func IsGram(r rune) bool {
	switch {
	case r < 0x2E80:
		return false
	case r <= 0x9FFF:
		if r < 0x3041 {
			return r < 0x2FE0 || r == '々' || r == '〇'
		}
		return r >= 0x3400 || r <= 0x30FF && r != 0x30A0 && r != '・' || r >= 0x3105 && r <= 0x31BF
	case r < 0xAC00:
		return false
	case r <= 0xD7AF, r >= 0xF900 && r <= 0xFAFF, r >= 0x20000 && r <= 0x3FFFF:
		return true
	}
	return false
}

// isWord reports whether a folded rune is part of a word.
func isWord(r rune) bool {
	if r < 128 {
		return r >= 'a' && r <= 'z' || r >= '0' && r <= '9'
	}
	if IsGram(r) {
		return false
	}
	return unicode.IsLetter(r) || unicode.IsNumber(r) || unicode.Is(unicode.M, r)
}
