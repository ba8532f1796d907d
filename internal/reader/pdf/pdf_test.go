package pdf

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/luodi/luodi/internal/errs"
	"github.com/luodi/luodi/internal/reader/ocr"
	"github.com/luodi/luodi/internal/source"
)

func read(t *testing.T, r *Reader, raw []byte) (source.Row, []string) {
	t.Helper()
	row, notes, err := readRaw(r, raw)
	if err != nil {
		t.Fatal(err)
	}
	return row, notes
}

func readRaw(r *Reader, raw []byte) (row source.Row, notes []string, err error) {
	notes, err = r.Read(context.Background(), source.Input{Path: "t.pdf", Raw: raw}, func(got source.Row) error {
		row = got
		return nil
	})
	return row, notes, err
}

// place is where the bytes of s stand.
func place(t *testing.T, row source.Row, s string) source.Location {
	t.Helper()
	i := strings.Index(row.Text, s)
	if i < 0 {
		t.Fatalf("%q is not in %q", s, row.Text)
	}
	got := source.Within(row.Spans, i, i+len(s), 2)
	if len(got) != 1 {
		t.Fatalf("%q stands at %v", s, got)
	}
	return got[0]
}

func TestLinesAndRareHan(t *testing.T) {
	var c canvas
	c.text(60, 100, 12, "𠮷野家公司，本金人民币1,234,567.89元整，㐂䶮")
	c.text(60, 118, 12, "于二〇二五年到期。")
	c.text(60, 160, 12, "The borrower pays interest on the outstand-")
	c.text(60, 178, 12, "ing amount of 3.85% p.a.")
	row, notes := read(t, testReader(t), c.bytes(""))
	want := "𠮷野家公司，本金人民币1,234,567.89元整，㐂䶮于二〇二五年到期。\n\nThe borrower pays interest on the outstanding amount of 3.85% p.a."
	if row.Text != want || len(notes) > 0 {
		t.Errorf("text %q, notes %v", row.Text, notes)
	}
	at := place(t, row, "于二〇")
	if at.Page != 1 || at.Box[0] < 59 || at.Box[0] > 64 || at.Box[1] < 100 || at.Box[3] > 124 || at.Box[2] > 175 {
		t.Errorf("at %v", at)
	}
}

func TestRuledTable(t *testing.T) {
	var c canvas
	xs, ys := []float64{60, 200, 320, 440}, []float64{100, 124, 148, 172, 196}
	for i, y := range ys {
		from := 60.0
		if i == 3 { // rows 3 and 4 of the first column are one cell
			from = 200
		}
		c.rule(from, y, 440, y)
	}
	for i, x := range xs {
		from := 100.0
		if i == 2 { // the head of columns 2 and 3 is one cell
			from = 124
		}
		c.rule(x, from, x, 196)
	}
	cells := map[[2]int]string{{0, 0}: "产品", {0, 1}: "利率|年化", {1, 0}: "定期", {1, 1}: "1.10%", {1, 2}: "1.35%", {2, 0}: "活期", {2, 1}: "0.05%", {2, 2}: "0.10%", {3, 1}: "0.15%", {3, 2}: "0.20%"}
	for at, s := range cells {
		c.text(xs[at[1]]+6, ys[at[0]]+16, 10, s)
	}
	row, _ := read(t, testReader(t), c.bytes(""))
	want := "| 产品 | 利率\\|年化 | 利率\\|年化 |\n| 定期 | 1.10% | 1.35% |\n| 活期 | 0.05% | 0.10% |\n| 活期 | 0.15% | 0.20% |"
	if row.Text != want {
		t.Errorf("got\n%s\nwant\n%s", row.Text, want)
	}
	at := place(t, row, "0.10%")
	if at.Table != 1 || at.Row != 3 || at.Column != 3 || at.Box != [4]float64{320, 148, 440, 172} {
		t.Errorf("at %+v", at)
	}
}

// TestManyTables is the F1 of cells over tables of many shapes.
func TestManyTables(t *testing.T) {
	r := testReader(t)
	var hit, want, got int
	for rows := 2; rows <= 12; rows += 5 {
		for cols := 2; cols <= 6; cols += 2 {
			for _, boxed := range []bool{true, false} {
				var c canvas
				c.text(50, 60, 11, "表格如下：")
				w := 480 / float64(cols)
				var truth []string
				for i := range rows {
					for j := range cols {
						s := fmt.Sprintf("%d,%03d.%02d", i+1, j*7, rows)
						if j == 0 {
							s = fmt.Sprintf("第%d项", i+1)
						}
						truth = append(truth, strings.Join(wordsOf(s), ""))
						c.text(56+float64(j)*w, 95+float64(i)*22, 10, s)
					}
				}
				for i := 0; i <= rows; i++ {
					if boxed || i <= 1 || i == rows {
						c.rule(50, 80+float64(i)*22, 530, 80+float64(i)*22)
					}
				}
				for j := 0; boxed && j <= cols; j++ {
					c.rule(50+float64(j)*w, 80, 50+float64(j)*w, 80+float64(rows)*22)
				}
				row, _ := read(t, r, c.bytes(""))
				h, n, m := overlap(truth, cellsOf(row.Text))
				hit, want, got = hit+h, want+n, got+m
			}
		}
	}
	f1 := 2 * float64(hit) / float64(want+got)
	t.Logf("cell F1 %.4f of %d cells", f1, want)
	if f1 < .98 {
		t.Errorf("cell F1 %.4f, want .98", f1)
	}
}

