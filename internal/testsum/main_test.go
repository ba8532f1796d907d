package main

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// module writes a module of its own with the given files and returns its path.
func module(t *testing.T, files map[string]string) string {
	t.Helper()
	dir := t.TempDir()
	files["go.mod"] = "module example.org/x/y\n\ngo 1.26\n"
	for name, text := range files {
		path := filepath.Join(dir, name)
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

func TestRun(t *testing.T) {
	const head = "package a\nimport (\"os\"; \"testing\")\nvar _ = os.Args\n"
	tests := []struct {
		name  string
		files map[string]string
		code  int
		want  []string
		never []string
	}{
		{
			"all pass, and a parent is not counted",
			map[string]string{"a/a_test.go": head + `
				func TestA(t *testing.T) { t.Run("x", func(t *testing.T) {}); t.Run("with/slash", func(t *testing.T) {}) }
				func TestB(t *testing.T) { t.Log("quiet") }`},
			0, []string{"ok    a ", "\n3 passed, 0 failed, 0 skipped\n"}, []string{"quiet", "Skipped", "FAIL"},
		},
		{
			"a skipped test says why",
			map[string]string{"a/a_test.go": head + `
				func TestA(t *testing.T) { for _, s := range []string{"x", "y"} { t.Run(s, func(t *testing.T) { t.Skip("no PostgreSQL here") }) } }
				func TestB(t *testing.T) { t.SkipNow() }
				func TestC(t *testing.T) {}`},
			0, []string{"Skipped:\n  no PostgreSQL here\n      a TestA/x\n      a TestA/y\n", "  no reason given\n      a TestB\n", "\n1 passed, 0 failed, 3 skipped\n"}, nil,
		},
		{
			"a failed test shows its output, once",
			map[string]string{"a/a_test.go": head + `
				func TestA(t *testing.T) { t.Run("x", func(t *testing.T) { t.Error("want 1") }); t.Run("y", func(t *testing.T) {}) }`},
			1, []string{"=== a TestA/x\n", "want 1", "FAIL  a ", "\n1 passed, 1 failed, 0 skipped\n"}, nil,
		},
		{
			"a package that does not build, beside one that does",
			map[string]string{"a/a_test.go": head + "func TestA(t *testing.T) { nosuch() }", "b/b_test.go": strings.Replace(head, "package a", "package b", 1) + "func TestB(t *testing.T) {}"},
			1, []string{"undefined: nosuch", "FAIL  a ", "ok    b ", "\n1 passed, 1 failed, 0 skipped\n"}, nil,
		},
		{
			"a panic",
			map[string]string{"a/a_test.go": head + `func TestA(t *testing.T) { panic("bug here") }`},
			1, []string{"bug here", "\n0 passed, 1 failed, 0 skipped\n"}, nil,
		},
		{
			"a test that leaves the program",
			map[string]string{"a/a_test.go": head + `func TestA(t *testing.T) { os.Exit(3) }`},
			1, []string{"a TestA", "\n0 passed, 1 failed, 0 skipped\n"}, nil,
		},
		{
			"a package without tests",
			map[string]string{"a/a_test.go": head + "func TestA(t *testing.T) {}", "b/b.go": "package b\n"},
			0, []string{"Without tests: 1 packages\n", "\n1 passed, 0 failed, 0 skipped\n"}, []string{"b  "},
		},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Chdir(module(t, tt.files))
			var out, problems bytes.Buffer
			if code := run([]string{"./..."}, &out, &problems); code != tt.code {
				t.Errorf("exit code %d, want %d", code, tt.code)
			}
			for _, want := range tt.want {
				if strings.Count(out.String(), want) != 1 {
					t.Errorf("%q is not there once", want)
				}
			}
			for _, never := range tt.never {
				if strings.Contains(out.String(), never) {
					t.Errorf("%q should not be there", never)
				}
			}
			if t.Failed() {
				t.Logf("it printed:\n%s%s", &out, &problems)
			}
		})
	}
}

func TestReason(t *testing.T) {
	tests := []struct {
		name   string
		output []string
		want   string
	}{
		{"said by the test", []string{"=== RUN   TestA\n", "    a_test.go:12: no data\n", "--- SKIP: TestA (0.00s)\n"}, "no data"},
		{"after it logged", []string{"    a_test.go:11: looking\n", "    a_test.go:12: no data\n"}, "no data"},
		{"not said", []string{"=== RUN   TestA\n", "--- SKIP: TestA (0.00s)\n"}, "no reason given"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if got := reason(tt.output); got != tt.want {
				t.Errorf("%q, want %q", got, tt.want)
			}
		})
	}
}
