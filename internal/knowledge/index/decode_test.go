package index

import (
	"encoding/binary"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// plainDecode is decode as one would write it down.
func plainDecode(b []byte, norm []float32) (units []uint32, tfs []uint16) {
	for unit := uint64(0); len(b) > 0; {
		v, n := binary.Uvarint(b)
		if n <= 0 {
			break
		}
		b, unit = b[n:], unit+v>>1
		tf := uint64(1)
		if v&1 == 0 {
			t, n := binary.Uvarint(b)
			if n <= 0 {
				break
			}
			b, tf = b[n:], min(t+2, 1<<16-1)
		}
		if unit >= uint64(len(norm)) {
			break
		}
		if norm[unit] > 0 {
			units, tfs = append(units, uint32(unit)), append(tfs, uint16(tf))
		}
	}
	return units, tfs
}

// randomList is a list of units in [0, n) with gaps and counts of all sizes.
func randomList(r *rand.Rand, n int) (b []byte) {
	for unit := 0; unit < n; {
		gap := r.IntN(1 << r.IntN(18))
		if unit += gap; unit >= n {
			break
		}
		tf := 1
		if r.IntN(3) == 0 {
			tf = 2 + r.IntN(1<<r.IntN(18))
		}
		if tf == 1 {
			b = binary.AppendUvarint(b, uint64(gap)<<1|1)
		} else {
			b = binary.AppendUvarint(binary.AppendUvarint(b, uint64(gap)<<1), uint64(tf-2))
		}
	}
	return b
}

func TestDecodeIsPlain(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 1))
	for round := range 3000 {
		norm := make([]float32, 1+r.IntN(1<<r.IntN(18)))
		for i := range norm {
			if r.IntN(4) > 0 {
				norm[i] = r.Float32()
			}
		}
		b := randomList(r, len(norm)+r.IntN(10))
		switch r.IntN(4) {
		case 0: // broken off
			b = b[:r.IntN(len(b)+1)]
		case 1: // broken
			for range 1 + len(b)/50 {
				if len(b) > 0 {
					b[r.IntN(len(b))] = byte(r.UintN(256))
				}
			}
		}
		wantUnits, wantTfs := plainDecode(b, norm)
		before := r.IntN(3)
		units, tfs := decode(slices.Clone(b), norm, make([]uint32, before), make([]uint16, before))
		if d := cmp.Diff(wantUnits, units[before:]); d != "" && len(wantUnits)+len(units) > before {
			t.Fatalf("round %d: units: %s", round, d)
		}
		if d := cmp.Diff(wantTfs, tfs[before:]); d != "" && len(wantTfs)+len(tfs) > before {
			t.Fatalf("round %d: counts: %s", round, d)
		}
	}
}

// BenchmarkDecode reads a frequent term's list, one count in four above 1.
func BenchmarkDecode(b *testing.B) {
	r := rand.New(rand.NewPCG(1, 1))
	norm := slices.Repeat([]float32{1}, 100_000)
	var list []byte
	for unit := 0; unit < len(norm); {
		gap := r.IntN(12)
		if unit += gap; unit >= len(norm) {
			break
		}
		if r.IntN(4) > 0 {
			list = binary.AppendUvarint(list, uint64(gap)<<1|1)
		} else {
			list = append(binary.AppendUvarint(list, uint64(gap)<<1), byte(r.IntN(4)))
		}
	}
	var units []uint32
	var tfs []uint16
	b.Run("decode", func(b *testing.B) {
		for b.Loop() {
			units, tfs = decode(list, norm, units[:0], tfs[:0])
		}
	})
	b.Run("plain", func(b *testing.B) {
		for b.Loop() {
			units, tfs = plainDecode(list, norm)
		}
	})
}
