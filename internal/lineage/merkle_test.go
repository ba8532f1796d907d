package lineage_test

import (
	"fmt"
	"testing"

	"pgregory.net/rapid"

	"github.com/luodi/luodi/internal/lineage"
)

// TestProofs: of every leaf of every tree the proof leads to the root, and no
// other leaf, index or size does.
func TestProofs(t *testing.T) {
	for size := uint64(1); size <= 40; size++ {
		var tree lineage.Tree
		for i := range size {
			tree.Add(fmt.Append(nil, "leaf ", i))
		}
		for index := range size {
			i := 0
			proof, root, err := lineage.Prove(size, index, func() ([]byte, error) { i++; return fmt.Append(nil, "leaf ", i-1), nil })
			if err != nil || root != tree.Root() || uint64(i) != size {
				t.Fatalf("leaf %d of %d: root %s, want %s, %v", index, size, root, tree.Root(), err)
			}
			if got, err := proof.Root(fmt.Append(nil, "leaf ", index)); err != nil || got != root {
				t.Fatalf("leaf %d of %d: the proof leads to %s, %v", index, size, got, err)
			}
			if got, err := proof.Root([]byte("another")); err == nil && got == root {
				t.Fatalf("leaf %d of %d: another leaf has the same proof", index, size)
			}
			if size > 1 {
				proof.Index = (proof.Index + 1) % size
				if got, err := proof.Root(fmt.Append(nil, "leaf ", index)); err == nil && got == root {
					t.Fatalf("leaf %d of %d: it is proved at another place", index, size)
				}
			}
		}
	}
}

func TestTreeOfNothing(t *testing.T) {
	var tree lineage.Tree // SHA-256 of the empty string
	if got := tree.Root().String(); got != "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855" {
		t.Error(got)
	}
	if _, _, err := lineage.Prove(0, 0, nil); err == nil {
		t.Error("a leaf of an empty tree is proved")
	}
}

// TestForgedProofs: whatever a proof says, it is refused or leads elsewhere.
func TestForgedProofs(t *testing.T) {
	var tree lineage.Tree
	for i := range 9 {
		tree.Add([]byte{byte(i)})
	}
	root := tree.Root()
	rapid.Check(t, func(t *rapid.T) {
		p := lineage.Proof{Index: rapid.Uint64Range(0, 20).Draw(t, "index"), Size: rapid.Uint64Range(0, 20).Draw(t, "size")}
		for range rapid.IntRange(0, 6).Draw(t, "steps") {
			p.Path = append(p.Path, rapid.SampledFrom([]string{root.String(), "", "zz", "00"}).Draw(t, "sum"))
		}
		if got, err := p.Root([]byte{1}); err == nil && got == root {
			t.Fatal("a forged proof leads to the root")
		}
	})
}

// TestKnownRoot is the tree over the seven leaves of Certificate Transparency's
// test vectors (RFC 6962 reference implementation, merkle_tree_test).
func TestKnownRoot(t *testing.T) {
	var tree lineage.Tree
	leaves := []string{"", "\x00", "\x10", "\x20\x21", "\x30\x31", "\x40\x41\x42\x43", "\x50\x51\x52\x53\x54\x55\x56\x57"}
	for _, l := range leaves {
		tree.Add([]byte(l))
	}
	if got := tree.Root().String(); got != "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c" {
		t.Error(got)
	}
}
