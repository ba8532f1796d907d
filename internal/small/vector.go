package small

import "math"

// encoder turns a text into a sparse vector: the blocks, each of norm 1, then
// the bias feature 1. It is fitted on training texts only and never changes
// afterwards; scratch space is kept apart, so goroutines may share it.
type encoder struct {
	script  script
	columns []column
	table   *table // nil when the texts are not records
	vocab   vocabulary
}

// newEncoder fits script, columns, vocabulary and idf on n texts.
func newEncoder(n, classes int, text func(int) string) *encoder {
	e := &encoder{columns: columnsOf(n, text)}
	if len(e.columns) > 0 {
		e.table = newTable(e.columns)
	}
	e.script = scriptOf(func(yield func(string) bool) {
		for i := range n {
			on := true
			e.free(text(i), func(s string) { on = on && yield(s) })
			if !on {
				return
			}
		}
	})
	var counters [blocks]counter
	s := e.scratch()
	for i := range n {
		e.read(s, text(i))
		for b := range counters {
			counters[b].next()
		}
		for _, k := range s.words {
			counters[blockWord].add(k)
		}
		for _, k := range s.grams {
			counters[blockGram].add(k)
		}
		for _, f := range s.fields {
			counters[blockField].add(f.key)
		}
	}
	e.vocab = newVocabulary(n, classes, &counters)
	return e
}

// cost is the C to fit with: one for records, one where there is free text.
func (e *encoder) cost() float64 {
	if e.table != nil && !e.table.text {
		return tableCost
	}
	return textCost
}

// free yields the free text of a text: all of it, or the text columns of a
// record.
func (e *encoder) free(text string, yield func(string)) {
	if e.table == nil {
		yield(text)
		return
	}
	e.table.read(text, nil, yield)
}

// scratch is what one goroutine needs to encode texts.
type scratch struct {
	ngrams
	fields []valued
	tf     []uint16 // by row; zero between calls
	idx    []int32  // the vector: rows, the bias last
	val    []float32
}

func (e *encoder) scratch() *scratch {
	return &scratch{tf: make([]uint16, e.vocab.rows())}
}

// read counts the n-grams and fields of a text into s.
func (e *encoder) read(s *scratch, text string) {
	s.reset()
	s.fields = s.fields[:0]
	if e.table == nil {
		s.add(text, e.script)
		return
	}
	s.fields = e.table.read(text, s.fields, func(free string) { s.add(free, e.script) })
}

// encode fills s.idx and s.val with the vector of a text. It reports whether
// any feature but the bias is known.
func (e *encoder) encode(s *scratch, text string) bool {
	e.read(s, text)
	s.idx, s.val = s.idx[:0], s.val[:0]
	e.count(s, s.words)
	e.count(s, s.grams)
	for _, f := range s.fields {
		if row := e.vocab.lookup(f.key); row >= 0 {
			s.idx = append(s.idx, row)
			s.val = append(s.val, f.value)
		}
	}
	known := len(s.idx) > 0
	s.idx = append(s.idx, int32(e.vocab.rows()))
	s.val = append(s.val, 1)
	return known
}

// count appends one block: (1 + ln tf) · idf, scaled to norm 1.
func (e *encoder) count(s *scratch, keys []uint64) {
	from := len(s.idx)
	for _, k := range keys {
		row := e.vocab.lookup(k)
		if row < 0 {
			continue
		}
		if s.tf[row] == 0 {
			s.idx = append(s.idx, row)
		}
		if s.tf[row] < math.MaxUint16 {
			s.tf[row]++
		}
	}
	var norm float32
	for _, row := range s.idx[from:] {
		v := e.vocab.idf[row]
		if tf := s.tf[row]; tf > 1 {
			v *= logTF(tf)
		}
		s.tf[row] = 0
		s.val = append(s.val, v)
		norm += v * v
	}
	if norm > 0 {
		scale := float32(1 / math.Sqrt(float64(norm)))
		for i := range s.val[from:] {
			s.val[from+i] *= scale
		}
	}
}

var logTable = func() (t [64]float32) {
	for i := 1; i < len(t); i++ {
		t[i] = float32(1 + math.Log(float64(i)))
	}
	return t
}()

func logTF(tf uint16) float32 {
	if int(tf) < len(logTable) {
		return logTable[tf]
	}
	return float32(1 + math.Log(float64(tf)))
}

// matrix is texts as sparse rows, one after the other.
type matrix struct {
	start []int
	idx   []int32
	val   []float32
}

func (m *matrix) rows() int { return len(m.start) - 1 }

func (m *matrix) row(i int) ([]int32, []float32) {
	return m.idx[m.start[i]:m.start[i+1]], m.val[m.start[i]:m.start[i+1]]
}

func (e *encoder) matrix(n int, text func(int) string) *matrix {
	m := &matrix{start: make([]int, 1, n+1)}
	s := e.scratch()
	for i := range n {
		e.encode(s, text(i))
		m.idx = append(m.idx, s.idx...)
		m.val = append(m.val, s.val...)
		m.start = append(m.start, len(m.idx))
	}
	return m
}
