package spill_test

import (
	"fmt"
	"os"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/luodi/luodi/internal/spill"
)

// TestMemoryChangesNothing: with any buffer the entries come back sorted.
func TestMemoryChangesNothing(t *testing.T) {
	dir := t.TempDir()
	rapid.Check(t, func(t *rapid.T) {
		s := spill.Sorter{Temp: dir, Memory: rapid.IntRange(0, 100*spill.Size).Draw(t, "memory")}
		defer s.Close()
		var want []spill.Entry
		for range rapid.IntRange(0, 3000).Draw(t, "entries") {
			e := spill.Entry{Key: [2]uint64{uint64(rapid.IntRange(0, 5).Draw(t, "high")), uint64(rapid.IntRange(0, 9).Draw(t, "low"))}, N: rapid.Uint64().Draw(t, "n")}
			want = append(want, e)
			if err := s.Add(e); err != nil {
				t.Fatal(err)
			}
		}
		for range 2 { // it may be asked again
			var got []spill.Entry
			if err := s.Each(func(e spill.Entry) error { got = append(got, e); return nil }); err != nil {
				t.Fatal(err)
			}
			slices.SortFunc(want, spill.Compare)
			if d := cmp.Diff(want, got); d != "" {
				t.Fatal(d)
			}
		}
	})
	if left, err := os.ReadDir(dir); err != nil || len(left) != 0 {
		t.Errorf("%d folders were left behind, %v", len(left), err)
	}
}

// TestManyRuns: more files than are merged at a time.
func TestManyRuns(t *testing.T) {
	s := spill.Sorter{Temp: t.TempDir(), Memory: 1}
	defer s.Close()
	const n = 5000
	for i := range n {
		if err := s.Add(spill.Entry{Key: [2]uint64{uint64(i*7919) % n}}); err != nil {
			t.Fatal(err)
		}
	}
	next := uint64(0)
	if err := s.Each(func(e spill.Entry) error {
		if e.Key[0] != next {
			return fmt.Errorf("%d comes where %d should", e.Key[0], next)
		}
		next++
		return nil
	}); err != nil || next != n {
		t.Errorf("%d of %d entries, %v", next, n, err)
	}
	if s.Spilled() < n*spill.Size/2 {
		t.Errorf("%d bytes were spilled", s.Spilled())
	}
}

// TestComponentsAreThoseOfUnionFind: whatever the graph and the memory.
func TestComponentsAreThoseOfUnionFind(t *testing.T) {
	dir := t.TempDir()
	rapid.Check(t, func(t *rapid.T) {
		n := rapid.IntRange(1, 60).Draw(t, "numbers")
		c := spill.Components{Temp: dir, Memory: rapid.IntRange(0, 40*spill.Size).Draw(t, "memory")}
		defer c.Close()
		parent := make([]int, n)
		for i := range parent {
			parent[i] = i
		}
		find := func(i int) int {
			for parent[i] != i {
				i = parent[i]
			}
			return i
		}
		for range rapid.IntRange(0, 90).Draw(t, "edges") {
			a, b := rapid.IntRange(0, n-1).Draw(t, "a"), rapid.IntRange(0, n-1).Draw(t, "b")
			if err := c.Join(uint64(a), uint64(b)); err != nil {
				t.Fatal(err)
			}
			a, b = find(a), find(b)
			parent[max(a, b)] = min(a, b)
		}
		want, got := [][2]int{}, [][2]int{}
		for i := range n {
			if find(i) != i {
				want = append(want, [2]int{i, find(i)})
			}
		}
		if err := c.Each(func(n, least uint64) error { got = append(got, [2]int{int(n), int(least)}); return nil }); err != nil {
			t.Fatal(err)
		}
		if d := cmp.Diff(want, got); d != "" {
			t.Fatal(d)
		}
	})
}

// TestLongChain: 20,000 numbers in one line end in one component.
func TestLongChain(t *testing.T) {
	c := spill.Components{Temp: t.TempDir(), Memory: 1 << 18}
	defer c.Close()
	const n = 20_000
	for i := range uint64(n - 1) {
		if err := c.Join(i+1, i); err != nil {
			t.Fatal(err)
		}
	}
	seen := 0
	if err := c.Each(func(_, least uint64) error {
		seen++
		if least != 0 {
			return fmt.Errorf("least is %d", least)
		}
		return nil
	}); err != nil || seen != n-1 {
		t.Errorf("%d numbers, %v", seen, err)
	}
}

func ExampleSorter_Repeats() {
	var s spill.Sorter
	defer s.Close()
	for i, key := range []uint64{7, 3, 7, 7} {
		_ = s.Add(spill.Entry{Key: [2]uint64{key}, N: uint64(i)})
	}
	_ = s.Repeats(nil, func(first, e spill.Entry, count uint64) error {
		fmt.Println("number", e.N, "repeats number", first.N)
		return nil
	})
	// Output:
	// number 2 repeats number 0
	// number 3 repeats number 0
}
