package bucket

import (
	"context"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/luodi/luodi/internal/blob"
	"github.com/luodi/luodi/internal/blob/blobtest"
	"github.com/luodi/luodi/internal/errs"
	"github.com/luodi/luodi/internal/source"
	"github.com/luodi/luodi/internal/store"
)

func TestMatch(t *testing.T) {
	tests := []struct {
		pattern, key string
		want         bool
	}{
		{"rules/**/*.md", "rules/a.md", true},
		{"rules/**/*.md", "rules/x/y/a.md", true},
		{"rules/**/*.md", "rules/x/a.txt", false},
		{"rules/*.md", "rules/x/a.md", false},
		{"**", "a/b/c.csv", true},
		{"**", "a/.hidden/c.csv", false},
		{"**", ".c.csv", false},
		{"a/?.csv", "a/1.csv", true},
		{"a.csv", "a.csv", true},
		{"a.csv", "b/a.csv", false},
	}
	for _, tt := range tests {
		if got := match(strings.Split(tt.pattern, "/"), strings.Split(tt.key, "/")); got != tt.want {
			t.Errorf("match(%q, %q) = %v", tt.pattern, tt.key, got)
		}
	}
}

func TestIngest(t *testing.T) {
	ctx := context.Background()
	server := blobtest.New(t)
	for _, k := range []string{"docs/a.md", "docs/deep/b.md", "docs/c.bin", "other/d.md", "docs/e.md"} {
		server.Set(k, []byte("# "+k+"\n\ntext\n"))
	}
	dir := t.TempDir()
	db, err := store.Open(ctx, store.Config{Path: filepath.Join(dir, "luodi.db")})
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	ingest := func(account string) (source.Report, error) {
		o, err := Open("s3://data/docs/**/*.md", server.Env(account))
		if err != nil {
			t.Fatal(err)
		}
		return source.Ingest(ctx, source.Config{Project: dir, Spec: source.Spec{Name: "s"}, Store: db.Source(), Blobs: &blob.Dir{Path: dir}, Origin: o})
	}
	rep, err := ingest(blobtest.Account)
	if err != nil || rep.Added != 3 || len(rep.Failed) > 0 {
		t.Fatalf("%+v, %v", rep, err)
	}
	if rep, err = ingest(blobtest.Account); err != nil || rep.Unchanged != 3 || server.Reads() != 3 {
		t.Errorf("unchanged objects: %+v, %v, %d reads", rep, err, server.Reads())
	}
	server.Set("docs/a.md", []byte("# new\n"))
	server.Set("docs/e.md", nil)
	if rep, err = ingest(blobtest.Account); err != nil || rep.Changed != 1 || rep.Removed != 1 || server.Reads() != 4 {
		t.Errorf("a changed and a removed object: %+v, %v, %d reads", rep, err, server.Reads())
	}
	if rep, err = ingest("nobody"); !errs.Is(err, errs.CodeUnauthenticated) {
		t.Errorf("another account: %+v, %v", rep, err)
	}
	server.Close()
	if rep, err = ingest(blobtest.Account); err == nil || !strings.Contains(err.Error(), "no connection") {
		t.Errorf("no server: %+v, %v", rep, err)
	}
	files, err := db.Source().Files(ctx, "s")
	var paths []string
	for _, f := range files {
		paths = append(paths, f.Path)
	}
	if err != nil || !slices.Equal(paths, []string{"docs/a.md", "docs/deep/b.md"}) {
		t.Errorf("what was read is kept: %v, %v", paths, err)
	}
}
