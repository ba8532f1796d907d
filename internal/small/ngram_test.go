package small

import (
	"slices"
	"testing"

	"pgregory.net/rapid"
)

func hashes(text string, s script) (words, grams []uint64) {
	var g ngrams
	g.add(text, s)
	return slices.Clone(g.words), slices.Clone(g.grams)
}

func TestNgramCounts(t *testing.T) {
	tests := []struct {
		name         string
		text         string
		script       script
		words, grams int
	}{
		{"nothing", "", latin, 0, 0},
		{"only spaces", " \t\n ", latin, 0, 0},
		{"one letter: ' a ' has two 2-grams and one 3-gram", "a", latin, 1, 3},
		{"two words and their pair", "top up", latin, 3, (4 + 3 + 2 + 1) + (3 + 2 + 1)},
		{"signs part words, n-grams keep them", "can't", latin, 3, 6 + 5 + 4 + 3},
		{"only signs have no words", "?!", latin, 0, 3 + 2 + 1},
		{"one Chinese character", "卡", han, 0, 1},
		{"three Chinese characters: 3 + 2 + 1", "开户吗", han, 0, 6},
		{"Chinese n-grams run across spaces", "开 户", han, 0, 6},
		{"mixed: every Chinese character a word", "开户", mixed, 3, 3},
		{"mixed: the Latin run gets its spaces", "开app", mixed, 3, 1 + (4 + 3 + 2 + 1)},
		{"accents stay inside a word", "café crème", latin, 3, (5 + 4 + 3 + 2) + (6 + 5 + 4 + 3)},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			words, grams := hashes(tt.text, tt.script)
			if len(words) != tt.words || len(grams) != tt.grams {
				t.Errorf("%q: %d words and %d n-grams, want %d and %d", tt.text, len(words), len(grams), tt.words, tt.grams)
			}
		})
	}
}

func TestFoldedFormsAreEqual(t *testing.T) {
	tests := []struct{ name, a, b string }{
		{"case", "Top UP", "top up"},
		{"full-width letters", "ＡＴＭ卡", "atm卡"},
		{"full-width signs", "多少？", "多少?"},
		{"runs of spaces", "a \t\n b", "a b"},
		{"ideographic space", "a　b", "a b"},
		{"outer spaces", "  a b ", "a b"},
	}
	for _, tt := range tests {
		for _, s := range []script{latin, han, mixed} {
			t.Run(tt.name+"/"+string(s), func(t *testing.T) {
				aw, ag := hashes(tt.a, s)
				bw, bg := hashes(tt.b, s)
				if !slices.Equal(aw, bw) || !slices.Equal(ag, bg) {
					t.Errorf("%q and %q give different n-grams", tt.a, tt.b)
				}
			})
		}
	}
}

func TestBlocksNeverShareHashes(t *testing.T) {
	words, grams := hashes("transfer a refund to my card", latin)
	for _, w := range words {
		if slices.Contains(grams, w) {
			t.Fatalf("hash %x is a word and an n-gram", w)
		}
	}
}

func TestScriptOf(t *testing.T) {
	tests := []struct {
		name  string
		texts []string
		want  script
	}{
		{"English", []string{"where is my card"}, latin},
		{"no letters at all", []string{"123 !?"}, latin},
		{"Chinese", []string{"我的卡在哪里", "怎么开户"}, han},
		{"Chinese tickets with product names", []string{"我的App打不开", "ATM吞卡了怎么办啊请帮我看看"}, mixed},
		{"Japanese", []string{"カードはどこですか"}, han},
		{"Russian", []string{"где моя карта"}, latin},
		{"half and half", []string{"where is my card", "我的卡在哪里"}, mixed},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if got := scriptOf(slices.Values(tt.texts)); got != tt.want {
				t.Errorf("scriptOf = %s, want %s", got, tt.want)
			}
		})
	}
}

// Any string is read without a panic, and twice to the same.
func TestAnyTextIsRead(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		text := rapid.String().Draw(t, "text")
		s := rapid.SampledFrom([]script{latin, han, mixed}).Draw(t, "script")
		var g ngrams
		g.add("what was here before", s)
		g.reset()
		g.add(text, s)
		words, grams := hashes(text, s)
		if !slices.Equal(g.words, words) || !slices.Equal(g.grams, grams) {
			t.Fatalf("%q is read differently by used scratch space", text)
		}
	})
}
