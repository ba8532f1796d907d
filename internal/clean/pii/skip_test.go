package pii

import (
	"testing"

	"pgregory.net/rapid"
)

// TestSkip: eight bytes at a time stop where one at a time would, and know the
// same last letter.
func TestSkip(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		text := rapid.StringOfN(rapid.SampledFrom([]rune("aZ{`[/:;?A~\x00\x7f 09@é张zz  bb.")), 0, 40, -1).Draw(t, "text")
		s := scanner{text: text}
		from := rapid.IntRange(0, len(text)).Draw(t, "from")
		got := s.skip(from)
		lettered := 0
		for i := from; i < got; i++ {
			if class[text[i]]&(digit|at) != 0 || text[i] >= 0x80 {
				t.Fatalf("%q: passed byte %d of those from %d to %d", text, i, from, got)
			}
			if class[text[i]] == letter {
				lettered = i + 1
			}
		}
		stops := got < len(text) && (class[text[got]]&(digit|at) != 0 || text[got] >= 0x80)
		if s.lettered != lettered || !stops && len(text)-got >= 8 {
			t.Fatalf("%q from %d: stopped at %d, last letter %d, want %d", text, from, got, s.lettered, lettered)
		}
	})
}
