package static

import (
	"cmp"
	"math"
	"runtime"
	"slices"
	"sync"

	"github.com/luodi/luodi/internal/knowledge/token"
)

// corpus is the texts as terms: what terms there are in memory, their order in
// a file.
type corpus struct {
	grams  map[[2]rune]int32
	words  map[string]int32
	names  []string
	in     []int32 // texts that a term stands in
	last   []int32 // the last of them
	tokens *tape   // terms in order; a text ends with -1
	texts  int32
}

func newCorpus(tokens *tape) *corpus {
	return &corpus{grams: map[[2]rune]int32{}, words: map[string]int32{}, tokens: tokens}
}

func (c *corpus) add(text string) error {
	c.texts++
	token.Each(text, c)
	c.tokens.add(-1)
	return c.tokens.err
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
		name := string(w)
		id = c.name(name)
		c.words[name] = id
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
	c.tokens.add(id)
}

// vocabulary keeps the terms of most texts and numbers them in sorted order. It
// returns the new number of each term; -2 for one that is no term of the model.
func (c *corpus) vocabulary(cfg Config) (m *Model, to []int32) {
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
	m = &Model{}
	to = make([]int32, len(c.names))
	for i := range to {
		to[i] = -2
	}
	for i, id := range ids {
		to[id] = int32(i)
		m.terms = append(m.terms, c.names[id])
		m.idf = append(m.idf, float32(math.Log(1+float64(c.texts)/float64(c.in[id]))))
	}
	return m, to
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
