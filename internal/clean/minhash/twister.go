package minhash

// twister is the Mersenne Twister MT19937 (Matsumoto and Nishimura 1998) as
// NumPy seeds it.
type twister struct {
	state [624]uint32
	next  int
}

func newTwister(seed uint32) *twister {
	t := &twister{next: 624}
	for i := range t.state {
		t.state[i] = seed
		seed = 1812433253*(seed^seed>>30) + uint32(i) + 1
	}
	return t
}

func (t *twister) uint32() uint32 {
	if t.next == 624 {
		for i := range t.state {
			y := t.state[i]&0x80000000 | t.state[(i+1)%624]&0x7fffffff
			t.state[i] = t.state[(i+397)%624] ^ y>>1 ^ y&1*0x9908b0df
		}
		t.next = 0
	}
	y := t.state[t.next]
	t.next++
	y ^= y >> 11
	y ^= y << 7 & 0x9d2c5680
	y ^= y << 15 & 0xefc60000
	return y ^ y>>18
}

// between draws from [low, high), by rejection under the least mask.
func (t *twister) between(low, high uint64) uint64 {
	span := high - 1 - low
	mask := span
	for s := 1; s < 64; s *= 2 {
		mask |= mask >> s
	}
	for {
		hi := uint64(t.uint32())
		if v := (hi<<32 | uint64(t.uint32())) & mask; v <= span {
			return low + v
		}
	}
}
