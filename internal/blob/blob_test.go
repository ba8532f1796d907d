package blob_test

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/luodi/luodi/internal/blob"
	"github.com/luodi/luodi/internal/errs"
)

var ctx = context.Background()

// objects lists the files below a directory, and when they were written.
func objects(t *testing.T, dir string) map[string]time.Time {
	t.Helper()
	out := map[string]time.Time{}
	err := filepath.WalkDir(dir, func(path string, e fs.DirEntry, err error) error {
		if err != nil || e.IsDir() {
			return err
		}
		info, err := e.Info()
		rel, _ := filepath.Rel(dir, path)
		out[filepath.ToSlash(rel)] = info.ModTime()
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return out
}

func TestPut(t *testing.T) {
	d := &blob.Dir{Path: filepath.Join(t.TempDir(), "deep", "blobs")}
	const abc = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad" // FIPS 180-4's example
	name, err := d.Put(ctx, []byte("abc"))
	if err != nil || name != abc {
		t.Fatalf("%s, %v; want %s", name, err, abc)
	}
	before := objects(t, d.Path)
	if _, ok := before["ba/"+abc]; !ok || len(before) != 1 {
		t.Errorf("the directory has %v", before)
	}
	if name, err = d.Put(ctx, []byte("abc")); err != nil || name != abc {
		t.Errorf("again: %s, %v", name, err)
	}
	if after := objects(t, d.Path); len(after) != 1 || after["ba/"+abc] != before["ba/"+abc] {
		t.Errorf("the object was written again: %v, before %v", after, before)
	}
}

func TestRoundTrip(t *testing.T) {
	d := &blob.Dir{Path: t.TempDir()}
	rapid.Check(t, func(t *rapid.T) {
		b := rapid.SliceOfN(rapid.Byte(), 0, 5000).Draw(t, "bytes")
		name, err := d.Put(ctx, b)
		if err != nil {
			t.Fatal(err)
		}
		got, err := d.Get(ctx, name)
		if err != nil || !bytes.Equal(got, b) {
			t.Fatalf("%d bytes, %v; want %d", len(got), err, len(b))
		}
		start := rapid.IntRange(0, len(b)).Draw(t, "start")
		end := rapid.IntRange(start, len(b)).Draw(t, "end")
		got, err = d.ReadRange(ctx, name, int64(start), int64(end))
		if err != nil || !bytes.Equal(got, b[start:end]) {
			t.Fatalf("range %d–%d: %d bytes, %v", start, end, len(got), err)
		}
	})
}

func TestOpen(t *testing.T) {
	d := &blob.Dir{Path: t.TempDir()}
	name, _ := d.Put(ctx, []byte("工单,分类\n转账失败,transfer\n"))
	o, err := d.Open(ctx, name)
	if err != nil {
		t.Fatal(err)
	}
	defer o.Close()
	b, err := io.ReadAll(o)
	if err != nil || int64(len(b)) != o.Size() || !strings.HasPrefix(string(b), "工单") {
		t.Errorf("%q, %v", b, err)
	}
}

func TestErrors(t *testing.T) {
	d := &blob.Dir{Path: t.TempDir()}
	name, _ := d.Put(ctx, []byte("abc"))
	absent := strings.Repeat("0", 64)
	stopped, cancel := context.WithCancel(ctx)
	cancel()
	get := func(ctx context.Context, name string) error { _, err := d.Get(ctx, name); return err }
	cut := func(name string, start, end int64) error { _, err := d.ReadRange(ctx, name, start, end); return err }
	tests := []struct {
		name string
		err  error
		want errs.Code
	}{
		{"no such object", get(ctx, absent), errs.CodeNotFound},
		{"no such object, a range", cut(absent, 0, 0), errs.CodeNotFound},
		{"an empty name", get(ctx, ""), errs.CodeInvalid},
		{"a path for a name", get(ctx, "../../etc/passwd"), errs.CodeInvalid},
		{"a name in capitals", get(ctx, strings.ToUpper(name)), errs.CodeInvalid},
		{"a range before the start", cut(name, -1, 2), errs.CodeInvalid},
		{"a range past the end", cut(name, 0, 4), errs.CodeInvalid},
		{"a range backward", cut(name, 2, 1), errs.CodeInvalid},
		{"a cancelled call", get(stopped, name), errs.CodeInternal},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if got := errs.Of(tt.err); got != tt.want {
				t.Errorf("%v has the code %q, want %q", tt.err, got, tt.want)
			}
		})
	}
}

