package lineage

import (
	"crypto/sha256"
	"encoding/hex"
	"math/bits"

	"github.com/luodi/luodi/internal/errs"
)

// Sum is a node of a Merkle tree as RFC 9162 (2.1) has it: SHA-256 with a zero
// byte before a leaf and a one before two nodes, so that none can be taken for
// the other.
type Sum [sha256.Size]byte

// String is the sum in hex.
func (s Sum) String() string { return hex.EncodeToString(s[:]) }

func leafSum(leaf []byte) Sum { return sha256.Sum256(append([]byte{0}, leaf...)) }

func nodeSum(left, right Sum) Sum {
	var b [1 + 2*sha256.Size]byte
	b[0] = 1
	copy(b[1:], left[:])
	copy(b[1+sha256.Size:], right[:])
	return sha256.Sum256(b[:])
}

// Tree computes the root over leaves that are added one after the other, in
// memory for one node per level. Its zero value is a tree without leaves.
type Tree struct {
	full []Sum // of the complete trees below, the largest first
	n    uint64
}

// Add takes the next leaf.
func (t *Tree) Add(leaf []byte) {
	s := leafSum(leaf)
	for i := t.n; i&1 == 1; i >>= 1 {
		last := len(t.full) - 1
		s = nodeSum(t.full[last], s)
		t.full = t.full[:last]
	}
	t.full = append(t.full, s)
	t.n++
}

// Len is the number of leaves.
func (t *Tree) Len() uint64 { return t.n }

// Root is the root over the leaves so far; that of none is SHA-256 of nothing.
func (t *Tree) Root() Sum {
	if t.n == 0 {
		return sha256.Sum256(nil)
	}
	s := t.full[len(t.full)-1]
	for i := len(t.full) - 2; i >= 0; i-- {
		s = nodeSum(t.full[i], s)
	}
	return s
}

// Proof shows that a leaf is in a tree, without the other leaves.
type Proof struct {
	Index uint64   `json:"index"` // of the leaf
	Size  uint64   `json:"size"`  // leaves of the tree
	Path  []string `json:"path"`  // sums in hex, from the leaf to the root
}

// Prove reads the leaves of a tree of a size in order, and returns the proof of
// one of them and the root.
func Prove(size, index uint64, next func() ([]byte, error)) (Proof, Sum, error) {
	p := Proof{Index: index, Size: size, Path: []string{}}
	if index >= size {
		return p, Sum{}, errs.Invalid("proving leaf %d of a tree of %d", index, size)
	}
	var walk func(from, n uint64) (Sum, error)
	walk = func(from, n uint64) (Sum, error) {
		if n == 1 {
			leaf, err := next()
			return leafSum(leaf), err
		}
		k := uint64(1) << (bits.Len64(n-1) - 1) // the largest power of two below n
		left, err := walk(from, k)
		if err != nil {
			return Sum{}, err
		}
		right, err := walk(from+k, n-k)
		switch {
		case err != nil:
			return Sum{}, err
		case index >= from && index < from+k:
			p.Path = append(p.Path, right.String())
		case index >= from+k && index < from+n:
			p.Path = append(p.Path, left.String())
		}
		return nodeSum(left, right), nil
	}
	root, err := walk(0, size)
	return p, root, err
}

// Root is the root that the proof leads to from a leaf (RFC 9162, 2.1.3.2). It
// returns errs.Invalid where the path cannot be one of a tree of that size.
func (p Proof) Root(leaf []byte) (Sum, error) {
	broken := errs.Invalid("the proof has a path that no tree of %d leaves has", p.Size)
	if p.Index >= p.Size {
		return Sum{}, broken
	}
	at, last, s := p.Index, p.Size-1, leafSum(leaf)
	for _, digits := range p.Path {
		var sibling Sum
		b, err := hex.DecodeString(digits)
		if err != nil || copy(sibling[:], b) != len(sibling) || len(b) != len(sibling) || last == 0 {
			return Sum{}, broken
		}
		if at&1 == 1 || at == last {
			s = nodeSum(sibling, s)
			for at&1 == 0 && at != 0 {
				at, last = at>>1, last>>1
			}
		} else {
			s = nodeSum(s, sibling)
		}
		at, last = at>>1, last>>1
	}
	if last != 0 {
		return Sum{}, broken
	}
	return s, nil
}
