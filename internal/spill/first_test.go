package spill_test

import (
	"os"
	"testing"

	"pgregory.net/rapid"

	"github.com/luodi/luodi/internal/spill"
)

// TestFirstIsAMap: whatever it holds in memory, it answers as a map would.
func TestFirstIsAMap(t *testing.T) {
	dir := t.TempDir()
	rapid.Check(t, func(t *rapid.T) {
		f := spill.First{Temp: dir, Keys: rapid.IntRange(1, 300).Draw(t, "keys")}
		defer f.Close()
		want := map[[2]uint64][2]uint64{}
		spread := rapid.SampledFrom([]uint64{1, 0x9E3779B97F4A7C15}).Draw(t, "spread")
		for i, n := range rapid.SliceOfN(rapid.Uint64Range(0, 900), 0, 2000).Draw(t, "keys put") {
			key, value := [2]uint64{n / 7 * spread, n % 7 * spread}, [2]uint64{uint64(i), n}
			first, found, err := f.Put(key, value)
			if err != nil {
				t.Fatal(err)
			}
			before, ok := want[key]
			if !ok {
				want[key], before = value, value
			}
			if found != ok || first != before {
				t.Fatalf("key %v: %v %v, want %v %v", key, first, found, before, ok)
			}
		}
	})
	if left, err := os.ReadDir(dir); err != nil || len(left) != 0 {
		t.Errorf("%d files were left behind, %v", len(left), err)
	}
}

func TestFirstTellsOfTheDisk(t *testing.T) {
	f := spill.First{Temp: t.TempDir() + "/missing", Keys: 1}
	defer f.Close()
	if _, _, err := f.Put([2]uint64{1}, [2]uint64{}); err == nil {
		t.Error("a folder that is not there was written to")
	}
}

func TestUnnamedLeavesNothing(t *testing.T) {
	dir := t.TempDir()
	f, err := spill.Unnamed(dir)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := f.Write([]byte("x")); err != nil {
		t.Error(err)
	}
	f.Close()
	if left, _ := os.ReadDir(dir); len(left) != 0 {
		t.Error("the file is still there")
	}
}
