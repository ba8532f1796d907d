package clean

import (
	"cmp"
	"crypto/sha256"
	"slices"

	"github.com/luodi/luodi/internal/clean/minhash"
)

// Clusters finds near-duplicates: it returns a cluster's number for every
// text, equal where two texts are, directly or by a chain of others, at least
// threshold similar. Similarity is Jaccard's, of the sets of pairs of Han
// characters and triples of other letters and digits, without case, marks and
// white space; so short texts are compared too. Numbers count up from 0 in the
// order of the texts. Empty texts are each on their own.
//
// Candidates come from MinHash signatures in bands (Broder 1997; Leskovec et
// al., Mining of Massive Datasets, 3.4), chosen so that a pair at the threshold
// is missed at most once in 500; every candidate is checked exactly. Texts of
// more than 2,048 shingles are compared by a sample of them. It is
// deterministic; 10,000 short texts take about a second on one core.
func Clusters(texts []string, threshold float64) []int {
	out, _ := ClustersOf(len(texts), func(i int) (string, error) { return texts[i], nil }, threshold)
	return out
}

// ClustersOf is Clusters of n texts that are read once, in their order, and not
// kept: it holds at most some 8 KiB of each. An error of text ends it.
func ClustersOf(n int, text func(i int) (string, error), threshold float64) ([]int, error) {
	sets := make([][]uint32, n)
	parent := make([]int, n)
	byText := map[[sha256.Size]byte]int{}
	for i := range n {
		t, err := text(i)
		if err != nil {
			return nil, err
		}
		parent[i] = i
		folded := minhash.Folded(t)
		sum := sha256.Sum256([]byte(folded))
		if first, ok := byText[sum]; ok && folded != "" {
			parent[i] = first
			continue
		}
		byText[sum] = i
		sets[i] = minhash.SetOf(folded)
	}
	u := unionFind(parent)
	rows, bands := minhash.BandsFor(threshold)
	sig := make([]uint32, n*rows*bands)
	minhash.SignSets(sets, sig, rows*bands)
	type slot struct {
		key uint64
		i   int
	}
	bucket := make([]slot, 0, n)
	for b := range bands {
		bucket = bucket[:0]
		for i, set := range sets {
			if len(set) > 0 {
				at := i*rows*bands + b*rows
				bucket = append(bucket, slot{minhash.Mix(sig[at : at+rows]), i})
			}
		}
		slices.SortFunc(bucket, func(x, y slot) int { return cmp.Or(cmp.Compare(x.key, y.key), x.i-y.i) })
		for from := 0; from < len(bucket); {
			to := from + 1
			for to < len(bucket) && bucket[to].key == bucket[from].key {
				to++
			}
			for j := from + 1; j < to; j++ {
				// In a large bucket a text is compared with the nearest ones
				// before it: chains do the rest.
				for k := j - 1; k >= max(from, j-maxPairs); k-- {
					x, y := bucket[k].i, bucket[j].i
					if u.find(x) != u.find(y) && minhash.Jaccard(sets[x], sets[y]) >= threshold {
						u.join(x, y)
					}
				}
			}
			from = to
		}
	}
	return u.numbers(), nil
}

// maxPairs is how many texts before it in a bucket a text is compared with.
const maxPairs = 64

// unionFind joins texts; the root of each is the first of its cluster.
type unionFind []int

func (u unionFind) find(i int) int {
	for u[i] != i {
		u[i] = u[u[i]]
		i = u[i]
	}
	return i
}

func (u unionFind) join(a, b int) {
	a, b = u.find(a), u.find(b)
	u[max(a, b)] = min(a, b)
}

// numbers counts the clusters in order.
func (u unionFind) numbers() []int {
	out := make([]int, len(u))
	next := 0
	for i := range u {
		if r := u.find(i); r != i {
			out[i] = out[r]
			continue
		}
		out[i] = next
		next++
	}
	return out
}
