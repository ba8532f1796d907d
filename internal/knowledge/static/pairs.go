package static

import (
	"bufio"
	"encoding/binary"
	"io"
	"math"
	"math/bits"
	"slices"
)

// pairs counts what stands within the window of what, part of the tokens by
// part: the counts of a part are sorted rows in a file, which are added up in
// the end, so that memory does not depend on how long the texts are.
type pairs struct {
	n, window int
	part      int // tokens that are counted at once; a text is not parted
	file      *tape
	ends      []int64   // of the parts in the file
	sums      []float64 // of the rows

	tokens []int32 // of the part; a text ends with -1
}

// partTokens is how many tokens are counted at once by default: their counts
// take about 50 MB.
const partTokens = 4 << 20

// add takes the next token.
func (c *pairs) add(t int32) error {
	c.tokens = append(c.tokens, t)
	if t < 0 && len(c.tokens) >= c.part {
		return c.count()
	}
	return nil
}

// count writes what the part's tokens count.
func (c *pairs) count() error {
	n, tokens := c.n, c.tokens
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
	rows := make([][]byte, n)
	inRows(n, func() func(int) {
		r := newRow(n)
		var buf []byte
		return func(i int) {
			for _, p := range at[start[i]:start[i+1]] {
				for q := p + 1; int(q) < len(tokens) && q <= p+int32(c.window) && tokens[q] >= 0; q++ {
					r.add(tokens[q], 1)
				}
				for q := p - 1; q >= 0 && q >= p-int32(c.window) && tokens[q] >= 0; q-- {
					r.add(tokens[q], 1)
				}
			}
			buf = buf[:0]
			last := int32(-1)
			r.take(func(j int32, times uint32) {
				buf = binary.AppendUvarint(binary.AppendUvarint(buf, uint64(j-last)), uint64(times))
				c.sums[i] += float64(times)
				last = j
			})
			rows[i] = append(slices.Clone(buf), 0) // no column is 0 after the one before
		}
	})
	size := int64(0)
	if len(c.ends) > 0 {
		size = c.ends[len(c.ends)-1]
	}
	for _, r := range rows {
		if _, err := c.file.out.Write(r); err != nil {
			return noRoom(err)
		}
		size += int64(len(r))
	}
	c.ends = append(c.ends, size)
	c.tokens = c.tokens[:0]
	return nil
}

// ppmi adds the parts up and keeps the positive mutual information
// ln(n(i,j)·n / (n(i)·n(j))) in the file to.
func (c *pairs) ppmi(to *tape) (*matrix, error) {
	if len(c.tokens) > 0 {
		if err := c.count(); err != nil {
			return nil, err
		}
	}
	c.tokens = nil
	if err := c.file.out.Flush(); err != nil {
		return nil, noRoom(err)
	}
	parts := make([]*bufio.Reader, len(c.ends))
	from := int64(0)
	for i, end := range c.ends {
		parts[i] = bufio.NewReaderSize(io.NewSectionReader(c.file.file, from, end-from), 1<<15)
		from = end
	}
	total := 0.
	for _, s := range c.sums {
		total += s
	}
	m := &matrix{n: c.n, from: make([]int64, c.n+1), file: to.file}
	r := newRow(c.n)
	for i := range c.n {
		for _, p := range parts {
			if err := r.read(p); err != nil {
				return nil, err
			}
		}
		m.from[i+1] = m.from[i]
		r.take(func(j int32, times uint32) {
			if times < 2 {
				return // once is chance
			}
			if v := math.Log(float64(times) * total / (c.sums[i] * c.sums[j])); v > 0 {
				to.add(j)
				to.add(int32(math.Float32bits(float32(v))))
				m.from[i+1]++
			}
		})
		if to.err != nil {
			return nil, to.err
		}
	}
	if err := to.out.Flush(); err != nil {
		return nil, noRoom(err)
	}
	return m, nil
}

// row is a row of counts under construction.
type row struct {
	count []uint32
	seen  []uint64 // bits of the columns that are not 0
}

func newRow(n int) *row { return &row{make([]uint32, n), make([]uint64, n/64+1)} }

func (r *row) add(j int32, times uint32) {
	r.count[j] += times
	r.seen[j>>6] |= 1 << (j & 63)
}

// take calls fn with the columns in order and empties the row.
func (r *row) take(fn func(j int32, times uint32)) {
	for w, b := range r.seen {
		for ; b != 0; b &= b - 1 {
			j := int32(w<<6 + bits.TrailingZeros64(b))
			fn(j, r.count[j])
			r.count[j] = 0
		}
		r.seen[w] = 0
	}
}

// read adds the next row of a part.
func (r *row) read(part io.ByteReader) error {
	for j := int32(-1); ; {
		gap, err := binary.ReadUvarint(part)
		if err != nil || gap == 0 {
			return err
		}
		times, err := binary.ReadUvarint(part)
		if err != nil {
			return err
		}
		j += int32(gap)
		r.add(j, uint32(times))
	}
}
