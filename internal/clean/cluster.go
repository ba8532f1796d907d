package clean

import (
	"cmp"
	"math"
	"math/rand/v2"
	"slices"
	"unicode"
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
	sets := make([][]uint32, len(texts))
	parent := make([]int, len(texts))
	byText := map[string]int{}
	for i, t := range texts {
		parent[i] = i
		n := folded(t)
		if first, ok := byText[n]; ok && n != "" {
			parent[i] = first
			continue
		}
		byText[n] = i
		sets[i] = shingles(n)
	}
	u := unionFind(parent)
	rows, bands := bandsFor(threshold)
	sig := make([]uint32, len(texts)*rows*bands)
	sign(sets, sig, rows*bands)
	type slot struct {
		key uint64
		i   int
	}
	bucket := make([]slot, 0, len(texts))
	for b := range bands {
		bucket = bucket[:0]
		for i, set := range sets {
			if len(set) > 0 {
				at := i*rows*bands + b*rows
				bucket = append(bucket, slot{mix(sig[at : at+rows]), i})
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
					if u.find(x) != u.find(y) && jaccard(sets[x], sets[y]) >= threshold {
						u.join(x, y)
					}
				}
			}
			from = to
		}
	}
	return u.numbers()
}

const (
	maxShingles = 2048
	maxPairs    = 64
)

// folded is a text's letters and digits in lower case, with one blank between
// words.
func folded(text string) string {
	out := make([]rune, 0, len(text))
	gap := false
	for _, r := range text {
		if !unicode.IsLetter(r) && !unicode.IsDigit(r) {
			gap = true
			continue
		}
		if gap && len(out) > 0 && !unicode.Is(unicode.Han, r) && !unicode.Is(unicode.Han, out[len(out)-1]) {
			out = append(out, ' ')
		}
		gap = false
		out = append(out, unicode.ToLower(r))
	}
	return string(out)
}

// shingles returns the sorted set of hashes of a folded text's pairs of Han
// characters and triples of others.
func shingles(text string) []uint32 {
	if text == "" {
		return nil
	}
	r := []rune(text)
	set := make([]uint32, 0, len(r)+1)
	for i := range r {
		n := 3
		if unicode.Is(unicode.Han, r[i]) {
			n = 2
		}
		if i+n > len(r) {
			break
		}
		h := uint64(n)
		for _, c := range r[i : i+n] {
			h = (h ^ uint64(c)) * 0x9E3779B97F4A7C15
			h ^= h >> 29
		}
		set = append(set, uint32(h>>32))
	}
	if len(set) == 0 { // shorter than a shingle
		h := uint64(0)
		for _, c := range r {
			h = (h ^ uint64(c)) * 0x9E3779B97F4A7C15
			h ^= h >> 29
		}
		set = append(set, uint32(h>>32))
	}
	slices.Sort(set)
	set = slices.Compact(set)
	if len(set) > maxShingles { // the smallest hashes are a fair sample
		set = set[:maxShingles]
	}
	return set
}

// jaccard compares two sorted sets; where they are samples, on the range that
// both cover.
func jaccard(a, b []uint32) float64 {
	limit := uint32(math.MaxUint32)
	if len(a) == maxShingles {
		limit = a[len(a)-1]
	}
	if len(b) == maxShingles {
		limit = min(limit, b[len(b)-1])
	}
	common, all := 0, 0
	for i, j := 0, 0; ; all++ {
		switch {
		case i < len(a) && a[i] <= limit && (j == len(b) || a[i] < b[j]):
			i++
		case j < len(b) && b[j] <= limit && (i == len(a) || b[j] < a[i]):
			j++
		case i < len(a) && j < len(b) && a[i] == b[j] && a[i] <= limit:
			common++
			i++
			j++
		default:
			return float64(common) / float64(max(1, all))
		}
	}
}

// bandsFor chooses rows per band and bands so that a pair at the threshold
// shares a band with a chance of 1 - 1/500, with few bands and few candidates.
func bandsFor(threshold float64) (rows, bands int) {
	for rows = 6; rows > 1; rows-- {
		share := math.Pow(threshold, float64(rows))
		if n := math.Ceil(math.Log(1.0/500) / math.Log(1-share)); n <= 32 {
			return rows, max(1, int(n))
		}
	}
	return 1, max(1, min(64, int(math.Ceil(math.Log(1.0/500)/math.Log(1-min(threshold, .999))))))
}

// sign writes the MinHash signature of n values of every set.
func sign(sets [][]uint32, sig []uint32, n int) {
	rng := rand.New(rand.NewPCG(20240601, 7))
	mul, add := make([]uint64, n), make([]uint64, n)
	for i := range n {
		mul[i], add[i] = rng.Uint64()|1, rng.Uint64()
	}
	for i, set := range sets {
		out := sig[i*n : (i+1)*n]
		for k := range out {
			out[k] = math.MaxUint32
		}
		for _, v := range set {
			for k := range out {
				if h := uint32((uint64(v)*mul[k] + add[k]) >> 32); h < out[k] {
					out[k] = h
				}
			}
		}
	}
}

func mix(v []uint32) uint64 {
	h := uint64(len(v))
	for _, x := range v {
		h = (h ^ uint64(x)) * 0x9E3779B97F4A7C15
		h ^= h >> 32
	}
	return h
}

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
