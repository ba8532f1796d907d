package token

import (
	_ "embed"
	"strings"
	"unicode"
	"unicode/utf8"

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

// traditional holds pairs of a traditional character, or a variant, and the
// simplified one: TSCharacters of OpenCC (github.com/BYVoid/OpenCC, Apache-2.0)
// as far as a character is one there too.
//
//go:embed traditional.txt
var traditional string

// The block of Han characters in everyday use, and what each is compared as.
const (
	hanFirst = 0x4E00
	hanLast  = 0x9FFF
)

var simplified = simplify(traditional)

func simplify(pairs string) (to [hanLast - hanFirst + 1]uint16) {
	for i := range to {
		to[i] = uint16(hanFirst + i)
	}
	for pairs = strings.ReplaceAll(pairs, "\n", ""); pairs != ""; {
		from, n := utf8.DecodeRuneInString(pairs)
		r, m := utf8.DecodeRuneInString(pairs[n:])
		to[from-hanFirst] = uint16(r)
		pairs = pairs[n+m:]
	}
	return to
}

// Fold maps a rune to the one it is compared as: full-width forms to ASCII,
// upper case to lower, Latin letters to themselves without diacritics,
// traditional Chinese characters to simplified ones. Several may become one
// (後 and 后): what is folded is compared, never shown.
func Fold(r rune) rune {
	switch {
	case r < 128:
		return rune(lower[r])
	case r < latinEnd:
		return latin[r]
	case r >= hanFirst && r <= hanLast:
		return rune(simplified[r-hanFirst])
	case r >= 0x2E80 && r < hanFirst:
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
