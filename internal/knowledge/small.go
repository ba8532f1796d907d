package knowledge

import (
	"context"
	"math"

	"github.com/luodi/luodi/internal/knowledge/index"
	"github.com/luodi/luodi/internal/knowledge/space"
)

// exactly is for how many passages per hit the stored vectors are compared
// where those in memory are 8-bit integers.
const exactly = 4

// Finest is the largest value of a question as Dots.Small takes it: with rows
// of 8 bits, sums over up to 8,192 dimensions stay inside 32 bits.
const Finest = 2047

// smallRows is vectors as 8-bit integers, a scale for each: a quarter of the
// memory of floats.
type smallRows struct {
	rows  []int8
	scale []float32
	keys  []space.Key // of what the store holds as floats; nil: it holds these integers
}

func newSmallRows(chunks, dim int) *smallRows {
	return &smallRows{rows: make([]int8, chunks*dim), scale: make([]float32, chunks)}
}

// set takes a stored vector; row is room for it.
func (s *smallRows) set(chunk int, v space.Vector, row []float32) error {
	if err := space.Unpack(v.Data, row); err != nil {
		return err
	}
	packed := v.Data
	if len(packed) == 4*len(row) {
		packed = space.Pack(row, true)
		if s.keys == nil {
			s.keys = make([]space.Key, len(s.scale))
		}
		s.keys[chunk] = v.Key
	}
	var err error
	s.scale[chunk], err = space.Small(packed, s.rows[chunk*len(row):(chunk+1)*len(row)])
	return err
}

// row is a vector as floats again.
func (s *smallRows) row(chunk, dim int) []float32 {
	out := make([]float32, dim)
	for i, x := range s.rows[chunk*dim : (chunk+1)*dim] {
		out[i] = float32(x) * s.scale[chunk]
	}
	return out
}

// near sets to[i] to the product of the question and the row of chunk from+i.
func (s *smallRows) near(d Dots, to []float32, from int, q fine) {
	d.Small(to, s.rows[from*len(q.values):(from+len(to))*len(q.values)], q.values)
	for i := range to {
		to[i] *= q.scale * s.scale[from+i]
	}
}

// fine is a question as integers.
type fine struct {
	values []int16
	scale  float32
}

func refine(v []float32) fine {
	most := float32(0)
	for _, x := range v {
		most = max(most, x, -x)
	}
	f := fine{make([]int16, len(v)), most / Finest}
	if most > 0 {
		for i, x := range v {
			f.values[i] = int16(math.Round(float64(x / most * Finest)))
		}
	}
	return f
}

// exact compares the question with the stored vectors of what was found, as
// far as those say more than memory does.
func (b *Base) exact(ctx context.Context, id string, n *nearby, found []index.Found) error {
	at := map[space.Key][]index.Found{}
	var keys []space.Key
	for _, f := range found {
		s := n.parts[f.Segment].small
		if s.keys == nil || s.keys[f.Chunk] == (space.Key{}) {
			continue
		}
		k := s.keys[f.Chunk]
		if at[k] == nil {
			keys = append(keys, k)
		}
		at[k] = append(at[k], f)
	}
	row := make([]float32, len(n.question))
	return b.vectors.Spaces.VectorsOf(ctx, id, keys, func(v space.Vector) error {
		if err := space.Unpack(v.Data, row); err != nil {
			return err
		}
		for _, f := range at[v.Key] {
			b.vectors.Dots.Dots(n.blend.Near[f.Segment][f.Chunk:f.Chunk+1], row, n.question)
		}
		return nil
	})
}
