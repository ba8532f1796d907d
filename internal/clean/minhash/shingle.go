package minhash

import (
	"crypto/sha1"
	"encoding/binary"
	"strings"
	"unicode"
	"unicode/utf8"
)

// shingles returns the hashes of a text's shingles, in order; those that come
// again change no minimum. buf is used again.
func shingles(text string, tokens Tokens, buf []uint32) []uint32 {
	text = lower(text)
	if tokens == Words {
		return wordShingles(text, buf[:0])
	}
	return characterShingles(text, buf[:0])
}

func hash(shingle []byte) uint32 {
	sum := sha1.Sum(shingle)
	return binary.LittleEndian.Uint32(sum[:4])
}

func characterShingles(text string, out []uint32) []uint32 {
	b := []byte(text)
	var starts [window]int // of the last characters
	n := 0
	for i := 0; i < len(b); {
		_, size := utf8.DecodeRune(b[i:])
		starts[n%window] = i
		n++
		i += size
		if n >= window {
			out = append(out, hash(b[starts[n%window]:i]))
		}
	}
	return out
}

// wordShingles joins words by one blank, whatever was between them; where the
// text has single blanks, which is nearly everywhere, no word is copied.
func wordShingles(text string, out []uint32) []uint32 {
	b := make([]byte, 0, len(text)) // the text with single blanks
	var starts [window]int
	n := 0
	for word := range strings.SplitSeq(text, " ") {
		if word == "" {
			continue
		}
		if len(b) > 0 {
			b = append(b, ' ')
		}
		starts[n%window] = len(b)
		b = append(b, word...)
		n++
		if n >= window {
			out = append(out, hash(b[starts[n%window]:]))
		}
	}
	return out
}

// lower is Python's str.lower (Unicode's full mapping, SpecialCasing.txt): it
// differs from strings.ToLower in the dotted capital I, and in the sigma at the
// end of a word.
func lower(s string) string {
	special := false
	for i := 0; i+1 < len(s); i++ {
		if s[i] == 0xC4 && s[i+1] == 0xB0 || s[i] == 0xCE && s[i+1] == 0xA3 { // İ, Σ
			special = true
			break
		}
	}
	if !special {
		return strings.ToLower(s)
	}
	var b strings.Builder
	for i, r := range s {
		switch {
		case r == 'İ':
			b.WriteString("i\u0307")
		case r == 'Σ' && finalSigma(s, i):
			b.WriteRune('ς')
		default:
			b.WriteRune(unicode.ToLower(r))
		}
	}
	return b.String()
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
