package minhash

import (
	"bufio"
	"fmt"
	"os"
	"path/filepath"
	"testing"

	"pgregory.net/rapid"
)

// bench returns a file of the shared reference, or skips the test.
func bench(t testing.TB, name string) string {
	t.Helper()
	file := filepath.Join("..", "..", "..", "..", "shared", "bench", "dedup", name)
	if _, err := os.Stat(file); err != nil {
		t.Skipf("no reference at %s: skipped", file)
	}
	return file
}

func TestPermutationsAreThoseOfTheReference(t *testing.T) {
	f, err := os.Open(bench(t, "permutations.txt"))
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	s := NewSigner(Kernel{})
	i := 0
	for sc := bufio.NewScanner(f); sc.Scan(); i++ {
		var a, b uint64
		if _, err := fmt.Sscan(sc.Text(), &a, &b); err != nil {
			t.Fatal(err)
		}
		if i < used && (a != s.mul[i] || b != s.add[i]) {
			t.Fatalf("permutation %d is (%d, %d), want (%d, %d)", i, s.mul[i], s.add[i], a, b)
		}
	}
	if i != permutations {
		t.Errorf("%d permutations, want %d", i, permutations)
	}
}

func TestFirstPermutation(t *testing.T) {
	s := NewSigner(Kernel{}) // numpy.random.RandomState(42).randint(1, 2**61-1, dtype='uint64'), then from 0
	if s.mul[0] != 2297359619001564596 || s.add[0] != 1396682528897996046 {
		t.Errorf("the first permutation is (%d, %d)", s.mul[0], s.add[0])
	}
	if len(s.rare) != 0 {
		t.Errorf("hashes %v need the exact remainder; none was expected", s.rare)
	}
}

func signatureOf(s *Signer, hashes []uint32) (sig Signature) {
	var all [permutations]uint32
	for i := range all {
		all[i] = maxHash
	}
	s.lower(hashes, &all)
	copy(sig[:], all[:])
	return sig
}

// shingles are the hashes of a text's shingles.
func shingles(text string, tokens Tokens) (out []uint32) {
	eachShingle(text, tokens, func(b []byte, at []Span) {
		hashes := make([]uint32, len(at))
		hashSpans(b, at, hashes)
		out = append(out, hashes...)
	})
	return out
}

func TestSignatureIsTheExactRemainder(t *testing.T) {
	s := NewSigner(Kernel{})
	rapid.Check(t, func(t *rapid.T) {
		hashes := rapid.SliceOfN(rapid.Uint32(), 0, 20).Draw(t, "hashes")
		sig := signatureOf(s, hashes)
		for i := range sig {
			want := uint32(maxHash)
			for _, h := range hashes {
				want = min(want, remainder(uint64(h), s.mul[i], s.add[i]))
			}
			if sig[i] != want {
				t.Fatalf("value %d of %v is %d, want %d", i, hashes, sig[i], want)
			}
		}
	})
}

// TestRareHashesAreFound: permutations that are made so that a hash needs the
// exact remainder are handled exactly.
func TestRareHashesAreFound(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		h := rapid.Uint32().Draw(t, "hash")
		a := rapid.Uint64Range(1, mersenne-1).Draw(t, "a")
		top := rapid.Uint64Range(0, 7).Draw(t, "top")
		low := mersenne - rapid.Uint64Range(0, top).Draw(t, "below")
		s := NewSigner(Kernel{})
		s.mul[7], s.add[7] = a, (top<<61|low)-a*uint64(h)
		s.rare = rareHashes(s.mul[:padded], s.add[:padded])
		if !s.rare[h] {
			t.Fatalf("hash %d is not found among %v", h, s.rare)
		}
		if got, want := signatureOf(s, []uint32{h})[7], remainder(uint64(h), a, s.add[7]); got != want {
			t.Fatalf("value %d, want %d", got, want)
		}
	})
}

func TestShingles(t *testing.T) {
	tests := []struct {
		name   string
		text   string
		tokens Tokens
		same   string // a text with the same shingles
		n      int
	}{
		{"five characters", "我的信用卡", Characters, "", 1},
		{"characters, not bytes", "𠮷的信用卡丢", Characters, "", 2},
		{"four characters have none", "我的信用", Characters, "", 0},
		{"nothing", "", Characters, "", 0},
		{"case", "WHERE İS", Characters, "where i\u0307s", 5},
		{"blanks count as characters", "a b c d", Characters, "", 3},
		{"five words", "a b c d e", Words, " a  b c d   e ", 1},
		{"four words have none", "a b c d", Words, "", 0},
		{"line ends and tabs are inside of words", "a\nb c\td e f g", Words, "", 1},
		{"a final sigma", "Α ΟΔΟΣ ΟΔΟΣ. Σ ΣΑ", Words, "α οδος οδος. σ σα", 1},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			got := shingles(tt.text, tt.tokens)
			if len(got) != tt.n {
				t.Errorf("%d shingles, want %d", len(got), tt.n)
			}
			if tt.same != "" {
				if other := shingles(tt.same, tt.tokens); fmt.Sprint(other) != fmt.Sprint(got) {
					t.Errorf("%q and %q have other shingles", tt.text, tt.same)
				}
			}
		})
	}
}

func BenchmarkSign(b *testing.B) {
	s := NewSigner(Kernel{})
	hashes := make([]uint32, 1000)
	for i := range hashes {
		hashes[i] = uint32(i) * 2654435761
	}
	for b.Loop() {
		signatureOf(s, hashes)
	}
	b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N*len(hashes)), "ns/shingle")
}
