package office_test

import (
	"archive/zip"
	"bytes"
	"compress/flate"
	"context"
	"fmt"
	"io"
	"runtime"
	"strings"
	"testing"

	"github.com/luodi/luodi/internal/errs"
	"github.com/luodi/luodi/internal/reader/office"
	"github.com/luodi/luodi/internal/source"
)

// read reads a file to its end and returns how many records it gave.
func read(name string, raw []byte) (n int, err error) {
	r := source.ReaderFor(office.Readers(), name)
	_, err = source.ReadWith(context.Background(), r, source.Input{Path: name, Raw: raw}, func(source.Row) error { n++; return nil })
	return n, err
}

// stored is a zip with one member written as a stream.
func stored(members map[string]string, big string, write func(io.Writer)) []byte {
	var b bytes.Buffer
	z := zip.NewWriter(&b)
	z.RegisterCompressor(zip.Deflate, func(w io.Writer) (io.WriteCloser, error) { return flate.NewWriter(w, flate.BestSpeed) })
	for n, s := range members {
		w, _ := z.Create(n)
		_, _ = io.WriteString(w, s)
	}
	method := zip.Deflate
	if big == "xl/sharedStrings.xml" { // or its size would give it away
		method = zip.Store
	}
	w, _ := z.CreateHeader(&zip.FileHeader{Name: big, Method: method})
	write(w)
	_ = z.Close()
	return b.Bytes()
}

func repeat(s string, bytes int) func(io.Writer) {
	return func(w io.Writer) {
		block := strings.Repeat(s, 1<<20/len(s)+1)
		for n := 0; n < bytes; n += len(block) {
			_, _ = io.WriteString(w, block)
		}
	}
}

const bookSpace = `xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main" xmlns:r="http://schemas.openxmlformats.org/officeDocument/2006/relationships"`

// book are the members of a workbook but its first sheet.
func book() map[string]string {
	return map[string]string{
		"_rels/.rels":                fmt.Sprintf(relations, fmt.Sprintf(relation, "rId1", "officeDocument", "xl/workbook.xml")),
		"xl/workbook.xml":            `<workbook ` + bookSpace + `><sheets><sheet name="S" sheetId="1" r:id="rId1"/></sheets></workbook>`,
		"xl/_rels/workbook.xml.rels": fmt.Sprintf(relations, fmt.Sprintf(relation, "rId1", "worksheet", "worksheets/sheet1.xml")+fmt.Sprintf(relation, "rId2", "sharedStrings", "sharedStrings.xml")),
	}
}

const sheet1 = "xl/worksheets/sheet1.xml"

func with(m map[string]string, name, content string) []byte {
	m[name] = content
	return zipped(m)
}

func word(document string) []byte {
	return zipped(map[string]string{"word/document.xml": document})
}

const entities = `<!DOCTYPE lolz [<!ENTITY lol "lol"><!ENTITY lol2 "&lol;&lol;&lol;&lol;&lol;&lol;"><!ENTITY lol3 "&lol2;&lol2;&lol2;&lol2;">]>`