func TestColumnsAreReadOneAfterTheOther(t *testing.T) {
	var c canvas
	c.text(60, 70, 18, "A heading over both of the columns of this page")
	for i := range 12 {
		c.text(310, 110+float64(i)*16, 10, fmt.Sprintf("right column line number %02d with words", i))
	}
	for i := range 12 {
		c.text(60, 110+float64(i)*16, 10, fmt.Sprintf("left column line number %02d of the text", i))
	}
	row, _ := read(t, testReader(t), c.bytes(""))
	text := row.Text
	if !strings.HasPrefix(text, "## A heading over both of the columns of this page\n\nleft column line number 00") ||
		strings.Index(text, "left column line number 11") > strings.Index(text, "right column line number 00") {
		t.Errorf("%s", text)
	}
	if row.Title != "A heading over both of the columns of this page" {
		t.Errorf("title %q", row.Title)
	}
}

func TestRowsWithoutRulesAreATable(t *testing.T) {
	var c canvas
	c.text(60, 80, 10, "what follows is nothing but pieces that stand in the same columns")
	for i := range 8 {
		c.text(60, 110+float64(i)*16, 10, fmt.Sprintf("Item %d", i))
		c.text(350, 110+float64(i)*16, 10, fmt.Sprintf("%d.50", i))
	}
	row, _ := read(t, testReader(t), c.bytes(""))
	if !strings.Contains(row.Text, "\n| Item 3 | 3.50 |\n") || strings.Contains(row.Text, "| what") {
		t.Errorf("%s", row.Text)
	}
	if at := place(t, row, "3.50"); at.Table != 1 || at.Row != 4 || at.Column != 2 {
		t.Errorf("at %+v", at)
	}
}

func TestCellsThatWrapWithoutRules(t *testing.T) {
	var c canvas
	c.rule(60, 90, 500, 90)
	c.rule(60, 112, 500, 112)
	c.rule(60, 232, 500, 232)
	c.text(62, 105, 10, "产品")
	c.text(160, 105, 10, "说明")
	c.text(420, 105, 10, "金额")
	for i := range 4 {
		y := 126 + float64(i)*28
		c.text(62, y, 10, fmt.Sprintf("产品%d", i))
		c.text(160, y, 10, "按月付息到期一次性偿还本金的贷款不得提前")
		c.text(160, y+12, 10, "支取其余")
		c.text(420, y, 10, fmt.Sprintf("%d,000.00", i+1))
	}
	row, _ := read(t, testReader(t), c.bytes(""))
	want := "| 产品 | 说明 | 金额 |"
	for i := range 4 {
		want += fmt.Sprintf("\n| 产品%d | 按月付息到期一次性偿还本金的贷款不得提前支取其余 | %d,000.00 |", i, i+1)
	}
	if row.Text != want {
		t.Errorf("got\n%s\nwant\n%s", row.Text, want)
	}
}

// TestNoTable has what stands in columns and is no table.
func TestNoTable(t *testing.T) {
	tests := map[string]func(c *canvas, i int, y float64){
		"a list": func(c *canvas, i int, y float64) {
			c.text(60, y, 10, fmt.Sprintf("%d.", i+1))
			c.text(90, y, 10, "some point of the list")
		},
		"a list of contents": func(c *canvas, i int, y float64) {
			c.text(60, y, 10, "Chapter with a title . . . . . . . . . . . .")
			c.text(440, y, 10, fmt.Sprint(i*7))
		},
		"code": func(c *canvas, i int, y float64) {
			c.text(60, y, 10, "if")
			c.text(110, y, 10, "x")
			if i%2 == 0 {
				c.text(140, y, 10, "(")
				c.text(170, y, 10, ");")
			}
		},
	}
	for name, draw := range tests {
		t.Run(name, func(t *testing.T) {
			var c canvas
			for i := range 8 {
				draw(&c, i, 110+float64(i)*16)
			}
			if row, _ := read(t, testReader(t), c.bytes("")); strings.Contains(row.Text, "|") {
				t.Errorf("%s", row.Text)
			}
		})
	}
}

