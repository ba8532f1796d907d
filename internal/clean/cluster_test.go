package clean_test

import (
	"encoding/csv"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/luodi/luodi/internal/clean"
)

func TestClusters(t *testing.T) {
	tests := []struct {
		name      string
		texts     []string
		threshold float64
		want      []int
	}{
		{"nothing", nil, .8, []int{}},
		{"case, marks and blanks do not count", []string{"Where is my card?", "where is my card", "WHERE  is my card!!", "Where is my money?"}, .85, []int{0, 0, 0, 1}},
		{"Chinese", []string{"我的信用卡还没有收到怎么办", "我的信用卡还没有收到，怎么办？", "我的信用卡还没收到怎么办", "我要提前还款"}, .7, []int{0, 0, 0, 1}},
		{"short texts", []string{"卡", "卡！", "钱", "a", "A."}, .85, []int{0, 0, 1, 2, 2}},
		{"empty texts are on their own", []string{"", "", "？"}, .85, []int{0, 1, 2}},
		{"by a chain", []string{"abcdefghijklmnopqrst", "abcdefghijklmnopqrsu", "xbcdefghijklmnopqrsu"}, .85, []int{0, 0, 0}},
		{"other numbers are other texts", []string{"转账100元到账户", "查询300笔流水"}, .85, []int{0, 1}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if d := cmp.Diff(tt.want, clean.Clusters(tt.texts, tt.threshold)); d != "" {
				t.Errorf("(-want +got):\n%s", d)
			}
		})
	}
}

// words makes n texts of k words, and after each a few copies with words
// changed.
func words(seed uint64, n, k int) []string {
	r := rand.New(rand.NewPCG(seed, 1))
	vocabulary := strings.Fields("card account transfer balance fee limit 信用卡 账户 转账 余额 手续费 额度 lost stolen when how why where please 请问 怎么 为什么 什么 时候 money cash atm refund payment pending failed declined top up exchange rate currency 汇率 还款 贷款 利率 逾期 申请 开户 销户 挂失 补办")
	var out []string
	for len(out) < n {
		w := make([]string, k)
		for i := range w {
			w[i] = vocabulary[r.IntN(len(vocabulary))] + fmt.Sprint(r.IntN(9))
		}
		out = append(out, strings.Join(w, " "))
		for range r.IntN(3) {
			c := slices.Clone(w)
			c[r.IntN(k)] = "x"
			out = append(out, strings.Join(c, " "))
		}
	}
	return out[:n]
}

// TestClustersMissFewPairs holds the sampled candidates to all pairs.
func TestClustersMissFewPairs(t *testing.T) {
	texts := words(3, 200, 12)
	for _, threshold := range []float64{.5, .7, .85} {
		got := clean.Clusters(texts, threshold)
		pairs, missed := 0, 0
		for i := range texts {
			for j := range i {
				alone := clean.Clusters([]string{texts[i], texts[j]}, threshold)
				if alone[0] == alone[1] {
					pairs++
					if got[i] != got[j] {
						missed++
					}
				}
			}
		}
		t.Logf("threshold %.2f: %d pairs, %d missed", threshold, pairs, missed)
		if pairs == 0 || missed*50 > pairs {
			t.Errorf("threshold %.2f: %d of %d pairs missed", threshold, missed, pairs)
		}
	}
}

func TestClustersAreDeterministic(t *testing.T) {
	texts := words(4, 2000, 8)
	if d := cmp.Diff(clean.Clusters(texts, .8), clean.Clusters(texts, .8)); d != "" {
		t.Error(d)
	}
	reversed := slices.Clone(texts)
	slices.Reverse(reversed)
	a, b := clean.Clusters(texts, .8), clean.Clusters(reversed, .8)
	slices.Reverse(b)
	pair := map[[2]int]bool{}
	for i := range a {
		pair[[2]int{a[i], b[i]}] = true
	}
	if n := slices.Max(a) + 1; len(pair) != n {
		t.Errorf("%d clusters in one order, %d pairs of clusters over both", n, len(pair))
	}
}

func TestLongTextsAreComparedBySamples(t *testing.T) {
	long := strings.Join(words(5, 400, 12), " ")
	edited := strings.Replace(long, "x", "y", 5) + " more"
	other := strings.Join(words(6, 400, 12), " ")
	if got := clean.Clusters([]string{long, edited, other}, .85); got[0] != got[1] || got[0] == got[2] {
		t.Errorf("clusters %v", got)
	}
}

func BenchmarkClusters(b *testing.B) {
	sets := map[string][]string{"10000 made": words(1, 10000, 12)}
	if f, err := os.Open(filepath.Join("..", "..", "..", "shared", "data", "banking77", "train.csv")); err == nil {
		defer f.Close()
		rows, err := csv.NewReader(f).ReadAll()
		if err != nil {
			b.Fatal(err)
		}
		for _, r := range rows[1:] {
			sets["banking77"] = append(sets["banking77"], r[0])
		}
	}
	for name, texts := range sets {
		b.Run(name, func(b *testing.B) {
			for b.Loop() {
				clean.Clusters(texts, .85)
			}
		})
	}
}
