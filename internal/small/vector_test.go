package small

import (
	"math"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

func encoderOn(texts ...string) *encoder {
	return newEncoder(len(texts), 2, func(i int) string { return texts[i] })
}

func TestMinDF(t *testing.T) {
	e := encoderOn("pay pay pay", "pay now", "later")
	words, _ := hashes("pay now", latin)
	if e.vocab.lookup(words[0]) < 0 {
		t.Error(`"pay" occurs in two texts and must be kept`)
	}
	if e.vocab.lookup(words[1]) >= 0 {
		t.Error(`"now" occurs in one text and must be dropped`)
	}
}

func TestEveryBlockHasNormOne(t *testing.T) {
	e := encoderOn("refund my card", "refund the card please", "my transfer to the card", "please transfer my refund")
	rapid.Check(t, func(t *rapid.T) {
		words := rapid.SliceOfN(rapid.SampledFrom(strings.Fields("refund my card the please transfer to xyz 12")), 1, 12).Draw(t, "words")
		s := e.scratch()
		known := e.encode(s, strings.Join(words, " "))
		var norm [blocks]float64
		for i, row := range s.idx[:len(s.idx)-1] {
			for b := range blocks {
				if row >= e.vocab.first[b] && row < e.vocab.first[b+1] {
					norm[b] += float64(s.val[i]) * float64(s.val[i])
				}
			}
		}
		any := false
		for b, n := range norm {
			any = any || n > 0
			if n > 0 && math.Abs(n-1) > 1e-5 {
				t.Fatalf("block %d of %q has norm² %g", b, words, n)
			}
		}
		if any != known {
			t.Fatalf("%q: known is %v", words, known)
		}
		if last := len(s.idx) - 1; int(s.idx[last]) != e.vocab.rows() || s.val[last] != 1 {
			t.Fatalf("%q does not end in the bias", words)
		}
		for row, tf := range s.tf {
			if tf != 0 {
				t.Fatalf("the count of row %d was not put back to 0", row)
			}
		}
	})
}

func TestVocabularyFindsAllItsKeysAndNoOther(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		keys := rapid.SliceOfDistinct(rapid.Uint64(), func(k uint64) uint64 { return k }).Draw(t, "keys")
		v := vocabulary{keys: keys}
		v.index()
		for row, k := range keys {
			if got := v.lookup(k); got != int32(row) {
				t.Fatalf("key %x is in row %d, found in %d", k, row, got)
			}
			if got := v.lookup(k + 1); got >= 0 && keys[got] != k+1 {
				t.Fatalf("a key that is not there was found")
			}
		}
	})
}

func TestCounterCountsATextOnce(t *testing.T) {
	var c counter
	for text := range 3000 {
		c.next()
		for k := range uint64(5) {
			c.add(k)
			c.add(k) // twice in the same text
		}
		c.add(uint64(text) + 100)
	}
	for _, e := range c.entries {
		want := int32(1)
		if e.key < 5 {
			want = 3000
		}
		if e.df != want {
			t.Fatalf("key %d: df %d, want %d", e.key, e.df, want)
		}
	}
}

func TestRarestFeaturesGoWhenThereAreTooMany(t *testing.T) {
	var counters [blocks]counter
	for text := range 4 {
		for b := range counters {
			counters[b].next()
		}
		for k := range uint64(8) {
			if text < 2 || k < 3 {
				counters[blockWord].add(k)
			}
		}
	}
	v := newVocabulary(4, maxCells/5, &counters) // room for 5 rows
	if v.rows() != 3 {
		t.Errorf("%d rows are kept, want the 3 that occur in 4 texts: those of df 2 do not all fit", v.rows())
	}
}
