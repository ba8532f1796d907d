package app

import (
	"archive/zip"
	"bytes"
	"encoding/base64"
	"fmt"
	"net"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/xuri/excelize/v2"
)

// TestScanPIIThroughReaders: what office files, mails and pages hold is found
// at the place a person can go to, and a broken file stops nothing.
func TestScanPIIThroughReaders(t *testing.T) {
	dir := t.TempDir()
	write := func(name string, b []byte) {
		if err := os.WriteFile(filepath.Join(dir, name), b, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	book := excelize.NewFile()
	for cell, v := range map[string]string{"A1": "姓名标识", "B1": "护照号", "A2": "13800138000", "B2": "E12345678", "A3": "订单110105194912310021", "B3": "E1"} {
		if err := book.SetCellStr("Sheet1", cell, v); err != nil {
			t.Fatal(err)
		}
	}
	sheet, err := book.WriteToBuffer()
	if err != nil {
		t.Fatal(err)
	}
	word := wordFile(t, `<w:p><w:r><w:t>身份证 1101051949</w:t></w:r><w:r><w:t>1231002X</w:t></w:r></w:p><w:tbl><w:tr><w:tc><w:p><w:r><w:t>a@bank.example</w:t></w:r></w:p></w:tc></w:tr></w:tbl>`)
	write("a.xlsx", sheet.Bytes())
	write("b.docx", word)
	write("c.eml", []byte("From: x <sender@bank.example>\r\nSubject: s\r\nMIME-Version: 1.0\r\nContent-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\nContent-Type: text/plain\r\n\r\ncard 4111111111111111\r\n--b\r\n"+
		"Content-Type: application/octet-stream\r\nContent-Disposition: attachment; filename=in.docx\r\nContent-Transfer-Encoding: base64\r\n\r\n"+base64.StdEncoding.EncodeToString(word)+"\r\n--b--\r\n"))
	write("d.pdf", onePage("Call +44 7700 900123"))
	write("e.docx", word[:len(word)/2])
	write("f.txt", []byte("卡号6222021234567890128"))

	res, err := ScanPII(t.Context(), dir)
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, f := range res.Found {
		where := f.Where
		if i := strings.Index(where, " box "); i > 0 { // page 1 box …
			where = where[:i]
		}
		got = append(got, fmt.Sprintf("%s %s %s", filepath.Base(f.Path), f.Type, where))
	}
	for _, want := range []string{
		"a.xlsx mobile sheet Sheet1 cell A2", "a.xlsx passport sheet Sheet1 cell B2",
		"d.pdf phone page 1", "f.txt bank_card ",
	} {
		if !slices.Contains(got, want) {
			t.Errorf("missing %q in %q", want, got)
		}
	}
	count := map[string]int{}
	for _, f := range res.Found {
		count[filepath.Base(f.Path)+" "+f.Type]++
		if f.At != nil && *f.At == (*res.Found[0].At) && filepath.Base(f.Path) != "a.xlsx" {
			t.Errorf("%+v has no place of its own", f)
		}
	}
	for k, n := range map[string]int{"b.docx resident_id": 1, "b.docx email": 1, "c.eml bank_card": 1, "c.eml resident_id": 1, "a.xlsx resident_id": 0} {
		if count[k] != n {
			t.Errorf("%s: %d, want %d; found %q", k, count[k], n, got)
		}
	}
	if d := cmp.Diff([]string{"e.docx"}, skipped(res)); d != "" || res.Files != 5 {
		t.Errorf("%d files read; skipped (-want +got):\n%s", res.Files, d)
	}
	if i := slices.IndexFunc(res.Found, func(f PIIFound) bool { return f.Type == "resident_id" && strings.HasSuffix(f.Path, "c.eml") }); i >= 0 && !strings.Contains(res.Found[i].Where, "in.docx") {
		t.Errorf("in an attachment, and the place is %q", res.Found[i].Where)
	}
}

func skipped(res PIIResult) (out []string) {
	for _, s := range res.Skipped {
		if s.Reason != "" {
			out = append(out, filepath.Base(s.Path))
		}
	}
	return out
}

func wordFile(t *testing.T, body string) []byte {
	t.Helper()
	var b bytes.Buffer
	z := zip.NewWriter(&b)
	for _, m := range [][2]string{
		{"[Content_Types].xml", `<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types"><Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/><Override PartName="/word/document.xml" ContentType="application/vnd.openxmlformats-officedocument.wordprocessingml.document.main+xml"/></Types>`},
		{"_rels/.rels", `<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships"><Relationship Id="r1" Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/officeDocument" Target="word/document.xml"/></Relationships>`},
		{"word/document.xml", `<w:document xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main"><w:body>` + body + `</w:body></w:document>`},
	} {
		w, err := z.Create(m[0])
		if err == nil {
			_, err = w.Write([]byte(m[1]))
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// onePage is a pdf of one line.
func onePage(line string) []byte {
	var b bytes.Buffer
	var at []int
	b.WriteString("%PDF-1.4\n")
	stream := "BT /F 12 Tf 72 700 Td (" + line + ") Tj ET"
	for i, o := range []string{
		"<</Type/Catalog/Pages 2 0 R>>", "<</Type/Pages/Kids[3 0 R]/Count 1>>",
		"<</Type/Page/Parent 2 0 R/MediaBox[0 0 612 792]/Contents 4 0 R/Resources<</Font<</F 5 0 R>>>>>>",
		fmt.Sprintf("<</Length %d>>stream\n%s\nendstream", len(stream), stream),
		"<</Type/Font/Subtype/Type1/BaseFont/Helvetica>>",
	} {
		at = append(at, b.Len())
		fmt.Fprintf(&b, "%d 0 obj\n%s\nendobj\n", i+1, o)
	}
	start := b.Len()
	fmt.Fprintf(&b, "xref\n0 6\n0000000000 65535 f \n")
	for _, o := range at {
		fmt.Fprintf(&b, "%010d 00000 n \n", o)
	}
	fmt.Fprintf(&b, "trailer<</Size 6/Root 1 0 R>>\nstartxref\n%d\n%%%%EOF\n", start)
	return b.Bytes()
}

// A pipe would be waited for without end, a link to a folder be walked in a
// circle.
func TestScanPIIPassesOverWhatIsNoFile(t *testing.T) {
	t.Chdir(t.TempDir()) // the names of sockets are short
	l, err := net.Listen("unix", "s.txt")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	if err := os.Symlink(".", "again"); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile("a.txt", []byte("手机 13800138000"), 0o600); err != nil {
		t.Fatal(err)
	}
	got, err := ScanPII(t.Context(), ".")
	if err != nil || got.Files != 1 || got.Types["mobile"] != 1 || len(got.Skipped) != 2 || !strings.Contains(got.Skipped[1].Reason, "no regular file") {
		t.Errorf("%+v, %v", got, err)
	}
	if _, err := ScanPII(t.Context(), "none"); err == nil {
		t.Error("a folder that is not there was scanned")
	}
}