func TestDamageIsFound(t *testing.T) {
	d := &blob.Dir{Path: t.TempDir()}
	name, _ := d.Put(ctx, []byte("paid 100"))
	path := filepath.Join(d.Path, name[:2], name)
	if err := os.WriteFile(path, []byte("paid 900"), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := d.Get(ctx, name); !errs.Is(err, errs.CodeInternal) || !strings.Contains(err.Error(), path) {
		t.Errorf("%v; want an error that names %s", err, path)
	}
	if err := os.WriteFile(path, []byte("pa"), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := d.Put(ctx, []byte("paid 100")); err != nil {
		t.Fatal(err)
	}
	if b, err := d.Get(ctx, name); err != nil || string(b) != "paid 100" {
		t.Errorf("storing a cut object again: %q, %v", b, err)
	}
}

func TestLeftoversAreRemovedOnceOld(t *testing.T) {
	dir := t.TempDir()
	old, fresh := filepath.Join(dir, "tmp", "put-1"), filepath.Join(dir, "tmp", "put-2")
	os.Mkdir(filepath.Join(dir, "tmp"), 0o700)
	for _, f := range []string{old, fresh} {
		os.WriteFile(f, []byte("half"), 0o600)
	}
	day := time.Now().Add(-24 * time.Hour)
	os.Chtimes(old, day, day)
	if _, err := (&blob.Dir{Path: dir}).Put(ctx, []byte("x")); err != nil {
		t.Fatal(err)
	}
	left := objects(t, filepath.Join(dir, "tmp"))
	if _, ok := left["put-2"]; !ok || len(left) != 1 {
		t.Errorf("tmp has %v; want only put-2, which may be another process's", left)
	}
}

func TestManyGoroutinesAndHandles(t *testing.T) {
	path := t.TempDir()
	var wg sync.WaitGroup
	for range 8 {
		d := &blob.Dir{Path: path}
		wg.Go(func() {
			for i := range 20 {
				if _, err := d.Put(ctx, fmt.Appendf(nil, "object %d", i)); err != nil {
					t.Error(err)
				}
			}
		})
	}
	wg.Wait()
	if got := objects(t, path); len(got) != 20 {
		t.Errorf("%d files, want 20: %v", len(got), got)
	}
}

// A small file system in memory is full; what was stored stays, and nothing
// half written does.
func TestFullDisk(t *testing.T) {
	dir := t.TempDir()
	if err := mount(dir); err != nil {
		t.Skipf("mounting a small file system needs root and the right to mount: %v", err)
	}
	defer unmount(dir)
	d := &blob.Dir{Path: filepath.Join(dir, "blobs")}
	small, err := d.Put(ctx, []byte("small"))
	if err != nil {
		t.Fatal(err)
	}
	before := len(objects(t, dir))
	_, err = d.Put(ctx, make([]byte, 4<<20))
	if !errs.Is(err, errs.CodeExhausted) || !strings.Contains(err.Error(), "disk is full") {
		t.Errorf("%v; want that the disk is full", err)
	}
	if got := objects(t, dir); len(got) != before {
		t.Errorf("a file was left behind: %v", got)
	}
	if b, err := d.Get(ctx, small); err != nil || string(b) != "small" {
		t.Errorf("%q, %v", b, err)
	}
}

func BenchmarkPut(b *testing.B) {
	d := &blob.Dir{Path: b.TempDir()}
	for i := 0; b.Loop(); i++ {
		if _, err := d.Put(ctx, fmt.Appendf(nil, "%d %s", i, strings.Repeat("x", 4096))); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkPutAgain(b *testing.B) {
	d := &blob.Dir{Path: b.TempDir()}
	for b.Loop() {
		if _, err := d.Put(ctx, []byte("the same")); err != nil {
			b.Fatal(err)
		}
	}
}

func ExampleDir() {
	path, _ := os.MkdirTemp("", "blobs")
	defer os.RemoveAll(path)
	blobs := &blob.Dir{Path: path}
	name, _ := blobs.Put(context.Background(), []byte("id,text\n7,card blocked\n"))
	row, _ := blobs.ReadRange(context.Background(), name, 8, 22)
	fmt.Println(name[:12], string(row))
	// Output: bb06c3039966 7,card blocked
}
