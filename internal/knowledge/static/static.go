// Package static learns a small embedding from a base's own texts: no network,
// no model file, no language.
//
// Terms that stand near each other more often than chance (positive pointwise
// mutual information over a window) form a sparse symmetric matrix; its largest
// eigenvectors, found by a seeded randomised method, place each term. A text is
// the mean of its terms' places, rare terms weighing more. It bridges words that
// a corpus uses alike; it knows nothing that the corpus does not say, and is
// labelled static, never neural.
//
// Alone it ranks worse than BM25, and joined to it by rank it does harm, so it
// is only ever a small linear part of a score (package knowledge). Training is
// deterministic to the bit: seeded, every sum in a fixed order whatever the
// number of processors. What grows with the texts is kept in temporary files
// while it trains; memory holds their different terms, and what the vocabulary
// takes.
//
// It stores nothing; package space keeps what it yields.
package static

import (
	"encoding/binary"
	"iter"
	"math"
	"slices"

	"github.com/luodi/luodi/internal/errs"
	"github.com/luodi/luodi/internal/knowledge/token"
)

// Config says how to train. Its zero value is what the notes measured.
type Config struct {
	Seed       uint64
	Vocabulary int    // most terms; 0 is 30,000
	Window     int    // terms to each side; 0 is 8
	Dim        int    // 0 is 256; never more than there are terms
	Least      int    // texts that a term must stand in; 0 is 3
	Temp       string // folder for files that live as long as Train; the system's when empty
}

// Name and Revision label what this package makes.
const (
	Name     = "static"
	Revision = "ppmi-svd-1"
)

// Model places terms. It is immutable and safe for many goroutines.
type Model struct {
	dim   int
	terms []string // sorted
	idf   []float32
	place []float32 // dim values for each term
	grams map[[2]rune]int32
	words map[string]int32
}

// Train learns from texts. It returns errs.Invalid where they hold too few
// terms to learn from.
func Train(texts iter.Seq2[string, error], c Config) (*Model, error) {
	c.Vocabulary, c.Window, c.Dim, c.Least = or(c.Vocabulary, 30000), or(c.Window, 8), or(c.Dim, 256), or(c.Least, 3)
	var tapes [3]*tape
	for i := range tapes {
		t, err := newTape(c.Temp)
		if err != nil {
			return nil, err
		}
		defer t.close()
		tapes[i] = t
	}
	m, near, err := count(texts, c, tapes[0], tapes[1], partTokens)
	if err != nil {
		return nil, err
	}
	m.dim = min(c.Dim, len(m.terms))
	matrix, err := near.ppmi(tapes[2])
	if err != nil {
		return nil, err
	}
	if m.place, err = factor(matrix, m.dim, c.Seed); err != nil {
		return nil, err
	}
	m.lookup()
	return m, nil
}

// count finds the terms of texts and what stands near what.
func count(texts iter.Seq2[string, error], c Config, tokens, counts *tape, part int) (*Model, *pairs, error) {
	corpus := newCorpus(tokens)
	for text, err := range texts {
		if err == nil {
			err = corpus.add(text)
		}
		if err != nil {
			return nil, nil, err
		}
	}
	m, to := corpus.vocabulary(c)
	if len(m.terms) < 2 {
		return nil, nil, errs.Invalid("training a static embedding: %d terms stand in at least %d of %d texts; there is nothing to learn from", len(m.terms), c.Least, corpus.texts)
	}
	near := &pairs{n: len(m.terms), window: c.Window, part: part, file: counts, sums: make([]float64, len(m.terms))}
	return m, near, tokens.each(func(id int32) error {
		if id >= 0 {
			id = to[id]
		}
		if id == -2 {
			return nil
		}
		return near.add(id)
	})
}

func or(v, otherwise int) int {
	if v == 0 {
		return otherwise
	}
	return v
}

// Dim is the length of its vectors.
func (m *Model) Dim() int { return m.dim }

