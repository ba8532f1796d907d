package rank

import (
	"math/rand/v2"

	"github.com/luodi/luodi/internal/errs"
	"github.com/luodi/luodi/internal/knowledge/space"
)

// Map is a square matrix that turns a question's vector: how near a passage is
// to the question becomes qᵀ·W·p.
type Map struct {
	Dim int
	W   []float32
}

// Example is a question's vector with those of passages that answer it and of
// passages that do not, all of length 1.
type Example struct {
	Query        []float32
	Right, Wrong [][]float32
}

// sharp is what a cosine is multiplied by before the softmax.
const sharp = 20

// FitMap begins at the identity, which changes nothing, and is pulled back to
// it. Examples without a right or a wrong passage teach nothing.
func FitMap(examples []Example, dim int, c Config) Map {
	c = c.or(15, .05)
	m := Map{Dim: dim, W: make([]float32, dim*dim)}
	for i := range dim {
		m.W[i*dim+i] = 1
	}
	r := rand.New(rand.NewPCG(c.Seed, 2))
	order := make([]int, len(examples))
	for i := range order {
		order[i] = i
	}
	toward := make([]float32, dim)
	for range c.Epochs {
		r.Shuffle(len(order), func(i, j int) { order[i], order[j] = order[j], order[i] })
		for _, i := range order {
			e := examples[i]
			if len(e.Right) == 0 || len(e.Wrong) == 0 {
				continue
			}
			m.toward(e, toward)
			for k, x := range e.Query {
				f := float32(c.Rate) * x
				for j, t := range toward {
					m.W[k*dim+j] += f * t
				}
			}
		}
		pull := float32(c.Decay)
		for k := range m.W {
			m.W[k] -= pull * m.W[k]
		}
		for i := range dim {
			m.W[i*dim+i] += pull
		}
	}
	return m
}

// toward is the direction in which the turned question should move: to the
// right passages and away from those that the softmax takes for right.
func (m Map) toward(e Example, to []float32) {
	clear(to)
	q := m.Turn(e.Query)
	p := make([]float64, 0, len(e.Right)+len(e.Wrong))
	for _, set := range [][][]float32{e.Right, e.Wrong} {
		for _, v := range set {
			p = append(p, sharp*float64(Dot(q, v)))
		}
	}
	softmax(p)
	add := func(v []float32, f float64) {
		for k, x := range v {
			to[k] += float32(f) * x
		}
	}
	for i, v := range e.Right {
		add(v, 1/float64(len(e.Right))-p[i])
	}
	for i, v := range e.Wrong {
		add(v, -p[len(e.Right)+i])
	}
}

// Turn is the question's vector as passages are compared with it: Wᵀ·q.
func (m Map) Turn(q []float32) []float32 {
	out := make([]float32, m.Dim)
	for k, x := range q {
		if x == 0 {
			continue
		}
		for j, w := range m.W[k*m.Dim : (k+1)*m.Dim] {
			out[j] += x * w
		}
	}
	return out
}

// Dot is the product of two vectors of one length.
func Dot(x, y []float32) float32 {
	sum := float32(0)
	for k, v := range x {
		sum += v * y[k]
	}
	return sum
}

// Pack keeps the matrix as what it adds to the identity: a scale for each row
// and 8-bit integers.
func (m Map) Pack() []byte {
	out := make([]byte, 0, m.Dim*(m.Dim+4))
	for i := range m.Dim {
		row := append([]float32(nil), m.W[i*m.Dim:(i+1)*m.Dim]...)
		row[i]--
		out = append(out, space.Pack(row, true)...)
	}
	return out
}

// Unpack reads what Pack wrote.
func Unpack(b []byte, dim int) (Map, error) {
	if dim <= 0 || len(b) != dim*(dim+4) {
		return Map{}, errs.Internal("a map of %d bytes does not have %d dimensions; fit the base again with luodi kb tune", len(b), dim)
	}
	m := Map{Dim: dim, W: make([]float32, dim*dim)}
	for i := range dim {
		if err := space.Unpack(b[i*(dim+4):(i+1)*(dim+4)], m.W[i*dim:(i+1)*dim]); err != nil {
			return Map{}, err
		}
		m.W[i*dim+i]++
	}
	return m, nil
}
