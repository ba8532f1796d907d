package pdf

import (
	"context"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/luodi/luodi/internal/source"
)

const docling = "../../../../shared/data/docling-docs/pdf"

// TestDocling measures word recall and table cell F1 against the markdown that
// another tool is expected to give.
func TestDocling(t *testing.T) {
	names, _ := filepath.Glob(docling + "/sources/*.pdf")
	if len(names) == 0 {
		t.Skip("../shared/data/docling-docs is absent")
	}
	r := testReader(t)
	var found, words, hit, cells, got int
	for _, name := range names {
		base := strings.TrimSuffix(filepath.Base(name), ".pdf")
		truth, err := os.ReadFile(docling + "/groundtruth/" + base + ".md")
		if err != nil {
			continue // it has no expected text
		}
		row, notes, err := readOne(r, name)
		if err != nil {
			t.Errorf("%s: %v", base, err)
			continue
		}
		if dir := os.Getenv("LUODI_DOCLING_OUT"); dir != "" {
			_ = os.WriteFile(filepath.Join(dir, base+".md"), []byte(row.Text), 0o644)
		}
		f, n := recall(wordsOf(string(truth)), wordsOf(row.Text))
		h, c, g := overlap(cellsOf(string(truth)), cellsOf(row.Text))
		found, words, hit, cells, got = found+f, words+n, hit+h, cells+c, got+g
		t.Logf("%-32s words %5d recall %.3f  cells %4d found %4d right %4d  %v", base, n, float64(f)/float64(max(n, 1)), c, g, h, notes)
	}
	wordRecall, f1 := float64(found)/float64(words), 2*float64(hit)/float64(cells+got)
	t.Logf("word recall %.4f of %d words, cell F1 %.4f of %d cells, cell recall %.4f", wordRecall, words, f1, cells, float64(hit)/float64(cells))
	if wordRecall < .97 {
		t.Errorf("word recall %.4f, want .97", wordRecall)
	}
}

func testReader(t *testing.T) *Reader {
	t.Helper()
	r := New(Config{Cache: filepath.Join(os.TempDir(), "luodi-test-pdfium")})
	t.Cleanup(func() {
		if err := r.Close(); err != nil {
			t.Error(err)
		}
	})
	return r
}

func readOne(r *Reader, name string) (row source.Row, notes []string, err error) {
	raw, err := os.ReadFile(name)
	if err != nil {
		return row, nil, err
	}
	notes, err = r.Read(context.Background(), source.Input{Path: name, Raw: raw}, func(got source.Row) error {
		row = got
		return nil
	})
	return row, notes, err
}

var (
	comment = regexp.MustCompile(`(?s)<!--.*?-->`)
	divider = regexp.MustCompile(`^\|[\s|:-]+\|$`)
	wordRE  = regexp.MustCompile(`[\p{L}\p{N}]+`)
)

func wordsOf(s string) []string {
	s = strings.NewReplacer("&amp;", "&", "&lt;", "<", "&gt;", ">", `\_`, "_").Replace(comment.ReplaceAllString(s, ""))
	return wordRE.FindAllString(strings.ToLower(s), -1)
}

// recall counts the words of truth that are in got, as multisets.
func recall(truth, got []string) (found, n int) {
	have := map[string]int{}
	for _, w := range got {
		have[w]++
	}
	for _, w := range truth {
		if have[w] > 0 {
			have[w]--
			found++
		}
	}
	return found, len(truth)
}

// cellsOf are the cells of a text's tables that are not empty.
func cellsOf(s string) []string {
	var out []string
	for line := range strings.Lines(s) {
		line = strings.TrimSpace(line)
		if !strings.HasPrefix(line, "|") || divider.MatchString(line) || strings.Contains(line, ". . . .") { // a table of contents is none

			continue
		}
		for _, c := range strings.Split(strings.Trim(line, "|"), "|") {
			if c = strings.Join(wordsOf(c), ""); c != "" {
				out = append(out, c)
			}
		}
	}
	return out
}

func overlap(truth, got []string) (hit, n, m int) {
	hit, n = recall(truth, got)
	return hit, n, len(got)
}
