package main

import (
	"archive/zip"
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"math/rand/v2"
	"mime/quotedprintable"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/xuri/excelize/v2"
	"golang.org/x/text/encoding/simplifiedchinese"
)

// mixedYAML is a project over every kind of file that mixed writes.
const mixedYAML = `project: mixed
sources:
  - {name: rows, path: "rows/**", text: text}
  - {name: papers, path: "papers/**"}
`

// mixed writes a project with about so many bytes of text: rows in csv, jsonl
// and GB18030, a log, and documents in eight formats. Some texts repeat earlier
// ones, some nearly. The same size gives the same bytes.
func mixed(t *testing.T, dir string, size int) {
	t.Helper()
	m := &mixer{t: t, dir: dir, r: rand.New(rand.NewPCG(7, 11))}
	for range 3000 {
		n := 12 + m.r.IntN(30)
		var b strings.Builder
		for range n {
			b.WriteRune(rune(0x4e00 + m.r.IntN(3000)))
		}
		m.sentences = append(m.sentences, b.String()+"。")
	}
	m.write("luodi.yaml", []byte(mixedYAML))
	part := func(percent int) int { return size / 100 * percent }
	row := func(head, form string, quote func(string) string) func(io.Writer, int) {
		return func(w io.Writer, i int) {
			if i == 0 {
				io.WriteString(w, head)
			}
			fmt.Fprintf(w, form, i, quote(m.text(2)), m.r.IntN(1e8)/100, m.r.IntN(100), 1+m.r.IntN(12), 1+m.r.IntN(28))
		}
	}
	plain := func(s string) string { return s }
	m.lines("rows/loans.csv", part(25), row("id,text,amount,date\n", "%d,%s,%d.%02d,2024-%02d-%02d\n", plain))
	m.lines("rows/calls.jsonl", part(25), row("", `{"id":%d,"text":%s,"amount":"%d.%02d","date":"2024-%02d-%02d"}`+"\n", func(s string) string {
		b, err := json.Marshal(s)
		if err != nil {
			t.Fatal(err)
		}
		return string(b)
	}))
	var old bytes.Buffer
	row("id,text,amount,date\n", "%d,%s,%d.%02d,2024-%02d-%02d\n", plain)(&old, 0)
	for i := 1; old.Len() < part(10); i++ {
		row("", "%d,%s,%d.%02d,2024-%02d-%02d\n", plain)(&old, i)
	}
	gbk, err := simplifiedchinese.GB18030.NewEncoder().Bytes(old.Bytes())
	if err != nil {
		t.Fatal(err)
	}
	m.write("rows/old.csv", gbk)
	m.lines("papers/day.txt", part(10), func(w io.Writer, i int) { fmt.Fprintf(w, "%06d %s\n", i, m.text(1)) })
	// Documents of about 12 KB each, so many of a format.
	for _, f := range []struct {
		percent int
		ext     string
		make    func() []byte
	}{{10, "md", m.markdown}, {8, "html", m.html}, {4, "eml", m.mail}, {4, "xlsx", m.sheet}, {3, "docx", m.word}, {1, "pdf", m.pdf}} {
		for i := range max(2, part(f.percent)/12_000) {
			m.write(fmt.Sprintf("papers/%s/%04d.%s", f.ext, i, f.ext), f.make())
		}
	}
}

type mixer struct {
	t         *testing.T
	dir       string
	r         *rand.Rand
	sentences []string
	said      []string // some of the texts so far
}

func (m *mixer) write(name string, b []byte) {
	m.t.Helper()
	path := filepath.Join(m.dir, filepath.FromSlash(name))
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		m.t.Fatal(err)
	}
	if err := os.WriteFile(path, b, 0o644); err != nil {
		m.t.Fatal(err)
	}
}

// lines writes a file line by line.
func (m *mixer) lines(name string, size int, line func(w io.Writer, i int)) {
	m.t.Helper()
	m.write(name, nil)
	f, err := os.Create(filepath.Join(m.dir, filepath.FromSlash(name)))
	if err != nil {
		m.t.Fatal(err)
	}
	defer f.Close()
	var b bytes.Buffer
	for i, n := 0, 0; n < size; i++ {
		line(&b, i)
		if b.Len() > 1<<20 || n+b.Len() >= size {
			n += b.Len()
			if _, err := b.WriteTo(f); err != nil {
				m.t.Fatal(err)
			}
		}
	}
}

