package html_test

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"unicode"

	"github.com/luodi/luodi/internal/reader/html"
)

var (
	mdLink    = regexp.MustCompile(`!?\[([^\]]*)\]\((?:[^()]|\([^()]*\))*\)`)
	mdComment = regexp.MustCompile(`(?s)<!--.*?-->`)
)

// plainWords are the words of markdown without its marks.
func plainWords(md string) []string {
	md = mdComment.ReplaceAllString(md, " ")
	md = mdLink.ReplaceAllString(md, "$1")
	return strings.FieldsFunc(strings.ToLower(md), func(r rune) bool { return !unicode.IsLetter(r) && !unicode.IsDigit(r) })
}

// cells are the cells of markdown tables as their words.
func cells(md string) map[string]int {
	out := map[string]int{}
	for line := range strings.Lines(md) {
		line = strings.TrimSpace(line)
		if !strings.HasPrefix(line, "|") || strings.Trim(line, "|- ") == "" {
			continue
		}
		line = strings.ReplaceAll(strings.Trim(line, "|"), `\|`, "¦")
		for _, c := range strings.Split(line, "|") {
			if w := strings.Join(plainWords(c), " "); w != "" {
				out[w]++
			}
		}
	}
	return out
}

func count(words []string) map[string]int {
	out := map[string]int{}
	for _, w := range words {
		out[w]++
	}
	return out
}

func common(a, b map[string]int) (n int) {
	for w, k := range a {
		n += min(k, b[w])
	}
	return n
}

func sum(m map[string]int) (n int) {
	for _, k := range m {
		n += k
	}
	return n
}

// TestDoclingPages compares with the markdown that another converter makes of
// 31 pages: words recalled, and F1 of table cells. That converter is no truth:
// lists in cells have marks there that are not words, and captions are left
// out.
func TestDoclingPages(t *testing.T) {
	dir := filepath.Join("..", "..", "..", "..", "shared", "data", "docling-docs", "html")
	files, err := filepath.Glob(filepath.Join(dir, "sources", "*.html"))
	if err != nil || len(files) == 0 {
		t.Skipf("no real data at %s: skipped", dir)
	}
	var all, found, theirs, ours, same int
	for _, f := range files {
		page, err := os.ReadFile(f)
		if err != nil {
			t.Fatal(err)
		}
		truth, err := os.ReadFile(filepath.Join(dir, "groundtruth", filepath.Base(f)+".md"))
		if err != nil {
			t.Log(err)
			continue
		}
		_, got, _ := html.Extractor{}.Extract(string(page))
		want, have := count(plainWords(string(truth))), count(plainWords(got))
		n := common(want, have)
		all, found = all+sum(want), found+n
		if n < sum(want) {
			var missing []string
			for w, k := range want {
				if have[w] < k {
					missing = append(missing, w)
				}
			}
			t.Logf("%s: %d of %d words; missing %q", filepath.Base(f), n, sum(want), missing)
		}
		a, b := cells(string(truth)), cells(got)
		theirs, ours, same = theirs+sum(a), ours+sum(b), same+common(a, b)
		if common(a, b) < max(sum(a), sum(b)) {
			t.Logf("%s: %d cells, %d here, %d the same", filepath.Base(f), sum(a), sum(b), common(a, b))
		}
	}
	recall := float64(found) / float64(all)
	f1 := 2 * float64(same) / float64(theirs+ours)
	t.Logf("%d pages: word recall %.4f, table cell F1 %.4f of %d cells", len(files), recall, f1, theirs)
	if recall < .97 || f1 < .95 {
		t.Errorf("word recall %.4f, cell F1 %.4f; at least .97 and .95 are expected", recall, f1)
	}
}
