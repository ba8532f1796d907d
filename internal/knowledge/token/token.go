// Package token cuts text into the terms that the knowledge base ranks by.
//
// Han, kana and hangul give unigrams and bigrams, so that no dictionary is
// needed and none goes stale; punctuation and spaces break bigrams. Other
// scripts give words: lower case, width-folded, diacritics and possessives
// dropped, no stemming (it lowered recall where we measured it). Codes are
// kept whole: INV-2024-01 gives itself and its parts, 第十二条, 第12条 and
// 第１２条 give the same single term; 1,000 and 1000 are one number.
//
// Query also takes question phrases off ("请问", "how do I"), longest first,
// as whole strings: they say that something is asked, not what. The lists are
// general; nothing is fitted to a base here.
//
// It keeps no offsets: passages are cited by their ranges, not by terms.
package token

import "unicode/utf8"

// maxWord is the longest word in bytes; the rest of a longer one is cut off.
const maxWord = 64

// Sink receives the terms of a text in order. The slice given to Word is
// reused after the call.
type Sink interface {
	// Gram receives one unigram (b is 0) or one bigram.
	Gram(a, b rune)
	// Word receives a word, number or code.
	Word(w []byte)
}

// Each sends every term of text to s.
func Each(text string, s Sink) {
	var buf [maxWord + 8]byte
	var prev rune
	for i := 0; i < len(text); {
		r, n := decode(text, i)
		switch {
		case IsGram(r):
			if r == '第' {
				if w, m := sectionCode(buf[:0], text[i:]); m > 0 {
					s.Word(w)
					prev = 0
					i += m
					continue
				}
			}
			s.Gram(r, 0)
			if prev != 0 {
				s.Gram(prev, r)
			}
			prev = r
			i += n
		case isWord(r):
			prev = 0
			i = words(text, i, buf[:0], s)
		default:
			prev = 0
			i += n
		}
	}
}

// decode returns the folded rune at i and its length in bytes.
func decode(text string, i int) (rune, int) {
	if c := text[i]; c < utf8.RuneSelf {
		return rune(lower[c]), 1
	}
	r, n := utf8.DecodeRuneInString(text[i:])
	return Fold(r), n
}

// words sends the words of the run of word characters and inner joiners that
// starts at i, and returns where the run ends.
func words(text string, i int, buf []byte, s Sink) int {
	var parts [16]int // end of each part in buf, joiners not counted
	np, digits, letters := 0, false, false
	var joins [16]byte
	cut := -1 // length of buf before an apostrophe
	for i < len(text) {
		r, n := decode(text, i)
		if isWord(r) {
			if r >= '0' && r <= '9' {
				digits = true
			} else {
				letters = true
			}
			if len(buf) < maxWord {
				buf = utf8.AppendRune(buf, r)
			}
			i += n
			continue
		}
		next := rune(0)
		if i+n < len(text) {
			next, _ = decode(text, i+n)
		}
		if !isWord(next) {
			break
		}
		switch {
		case r == '\'' || r == '’':
			cut = len(buf)
			i += n
			continue
		case r == ',' && thousands(text, i):
			i += n
			continue
		case joiner(r) && np < len(parts)-1:
			buf = dropPossessive(buf, cut)
			cut = -1
			parts[np], joins[np] = len(buf), byte(r)
			np++
			i += n
			continue
		}
		break
	}
	buf = dropPossessive(buf, cut)
	parts[np] = len(buf)
	np++
	if np > 1 && digits {
		whole := make([]byte, 0, len(buf)+np)
		for k, from := 0, 0; k < np; k++ {
			whole = append(whole, buf[from:parts[k]]...)
			if k < np-1 {
				whole = append(whole, joins[k])
			}
			from = parts[k]
		}
		s.Word(whole)
		if !letters && np == 2 && joins[0] == '.' {
			return i // a decimal number is one term
		}
	}
	for k, from := 0, 0; k < np; k++ {
		if parts[k] > from {
			s.Word(buf[from:parts[k]])
		}
		from = parts[k]
	}
	return i
}

// dropPossessive removes what follows the apostrophe at cut when it is an s.
func dropPossessive(buf []byte, cut int) []byte {
	if cut > 0 && len(buf) == cut+1 && buf[cut] == 's' {
		return buf[:cut]
	}
	return buf
}

// thousands reports whether the comma at i stands between a digit and exactly
// three digits.
func thousands(text string, i int) bool {
	digit := func(k int) bool { return k >= 0 && k < len(text) && text[k] >= '0' && text[k] <= '9' }
	return digit(i-1) && digit(i+1) && digit(i+2) && digit(i+3) && !digit(i+4)
}

func joiner(r rune) bool {
	switch r {
	case '-', '_', '.', '/', ':', '@', '&', '+':
		return true
	}
	return false
}