// text is a few sentences; one in 17 was said before, one in 23 nearly, and
// one in 31 holds what has to be repaired or is personal.
func (m *mixer) text(least int) string {
	if n := len(m.said); n > 0 && m.r.IntN(17) == 0 {
		return m.said[m.r.IntN(n)]
	} else if n > 0 && m.r.IntN(23) == 0 {
		return m.said[m.r.IntN(n)] + m.sentences[m.r.IntN(len(m.sentences))][:6]
	}
	var b strings.Builder
	for range least + m.r.IntN(4) {
		b.WriteString(m.sentences[m.r.IntN(len(m.sentences))])
	}
	if m.r.IntN(31) == 0 {
		fmt.Fprintf(&b, "金额１%d万元，电话 138%08d。", m.r.IntN(900), m.r.IntN(1e8))
	}
	if len(m.said) < 2000 {
		m.said = append(m.said, b.String())
	} else {
		m.said[m.r.IntN(len(m.said))] = b.String()
	}
	return b.String()
}

func (m *mixer) paragraphs(form string) string {
	var b strings.Builder
	for b.Len() < 12_000 {
		fmt.Fprintf(&b, form, m.text(3))
	}
	return b.String()
}

func (m *mixer) markdown() []byte {
	return []byte("# " + m.text(1) + "\n\n" + m.paragraphs("%s\n\n"))
}

func (m *mixer) html() []byte {
	return []byte("<!doctype html><meta charset=utf-8><title>" + m.text(1) + "</title><body><article>" + m.paragraphs("<p>%s</p>\n") + "</article>")
}

func (m *mixer) mail() []byte {
	var b bytes.Buffer
	b.WriteString("From: a@example.com\r\nTo: b@example.com\r\nSubject: loan\r\nDate: Mon, 03 Jun 2024 10:00:00 +0800\r\nMIME-Version: 1.0\r\n" +
		"Content-Type: text/plain; charset=utf-8\r\nContent-Transfer-Encoding: quoted-printable\r\n\r\n")
	w := quotedprintable.NewWriter(&b)
	io.WriteString(w, m.paragraphs("%s\n\n"))
	w.Close()
	return b.Bytes()
}

func (m *mixer) sheet() []byte {
	f := excelize.NewFile()
	defer f.Close()
	rows := strings.Split(strings.TrimSuffix(m.paragraphs("%s\n"), "\n"), "\n")
	for i, text := range append([]string{"内容"}, rows...) {
		if err := f.SetSheetRow("Sheet1", fmt.Sprintf("A%d", i+1), &[]any{text, i}); err != nil {
			m.t.Fatal(err)
		}
	}
	b, err := f.WriteToBuffer()
	if err != nil {
		m.t.Fatal(err)
	}
	return b.Bytes()
}

func (m *mixer) word() []byte {
	const space = `xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main"`
	var b bytes.Buffer
	z := zip.NewWriter(&b)
	for _, p := range [][2]string{
		{"[Content_Types].xml", "<Types/>"},
		{"_rels/.rels", `<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships"><Relationship Id="rId1" Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/officeDocument" Target="word/document.xml"/></Relationships>`},
		{"word/document.xml", `<w:document ` + space + `><w:body>` + m.paragraphs("<w:p><w:r><w:t>%s</w:t></w:r></w:p>") + `</w:body></w:document>`},
	} {
		w, err := z.Create(p[0])
		if err == nil {
			_, err = io.WriteString(w, p[1])
		}
		if err != nil {
			m.t.Fatal(err)
		}
	}
	if err := z.Close(); err != nil {
		m.t.Fatal(err)
	}
	return b.Bytes()
}

// pdf is a page of English lines.
func (m *mixer) pdf() []byte {
	words := strings.Fields("the branch keeps a ledger of every loan and its collateral which is valued anew each year by somebody who did not grant it")
	var page bytes.Buffer
	page.WriteString("BT /F1 10 Tf 50 780 Td 12 TL\n")
	for range 50 {
		var line []string
		for range 12 {
			line = append(line, words[m.r.IntN(len(words))])
		}
		fmt.Fprintf(&page, "(%s.) Tj T*\n", strings.Join(line, " "))
	}
	page.WriteString("ET")
	var b bytes.Buffer
	var at []int
	b.WriteString("%PDF-1.4\n")
	for i, o := range []string{
		"<</Type/Catalog/Pages 2 0 R>>", "<</Type/Pages/Kids[3 0 R]/Count 1>>",
		"<</Type/Page/Parent 2 0 R/MediaBox[0 0 595 842]/Contents 4 0 R/Resources<</Font<</F1 5 0 R>>>>>>",
		fmt.Sprintf("<</Length %d>>stream\n%s\nendstream", page.Len(), &page), "<</Type/Font/Subtype/Type1/BaseFont/Helvetica>>",
	} {
		at = append(at, b.Len())
		fmt.Fprintf(&b, "%d 0 obj%s endobj\n", i+1, o)
	}
	from := b.Len()
	fmt.Fprintf(&b, "xref\n0 %d\n0000000000 65535 f \n", len(at)+1)
	for _, n := range at {
		fmt.Fprintf(&b, "%010d 00000 n \n", n)
	}
	fmt.Fprintf(&b, "trailer<</Size %d/Root 1 0 R>>\nstartxref\n%d\n%%%%EOF", len(at)+1, from)
	return b.Bytes()
}
