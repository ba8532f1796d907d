package blob_test

import (
	"context"
	"errors"
	"path/filepath"
	"slices"
	"testing"

	"github.com/luodi/luodi/internal/blob"
)

func TestEach(t *testing.T) {
	ctx := context.Background()
	d := &blob.Dir{Path: filepath.Join(t.TempDir(), "blobs")}
	list := func() (out []string) {
		if err := d.Each(ctx, func(name string) error { out = append(out, name); return nil }); err != nil {
			t.Fatal(err)
		}
		return out
	}
	if got := list(); len(got) != 0 {
		t.Errorf("no folder yet: %v", got)
	}
	var want []string
	for _, s := range []string{"a", "b", "c", "a"} {
		name, err := d.Put(ctx, []byte(s))
		if err != nil {
			t.Fatal(err)
		}
		want = append(want, name)
	}
	slices.Sort(want)
	want = slices.Compact(want)
	if got := list(); !slices.Equal(got, want) {
		t.Errorf("objects %v, want %v", got, want)
	}
	stop := errors.New("stop")
	if err := d.Each(ctx, func(string) error { return stop }); !errors.Is(err, stop) {
		t.Errorf("the error of fn: %v", err)
	}
}
