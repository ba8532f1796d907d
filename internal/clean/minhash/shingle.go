package minhash

import (
	"crypto/sha1"
	"encoding/binary"
	"strings"
	"unicode/utf8"
)

// Span is a range of a text's bytes.
type Span struct{ Start, End int }

// shinglesAtOnce bounds the memory that one text takes.
const shinglesAtOnce = 512

// eachShingle calls fn with a text's shingles in order, some at a time, as
// ranges of b; those that come again change no minimum. b and at are valid
// until fn returns.
func eachShingle(text string, tokens Tokens, fn func(b []byte, at []Span)) {
	text = lower(text)
	if tokens == Words {
		wordShingles(text, fn)
		return
	}
	characterShingles([]byte(text), fn)
}

// hashSpans is Kernel.Hash in plain Go.
func hashSpans(text []byte, at []Span, out []uint32) {
	for i, s := range at {
		sum := sha1.Sum(text[s.Start:s.End])
		out[i] = binary.LittleEndian.Uint32(sum[:4])
	}
}

func characterShingles(b []byte, fn func(b []byte, at []Span)) {
	var at [shinglesAtOnce]Span
	var starts [window]int // of the last characters
	k, n := 0, 0
	for i := 0; i < len(b); {
		size := 1
		if b[i] >= utf8.RuneSelf {
			_, size = utf8.DecodeRune(b[i:])
		}
		starts[n%window] = i
		n++
		i += size
		if n < window {
			continue
		}
		at[k] = Span{starts[n%window], i}
		if k++; k == len(at) {
			fn(b, at[:])
			k = 0
		}
	}
	if k > 0 {
		fn(b, at[:k])
	}
}

// wordShingles joins words by one blank, whatever was between them.
func wordShingles(text string, fn func(b []byte, at []Span)) {
	b := make([]byte, 0, len(text)) // the text with single blanks
	var at [shinglesAtOnce]Span
	var starts [window]int
	k, n := 0, 0
	for word := range strings.SplitSeq(text, " ") {
		if word == "" {
			continue
		}
		if len(b) > 0 {
			b = append(b, ' ')
		}
		starts[n%window] = len(b)
		b = append(b, word...)
		if n++; n < window {
			continue
		}
		at[k] = Span{starts[n%window], len(b)}
		if k++; k == len(at) {
			fn(b, at[:])
			k = 0
		}
	}
	if k > 0 {
		fn(b, at[:k])
	}
}