// TestHostile reads files that were made to harm, and requires a reason that
// says what is wrong. No file may take more than 300 MiB of memory.
func TestHostile(t *testing.T) {
	deep := func(open, shut string, n int) string { return strings.Repeat(open, n) + strings.Repeat(shut, n) }
	names := map[string]string{}
	for i := range 25_000 {
		names[fmt.Sprintf("x/%d", i)] = ""
	}
	nested := word("<w:document/>")
	for range 3 {
		nested = zipped(map[string]string{"word/embeddings/x.docx": string(nested), "word/document.xml": `<w:document ` + wordSpace + `><w:body><w:p/></w:body></w:document>`})
	}
	mail := "From: a@b\r\nContent-Type: multipart/mixed; boundary=b0\r\n\r\n"
	for i := range 2000 {
		mail += fmt.Sprintf("--b%d\r\nContent-Type: multipart/mixed; boundary=b%d\r\n\r\n", i, i+1)
	}
	for _, tt := range []struct {
		name, file string
		raw        []byte
		say        string // "" where it is read
	}{
		{"a member that unpacks to 300 times its size", "a.docx", stored(nil, "word/document.xml", repeat(" ", 64<<20)), "zip bomb"},
		{"more members than people write", "a.docx", zipped(names), "members, the limit is"},
		{"a zip in a zip in a zip is not opened", "a.docx", nested, ""},
		{"a name that leads out", "a.docx", zipped(map[string]string{"../../etc/passwd": "x"}), "leads out of it"},
		{"an absolute name", "a.xlsx", zipped(map[string]string{"/etc/passwd": "x"}), "leads out of it"},
		{"a name with backslashes", "a.pptx", zipped(map[string]string{`..\x`: "x"}), "leads out of it"},
		{"entities that multiply in Word", "a.docx", word(entities + `<w:document>&lol3;</w:document>`), "document type"},
		{"entities that multiply in Excel", "a.xlsx", with(book(), sheet1, entities+`<worksheet>&lol3;</worksheet>`), "document type"},
		{"an external entity", "a.pptx", zipped(map[string]string{"ppt/presentation.xml": `<!DOCTYPE x [<!ENTITY e SYSTEM "file:///etc/passwd">]><p>&e;</p>`}), "document type"},
		{"elements in each other", "a.docx", word(`<w:document ` + wordSpace + `><w:body>` + deep("<w:tbl><w:tr><w:tc>", "</w:tc></w:tr></w:tbl>", 5000) + `</w:body></w:document>`), "elements in each other"},
		{"a block without end", "a.docx", stored(nil, "word/document.xml", func(w io.Writer) {
			_, _ = io.WriteString(w, `<w:document `+wordSpace+`><w:body><w:p>`)
			for i := range 600_000 {
				_, _ = fmt.Fprintf(w, "<w:r><w:t>%d</w:t></w:r>", i*7919%1000003)
			}
		}), "block of more than"},
		{"a column beyond the last", "a.xlsx", with(book(), sheet1, `<worksheet><sheetData><row r="1"><c r="ZZZZ1"><v>1</v></c></row></sheetData></worksheet>`), "columns go up to XFD"},
		{"10 million columns", "a.xlsx", stored(book(), sheet1, func(w io.Writer) {
			_, _ = io.WriteString(w, `<worksheet><sheetData><row>`)
			repeat("<c><v>1</v></c>", 2<<20)(w)
		}), "more than 16384 columns"},
		{"a row beyond the last", "a.xlsx", with(book(), sheet1, `<worksheet><sheetData><row r="99999999"><c><v>1</v></c></row></sheetData></worksheet>`), "rows go up to"},
		{"a merged range over the whole sheet", "a.xlsx", with(book(), sheet1, `<worksheet><sheetData>`+strings.Repeat(`<row><c t="str"><v>x</v></c></row>`, 60_000)+`</sheetData><mergeCells><mergeCell ref="A1:XFD1048576"/></mergeCells></worksheet>`), "merged ranges cover"},
		{"a merged range turned round", "a.xlsx", with(book(), sheet1, `<worksheet><sheetData/><mergeCells><mergeCell ref="C3:A1"/></mergeCells></worksheet>`), "merged range"},
		{"a shared text that is not there", "a.xlsx", with(book(), sheet1, `<worksheet><sheetData><row><c t="s"><v>7</v></c></row></sheetData></worksheet>`), "shared text"},
		{"shared texts of 80 MiB", "a.xlsx", stored(with2(book(), sheet1, `<worksheet/>`), "xl/sharedStrings.xml", func(w io.Writer) {
			_, _ = io.WriteString(w, `<sst>`)
			repeat("<si><t>"+strings.Repeat("漢字𠮷", 1000)+"</t></si>", 80<<20)(w)
		}), "texts or 64 MiB"},
		{"no workbook", "a.xlsx", zipped(map[string]string{"x": ""}), "no Excel workbook"},
		{"an old file under a new name", "a.docx", []byte("\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1 and more"), "before 2007"},
		{"no zip", "a.pptx", []byte("hello"), "was cut off"},
		{"parts in each other", "a.eml", []byte(mail), "parts of parts"},
		{"no mail", "a.eml", []byte("hello\r\n\r\nworld"), "no mail"},
		{"no parquet", "a.parquet", []byte("PAR1xxxxxxxxxxxx"), "PAR1"},
		{"parquet with a wild footer", "a.parquet", []byte("PAR1\xff\xff\xff\xff\xff\xff\xff\xff\xff\x7fPAR1"), "damaged"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			runtime.GC()
			var before, after runtime.MemStats
			runtime.ReadMemStats(&before)
			_, err := read(tt.file, tt.raw)
			runtime.ReadMemStats(&after)
			switch {
			case tt.say == "" && err != nil:
				t.Errorf("it is harmless: %v", err)
			case tt.say != "" && (!errs.Is(err, errs.CodeInvalid) || !strings.Contains(err.Error(), tt.say)):
				t.Errorf("got %v, want a reason with %q", err, tt.say)
			}
			if grown := int64(after.HeapSys) - int64(before.HeapSys); grown > 300<<20 {
				t.Errorf("the heap grew by %d MiB", grown>>20)
			}
		})
	}
}

func with2(m map[string]string, name, content string) map[string]string {
	m[name] = content
	return m
}

// TestTruncated cuts files of each format off at many places: each is refused
// with a reason, or read where the cut took nothing.
func TestTruncated(t *testing.T) {
	for _, f := range []made{workbookOf(t, 3), wordOf(1), slidesOf(2), mailOf(t, 5, append(manyBooks(t), manyWords()...))} {
		for i := range 60 {
			cut := f.raw[:len(f.raw)*i/60]
			if _, err := read(f.name, cut); err != nil && !errs.Is(err, errs.CodeInvalid) {
				t.Errorf("%s cut at %d: %v", f.name, len(cut), err)
			} else if err == nil && !strings.HasSuffix(f.name, ".eml") {
				t.Errorf("%s cut at %d of %d is read", f.name, len(cut), len(f.raw))
			}
		}
	}
}

func manyBooks(t *testing.T) (out []made) {
	for n := range 30 {
		out = append(out, workbookOf(t, n))
	}
	return out
}

func manyWords() (out []made) {
	for n := range 60 {
		out = append(out, wordOf(n))
	}
	return out
}
