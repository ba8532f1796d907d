package office_test

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"unicode"

	"github.com/luodi/luodi/internal/reader/html"
	"github.com/luodi/luodi/internal/reader/office"
	"github.com/luodi/luodi/internal/source"
)

// markdown is a file as text with tables: rows of a sheet as a table again.
func markdown(name string, raw []byte) (string, error) {
	r := source.ReaderFor(office.Readers(), name)
	var b strings.Builder
	header, sheet, last := "", "", 0
	_, err := source.ReadWith(context.Background(), r, source.Input{Path: name, Raw: raw}, func(row source.Row) error {
		if len(row.Fields) == 0 {
			text := row.Text
			for _, s := range slices.Backward(row.Spans) { // what pictures show is left out there
				if strings.HasSuffix(s.At.Role, "picture") {
					text = text[:s.Start] + text[s.End:]
				}
			}
			if r.Format() == "html" {
				_, text, _ = html.Extractor{}.Extract(text)
			}
			b.WriteString(text + "\n\n")
			return nil
		}
		if row.At.Sheet != sheet {
			sheet, header = row.At.Sheet, ""
			b.WriteString("\n\n" + sheet + "\n\n")
		}
		if f := row.Fields[0]; f.Name == sheet || strings.HasPrefix(f.Name, "comment on") {
			for _, f := range row.Fields {
				b.WriteString(f.Name + " " + f.Value + "\n")
			}
			return nil
		}
		var names, values []string
		for _, f := range row.Fields {
			n := f.Name
			if strings.HasPrefix(n, "column ") {
				n = ""
			}
			names, values = append(names, strings.ReplaceAll(n, "|", `\|`)), append(values, strings.ReplaceAll(strings.ReplaceAll(f.Value, "\n", " "), "|", `\|`))
		}
		// A header comes again with each table; one of two rows as two.
		first, _, _ := strings.Cut(row.At.Cell, ":")
		h := strings.Trim(first, "0123456789") + strings.Join(names, " | ")
		if h != header || row.Number > last+1 {
			upper, lower := slices.Clone(names), slices.Clone(names)
			for i, n := range names {
				if a, z, ok := strings.Cut(n, " / "); ok {
					upper[i], lower[i] = a, z
				}
			}
			header = h
			if !slices.Equal(upper, lower) {
				b.WriteString("\n| " + strings.Join(upper, " | ") + " |")
			}
			b.WriteString("\n| " + strings.Join(lower, " | ") + " |\n")
		}
		last = row.Number
		b.WriteString("| " + strings.Join(values, " | ") + " |\n")
		return nil
	})
	return b.String(), err
}

var (
	mdLink = regexp.MustCompile(`!?\[([^\]]*)\]\((?:[^()]|\([^()]*\))*\)`)
	// What charts of a workbook plot is told as tables once more there.
	chartTable = regexp.MustCompile(`(?m)(^.*chart\n\n)?(^\|.*\n)^\|-.*\n(^\|.*\n?)*`)
	mdComment  = regexp.MustCompile(`(?s)<!--.*?-->`)
	mdEntity   = strings.NewReplacer("&lt;", "<", "&gt;", ">", "&amp;", "&", `\_`, "_", " 00:00:00", "", `\pi`, "π", `\pm`, "±", `\infty`, "∞", `\times`, "×", `\cdot`, "⋅", `\left`, "", `\right`, "", "[x]", "☒", "[ ]", "☐")
)

// plainWords are the words of markdown without its marks.
func plainWords(md string) []string {
	md = mdLink.ReplaceAllString(mdComment.ReplaceAllString(md, " "), "$1")
	return strings.FieldsFunc(strings.ToLower(mdEntity.Replace(md)), func(r rune) bool { return !unicode.IsLetter(r) && !unicode.IsDigit(r) })
}

