package pdf

import (
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// ways are the ways in which an office draws a table: a cell's borders at row r
// of n and column c of m, and its shade.
var ways = []struct {
	name string
	css  func(r, n, c, m int) string
	grey func(r int) bool
}{
	{"grid", func(_, _, _, _ int) string { return border("top", "bottom", "left", "right") }, nil},
	{"a rule below each row", func(r, _, _, _ int) string {
		if r == 0 {
			return border("top", "bottom")
		}
		return border("bottom")
	}, nil},
	{"rules around the head and at the end", func(r, n, _, _ int) string {
		switch r {
		case 0:
			return border("top", "bottom")
		case n - 1:
			return border("bottom")
		}
		return ""
	}, nil},
	{"a frame and the head", func(r, n, c, m int) string {
		var at []string
		if r == 0 {
			at = append(at, "top", "bottom")
		}
		if r == n-1 {
			at = append(at, "bottom")
		}
		if c == 0 {
			at = append(at, "left")
		}
		if c == m-1 {
			at = append(at, "right")
		}
		return border(at...)
	}, nil},
	{"no rule", func(_, _, _, _ int) string { return "" }, nil},
	{"every other row shaded", func(_, _, _, _ int) string { return "" }, func(r int) bool { return r%2 == 0 }},
}

func border(sides ...string) string {
	var b strings.Builder
	for _, s := range sides {
		fmt.Fprintf(&b, "border-%s:0.75pt solid #000;", s)
	}
	return b.String()
}

// TestOfficeTables is the F1 of cells of tables that an office program lays
// out: long cells that wrap, numbers at the right, titles over two columns.
func TestOfficeTables(t *testing.T) {
	soffice, err := exec.LookPath("soffice")
	if err != nil {
		t.Skip("soffice is not installed")
	}
	dir := t.TempDir()
	random := rand.New(rand.NewPCG(1, 2))
	truth := make([][]string, len(ways))
	var files []string
	for w := range ways {
		for i := range 6 {
			page, cells := officeTable(random, w, i%2 == 0)
			name := filepath.Join(dir, fmt.Sprintf("%d-%d.html", w, i))
			if err := os.WriteFile(name, []byte(page), 0o600); err != nil {
				t.Fatal(err)
			}
			files, truth[w] = append(files, name), append(truth[w], strings.Join(cells, "|"))
		}
	}
	args := append([]string{"-env:UserInstallation=file://" + dir + "/profile", "--headless", "--infilter=HTML (StarWriter)", "--convert-to", "pdf", "--outdir", dir}, files...)
	if out, err := exec.Command(soffice, args...).CombinedOutput(); err != nil {
		t.Skipf("soffice cannot convert: %v: %s", err, out)
	}
	r := testReader(t)
	var hit, all int
	for w, way := range ways {
		var right, want, got int
		for i := range truth[w] {
			row, _, err := readOne(r, filepath.Join(dir, fmt.Sprintf("%d-%d.pdf", w, i)))
			if err != nil {
				t.Fatal(err)
			}
			h, n, m := overlap(strings.Split(truth[w][i], "|"), cellsOf(row.Text))
			right, want, got = right+h, want+n, got+m
		}
		f1 := 2 * float64(right) / float64(want+got)
		hit, all = hit+2*right, all+want+got
		t.Logf("%-40s cell F1 %.3f of %d cells", way.name, f1, want)
		if w == 0 && f1 < .98 {
			t.Errorf("%s: cell F1 %.3f, want .98", way.name, f1)
		}
	}
	f1 := float64(hit) / float64(all)
	t.Logf("cell F1 %.4f", f1)
	if f1 < .75 { // fonts, and so the breaks of lines, differ between machines
		t.Errorf("cell F1 %.4f, want .75", f1)
	}
}

var (
	hanWords   = strings.Fields("贷款 合同 利率 定期 活期 客户 风险 审批 金额 期限 担保 机构 支行 余额 还款 计划 额度 费用 备注 产品")
	latinWords = strings.Fields("loan contract rate term deposit customer risk amount branch balance fee limit plan remark product")
)

// officeTable is a page with one table among paragraphs, and its cells.
func officeTable(random *rand.Rand, w int, han bool) (string, []string) {
	words, sep, font := latinWords, " ", "DejaVu Sans"
	if han {
		words, sep, font = hanWords, "", "Noto Sans CJK SC"
	}
	say := func(n int) string {
		var out []string
		for range n {
			out = append(out, words[random.IntN(len(words))])
		}
		return strings.Join(out, sep)
	}
	rows, cols := 4+random.IntN(7), 3+random.IntN(3)
	long, title := 1+random.IntN(cols-1), random.IntN(2) == 0
	var page strings.Builder
	var cells []string
	fmt.Fprintf(&page, `<html><head><meta charset="utf-8"><style>body{font-family:"%s";font-size:10pt}</style></head><body><p>%s</p><table cellspacing=0 width="100%%">`, font, say(40))
	for r := range rows {
		page.WriteString("<tr>")
		for c := 0; c < cols; c++ {
			span, align, s := 1, "left", say(1+random.IntN(2))
			switch {
			case r == 0 && title && c == cols-2 && ways[w].name == "grid":
				span = 2
			case r > 0 && c == long:
				s = say(8 + random.IntN(8))
			case r > 0 && c > 0:
				align, s = "right", fmt.Sprintf("%d.%02d", random.IntN(99999), random.IntN(100))
			}
			for range span {
				cells = append(cells, strings.Join(wordsOf(s), ""))
			}
			shade := ""
			if grey := ways[w].grey; grey != nil && grey(r) {
				shade = ` bgcolor="#dddddd"`
			}
			width := 60 / (cols - 1)
			if c == long {
				width = 40
			}
			fmt.Fprintf(&page, `<td%s align=%s colspan=%d width="%d%%" style="border:none;%s"><p style="margin:2pt 4pt">%s</p></td>`, shade, align, span, width*span, ways[w].css(r, rows, c, cols), s)
			c += span - 1
		}
		page.WriteString("</tr>")
	}
	fmt.Fprintf(&page, "</table><p>%s</p></body></html>", say(60))
	return page.String(), cells
}
