package minhash

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

// lower is Python's str.lower (Unicode's full mapping, SpecialCasing.txt): it
// differs from strings.ToLower in the dotted capital I, and in the sigma at the
// end of a word. A byte that is no UTF-8 becomes U+FFFD.
func lower(s string) string {
	i := unchanged(s)
	if i == len(s) {
		return s
	}
	b := make([]byte, i, len(s)+8)
	copy(b, s)
	for i < len(s) {
		if n := unchanged(s[i:]); n > 0 {
			b = append(b, s[i:i+n]...)
			i += n
			continue
		}
		if c := s[i]; c < utf8.RuneSelf {
			b = append(b, c+'a'-'A')
			i++
			continue
		}
		r, n := utf8.DecodeRuneInString(s[i:])
		switch {
		case r == 'İ':
			b = append(b, "i\u0307"...)
		case r == 'Σ' && finalSigma(s, i):
			b = utf8.AppendRune(b, 'ς')
		default:
			b = utf8.AppendRune(b, unicode.ToLower(r))
		}
		i += n
	}
	return string(b)
}

// unchanged is the length of the beginning of s that is in lower case for
// certain: ASCII but capitals, and U+3000 to U+9FFF, where nothing has a case.
func unchanged(s string) int {
	i := 0
	for i < len(s) {
		switch c := s[i]; {
		case c < utf8.RuneSelf:
			if 'A' <= c && c <= 'Z' {
				return i
			}
			i++
		case 0xE3 <= c && c <= 0xE9 && i+2 < len(s) && s[i+1]&0xC0 == 0x80 && s[i+2]&0xC0 == 0x80:
			i += 3
		default:
			return i
		}
	}
	return i
}

// finalSigma is Unicode's condition Final_Sigma: a cased letter before, none
// after, over characters that case ignores.
func finalSigma(s string, i int) bool {
	before := false
	for rest := s[:i]; rest != ""; {
		r, n := utf8.DecodeLastRuneInString(rest)
		rest = rest[:len(rest)-n]
		if !caseIgnorable(r) {
			before = cased(r)
			break
		}
	}
	if !before {
		return false
	}
	for _, r := range s[i+len("Σ"):] {
		if !caseIgnorable(r) {
			return !cased(r)
		}
	}
	return true
}

func cased(r rune) bool {
	return unicode.IsUpper(r) || unicode.IsLower(r) || unicode.IsTitle(r) || unicode.Is(unicode.Other_Lowercase, r) || unicode.Is(unicode.Other_Uppercase, r)
}

func caseIgnorable(r rune) bool {
	return unicode.In(r, unicode.Mn, unicode.Me, unicode.Cf, unicode.Lm, unicode.Sk) || strings.ContainsRune("'.:··՟״‘’․‧︓︙﹒﹕＇．：", r)
}
