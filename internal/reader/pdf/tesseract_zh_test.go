package pdf

import (
	"bytes"
	"context"
	"fmt"
	"image"
	"image/png"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/luodi/luodi/internal/reader/ocr"
)

// TestTesseractChinese has a scan of a Chinese page read: an office program
// lays it out, pdfium draws it, and a pdf of nothing but the picture is what
// the reader gets.
func TestTesseractChinese(t *testing.T) {
	soffice, err := exec.LookPath("soffice")
	if err != nil {
		t.Skip("soffice, which lays out the page, is not installed")
	}
	if out, err := exec.Command("tesseract", "--list-langs").CombinedOutput(); err != nil || !strings.Contains(string(out), "chi_sim") {
		t.Skip("tesseract with chi_sim is not installed")
	}
	if out, err := exec.Command("fc-list", ":lang=zh-cn").Output(); err != nil || len(out) == 0 {
		t.Skip("no font of this machine has Chinese characters")
	}
	want := []string{"个人住房贷款合同", "借款人应当按月偿还本金和利息", "年利率为百分之三点八五", "逾期未还的按照合同约定计收罚息"}
	dir := t.TempDir()
	page := filepath.Join(dir, "page.html")
	text := `<html><head><meta charset="utf-8"></head><body style="font-size:20pt"><p>` + strings.Join(want, "</p><p>") + "</p></body></html>"
	if err := os.WriteFile(page, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	if out, err := exec.Command(soffice, "-env:UserInstallation=file://"+dir+"/profile", "--headless", "--infilter=HTML (StarWriter)", "--convert-to", "pdf", "--outdir", dir, page).CombinedOutput(); err != nil {
		t.Skipf("soffice cannot convert: %v: %s", err, out)
	}
	raw, err := os.ReadFile(filepath.Join(dir, "page.pdf"))
	if err != nil {
		t.Fatal(err)
	}
	r := testReader(t)
	r.cfg.OCR = &ocr.Command{Line: "tesseract {in} stdout -l chi_sim tsv"}
	row, notes := read(t, r, scanOf(t, r, raw))
	if len(notes) != 1 || !strings.Contains(notes[0], "recognised by OCR") {
		t.Errorf("notes %q", notes)
	}
	truth := []rune(strings.Join(want, ""))
	right := inBoth(truth, []rune(strings.Join(strings.Fields(row.Text), "")))
	t.Logf("%d of %d characters recognised in %q", right, len(truth), row.Text)
	if right*100 < len(truth)*95 {
		t.Errorf("%d of %d characters are recognised", right, len(truth))
	}
	if at := place(t, row, "住房"); at.Page != 1 || at.Box[0] < 40 || at.Box[2] > 400 || at.Box[1] < 10 || at.Box[3] > 100 {
		t.Errorf("the title is at %v", at)
	}
}

// inBoth is the length of the longest sequence of characters that both have in
// their order.
func inBoth(a, b []rune) int {
	row := make([]int, len(b)+1)
	for _, x := range a {
		before := 0
		for j, y := range b {
			above := row[j+1]
			if x == y {
				row[j+1] = before + 1
			} else {
				row[j+1] = max(above, row[j])
			}
			before = above
		}
	}
	return row[len(b)]
}

// scanOf is a pdf with a picture of the first page of another.
func scanOf(t *testing.T, r *Reader, raw []byte) []byte {
	t.Helper()
	f, err := r.engine.open(context.Background(), raw)
	if err != nil {
		t.Fatal(err)
	}
	defer f.close()
	drawn, scale, err := f.render(1)
	if err != nil {
		t.Fatal(err)
	}
	picture, err := png.Decode(bytes.NewReader(drawn))
	if err != nil {
		t.Fatal(err)
	}
	grey, ok := picture.(*image.Gray)
	if !ok {
		t.Fatalf("the picture is %T", picture)
	}
	w, h := grey.Rect.Dx(), grey.Rect.Dy()
	pixels := make([]byte, 0, w*h)
	for y := range h {
		pixels = append(pixels, grey.Pix[y*grey.Stride:y*grey.Stride+w]...)
	}
	width, height := float64(w)*scale, float64(h)*scale
	content := fmt.Sprintf("q %g 0 0 %g 0 0 cm /I1 Do Q", width, height)
	return wrap([]string{
		"<< /Type /Catalog /Pages 2 0 R >>", "<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
		fmt.Sprintf("<< /Type /Page /Parent 2 0 R /MediaBox [0 0 %g %g] /Contents 4 0 R /Resources << /XObject << /I1 5 0 R >> >> >>", width, height),
		fmt.Sprintf("<< /Length %d >>\nstream\n%s\nendstream", len(content), content),
		fmt.Sprintf("<< /Type /XObject /Subtype /Image /Width %d /Height %d /ColorSpace /DeviceGray /BitsPerComponent 8 /Length %d >>\nstream\n%s\nendstream", w, h, len(pixels), pixels),
	}, "")
}
