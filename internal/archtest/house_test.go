package archtest_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"go/parser"
	"go/token"
	"io"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/luodi/luodi/internal/archtest"
)

const (
	root   = "../.."
	module = "github.com/luodi/luodi"
)

// golist runs go list in the module's root.
func golist(t *testing.T, args ...string) []byte {
	t.Helper()
	cmd := exec.Command("go", append([]string{"list"}, args...)...)
	cmd.Dir = root
	cmd.Env = append(os.Environ(), "CGO_ENABLED=0")
	var problems bytes.Buffer
	cmd.Stderr = &problems
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("go list %s: %v\n%s", strings.Join(args, " "), err, &problems)
	}
	return out
}

// packages returns the module's packages and all that they depend on.
func packages(t *testing.T) []archtest.Package {
	t.Helper()
	var out []archtest.Package
	in := json.NewDecoder(bytes.NewReader(golist(t, "-e", "-deps", "-json=ImportPath,Doc,Imports,Standard", "./...")))
	for {
		var p archtest.Package
		if err := in.Decode(&p); errors.Is(err, io.EOF) {
			return out
		} else if err != nil {
			t.Fatal(err)
		}
		out = append(out, p)
	}
}

// sources calls fn with each Go file of the module.
func sources(t *testing.T, fn func(path string, text []byte)) {
	t.Helper()
	err := filepath.WalkDir(root, func(path string, e fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case e.IsDir() && path != root && (strings.HasPrefix(e.Name(), ".") || e.Name() == "node_modules" || e.Name() == "testdata"):
			return fs.SkipDir
		case e.IsDir() || filepath.Ext(path) != ".go":
			return nil
		}
		text, err := os.ReadFile(path)
		if err == nil {
			fn(strings.TrimPrefix(filepath.ToSlash(path), root+"/"), text)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
}

func TestDirectionOfImports(t *testing.T) {
	const file = "docs/ARCHITECTURE.md"
	text, err := os.ReadFile(filepath.Join(root, file))
	if err != nil {
		t.Fatal(err)
	}
	layers, err := archtest.Parse(text)
	if err != nil {
		t.Fatalf("%s: %v", file, err)
	}
	for _, problem := range archtest.Check(module, layers, packages(t)) {
		t.Error(problem)
	}
	for _, name := range append(layers.Domain.Names, layers.Platform.Names...) {
		if _, err := os.Stat(filepath.Join(root, "internal", name)); err != nil {
			t.Errorf("%s lists %s, which does not exist", file, name)
		}
	}
	chinese, err := os.ReadFile(filepath.Join(root, "docs/zh/ARCHITECTURE.md"))
	if err != nil {
		t.Fatal(err)
	}
	same, err := archtest.Parse(chinese)
	if err != nil {
		t.Fatalf("docs/zh/ARCHITECTURE.md: %v", err)
	}
	for i, pair := range [][2]archtest.Layer{{layers.Domain, same.Domain}, {layers.Platform, same.Platform}} {
		if en, zh := strings.Join(pair[0].Names, " "), strings.Join(pair[1].Names, " "); en != zh {
			t.Errorf("list %d differs between the languages:\nen %s\nzh %s", i+1, en, zh)
		}
	}
}

// Test servers, suites and package testing itself are in no binary.
func TestBinaryHasNoTestCode(t *testing.T) {
	for _, dep := range strings.Fields(string(golist(t, "-e", "-deps", "./cmd/luodi"))) {
		if dep == "testing" || strings.HasSuffix(dep, "test") && strings.HasPrefix(dep, module) && !strings.HasSuffix(dep, "/etest") {
			t.Errorf("cmd/luodi is built from %s", dep)
		}
	}
}

func TestEveryPackageSaysWhatItIsFor(t *testing.T) {
	comment := map[string]string{} // by folder
	sources(t, func(path string, text []byte) {
		dir := filepath.Dir(path)
		if _, seen := comment[dir]; !seen {
			comment[dir] = ""
		}
		if strings.HasSuffix(path, "_test.go") {
			return
		}
		f, err := parser.ParseFile(token.NewFileSet(), path, text, parser.ParseComments|parser.PackageClauseOnly)
		if err != nil {
			t.Error(err)
			return
		}
		if f.Doc != nil {
			if comment[dir] != "" {
				t.Errorf("%s has two package comments", dir)
			}
			comment[dir] = strings.TrimSpace(f.Doc.Text())
		}
	})
	for dir, text := range comment {
		lines := strings.Count(text, "\n") + 1
		switch {
		case text == "":
			t.Errorf("%s has no package comment", dir)
		case strings.HasSuffix(dir, "test") && lines <= 20: // serves tests only
		case lines < 5 || lines > 20:
			t.Errorf("%s: its package comment has %d lines; 5 to 20 say the job it does for the user, the decision behind it and what it does not do", dir, lines)
		}
	}
}

func TestFilesAreSmall(t *testing.T) {
	sources(t, func(path string, text []byte) {
		if len(text) > 25_000 {
			t.Errorf("%s has %d bytes; split it below 25,000", path, len(text))
		}
	})
}

func TestNoCgo(t *testing.T) {
	sources(t, func(path string, text []byte) {
		f, err := parser.ParseFile(token.NewFileSet(), path, text, parser.ImportsOnly)
		if err != nil {
			t.Error(err)
			return
		}
		for _, imp := range f.Imports {
			if imp.Path.Value == `"C"` {
				t.Errorf("%s uses cgo", path)
			}
		}
	})
}

// SQLite in Go is C translated against one version of its C library in Go;
// with another it may fail in ways that no other test shows.
func TestSQLiteHasTheLibraryItAsksFor(t *testing.T) {
	const lib = "modernc.org/libc"
	have := strings.TrimSpace(string(golist(t, "-m", "-f", "{{.Version}}", lib)))
	mod := strings.TrimSpace(string(golist(t, "-m", "-f", "{{.GoMod}}", "modernc.org/sqlite")))
	text, err := os.ReadFile(mod)
	if err != nil {
		t.Fatal(err)
	}
	want := ""
	for line := range strings.Lines(string(text)) {
		if f := strings.Fields(strings.TrimPrefix(strings.TrimSpace(line), "require ")); len(f) >= 2 && f[0] == lib {
			want = f[1]
		}
	}
	if have != want || want == "" {
		t.Errorf("go.mod has %s %s, and modernc.org/sqlite asks for %q; run: go get %s@%s", lib, have, want, lib, want)
	}
}
