package clean

import "github.com/luodi/luodi/internal/source/offset"

// editor writes an operator's output beside its map. What is not replaced is
// copied; an operator that replaces nothing returns its input as it is.
type editor struct {
	in  string
	pos int // input before it is in the output
	out []byte
	b   offset.Builder
}

// replace puts with in the place of the input's bytes [at, at+n).
func (e *editor) replace(at, n int, with string) {
	if e.out == nil {
		e.out = make([]byte, 0, len(e.in))
	}
	e.out = append(e.out, e.in[e.pos:at]...)
	e.b.Copy(at - e.pos)
	e.out = append(e.out, with...)
	e.b.Replace(len(with), n)
	e.pos = at + n
}

func (e *editor) done() (string, offset.Map) {
	if e.out == nil {
		return e.in, offset.Identity(len(e.in))
	}
	e.out = append(e.out, e.in[e.pos:]...)
	e.b.Copy(len(e.in) - e.pos)
	return string(e.out), e.b.Map()
}
