package html_test

import (
	"flag"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/luodi/luodi/internal/clean"
	"github.com/luodi/luodi/internal/reader/html"
	"github.com/luodi/luodi/internal/source"
)

var update = flag.Bool("update", false, "write the golden files")

// TestGoldenPages cleans the pages of testdata as luodi does, and compares with
// the text beside each.
func TestGoldenPages(t *testing.T) {
	pages, err := filepath.Glob("testdata/*.html")
	if err != nil || len(pages) == 0 {
		t.Fatal("no pages", err)
	}
	plan := clean.NewPlan(map[string]clean.Extractor{"html": html.Extractor{}})
	for _, name := range pages {
		raw, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		records, err := source.Parse(nil, name, raw, source.Columns{})
		if err != nil {
			t.Fatal(err)
		}
		c := plan.Clean(records[0])
		got := "title: " + c.Title + "\n\n" + c.Text + "\n"
		golden := strings.TrimSuffix(name, ".html") + ".txt"
		if *update {
			if err := os.WriteFile(golden, []byte(got), 0o644); err != nil {
				t.Fatal(err)
			}
		}
		want, err := os.ReadFile(golden)
		if err != nil {
			t.Fatal(err)
		}
		if d := cmp.Diff(string(want), got); d != "" {
			t.Errorf("%s (-want +got):\n%s", name, d)
		}

		x, err := plan.Explain(t.Context(), nil, raw, source.File{Format: "html", Charset: "utf-8"}, records[0])
		if err != nil {
			t.Fatal(err)
		}
		m := x.Map()
		for _, piece := range []string{"2024年3月15日", "3.10", "信用贷款", "连三累六"} {
			i := strings.Index(c.Text, piece)
			from, to := m.Source(i, i+len(piece))
			if i >= 0 && string(raw[from:to]) != piece {
				t.Errorf("%s: %q is found at %q", name, piece, raw[from:to])
			}
		}
	}
}
