package source

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestGlob(t *testing.T) {
	dir := t.TempDir()
	for _, f := range []string{"a.csv", "b.txt", "x/a.csv", "x/y/a.csv", "x/y/中.csv", ".git/a.csv", "x/.a.csv", "[1].csv"} {
		file := filepath.Join(dir, "p", f)
		if err := os.MkdirAll(filepath.Dir(file), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(file, nil, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.Symlink(filepath.Join(dir, "p"), filepath.Join(dir, "p", "x", "circle")); err != nil {
		t.Fatal(err)
	}
	tests := []struct {
		name, pattern, root string
		want                []string
	}{
		{"one file", "a.csv", "", []string{"a.csv"}},
		{"a file that is not there", "z.csv", "", nil},
		{"a folder that is not there", "z/*.csv", "", nil},
		{"a folder is no file", "x", "", nil},
		{"all of a kind", "*.csv", "", []string{"[1].csv", "a.csv"}},
		{"in a folder", "x/*.csv", "", []string{"x/a.csv"}},
		{"any folder, none too", "**/*.csv", "", []string{"[1].csv", "a.csv", "x/a.csv", "x/y/a.csv", "x/y/中.csv"}},
		{"any folder below one", "x/**/a.csv", "", []string{"x/a.csv", "x/y/a.csv"}},
		{"everything below", "x/**", "", []string{"x/a.csv", "x/y/a.csv", "x/y/中.csv"}},
		{"a folder by pattern", "?/*/a.csv", "", []string{"x/circle/a.csv", "x/y/a.csv"}},
		{"dot files only where asked", "x/.*", "", []string{"x/.a.csv"}},
		{"paths below a root", "x/y/*", "x", []string{"y/a.csv", "y/中.csv"}},
		{"outside of the project", "../p/b.txt", "", []string{"b.txt"}},
		{"an escaped character", `\[1].csv`, "", []string{"[1].csv"}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			found, err := glob(filepath.Join(dir, "p"), tt.root, tt.pattern)
			if err != nil {
				t.Fatal(err)
			}
			var got []string
			for _, f := range found {
				if f.err != nil {
					t.Errorf("%s: %v", f.path, f.err)
				}
				got = append(got, f.path)
			}
			if d := cmp.Diff(tt.want, got); d != "" {
				t.Errorf("(-want +got):\n%s", d)
			}
		})
	}
}
