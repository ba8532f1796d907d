package minhash

import (
	"slices"
	"testing"
	"unicode"

	"pgregory.net/rapid"
)

func TestSortedByDigits(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		n := rapid.SampledFrom([]int{0, 1, radixFrom - 1, radixFrom, 3000}).Draw(t, "length")
		mask := rapid.Uint32().Draw(t, "bits that differ")
		seed := rapid.Uint32().Draw(t, "seed")
		set := make([]uint32, n)
		for i := range set {
			seed = seed*1664525 + 1013904223
			set[i] = seed & mask
		}
		want := slices.Sorted(slices.Values(set))
		if got := sorted(set); !slices.Equal(got, want) {
			t.Fatalf("%d hashes are not in order", n)
		}
	})
}

// TestHanWithoutTables: the blocks that are told by their bounds are what the
// tables say.
func TestHanWithoutTables(t *testing.T) {
	for r := rune(0); r <= unicode.MaxRune; r++ {
		if han(r) != unicode.Is(unicode.Han, r) {
			t.Errorf("%U: han is %v", r, han(r))
		}
		if common(r) && (!unicode.IsLetter(r) || unicode.ToLower(r) != r) {
			t.Errorf("%U is common, and is no letter or has another case", r)
		}
	}
}

// BenchmarkSetOf makes the set of a law of 12,000 characters.
func BenchmarkSetOf(b *testing.B) {
	text := make([]rune, 12_000)
	for i := range text {
		text[i] = 0x4E00 + rune(i*i%2999)
	}
	for b.Loop() {
		SetOf(string(text))
	}
}
