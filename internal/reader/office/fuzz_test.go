package office_test

import (
	"archive/zip"
	"bytes"
	"io"
	"testing"

	"github.com/luodi/luodi/internal/errs"
)

// fuzzPart puts the fuzzed bytes into one member of a good file, where the
// readers' own code is, and requires records or a reason, never a crash.
func fuzzPart(f *testing.F, name string, good []byte, parts ...string) {
	for i, p := range parts {
		f.Add(i, member(good, p))
	}
	f.Fuzz(func(t *testing.T, i int, b []byte) {
		if i < 0 || i >= len(parts) || len(b) > 64<<10 {
			return
		}
		if _, err := read(name, replaced(good, parts[i], b)); err != nil && !errs.Is(err, errs.CodeInvalid) {
			t.Fatal(err)
		}
	})
}

func member(raw []byte, name string) []byte {
	z, err := zip.NewReader(bytes.NewReader(raw), int64(len(raw)))
	if err != nil {
		panic(err)
	}
	r, err := z.Open(name)
	if err != nil {
		panic(err)
	}
	b, err := io.ReadAll(r)
	if err != nil {
		panic(err)
	}
	return b
}

func replaced(raw []byte, name string, with []byte) []byte {
	z, err := zip.NewReader(bytes.NewReader(raw), int64(len(raw)))
	if err != nil {
		panic(err)
	}
	members := map[string]string{}
	for _, f := range z.File {
		members[f.Name] = string(member(raw, f.Name))
	}
	members[name] = string(with)
	return zipped(members)
}

func FuzzWord(f *testing.F) {
	fuzzPart(f, "a.docx", wordOf(1).raw, "word/document.xml", "word/numbering.xml", "word/styles.xml", "word/footnotes.xml", "word/_rels/document.xml.rels")
}

func FuzzWorkbook(f *testing.F) {
	good := zipped(with2(with2(book(), sheet1, `<worksheet><sheetData><row r="1"><c r="A1" t="s"><v>0</v></c><c r="B1" t="inlineStr"><is><t>b</t></is></c></row><row r="2"><c r="A2"><v>1.5</v></c><c r="B2" t="b"><v>1</v></c></row></sheetData><mergeCells><mergeCell ref="A1:A2"/></mergeCells></worksheet>`),
		"xl/sharedStrings.xml", `<sst><si><t>a_x0041_</t></si></sst>`))
	fuzzPart(f, "a.xlsx", good, sheet1, "xl/workbook.xml", "xl/sharedStrings.xml", "xl/_rels/workbook.xml.rels")
}

func FuzzSlides(f *testing.F) {
	fuzzPart(f, "a.pptx", slidesOf(1).raw, "ppt/slides/slide2.xml", "ppt/presentation.xml", "ppt/notesSlides/notesSlide1.xml")
}

func FuzzMail(f *testing.F) {
	f.Add([]byte("From: a@b\r\nSubject: =?gb18030?B?1tDOxA==?=\r\nContent-Type: multipart/mixed; boundary=x\r\n\r\n--x\r\nContent-Type: text/html; charset=big5\r\n\r\n<p>a</p>\r\n--x\r\nContent-Disposition: attachment; filename=a.csv\r\n\r\na,b\r\n1,2\r\n--x--\r\n"))
	f.Add([]byte("From: a\r\n\r\nOn Monday wrote:\r\n> b\r\n"))
	f.Fuzz(func(t *testing.T, b []byte) {
		if len(b) > 64<<10 {
			return
		}
		if _, err := read("a.eml", b); err != nil && !errs.Is(err, errs.CodeInvalid) {
			t.Fatal(err)
		}
	})
}

// FuzzArchive changes the file itself, not a member: its directory, its sizes,
// its names.
func FuzzArchive(f *testing.F) {
	names := []string{"a.docx", "a.xlsx", "a.pptx"}
	good := [][]byte{wordOf(1).raw, zipped(book()), slidesOf(1).raw}
	f.Add(0, 0, []byte{})
	f.Add(1, 30, []byte("../../x"))
	f.Add(2, -20, []byte("\xff\xff\xff\xff"))
	f.Fuzz(func(t *testing.T, i, at int, b []byte) {
		if i < 0 || i >= len(names) || len(b) > 4<<10 {
			return
		}
		raw := bytes.Clone(good[i])
		if at < 0 {
			at += len(raw)
		}
		if at < 0 || at > len(raw) {
			return
		}
		copy(raw[at:], b)
		if _, err := read(names[i], raw); err != nil && !errs.Is(err, errs.CodeInvalid) {
			t.Fatal(err)
		}
	})
}
