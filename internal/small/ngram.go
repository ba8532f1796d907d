package small

import (
	"math/bits"
	"unicode"
)

// tokenizerVersion is stored in every model file. Raise it with any change of
// this file, script.go or field.go that changes a hash: a model fitted on
// other n-grams would answer nonsense without a sign of it.
const tokenizerVersion = 1

// N-gram lengths in characters.
const (
	gramMin, gramMax       = 2, 5 // inside a spaced word and its two spaces
	hanGramMin, hanGramMax = 1, 3 // in a run without spaces
)

// Seeds keep the n-grams of different blocks apart.
const (
	seedWord  = 0x9E3779B97F4A7C15
	seedPair  = 0xC2B2AE3D27D4EB4F
	seedGram  = 0x165667B19E3779F9
	seedField = 0x27D4EB2F165667C5
)

// step extends a rolling hash by one value (the multiply-rotate hash of
// Firefox). The top bits are well mixed; the table uses those.
func step(h, v uint64) uint64 {
	return (bits.RotateLeft64(h, 5) ^ v) * 0x517CC1B727220A95
}

// ngrams turns a text into the hashes of its words (block W) and character
// n-grams (block C). It is scratch space of one goroutine: the slices are
// valid until the next call.
type ngrams struct {
	runes []rune
	words []uint64
	grams []uint64
}

func (g *ngrams) reset() {
	g.words, g.grams = g.words[:0], g.grams[:0]
}

// add counts the text in the manner of the script.
func (g *ngrams) add(text string, s script) {
	// One space before, between and after the tokens, never two.
	rs := append(g.runes[:0], ' ')
	for _, r := range text {
		if r = normal(r); r != ' ' || rs[len(rs)-1] != ' ' {
			rs = append(rs, r)
		}
	}
	if rs[len(rs)-1] != ' ' {
		rs = append(rs, ' ')
	}
	g.runes = rs
	if len(rs) < 3 {
		return
	}
	switch s {
	case han:
		g.whole(rs[1 : len(rs)-1])
	case latin:
		g.wordsOf(rs, false)
		g.spaced(rs)
	case mixed:
		g.wordsOf(rs, true)
		g.runs(rs)
	}
}

// wordsOf emits word 1-grams and 2-grams. A word is a run of letters and
// digits, of one character too; with byHan every Han character is a word.
func (g *ngrams) wordsOf(rs []rune, byHan bool) {
	var prev, h uint64
	in := false
	flush := func() {
		g.words = append(g.words, h)
		if prev != 0 {
			g.words = append(g.words, step(step(seedPair, prev), h))
		}
		prev, h, in = h, 0, false
	}
	for _, r := range rs {
		letter := 'a' <= r && r <= 'z' || '0' <= r && r <= '9'
		if !letter && r >= 0x80 {
			if byHan && isHan(r) {
				if in {
					flush()
				}
				h = step(seedWord, uint64(r))
				flush()
				continue
			}
			letter = unicode.IsLetter(r) || unicode.IsDigit(r) || in && unicode.IsMark(r)
		}
		if letter {
			if !in {
				h, in = seedWord, true
			}
			h = step(h, uint64(r))
		} else if in {
			flush()
		}
	}
	if in {
		flush()
	}
}

// spaced emits the character n-grams of each space-separated token with the
// space on both sides; none crosses a word.
func (g *ngrams) spaced(rs []rune) {
	out := g.grams
	for start := 0; start < len(rs)-1; {
		end := start + 1
		for rs[end] != ' ' {
			end++
		}
		token := rs[start : end+1]
		for i := range token {
			h := uint64(seedGram)
			for n, r := range token[i:min(i+gramMax, len(token))] {
				h = step(h, uint64(r))
				if n+1 >= gramMin {
					out = append(out, h)
				}
			}
		}
		start = end
	}
	g.grams = out
}

// whole emits the character n-grams of a text without word borders.
func (g *ngrams) whole(rs []rune) {
	out := g.grams
	for i := range rs {
		h := uint64(seedGram)
		for n, r := range rs[i:min(i+hanGramMax, len(rs))] {
			h = step(h, uint64(r))
			if n+1 >= hanGramMin {
				out = append(out, h)
			}
		}
	}
	g.grams = out
}

// runs splits a mixed text where Han begins or ends: Han runs by whole, the
// others by spaced with a space put at the border.
func (g *ngrams) runs(rs []rune) {
	var buf [66]rune
	for start := 0; start < len(rs); {
		isH := isHan(rs[start])
		end := start + 1
		for end < len(rs) && isHan(rs[end]) == isH {
			end++
		}
		if run := rs[start:end]; isH {
			g.whole(run)
		} else {
			token := append(buf[:0], run...)
			if token[0] != ' ' {
				token = append(token, 0)
				copy(token[1:], token)
				token[0] = ' '
			}
			if token[len(token)-1] != ' ' {
				token = append(token, ' ')
			}
			g.spaced(token)
		}
		start = end
	}
}
