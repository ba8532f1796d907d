// Package offset traces derived text back to the bytes it came from.
//
// Every step that makes text out of bytes (charset decoding, unquoting a csv
// cell, folding full-width digits, dropping control characters) returns a Map
// beside its output, and Compose joins the maps of successive steps. So a
// citation, a PII tag or a label on cleaned text can be shown in the file that
// the department handed over, byte for byte.
//
// A map is a list of segments, each a run of equal units: 1 byte from 1 byte
// where text is copied, 3 from 2 where GB18030 Han became UTF-8, 1 from 3
// where a full-width digit was folded, n from 0 where text was inserted. Raw
// bytes between two segments were dropped. A document that was only copied is
// one segment, however long.
//
// Maps are monotone: text that is moved around cannot be described. They hold
// offsets below 2 GiB.
package offset

import "sort"

// segment is a run of n units; unit i makes output bytes [out+i*a, out+(i+1)*a)
// from input bytes [in+i*b, in+(i+1)*b).
type segment struct {
	out, in int32
	n       int32
	a, b    int32
}

func (s segment) outEnd() int { return int(s.out) + int(s.n)*int(s.a) }
func (s segment) inEnd() int  { return int(s.in) + int(s.n)*int(s.b) }

// Map traces an output text to its input. The zero value is the map of an
// empty text made from an empty input. A Map is immutable.
type Map struct {
	segs    []segment
	out, in int // lengths
}

// Identity is the map of a text of n bytes onto itself.
func Identity(n int) Map {
	var b Builder
	b.Copy(n)
	return b.Map()
}

// Len returns the length of the output in bytes.
func (m Map) Len() int { return m.out }

// InputLen returns the length of the input in bytes.
func (m Map) InputLen() int { return m.in }

// Segments returns the number of runs the map is made of.
func (m Map) Segments() int { return len(m.segs) }

// IsIdentity reports whether output and input are the same bytes.
func (m Map) IsIdentity() bool {
	if m.out != m.in {
		return false
	}
	if len(m.segs) == 0 {
		return m.out == 0
	}
	s := m.segs[0]
	return len(m.segs) == 1 && s.a == 1 && s.b == 1 && s.in == 0 && int(s.n) == m.out
}

// Source returns the input range [from, to) that output bytes [start, end)
// were made from: the smallest that covers every unit the range touches. For
// an empty range, and for inserted text, it is the empty range at the place.
// Offsets outside the output are clamped.
func (m Map) Source(start, end int) (from, to int) {
	start, end = clamp(start, m.out), clamp(end, m.out)
	if start >= end {
		p := m.at(start)
		return p, p
	}
	i := m.find(start)
	from, to = -1, -1
	for ; i < len(m.segs) && int(m.segs[i].out) < end; i++ {
		s := m.segs[i]
		first := 0
		if start > int(s.out) {
			first = (start - int(s.out)) / int(s.a)
		}
		last := int(s.n) - 1
		if end < s.outEnd() {
			last = (end - 1 - int(s.out)) / int(s.a)
		}
		f, t := int(s.in)+first*int(s.b), int(s.in)+(last+1)*int(s.b)
		if from < 0 || f < from {
			from = f
		}
		if t > to {
			to = t
		}
	}
	return from, to
}

// at returns the input position of an output position between two units.
func (m Map) at(p int) int {
	if p >= m.out {
		if len(m.segs) == 0 {
			return 0
		}
		return m.segs[len(m.segs)-1].inEnd()
	}
	s := m.segs[m.find(p)]
	return int(s.in) + (p-int(s.out))/int(s.a)*int(s.b)
}

// find returns the segment that holds output byte p < m.out.
func (m Map) find(p int) int {
	return sort.Search(len(m.segs), func(i int) bool { return m.segs[i].outEnd() > p })
}

func clamp(p, n int) int { return max(0, min(p, n)) }

// Slice returns the map of the output's bytes [start, end) alone. Its input
// stays the whole input.
func (m Map) Slice(start, end int) Map {
	start, end = clamp(start, m.out), clamp(end, m.out)
	var b Builder
	m.each(start, end, func(out, in, n, a, c int) {
		b.in = in
		b.units(n, a, c)
	})
	b.in = m.in
	return b.Map()
}

// each calls fn for the runs of output bytes [start, end) in order; a unit cut
// by the range keeps its whole input.
func (m Map) each(start, end int, fn func(out, in, n, a, b int)) {
	if start >= end {
		return
	}
	for i := m.find(start); i < len(m.segs) && int(m.segs[i].out) < end; i++ {
		s := m.segs[i]
		out, in, n, a, b := int(s.out), int(s.in), int(s.n), int(s.a), int(s.b)
		if start > out { // drop whole units before the range
			k := (start - out) / a
			out, in, n = out+k*a, in+k*b, n-k
			if cut := start - out; cut > 0 { // and a part of one
				size := min(a-cut, end-start)
				fn(start, in, 1, size, b)
				out, in, n = out+a, in+b, n-1
			}
		}
		if room := end - out; n > 0 && room > 0 {
			k := min(n, room/a)
			if k > 0 {
				fn(out, in, k, a, b)
			}
			if rest := room - k*a; k < n && rest > 0 {
				fn(out+k*a, in+k*b, 1, rest, b)
			}
		}
	}
}
