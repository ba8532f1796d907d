package index

import (
	"encoding/binary"
	"math"
	"slices"
)

// decode appends the units of a list whose norm is above 0, and their counts.
// It stops at the end of a broken list.
//
// Nearly all entries are a gap of one or two bytes and a count of none or one.
// These are read without a jump that depends on the count or the norm: a
// processor cannot guess those, and guessing wrong costs more than the rest of
// the entry.
func decode(b []byte, norm []float32, units []uint32, tfs []uint16) ([]uint32, []uint16) {
	k := len(units)
	units, tfs = slices.Grow(units, len(b))[:k+len(b)], slices.Grow(tfs, len(b))[:k+len(b)]
	unit, i := uint64(0), 0
	for i < len(b) {
		for i+2 < len(b) {
			v, at := uint64(b[i]), i+1
			if v >= 0x80 {
				w := uint64(b[at])
				if w >= 0x80 {
					break
				}
				v = v&0x7f | w<<7
				at++
			}
			count, written := uint64(b[at]), ^v&1
			if count>>7&written != 0 {
				break
			}
			unit += v >> 1
			if unit >= uint64(len(norm)) {
				return units[:k], tfs[:k]
			}
			i = at + int(written)
			units[k], tfs[k] = uint32(unit), uint16(1+written*(count+1))
			k += above0(norm[unit])
		}
		if i >= len(b) {
			break
		}
		v, n := binary.Uvarint(b[i:])
		if n <= 0 {
			break
		}
		i += n
		unit += v >> 1
		tf := uint16(1)
		if v&1 == 0 {
			t, n := binary.Uvarint(b[i:])
			if n <= 0 {
				break
			}
			i += n
			tf = uint16(min(t+2, 1<<16-1))
		}
		if unit >= uint64(len(norm)) {
			break
		}
		units[k], tfs[k] = uint32(unit), tf
		k += above0(norm[unit])
	}
	return units[:k], tfs[:k]
}

// above0 is 1 where a norm, which is never negative, is above 0.
func above0(norm float32) int {
	x := int32(math.Float32bits(norm))
	return int(uint32(-x) >> 31)
}
