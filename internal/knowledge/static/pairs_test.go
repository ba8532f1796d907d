package static

import (
	"fmt"
	"iter"
	"math"
	"math/rand/v2"
	"runtime"
	"slices"
	"testing"
)

// words are texts of few words, often in the same order.
func words(texts, each int) iter.Seq2[string, error] {
	return func(yield func(string, error) bool) {
		r := rand.New(rand.NewPCG(3, 1))
		for range texts {
			text, at := "", 0
			for range each {
				at = (at + 1 + r.IntN(3)*r.IntN(40)) % 300
				text += fmt.Sprintf("word%d ", at)
			}
			if !yield(text, nil) {
				return
			}
		}
	}
}

func tapes(t *testing.T) (out [3]*tape) {
	t.Helper()
	for i := range out {
		var err error
		if out[i], err = newTape(t.TempDir()); err != nil {
			t.Fatal(err)
		}
		t.Cleanup(out[i].close)
	}
	return out
}

// learn counts in parts of so many tokens.
func learn(t *testing.T, texts iter.Seq2[string, error], part int) (tokens []int32, near *pairs, m *matrix, entries []int32) {
	t.Helper()
	c := Config{Vocabulary: 200, Window: 4, Least: 2}
	files := tapes(t)
	_, near, err := count(texts, c, files[0], files[1], part)
	if err != nil {
		t.Fatal(err)
	}
	tokens = slices.Clone(near.tokens)
	if m, err = near.ppmi(files[2]); err != nil {
		t.Fatal(err)
	}
	if err := files[2].each(func(v int32) error { entries = append(entries, v); return nil }); err != nil {
		t.Fatal(err)
	}
	return tokens, near, m, entries
}

// What is learnt does not depend on how much is counted at once, and is what
// the definition says.
func TestPartsAddUp(t *testing.T) {
	texts := words(120, 50)
	tokens, near, m, want := learn(t, texts, math.MaxInt)
	if len(near.ends) != 1 || len(want) == 0 {
		t.Fatalf("%d parts, %d numbers", len(near.ends), len(want))
	}
	for _, part := range []int{1, 60, 1000} {
		_, n, other, got := learn(t, texts, part)
		if len(n.ends) < 2 || !slices.Equal(got, want) || !slices.Equal(other.from, m.from) {
			t.Errorf("parts of %d tokens: %d parts, %d numbers, want %d", part, len(n.ends), len(got), len(want))
		}
	}
	counts, sums, total := map[[2]int32]float64{}, map[int32]float64{}, 0.
	for p, a := range tokens {
		for q := p + 1; a >= 0 && q < len(tokens) && q <= p+4 && tokens[q] >= 0; q++ {
			b := tokens[q]
			counts[[2]int32{a, b}]++
			counts[[2]int32{b, a}]++
			sums[a]++
			sums[b]++
			total += 2
		}
	}
	found := 0
	for i := range m.n {
		for p := m.from[i]; p < m.from[i+1]; p++ {
			j, v := want[2*p], math.Float32frombits(uint32(want[2*p+1]))
			n := counts[[2]int32{int32(i), j}]
			if exact := float32(math.Log(n * total / (sums[int32(i)] * sums[j]))); n < 2 || v != exact {
				t.Fatalf("row %d, column %d: %g, %g times", i, j, v, n)
			}
			found++
		}
	}
	for k, n := range counts {
		if n >= 2 && n*total > sums[k[0]]*sums[k[1]] {
			found--
		}
	}
	if found != 0 {
		t.Errorf("%d pairs too many or too few", found)
	}
}

// Memory does not grow with the texts: four times as many take no more.
func TestMemoryIsThatOfAPart(t *testing.T) {
	held := func(texts int) float64 {
		files := tapes(t)
		var before, counted, kept runtime.MemStats
		runtime.GC()
		runtime.ReadMemStats(&before)
		_, near, err := count(words(texts, 100), Config{Vocabulary: 300, Window: 4, Least: 2}, files[0], files[1], 4096)
		if err != nil {
			t.Fatal(err)
		}
		runtime.GC()
		runtime.ReadMemStats(&counted)
		m, err := near.ppmi(files[2])
		if err != nil {
			t.Fatal(err)
		}
		runtime.GC()
		runtime.ReadMemStats(&kept)
		runtime.KeepAlive(near)
		runtime.KeepAlive(m)
		return float64(max(counted.HeapAlloc, kept.HeapAlloc)) - float64(before.HeapAlloc)
	}
	held(100) // what is made once
	one, four := held(1000), held(4000)
	t.Logf("%.0f bytes for 100,000 tokens, %.0f for 400,000", one, four)
	if more := (four - one) / 300_000; more > 1 { // the tokens alone would be 4
		t.Errorf("a token more takes %.1f bytes more", more)
	}
}

// A file that cannot be written or read ends training with the reason.
func TestFilesFail(t *testing.T) {
	if _, err := Train(words(9, 9), Config{Temp: t.TempDir() + "/none"}); err == nil {
		t.Error("trained without a folder for its files")
	}
	files := tapes(t)
	_, near, err := count(words(50, 50), Config{Vocabulary: 300, Window: 4, Least: 2}, files[0], files[1], 500)
	if err != nil {
		t.Fatal(err)
	}
	m, err := near.ppmi(files[2])
	if err != nil {
		t.Fatal(err)
	}
	files[2].file.Close()
	if _, err := factor(m, 4, 1); err == nil {
		t.Error("factored a matrix whose file is closed")
	}
	files[1].file.Close()
	if _, err := near.ppmi(files[2]); err == nil {
		t.Error("added up parts whose file is closed")
	}
}
