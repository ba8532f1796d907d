package static_test

import (
	"bytes"
	"fmt"
	"iter"
	"math"
	"math/rand/v2"
	"runtime"
	"testing"

	"github.com/luodi/luodi/internal/errs"
	"github.com/luodi/luodi/internal/knowledge/static"
)

// topics are texts of three subjects; each uses its own words and some of all.
func topics(n int) iter.Seq2[string, error] {
	words := [][]string{
		{"房贷", "利率", "还款", "抵押", "住房"},
		{"信用卡", "账单", "额度", "挂失", "刷卡"},
		{"mortgage", "interest", "repayment", "collateral", "housing"},
	}
	return func(yield func(string, error) bool) {
		r := rand.New(rand.NewPCG(7, 7))
		for i := range n {
			w := words[i%len(words)]
			text := ""
			for range 12 {
				text += w[r.IntN(len(w))] + "，" + []string{"客户 ", "the ", "业务 "}[r.IntN(3)]
			}
			if !yield(text, nil) {
				return
			}
		}
	}
}

func train(t testing.TB, n int, c static.Config) *static.Model {
	t.Helper()
	m, err := static.Train(topics(n), c)
	if err != nil {
		t.Fatal(err)
	}
	return m
}

func cos(a, b []float32) (sum float64) {
	for i := range a {
		sum += float64(a[i]) * float64(b[i])
	}
	return sum
}

func TestWordsOfOneSubjectLieTogether(t *testing.T) {
	m := train(t, 300, static.Config{Dim: 8})
	for _, tt := range []struct{ query, near, far string }{
		{"房贷", "抵押住房", "刷卡账单"},
		{"信用卡", "挂失额度", "住房利率"},
		{"how do I pay interest", "mortgage collateral", "挂失"},
	} {
		q := m.Query(tt.query)
		if near, far := cos(q, m.Passage(tt.near)), cos(q, m.Passage(tt.far)); near < far+.3 {
			t.Errorf("%s: %s is at %.2f, %s at %.2f", tt.query, tt.near, near, tt.far, far)
		}
	}
}

func TestTrainingIsEqualToTheBit(t *testing.T) {
	a := train(t, 200, static.Config{Seed: 3, Dim: 16}).Encode()
	old := runtime.GOMAXPROCS(1)
	b := train(t, 200, static.Config{Seed: 3, Dim: 16}).Encode()
	runtime.GOMAXPROCS(old)
	if !bytes.Equal(a, b) {
		t.Error("two runs, one of them on one processor, differ")
	}
	if bytes.Equal(a, train(t, 200, static.Config{Seed: 4, Dim: 16}).Encode()) {
		t.Error("the seed does nothing")
	}
}

func TestDecode(t *testing.T) {
	m := train(t, 100, static.Config{Dim: 8})
	b := m.Encode()
	back, err := static.Decode(b)
	if err != nil {
		t.Fatal(err)
	}
	if got, want := back.Passage("房贷 mortgage"), m.Passage("房贷 mortgage"); fmt.Sprint(got) != fmt.Sprint(want) {
		t.Errorf("read back %v, want %v", got, want)
	}
	for n := range len(b) {
		if _, err := static.Decode(b[:n]); err == nil {
			t.Fatalf("the first %d of %d bytes are a model", n, len(b))
		}
	}
}

func TestVectorsHaveLengthOneOrZero(t *testing.T) {
	m := train(t, 100, static.Config{Dim: 8})
	for text, want := range map[string]float64{"房贷": 1, "房贷利率 the mortgage": 1, "zzz": 0, "": 0} {
		if got := math.Sqrt(cos(m.Passage(text), m.Passage(text))); math.Abs(got-want) > 1e-5 {
			t.Errorf("%q has length %f, want %f", text, got, want)
		}
	}
}

func TestTooLittleToLearnFrom(t *testing.T) {
	_, err := static.Train(topics(0), static.Config{})
	if !errs.Is(err, errs.CodeInvalid) {
		t.Errorf("got %v", err)
	}
	if m := train(t, 9, static.Config{Least: 1}); m.Dim() > 60 {
		t.Errorf("%d dimensions of fewer terms", m.Dim())
	}
}

func ExampleTrain() {
	m, err := static.Train(topics(100), static.Config{Dim: 8})
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(len(m.Query("房贷利率")))
	// Output: 8
}

func BenchmarkTrain(b *testing.B) {
	for b.Loop() {
		train(b, 2000, static.Config{Dim: 64})
	}
}
