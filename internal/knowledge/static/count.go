package static

import (
	"cmp"
	"math"
	"runtime"
	"slices"
	"sync"

	"github.com/luodi/luodi/internal/knowledge/token"
)

// corpus is the texts as terms.
type corpus struct {
	grams  map[[2]rune]int32
	words  map[string]int32
	names  []string
	in     []int32 // texts that a term stands in
	last   []int32 // the last of them
	tokens []int32 // terms in order; a text ends with -1
	texts  int32
}

func newCorpus() *corpus {
	return &corpus{grams: map[[2]rune]int32{}, words: map[string]int32{}}
}

func (c *corpus) add(text string) {
	c.texts++
	token.Each(text, c)
	c.tokens = append(c.tokens, -1)
}

func (c *corpus) Gram(a, b rune) {
	id, ok := c.grams[[2]rune{a, b}]
	if !ok {
		name := string(a)
		if b != 0 {
			name += string(b)
		}
		id = c.name(name)
		c.grams[[2]rune{a, b}] = id
	}
	c.see(id)
}

func (c *corpus) Word(w []byte) {
	id, ok := c.words[string(w)]
	if !ok {
		id = c.name(string(w))
		c.words[string(w)] = id
	}
	c.see(id)
}

func (c *corpus) name(s string) int32 {
	c.names, c.in, c.last = append(c.names, s), append(c.in, 0), append(c.last, 0)
	return int32(len(c.names) - 1)
}

func (c *corpus) see(id int32) {
	if c.last[id] != c.texts {
		c.last[id] = c.texts
		c.in[id]++
	}
	c.tokens = append(c.tokens, id)
}

// vocabulary keeps the terms of most texts, numbers them in sorted order, and
// renumbers the tokens; others become no token.
func (c *corpus) vocabulary(cfg Config) *Model {
	var ids []int32
	for id, n := range c.in {
		if int(n) >= cfg.Least && len(c.names[id]) < 256 {
			ids = append(ids, int32(id))
		}
	}
	slices.SortFunc(ids, func(a, b int32) int {
		return cmp.Or(cmp.Compare(c.in[b], c.in[a]), cmp.Compare(c.names[a], c.names[b]))
	})
	ids = ids[:min(len(ids), cfg.Vocabulary)]
	slices.SortFunc(ids, func(a, b int32) int { return cmp.Compare(c.names[a], c.names[b]) })
	m := &Model{}
	to := make([]int32, len(c.names))
	for i := range to {
		to[i] = -2
	}
	for i, id := range ids {
		to[id] = int32(i)
		m.terms = append(m.terms, c.names[id])
		m.idf = append(m.idf, float32(math.Log(1+float64(c.texts)/float64(c.in[id]))))
	}
	kept := c.tokens[:0]
	for _, id := range c.tokens {
		if id >= 0 {
			id = to[id]
		}
		if id != -2 {
			kept = append(kept, id)
		}
	}
	c.tokens = kept
	return m
}

// matrix is sparse, symmetric, by rows, columns rising.
type matrix struct {
	n    int
	from []int
	col  []int32
	val  []float32
}

// ppmi counts what stands within the window of what, and keeps the positive
// mutual information ln(n(i,j)·n / (n(i)·n(j))).
func ppmi(tokens []int32, n, window int) *matrix {
	start := make([]int32, n+1) // where each term stands, by term
	for _, t := range tokens {
		if t >= 0 {
			start[t+1]++
		}
	}
	for i := range n {
		start[i+1] += start[i]
	}
	at := make([]int32, start[n])
	next := slices.Clone(start[:n])
	for p, t := range tokens {
		if t >= 0 {
			at[next[t]] = int32(p)
			next[t]++
		}
	}
	type row struct {
		col []int32
		n   []float32
	}
	rows := make([]row, n)
	sums := make([]float64, n)
	inRows(n, func() func(int) {
		count := make([]float32, n)
		var seen []int32
		return func(i int) {
			seen = seen[:0]
			see := func(j int32) {
				if count[j] == 0 {
					seen = append(seen, j)
				}
				count[j]++
			}
			for _, p := range at[start[i]:start[i+1]] {
				for q := p + 1; int(q) < len(tokens) && q <= p+int32(window) && tokens[q] >= 0; q++ {
					see(tokens[q])
				}
				for q := p - 1; q >= 0 && q >= p-int32(window) && tokens[q] >= 0; q-- {
					see(tokens[q])
				}
			}
			slices.Sort(seen)
			r := row{slices.Clone(seen), make([]float32, len(seen))}
			for k, j := range seen {
				r.n[k] = count[j]
				sums[i] += float64(count[j])
				count[j] = 0
			}
			rows[i] = r
		}
	})
	total := 0.
	for _, s := range sums {
		total += s
	}
	m := &matrix{n: n, from: make([]int, n+1)}
	for i, r := range rows {
		for k, j := range r.col {
			if r.n[k] < 2 {
				continue // once is chance
			}
			if v := math.Log(float64(r.n[k]) * total / (sums[i] * sums[j])); v > 0 {
				m.col, m.val = append(m.col, j), append(m.val, float32(v))
			}
		}
		rows[i] = row{}
		m.from[i+1] = len(m.col)
	}
	return m
}

// inRows runs fn for 0..n−1 on all processors; each calls start once. What fn
// writes must depend on its row only.
func inRows(n int, start func() func(int)) {
	const block = 64
	var wg sync.WaitGroup
	var mu sync.Mutex
	next := 0
	for range min(runtime.GOMAXPROCS(0), n/block+1) {
		wg.Go(func() {
			fn := start()
			for {
				mu.Lock()
				from := next
				next += block
				mu.Unlock()
				if from >= n {
					return
				}
				for i := from; i < min(from+block, n); i++ {
					fn(i)
				}
			}
		})
	}
	wg.Wait()
}
