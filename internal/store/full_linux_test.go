package store_test

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"github.com/luodi/luodi/internal/errs"
	"github.com/luodi/luodi/internal/lineage"
	"github.com/luodi/luodi/internal/store"
)

// small mounts a file system in memory of the given size.
func small(t *testing.T, size string) string {
	t.Helper()
	dir := t.TempDir()
	if err := syscall.Mount("tmpfs", dir, "tmpfs", 0, "size="+size); err != nil {
		t.Skipf("mounting a small file system needs root and the right to mount: %v", err)
	}
	t.Cleanup(func() {
		if err := syscall.Unmount(dir, 0); err != nil {
			t.Errorf("unmounting: %v", err)
		}
	})
	return dir
}

// fill takes all room but keep bytes and returns how to give it back.
func fill(t *testing.T, dir string, keep int) (free func()) {
	t.Helper()
	path := filepath.Join(dir, "filler")
	f, err := os.Create(path)
	if err != nil {
		t.Fatal(err)
	}
	n := int64(0)
	block := make([]byte, 4096)
	for err == nil {
		var k int
		k, err = f.Write(block)
		n += int64(k)
	}
	if !errors.Is(err, syscall.ENOSPC) {
		t.Fatal(err)
	}
	f.Truncate(max(0, n-int64(keep)))
	f.Close()
	return func() { os.Remove(path) }
}

func wantFull(t *testing.T, err error) {
	t.Helper()
	if !errs.Is(err, errs.CodeExhausted) || !strings.Contains(fmt.Sprint(err), "disk is full") {
		t.Errorf("%v; want that the disk is full", err)
	}
}

func TestDiskFullWhileWriting(t *testing.T) {
	dir := small(t, "4m")
	cfg := store.Config{Path: filepath.Join(dir, "luodi.db")}
	db := opened(t, cfg)
	link(t, db, 1)
	free := fill(t, dir, 100_000)
	stored := 0
	var err error
	for stored < 500 {
		var edges []lineage.Edge
		for j := range 100 {
			edges = append(edges, lineage.Edge{From: fmt.Sprintf("part_%d", stored), To: fmt.Sprintf("rec_%d_%d", stored, j), Step: "ingest"})
		}
		if err = db.Lineage().Link(ctx, edges); err != nil {
			break
		}
		stored++
	}
	wantFull(t, err)
	check := func(db *store.DB) {
		t.Helper()
		for i := range stored + 1 {
			got, err := db.Lineage().Children(ctx, fmt.Sprintf("part_%d", i))
			if want := 100; err != nil || (i < stored && len(got) != want) || (i == stored && len(got) != 0) {
				t.Fatalf("write %d of %d: %d edges, %v", i, stored, len(got), err)
			}
		}
	}
	check(db)
	free()
	link(t, db, 1) // the same handle goes on
	again := opened(t, cfg)
	check(again)
}

func TestDiskFullAtOpen(t *testing.T) {
	// How much room is left decides which file is the one that does not fit.
	for _, keep := range []int{0, 4096, 8192, 20_000, 60_000} {
		t.Run(fmt.Sprint(keep), func(t *testing.T) {
			dir := small(t, "2m")
			free := fill(t, dir, keep)
			cfg := store.Config{Path: filepath.Join(dir, ".luodi", "luodi.db")}
			db, err := store.Open(ctx, cfg)
			if err == nil {
				db.Close()
				t.Fatal("it opened")
			}
			wantFull(t, err)
			free()
			link(t, opened(t, cfg), 1)
		})
	}
}

func TestDiskFullAtSnapshot(t *testing.T) {
	dir := small(t, "2m")
	cfg := store.Config{Path: filepath.Join(dir, "luodi.db")}
	db, err := store.Open(ctx, cfg)
	if err != nil {
		t.Fatal(err)
	}
	link(t, db, 1)
	db.Close()
	free := fill(t, dir, 60_000)
	_, err = store.Down(ctx, cfg)
	wantFull(t, err)
	free()
	if got := snapshots(t, cfg); len(got) != 0 {
		t.Errorf("half a copy was left: %v", got)
	}
	link(t, opened(t, cfg), 1)
}