// TestFormWithShadesAndTicks: shaded text and boxes to tick divide no cell.
func TestFormWithShadesAndTicks(t *testing.T) {
	var c canvas
	for i := range 3 {
		y := 100 + float64(i)*30
		fmt.Fprintf(&c.cur, ".8 g 205 %g 190 14 re f 205 %g 190 14 re f 0 g\n", canvasHeight-y-15, canvasHeight-y-29)
		fmt.Fprintf(&c.cur, "182 %g 12 12 re S\n", canvasHeight-y-20)
		c.text(70, y+16, 10, fmt.Sprintf("否 %d", i))
		c.text(210, y+12, 10, "是否需要抵押物的评")
		c.text(210, y+26, 10, "估报告")
	}
	for i := range 4 {
		c.rule(60, 100+float64(i)*30, 400, 100+float64(i)*30)
	}
	for _, x := range []float64{60, 200, 400} {
		c.rule(x, 100, x, 190)
	}
	row, _ := read(t, testReader(t), c.bytes(""))
	want := "| 否 0 | 是否需要抵押物的评估报告 |\n| 否 1 | 是否需要抵押物的评估报告 |\n| 否 2 | 是否需要抵押物的评估报告 |"
	if row.Text != want {
		t.Errorf("got\n%s\nwant\n%s", row.Text, want)
	}
}

func TestMargins(t *testing.T) {
	var c canvas
	for p := 1; p <= 4; p++ {
		c.text(60, 40, 9, "内部资料 请勿外传")
		c.text(60, 300, 11, fmt.Sprintf("正文第%d段", p))
		c.text(60, 800, 9, fmt.Sprintf("版本 2025-%02d", p))
		c.text(290, 815, 9, fmt.Sprintf("第 %d 页 共 4 页", p))
		c.next()
	}
	row, _ := read(t, testReader(t), c.bytes(""))
	for s, role := range map[string]string{"内部资料": roleHeader, "正文第3段": "", "版本 2025-02": roleFooter, "第 3 页": roleNumber} {
		i := strings.Index(row.Text, s)
		if i < 0 {
			t.Errorf("%q is not in %q", s, row.Text)
			continue
		}
		if at := source.Within(row.Spans, i, i+len(s), 1)[0]; at.Role != role {
			t.Errorf("%q has role %q, want %q", s, at.Role, role)
		}
	}
}

func TestTurnedPage(t *testing.T) {
	c := canvas{turn: 90}
	fmt.Fprintf(&c.cur, "q 0 1 -1 0 595 0 cm\n") // drawn sideways, seen upright
	c.text(60, 842-400, 12, "turned about")
	c.cur.WriteString("Q\n")
	row, _ := read(t, testReader(t), c.bytes(""))
	at := place(t, row, "turned about")
	if row.Text != "turned about" || at.Box[2]-at.Box[0] < 40 || at.Box[3]-at.Box[1] > 14 || at.Box[0] < 55 || at.Box[0] > 65 {
		t.Errorf("%q at %v", row.Text, at)
	}
}

func TestRefusals(t *testing.T) {
	var plain canvas
	plain.text(60, 100, 12, "some text that is long enough")
	whole := plain.bytes("")
	key := strings.Repeat("A1", 32)
	locked := plain.bytes("/Encrypt << /Filter /Standard /V 1 /R 2 /P -4 /O <" + key + "> /U <" + key + "> >> /ID [<00><00>]")
	tests := []struct {
		name string
		raw  []byte
		want string
	}{
		{"nothing", nil, "no pdf"},
		{"another format", []byte("PK\x03\x04 hello"), "no pdf"},
		{"cut off", whole[:len(whole)/2], "ends in the middle"},
		{"only ends", []byte("%PDF-1.7\n%%EOF"), "no whole pdf"},
		{"encrypted", locked, "encrypted with a password"},
		{"pages that hold themselves", wrap([]string{"<< /Type /Catalog /Pages 2 0 R >>", "<< /Type /Pages /Kids [2 0 R] /Count 3 >>"}, ""), "no page"},
		{"nested arrays", append([]byte("%PDF-1.7\n1 0 obj\n"+strings.Repeat("[", 2_000_000)), []byte("\nendobj\nstartxref\n9\n%%EOF")...), "no whole pdf"},
	}
	r := testReader(t)
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			row, notes, err := readRaw(r, tt.raw)
			if err == nil || !errs.Is(err, errs.CodeInvalid) || !strings.Contains(err.Error(), tt.want) {
				t.Errorf("got %q, %v, %v; want an error that says %q", row.Text, notes, err, tt.want)
			}
		})
	}
	if row, _ := read(t, r, whole); row.Text != "some text that is long enough" {
		t.Errorf("after refusals a good file reads %q", row.Text)
	}
}