// cells are the cells of markdown tables as their words. A time of midnight
// behind a date says nothing.
func cells(md string) map[string]int {
	out := map[string]int{}
	for line := range strings.Lines(md) {
		line = strings.TrimSpace(line)
		if !strings.HasPrefix(line, "|") || strings.Trim(line, "|-: ") == "" {
			continue
		}
		line = strings.ReplaceAll(strings.Trim(line, "|"), `\|`, "¦")
		for _, c := range strings.Split(line, "|") {
			if w := strings.TrimSuffix(strings.Join(plainWords(c), " "), " 00 00 00"); w != "" {
				out[w]++
			}
		}
	}
	return out
}

func counted(words []string) map[string]int {
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

func total(m map[string]int) (n int) {
	for _, k := range m {
		n += k
	}
	return n
}

// missing lists what is in a and not in b.
func missing(a, b map[string]int) string {
	var out []string
	for w, k := range a {
		if b[w] < k {
			out = append(out, fmt.Sprintf("%s×%d", w, k-b[w]))
		}
	}
	slices.Sort(out)
	if len(out) > 30 {
		out = append(out[:30], "…")
	}
	return fmt.Sprintf("%q", out)
}

// TestDocling compares every office file of the docling collection with the
// markdown that docling makes of it: words recalled, and F1 of table cells.
// That is another converter's output, no truth; docs/benchmarks.md says where
// it errs. Old formats count only where LibreOffice is installed.
func TestDocling(t *testing.T) {
	root := filepath.Join("..", "..", "..", "..", "shared", "data", "docling-docs")
	if _, err := os.Stat(root); err != nil {
		t.Skipf("no real data at %s: skipped", root)
	}
	for _, tt := range []struct {
		folder     string
		recall, f1 float64
	}{{"docx", .97, .98}, {"xlsx", .97, .98}, {"html", .97, .98}, {"pptx", .96, .94}, {"doc", 0, 0}, {"xls", 0, 0}, {"ppt", 0, 0}, {"odf", 0, 0}} {
		t.Run(tt.folder, func(t *testing.T) { docling(t, filepath.Join(root, tt.folder), tt.recall, tt.f1) })
	}
}

func docling(t *testing.T, dir string, wantRecall, wantF1 float64) {
	files, err := filepath.Glob(filepath.Join(dir, "sources", "*"))
	if err != nil {
		t.Fatal(err)
	}
	var n, all, found, theirs, ours, same int
	for _, f := range files {
		truth, err := os.ReadFile(filepath.Join(dir, "groundtruth", filepath.Base(f)+".md"))
		if err != nil || source.ReaderFor(office.Readers(), f) == nil {
			continue
		}
		raw, err := os.ReadFile(f)
		if err != nil {
			t.Fatal(err)
		}
		got, err := markdown(filepath.Base(f), raw)
		if err != nil {
			if wantRecall == 0 {
				t.Skipf("%s: %v", filepath.Base(f), err)
			}
			t.Errorf("%s: %v", filepath.Base(f), err)
			continue
		}
		n++
		if filepath.Base(dir) == "xlsx" {
			truth = chartTable.ReplaceAll(truth, nil)
		}
		want, have := counted(plainWords(string(truth))), counted(plainWords(got))
		k := common(want, have)
		all, found = all+total(want), found+k
		if k < total(want) {
			t.Logf("%s: %d of %d words; missing %s", filepath.Base(f), k, total(want), missing(want, have))
		}
		a, b := cells(string(truth)), cells(got)
		theirs, ours, same = theirs+total(a), ours+total(b), same+common(a, b)
		if common(a, b) < max(total(a), total(b)) {
			t.Logf("%s: %d cells, %d here, %d the same; missing %s, more %s", filepath.Base(f), total(a), total(b), common(a, b), missing(a, b), missing(b, a))
		}
	}
	recall, f1 := float64(found)/float64(max(1, all)), 2*float64(same)/float64(max(1, theirs+ours))
	t.Logf("%s: %d files, word recall %.4f of %d, table cell F1 %.4f of %d", filepath.Base(dir), n, recall, all, f1, theirs)
	if recall < wantRecall || f1 < wantF1 {
		t.Errorf("%s: word recall %.4f, cell F1 %.4f; at least %.2f and %.2f are expected", filepath.Base(dir), recall, f1, wantRecall, wantF1)
	}
}
