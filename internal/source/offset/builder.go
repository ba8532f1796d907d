package offset

// Builder makes a Map while a step writes its output. Calls follow the output
// from left to right; equal neighbours are merged. The zero value is ready.
type Builder struct {
	segs    []segment
	out, in int
}

// Copy says that the next n bytes of output are the next n of the input.
func (b *Builder) Copy(n int) { b.units(n, 1, 1) }

// Replace says that the next out bytes of output were made, as one unit, from
// the next in bytes of the input. Replace(0, n) drops and Replace(n, 0)
// inserts.
func (b *Builder) Replace(out, in int) {
	if out == 0 {
		b.in += in
		return
	}
	b.units(1, out, in)
}

// Drop says that the next n bytes of the input are not in the output.
func (b *Builder) Drop(n int) { b.in += n }

// Insert says that the next n bytes of output come from nowhere in the input.
func (b *Builder) Insert(n int) { b.units(1, n, 0) }

// Units says that the next n*out bytes of output were made from the next n*in
// of the input, unit by unit.
func (b *Builder) Units(n, out, in int) { b.units(n, out, in) }

// Seek moves on to an input position; going back makes units overlap.
func (b *Builder) Seek(in int) { b.in = in }

// Append continues with a part's map, whose input begins at the builder's
// place in the input.
func (b *Builder) Append(m Map) {
	base := b.in
	m.each(0, m.out, func(_, in, n, a, c int) {
		b.in = base + in
		b.units(n, a, c)
	})
	b.in = base + m.in
}

func (b *Builder) units(n, a, c int) {
	if n <= 0 || a <= 0 {
		return
	}
	if k := len(b.segs) - 1; k >= 0 {
		s := &b.segs[k]
		if int(s.a) == a && int(s.b) == c && s.inEnd() == b.in && (a == 1 || c > 0) {
			s.n += int32(n)
			b.out += n * a
			b.in += n * c
			return
		}
	}
	b.segs = append(b.segs, segment{int32(b.out), int32(b.in), int32(n), int32(a), int32(c)})
	b.out += n * a
	b.in += n * c
}

// Len returns the length of the output so far.
func (b *Builder) Len() int { return b.out }

// Map returns the map of what was said so far. The input ends where the
// builder stands.
func (b *Builder) Map() Map { return Map{b.segs, b.out, b.in} }

// Compose returns the map of a second step on the output of a first: from the
// second's output to the first's input. Where a unit of the second step was
// made from a part of a unit of the first, it traces to the whole of it.
func Compose(second, first Map) Map {
	if first.IsIdentity() {
		return second
	}
	if second.IsIdentity() {
		return first
	}
	var b Builder
	for _, s := range second.segs {
		if s.a == s.b && s.a == 1 { // copied: take the first's runs as they are
			first.each(int(s.in), s.inEnd(), func(_, in, n, a, c int) {
				b.in = in
				b.units(n, a, c)
			})
			continue
		}
		for i := 0; i < int(s.n); i++ {
			mid := int(s.in) + i*int(s.b)
			from, to := first.Source(mid, mid+int(s.b))
			b.in = from
			b.units(1, int(s.a), to-from)
		}
	}
	b.in = first.in
	return b.Map()
}