// Passage returns a text's vector, of length 1, or zeros where it knows no term.
func (m *Model) Passage(text string) []float32 {
	c := counter{m: m, n: map[int32]int{}}
	token.Each(text, &c)
	return m.mean(c.n)
}

// Query returns a question's vector, its question phrases taken off.
func (m *Model) Query(text string) []float32 {
	n := map[int32]int{}
	for _, t := range token.Query(text) {
		if i, ok := slices.BinarySearch(m.terms, t.Text); ok {
			n[int32(i)] += t.Count
		}
	}
	return m.mean(n)
}

func (m *Model) mean(n map[int32]int) []float32 {
	ids := make([]int32, 0, len(n))
	for id := range n {
		ids = append(ids, id)
	}
	slices.Sort(ids)
	out := make([]float32, m.dim)
	for _, id := range ids {
		w := m.idf[id] * float32(math.Log(1+float64(n[id])))
		for k, v := range m.place[int(id)*m.dim : (int(id)+1)*m.dim] {
			out[k] += w * v
		}
	}
	unit(out)
	return out
}

// unit brings a vector to length 1; zeros stay.
func unit(v []float32) {
	sum := 0.
	for _, x := range v {
		sum += float64(x) * float64(x)
	}
	if sum == 0 {
		return
	}
	f := float32(1 / math.Sqrt(sum))
	for k := range v {
		v[k] *= f
	}
}

// counter counts a text's known terms.
type counter struct {
	m *Model
	n map[int32]int
}

func (c *counter) Gram(a, b rune) {
	if id, ok := c.m.grams[[2]rune{a, b}]; ok {
		c.n[id]++
	}
}

func (c *counter) Word(w []byte) {
	if id, ok := c.m.words[string(w)]; ok {
		c.n[id]++
	}
}

// lookup fills the maps from the terms.
func (m *Model) lookup() {
	m.grams, m.words = map[[2]rune]int32{}, map[string]int32{}
	for i, t := range m.terms {
		if r := []rune(t); len(r) <= 2 && token.IsGram(r[0]) && token.IsGram(r[len(r)-1]) {
			g := [2]rune{r[0], 0}
			if len(r) == 2 {
				g[1] = r[1]
			}
			m.grams[g] = int32(i)
			continue
		}
		m.words[t] = int32(i)
	}
}

// Encode writes the model as bytes that Decode reads.
func (m *Model) Encode() []byte {
	b := binary.LittleEndian.AppendUint32(nil, uint32(m.dim))
	b = binary.LittleEndian.AppendUint32(b, uint32(len(m.terms)))
	for i, t := range m.terms {
		b = append(b, byte(len(t)))
		b = append(b, t...)
		b = binary.LittleEndian.AppendUint32(b, math.Float32bits(m.idf[i]))
	}
	for _, v := range m.place {
		b = binary.LittleEndian.AppendUint32(b, math.Float32bits(v))
	}
	return b
}

// Decode reads what Encode wrote.
func Decode(b []byte) (*Model, error) {
	broken := errs.Internal("the static embedding is broken; run luodi up to train it anew")
	if len(b) < 8 {
		return nil, broken
	}
	m := &Model{dim: int(binary.LittleEndian.Uint32(b))}
	n := int(binary.LittleEndian.Uint32(b[4:]))
	b = b[8:]
	for range n {
		if len(b) < 5 || len(b) < 5+int(b[0]) || b[0] == 0 {
			return nil, broken
		}
		l := 1 + int(b[0])
		m.terms = append(m.terms, string(b[1:l]))
		m.idf = append(m.idf, math.Float32frombits(binary.LittleEndian.Uint32(b[l:])))
		b = b[l+4:]
	}
	if len(b) != 4*n*m.dim {
		return nil, broken
	}
	m.place = make([]float32, n*m.dim)
	for i := range m.place {
		m.place[i] = math.Float32frombits(binary.LittleEndian.Uint32(b[4*i:]))
	}
	m.lookup()
	return m, nil
}
