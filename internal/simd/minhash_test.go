package simd_test

import (
	"strings"
	"testing"

	"pgregory.net/rapid"

	"github.com/luodi/luodi/internal/clean/minhash"
	"github.com/luodi/luodi/internal/simd"
)

// TestMinHashIsPlainGo: with wide registers every signature is the one that
// plain Go computes, whatever the text and however long its shingles are.
func TestMinHashIsPlainGo(t *testing.T) {
	k := simd.MinHash()
	if k.Name == "" {
		t.Skip("this build or this processor has no wide registers for it; build with -tags simd")
	}
	plain := minhash.NewSigner(minhash.Kernel{})
	for name, kernel := range kernels() {
		t.Run(name, func(t *testing.T) {
			wide := minhash.NewSigner(kernel)
			rapid.Check(t, func(t *rapid.T) {
				word := rapid.OneOf(rapid.String(), rapid.StringMatching(`[a-z]{1,70}`), rapid.Just(strings.Repeat("𠮷", 17)), rapid.StringMatching(`[一-龥]{1,30}`))
				text := strings.Join(rapid.SliceOfN(word, 0, 60).Draw(t, "words"), " ")
				text = strings.Repeat(text, rapid.IntRange(1, 8).Draw(t, "times"))
				for _, tokens := range []minhash.Tokens{minhash.Characters, minhash.Words} {
					want, n := plain.Sign(text, tokens)
					got, m := wide.Sign(text, tokens)
					if got != want || n != m {
						t.Fatalf("%s: another signature of %d, %d shingles", tokens, n, m)
					}
				}
			})
		})
	}
}

func BenchmarkSign(b *testing.B) {
	zh := strings.Repeat("我的信用卡还没有收到，请问什么时候可以寄出？银行需要五个工作日。", 40)
	en := strings.Repeat("The customer asked when the card would arrive and what the fee was. ", 40)
	for name, k := range kernels() {
		for lang, tokens := range map[string]minhash.Tokens{zh: minhash.Characters, en: minhash.Words} {
			b.Run(name+"/"+string(tokens), func(b *testing.B) {
				s := minhash.NewSigner(k)
				b.SetBytes(int64(len(lang)))
				for b.Loop() {
					s.Sign(lang, tokens)
				}
			})
		}
	}
}
