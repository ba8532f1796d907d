package static

import (
	"cmp"
	"encoding/binary"
	"io"
	"math"
	"math/rand/v2"
	"slices"
	"sync"
)

// oversample is how many more directions than wanted the method follows, and
// rounds how often it multiplies by the matrix to turn to the largest.
const (
	oversample = 8
	rounds     = 2
)

// matrix is sparse and symmetric; its rows are in a file, each the columns,
// rising, with their values.
type matrix struct {
	n    int
	from []int64 // where rows begin, in entries of 8 bytes
	file io.ReaderAt

	mu  sync.Mutex
	err error // the first one of reading the file
}

// factor returns, for each row of a symmetric matrix, its place along the dim
// eigenvectors of largest absolute eigenvalue, each scaled by that value's
// root (Halko, Martinsson and Tropp 2011).
func factor(m *matrix, dim int, seed uint64) ([]float32, error) {
	k := min(dim+oversample, m.n)
	r := rand.New(rand.NewPCG(seed, 1))
	q := make([]float32, m.n*k)
	for i := range q {
		q[i] = float32(r.NormFloat64())
	}
	for range rounds {
		q = m.times(q, k)
		orthonormal(q, m.n, k)
	}
	mq := m.times(q, k)
	if m.err != nil {
		return nil, m.err
	}
	small := inner(q, mq, m.n, k) // qᵀ·m·q
	for i := range k {
		for j := range i {
			v := (small[i*k+j] + small[j*k+i]) / 2
			small[i*k+j], small[j*k+i] = v, v
		}
	}
	vec, val := eigen(small, k)
	order := make([]int, k)
	for i := range order {
		order[i] = i
	}
	slices.SortStableFunc(order, func(a, b int) int { return cmp.Compare(math.Abs(val[b]), math.Abs(val[a])) })
	out := make([]float32, m.n*dim)
	w := make([]float32, k*dim)
	for c := range dim {
		root := math.Sqrt(math.Abs(val[order[c]]))
		for i := range k {
			w[i*dim+c] = float32(vec[i*k+order[c]] * root)
		}
	}
	inRows(m.n, func() func(int) {
		return func(i int) {
			to := out[i*dim : (i+1)*dim]
			for a, v := range q[i*k : (i+1)*k] {
				addTimes(to, w[a*dim:(a+1)*dim], v)
			}
		}
	})
	return out, nil
}

// times is m·x, x with k columns.
func (m *matrix) times(x []float32, k int) []float32 {
	out := make([]float32, m.n*k)
	inRows(m.n, func() func(int) {
		var buf []byte
		return func(i int) {
			to := out[i*k : (i+1)*k]
			size := int(8 * (m.from[i+1] - m.from[i]))
			buf = slices.Grow(buf[:0], size)[:size]
			if _, err := m.file.ReadAt(buf, 8*m.from[i]); err != nil {
				m.mu.Lock()
				m.err = cmp.Or(m.err, err)
				m.mu.Unlock()
				return
			}
			for b := buf; len(b) > 0; b = b[8:] {
				j := int(binary.LittleEndian.Uint32(b))
				addTimes(to, x[j*k:(j+1)*k], math.Float32frombits(binary.LittleEndian.Uint32(b[4:])))
			}
		}
	})
	return out
}

// addTimes adds f·x to the vector to.
func addTimes(to, x []float32, f float32) {
	x = x[:len(to)]
	for len(to) >= 4 {
		to[0] += f * x[0]
		to[1] += f * x[1]
		to[2] += f * x[2]
		to[3] += f * x[3]
		to, x = to[4:], x[4:]
	}
	for i := range to {
		to[i] += f * x[i]
	}
}

// inner is aᵀ·b for two n×k matrices, each sum in the order of rows.
func inner(a, b []float32, n, k int) []float64 {
	out := make([]float64, k*k)
	inRows(k, func() func(int) {
		return func(i int) {
			to := out[i*k : (i+1)*k]
			for r := range n {
				v := float64(a[r*k+i])
				for j, x := range b[r*k : (r+1)*k] {
					to[j] += v * float64(x)
				}
			}
		}
	})
	return out
}

// orthonormal makes the columns of q orthonormal: q·L⁻ᵀ with L·Lᵀ = qᵀ·q. A
// column that depends on those before it becomes zero.
func orthonormal(q []float32, n, k int) {
	g := inner(q, q, n, k)
	l := make([]float64, k*k)
	for i := range k {
		for j := 0; j <= i; j++ {
			s := g[i*k+j]
			for t := range j {
				s -= l[i*k+t] * l[j*k+t]
			}
			switch {
			case i != j && l[j*k+j] > 0:
				l[i*k+j] = s / l[j*k+j]
			case i == j && s > 1e-9*g[i*k+i]:
				l[i*k+i] = math.Sqrt(s)
			}
		}
	}
	inRows(n, func() func(int) {
		y := make([]float64, k)
		return func(r int) {
			row := q[r*k : (r+1)*k]
			for i := range k {
				s := float64(row[i])
				for t := range i {
					s -= l[i*k+t] * y[t]
				}
				y[i] = 0
				if l[i*k+i] > 0 {
					y[i] = s / l[i*k+i]
				}
				row[i] = float32(y[i])
			}
		}
	})
}

// eigen returns the eigenvectors (columns) and eigenvalues of a symmetric
// matrix, by Jacobi's rotations in cyclic order.
func eigen(a []float64, n int) (vec, val []float64) {
	v := make([]float64, n*n) // rows are eigenvectors while it works
	for i := range n {
		v[i*n+i] = 1
	}
	for range 30 {
		off, diag := 0., 0.
		for i := range n {
			diag += a[i*n+i] * a[i*n+i]
			for j := range i {
				off += a[i*n+j] * a[i*n+j]
			}
		}
		if off <= 1e-14*diag {
			break
		}
		for p := range n {
			for q := p + 1; q < n; q++ {
				if math.Abs(a[p*n+q]) > 1e-300 {
					rotate(a, v, n, p, q)
				}
			}
		}
	}
	vec, val = make([]float64, n*n), make([]float64, n)
	for i := range n {
		val[i] = a[i*n+i]
		for j := range n {
			vec[j*n+i] = v[i*n+j]
		}
	}
	return vec, val
}

// rotate makes a[p][q] zero.
func rotate(a, v []float64, n, p, q int) {
	theta := (a[q*n+q] - a[p*n+p]) / (2 * a[p*n+q])
	t := math.Copysign(1, theta) / (math.Abs(theta) + math.Sqrt(theta*theta+1))
	c := 1 / math.Sqrt(t*t+1)
	s := t * c
	rowp, rowq := a[p*n:(p+1)*n], a[q*n:(q+1)*n]
	for k := range n {
		x, y := rowp[k], rowq[k]
		rowp[k], rowq[k] = c*x-s*y, s*x+c*y
	}
	for k := range n {
		x, y := a[k*n+p], a[k*n+q]
		a[k*n+p], a[k*n+q] = c*x-s*y, s*x+c*y
	}
	rowp, rowq = v[p*n:(p+1)*n], v[q*n:(q+1)*n]
	for k := range n {
		x, y := rowp[k], rowq[k]
		rowp[k], rowq[k] = c*x-s*y, s*x+c*y
	}
}
