package app

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/luodi/luodi/internal/job"
)

// watched is one run of a watch.
type watched struct {
	res UpResult
	err error
}

func TestWatch(t *testing.T) {
	dir := t.TempDir()
	write := func(name, text string) {
		t.Helper()
		name = filepath.Join(dir, name)
		if err := os.MkdirAll(filepath.Dir(name), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(name, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	yaml := "project: w\nsources:\n  - name: docs\n    path: \"docs/**/*.md\"\n"
	write("luodi.yaml", yaml)
	write("docs/a.md", "# one\n")
	a, err := Open(context.Background(), dir)
	if err != nil {
		t.Fatal(err)
	}
	defer a.Close()
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	runs, ended := make(chan watched, 10), make(chan error, 1)
	start := func() {
		go func() { ended <- a.Watch(ctx, func(res UpResult, err error) { runs <- watched{res, err} }) }()
	}
	next := func(what string) watched {
		t.Helper()
		select {
		case w := <-runs:
			return w
		case <-time.After(30 * time.Second):
			t.Fatal("nothing ran after " + what)
			return watched{}
		}
	}
	start()
	next("the start")
	steps := []struct {
		name string
		do   func()
	}{
		{"an edit", func() { write("docs/a.md", "# two\n") }},
		{"an edit that keeps the size", func() { write("docs/a.md", "# tw2\n") }},
		{"a file that an editor renames over the old one", func() {
			write(".a.md.swp", "# three\n")
			if err := os.Rename(filepath.Join(dir, ".a.md.swp"), filepath.Join(dir, "docs/a.md")); err != nil {
				t.Fatal(err)
			}
		}},
		{"a new folder", func() { write("docs/deep/b.md", "# b\n") }},
		{"a file that goes", func() {
			if err := os.Remove(filepath.Join(dir, "docs/deep/b.md")); err != nil {
				t.Fatal(err)
			}
		}},
	}
	for _, s := range steps {
		s.do()
		w := next(s.name)
		if w.err != nil || len(w.res.Stages) == 0 || w.res.Stages[0].Status != job.Ran {
			t.Errorf("%s: %+v, %v", s.name, w.res.Stages, w.err)
		}
	}
	write("luodi.yaml", yaml+"# a remark\n")
	if err := <-ended; !errors.Is(err, ErrReload) {
		t.Errorf("after luodi.yaml changed: %v", err)
	}
	start()
	next("a second start")
	cancel()
	if err := <-ended; err != nil {
		t.Errorf("after Ctrl-C: %v", err)
	}
}
