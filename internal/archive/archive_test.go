package archive_test

import (
	"bytes"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/luodi/luodi/internal/archive"
	"github.com/luodi/luodi/internal/errs"
)

type manifest struct{ Members []archive.Member }

func write(t *testing.T, path string, members map[string]string) {
	t.Helper()
	w, err := archive.Create(path)
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"a.jsonl", "objects/x", "project/数据/b.csv"} {
		if err := w.Add(name, func(to io.Writer) error { _, err := io.WriteString(to, members[name]); return err }); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Close(manifest{w.Members()}); err != nil {
		t.Fatal(err)
	}
}

var sample = map[string]string{"a.jsonl": strings.Repeat("{\"n\":1}\n", 4000), "objects/x": "\x00\xff", "project/数据/b.csv": "a,b\n"}

func extract(path, dir string) error {
	var m manifest
	return archive.Extract(path, dir, &m, func() []archive.Member { return m.Members })
}

func TestRoundTrip(t *testing.T) {
	for _, name := range []string{"bank.tar.gz", "bank"} {
		t.Run(name, func(t *testing.T) {
			dir := t.TempDir()
			path := filepath.Join(dir, name)
			write(t, path, sample)
			to := filepath.Join(dir, "to")
			if err := extract(path, to); err != nil {
				t.Fatal(err)
			}
			for member, want := range sample {
				if b, err := os.ReadFile(filepath.Join(to, member)); err != nil || string(b) != want {
					t.Errorf("%s: %d bytes, %v", member, len(b), err)
				}
			}
			entries, _ := os.ReadDir(dir)
			if len(entries) != 2 {
				t.Errorf("left behind: %v", entries)
			}
		})
	}
}

// Whatever byte of an archive changes, and wherever it is cut, Extract says so.
func TestDamage(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "bank.tar.gz")
	write(t, path, sample)
	whole, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	n := 0
	check := func(what string, b []byte) {
		n++
		bad := filepath.Join(dir, fmt.Sprint("bad", n, ".tar.gz"))
		if err := os.WriteFile(bad, b, 0o644); err != nil {
			t.Fatal(err)
		}
		to := filepath.Join(dir, fmt.Sprint("to", n))
		if err := extract(bad, to); err == nil {
			for member, want := range sample { // a bit of padding means nothing
				if b, err := os.ReadFile(filepath.Join(to, member)); err != nil || string(b) != want {
					t.Errorf("%s: taken as whole, but %s is not", what, member)
				}
			}
		} else if !errs.Is(err, errs.CodeInvalid) {
			t.Errorf("%s: %v", what, err)
		}
	}
	for at := 10; at < len(whole); at += len(whole)/40 + 1 { // before are times and names that mean nothing
		b := bytes.Clone(whole)
		b[at] ^= 0x10
		check(fmt.Sprint("changed at ", at), b)
		check(fmt.Sprint("cut at ", at), whole[:at])
	}
}

func TestDamagedFolder(t *testing.T) {
	tests := []struct {
		name, want string
		damage     func(dir string) error
	}{
		{"changed", "member a.jsonl is damaged", func(d string) error { return os.WriteFile(filepath.Join(d, "a.jsonl"), []byte("{}"), 0o644) }},
		{"missing", "member objects/x is missing", func(d string) error { return os.Remove(filepath.Join(d, "objects/x")) }},
		{"more", "member extra is not in the manifest", func(d string) error { return os.WriteFile(filepath.Join(d, "extra"), nil, 0o644) }},
		{"no manifest", "no manifest.json", func(d string) error { return os.Remove(filepath.Join(d, "manifest.json")) }},
		{"link", "no plain file", func(d string) error { return os.Symlink("/etc/hostname", filepath.Join(d, "link")) }},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			dir := t.TempDir()
			path := filepath.Join(dir, "bank")
			write(t, path, sample)
			if err := tt.damage(path); err != nil {
				t.Fatal(err)
			}
			if err := extract(path, filepath.Join(dir, "to")); err == nil || !strings.Contains(err.Error(), tt.want) {
				t.Errorf("%v, want %q", err, tt.want)
			}
		})
	}
}

func TestCreateRefuses(t *testing.T) {
	dir := t.TempDir()
	taken := filepath.Join(dir, "taken.tar.gz")
	if err := os.WriteFile(taken, []byte("mine"), 0o644); err != nil {
		t.Fatal(err)
	}
	for _, path := range []string{taken, dir, filepath.Join(dir, "x.tar.zst")} {
		if _, err := archive.Create(path); err == nil {
			t.Errorf("%s: overwritten", path)
		}
	}
	w, err := archive.Create(filepath.Join(dir, "ok"))
	if err != nil {
		t.Fatal(err)
	}
	if err := w.Add("../out", func(io.Writer) error { return nil }); err == nil {
		t.Error("a member outside of the archive")
	}
	w.Abort()
}

func ExampleWriter() {
	dir, _ := os.MkdirTemp("", "")
	defer os.RemoveAll(dir)
	w, _ := archive.Create(filepath.Join(dir, "bank.tar.gz"))
	w.Add("records.jsonl", func(to io.Writer) error { _, err := io.WriteString(to, "{}\n"); return err })
	fmt.Println(w.Close(manifest{w.Members()}), extract(filepath.Join(dir, "bank.tar.gz"), filepath.Join(dir, "to")))
	// Output: <nil> <nil>
}
