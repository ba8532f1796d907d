package charset

import (
	"sync"
	"unicode/utf8"
)

// gbCodes is gbTable the other way: the pair of bytes of each character of the
// basic plane, 0 where it has none.
var gbCodes = sync.OnceValue(func() *[1 << 16]uint16 {
	var codes [1 << 16]uint16
	for i, s := range gbTable() {
		if r, n := utf8.DecodeRuneInString(s); n == len(s) && n > 0 && r < 1<<16 && codes[r] == 0 {
			codes[r] = uint16(i/256+0x81)<<8 | uint16(i%256)
		}
	}
	return &codes
})

// GBK returns the two bytes that r is written with in GBK; ok is false for
// characters that it has not, and for ASCII.
func GBK(r rune) (lead, trail byte, ok bool) {
	if r < utf8.RuneSelf || r >= 1<<16 {
		return 0, 0, false
	}
	c := gbCodes()[r]
	return byte(c >> 8), byte(c), c != 0
}

// FromGBK returns the character that a pair of bytes stands for in GBK.
func FromGBK(lead, trail byte) (rune, bool) {
	s := gbTable().at([]byte{lead, trail})
	r, n := utf8.DecodeRuneInString(s)
	return r, n > 0 && n == len(s)
}

// Weight tells how much a character is what Chinese texts are made of: 2 for
// the most frequent ones, below 0 for what they hardly ever hold.
func Weight(r rune) float64 { return weight(r) }
