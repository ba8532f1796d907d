package pdf

import (
	"context"
	"fmt"
	"os/exec"
	"strings"
	"testing"

	"github.com/luodi/luodi/internal/reader/ocr"
)

// TestTesseract has a page that pdfium draws read by the real program.
func TestTesseract(t *testing.T) {
	if _, err := exec.LookPath("tesseract"); err != nil {
		t.Skip("tesseract is not installed")
	}
	content := "BT /F1 24 Tf 72 700 Td (Loan contract 2025-00731) Tj 0 -60 Td (Interest is due each month) Tj ET"
	raw := wrap([]string{
		"<< /Type /Catalog /Pages 2 0 R >>", "<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
		"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] /Contents 4 0 R /Resources << /Font << /F1 << /Type /Font /Subtype /Type1 /BaseFont /Helvetica >> >> >> >>",
		fmt.Sprintf("<< /Length %d >>\nstream\n%s\nendstream", len(content), content),
	}, "")
	f, err := testReader(t).engine.open(context.Background(), raw)
	if err != nil {
		t.Fatal(err)
	}
	defer f.close()
	image, scale, err := f.render(1)
	if err != nil {
		t.Fatal(err)
	}
	words, err := (&ocr.Command{Line: "tesseract {in} stdout -l eng tsv"}).Recognise(context.Background(), image)
	if err != nil {
		t.Fatal(err)
	}
	var text []string
	for _, w := range words {
		text = append(text, w.Text)
	}
	if strings.Join(text, "\n") != "Loan contract 2025-00731\nInterest is due each month" {
		t.Fatalf("recognised %q", text)
	}
	if b := ocrLine(words[0], scale).box; b[0] < 70 || b[0] > 76 || b[1] < 118 || b[3] > 152 {
		t.Errorf("the first line is at %v", b)
	}
}