func TestFormThatDrawsItself(t *testing.T) {
	content := "BT /F1 12 Tf 60 700 Td (hello there, all of you) Tj ET /X1 Do"
	form := "/X1 Do"
	raw := wrap([]string{
		"<< /Type /Catalog /Pages 2 0 R >>", "<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
		"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] /Contents 4 0 R /Resources << /Font << /F1 << /Type /Font /Subtype /Type1 /BaseFont /Helvetica >> >> /XObject << /X1 5 0 R >> >> >>",
		fmt.Sprintf("<< /Length %d >>\nstream\n%s\nendstream", len(content), content),
		fmt.Sprintf("<< /Type /XObject /Subtype /Form /BBox [0 0 595 842] /Resources << /XObject << /X1 5 0 R >> >> /Length %d >>\nstream\n%s\nendstream", len(form), form),
	}, "")
	row, _ := read(t, testReader(t), raw)
	if row.Text != "hello there, all of you" {
		t.Errorf("%q", row.Text)
	}
}

func TestTimeout(t *testing.T) {
	var c canvas
	for p := range 50 {
		for i := range 60 {
			c.text(60, 60+float64(i)*12, 8, fmt.Sprintf("page %d line %d and some words", p, i))
		}
		c.next()
	}
	r := New(Config{Timeout: 20 * time.Millisecond, Cache: filepath.Join(os.TempDir(), "luodi-test-pdfium")})
	defer r.Close()
	_ = r.engine.stop()
	if _, _, err := readRaw(r, c.bytes("")); err == nil || !strings.Contains(err.Error(), "took more than 20ms") {
		t.Errorf("%v", err)
	}
	var small canvas
	small.text(60, 60, 10, "hello again")
	r.cfg.Timeout = time.Minute
	if row, _ := read(t, r, small.bytes("")); row.Text != "hello again" {
		t.Errorf("after a timeout a good file reads %q", row.Text)
	}
}

func TestScan(t *testing.T) {
	var c canvas
	c.picture()
	raw := c.bytes("")
	_, notes := read(t, testReader(t), raw)
	if len(notes) != 1 || !strings.Contains(notes[0], "page 1: scanned, without text; set ocr") {
		t.Errorf("notes %q", notes)
	}
	table := filepath.Join(t.TempDir(), "table.tsv")
	words := "level\tpage_num\tblock_num\tpar_num\tline_num\tword_num\tleft\ttop\twidth\theight\tconf\ttext\n" +
		"5\t1\t1\t1\t1\t1\t300\t600\t100\t50\t96\t贷款\n5\t1\t1\t1\t1\t2\t400\t600\t100\t50\t91\t合同\n5\t1\t1\t1\t2\t1\t300\t700\t100\t50\t31\tNo.7\n"
	if err := os.WriteFile(table, []byte(words), 0o600); err != nil {
		t.Fatal(err)
	}
	r := testReader(t)
	r.cfg.OCR = &ocr.Command{Line: "cat " + table}
	row, notes := read(t, r, raw)
	if row.Text != "贷款合同\n\nNo.7" && row.Text != "贷款合同 No.7" {
		t.Errorf("%q", row.Text)
	}
	if at := place(t, row, "贷款"); at.Box != [4]float64{72, 144, 120, 156} {
		t.Errorf("at %v", at)
	}
	if at := place(t, row, "No.7"); at.Role != roleDoubtful {
		t.Errorf("role %q", at.Role)
	}
	if len(notes) != 1 || !strings.Contains(notes[0], "little confidence") {
		t.Errorf("notes %q", notes)
	}
	r = testReader(t)
	r.cfg.OCR = &ocr.Command{Line: "no-such-ocr {in}"}
	if _, notes := read(t, r, raw); len(notes) != 1 || !strings.Contains(notes[0], "no program no-such-ocr; install it") {
		t.Errorf("notes %q", notes)
	}
}

func FuzzRead(f *testing.F) {
	var c canvas
	c.text(60, 100, 12, "some text")
	c.rule(10, 10, 200, 10)
	f.Add(c.bytes(""))
	r := New(Config{Timeout: 2 * time.Second, Cache: filepath.Join(os.TempDir(), "luodi-test-pdfium")})
	f.Fuzz(func(t *testing.T, raw []byte) {
		row, _, err := readRaw(r, raw)
		last := 0
		for _, s := range row.Spans {
			if err == nil && (s.Start < last || s.End < s.Start || s.End > len(row.Text)) {
				t.Fatalf("spans of %q: %v", row.Text, row.Spans)
			}
			last = s.End
		}
	})
}
