package office_test

import (
	"archive/zip"
	"bytes"
	"context"
	"encoding/base64"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"github.com/xuri/excelize/v2"
	"golang.org/x/text/encoding"
	"golang.org/x/text/encoding/htmlindex"
	"golang.org/x/text/encoding/unicode"

	"github.com/luodi/luodi/internal/reader/office"
	"github.com/luodi/luodi/internal/source"
)

// fact is something that a file says, and where.
type fact struct {
	text string
	at   source.Location // fields that are set must agree
	gone bool            // it must not be found at all
}

// made is a generated file with what is known of it.
type made struct {
	name  string
	raw   []byte
	facts []fact
}

// value is a distinct text of file n with rare Han in it.
func value(r *rand.Rand, n, i int) string {
	words := []string{"活期利率", "贷款余额", "𠮷祥支行", "开户行", "Zinssatz", "fee", "到期日", "鑫𪚥号"}
	return fmt.Sprintf("%s%d-%d-%d", words[r.IntN(len(words))], n, i, r.IntN(1e6))
}

// TestCorpus generates office files with facts at known places, and finds
// every fact at its place: 30 workbooks, 40 Word documents, 20 presentations,
// 30 mails and 12 tables in five charsets.
func TestCorpus(t *testing.T) {
	var files []made
	for n := range 30 {
		files = append(files, workbookOf(t, n))
	}
	for n := range 40 {
		files = append(files, wordOf(n))
	}
	for n := range 20 {
		files = append(files, slidesOf(n))
	}
	for n := range 30 {
		files = append(files, mailOf(t, n, files))
	}
	for n := range 12 {
		files = append(files, tableOf(t, n))
	}
	facts, wrong := 0, 0
	for _, f := range files {
		facts += len(f.facts)
		for _, why := range f.check(t) {
			wrong++
			t.Errorf("%s: %s", f.name, why)
		}
	}
	t.Logf("%d files, %d facts, %d not at their place", len(files), facts, wrong)
	if len(files) < 120 {
		t.Errorf("%d files, at least 120 are wanted", len(files))
	}
}

// check returns the facts that are not where they should be.
func (f made) check(t *testing.T) []string {
	t.Helper()
	type piece struct {
		text string
		at   source.Location
	}
	var found []piece
	var all strings.Builder
	r := source.ReaderFor(office.Readers(), f.name)
	_, err := source.ReadWith(context.Background(), r, source.Input{Path: f.name, Raw: f.raw}, func(row source.Row) error {
		fmt.Fprintln(&all, row.Title, row.Text)
		for _, c := range row.Fields {
			at := c.At
			at.Role += row.At.Role
			found = append(found, piece{c.Value, at})
			fmt.Fprintln(&all, c.Name, c.Value)
		}
		for _, s := range row.Spans {
			if s.Start < 0 || s.End > len(row.Text) || s.Start >= s.End {
				return fmt.Errorf("a span %d–%d of %d bytes", s.Start, s.End, len(row.Text))
			}
			found = append(found, piece{row.Text[s.Start:s.End], s.At})
		}
		return nil
	})
	if err != nil {
		return []string{err.Error()}
	}
	var out []string
	for _, want := range f.facts {
		if want.gone {
			if strings.Contains(all.String(), want.text) {
				out = append(out, fmt.Sprintf("%q was deleted and is there", want.text))
			}
			continue
		}
		if !strings.Contains(all.String(), want.text) {
			out = append(out, fmt.Sprintf("%q is not there", want.text))
			continue
		}
		if want.at != (source.Location{}) && !slices.ContainsFunc(found, func(p piece) bool {
			return strings.Contains(p.text, want.text) && agrees(want.at, p.at)
		}) {
			out = append(out, fmt.Sprintf("%q is not at %s", want.text, want.at))
		}
	}
	return out
}

// agrees reports whether what is set of want is so in got.
func agrees(want, got source.Location) bool {
	return (want.Sheet == "" || want.Sheet == got.Sheet) && (want.Cell == "" || want.Cell == got.Cell) &&
		(want.Slide == 0 || want.Slide == got.Slide) && (want.Shape == "" || want.Shape == got.Shape) &&
		(want.Table == 0 || want.Table == got.Table) && (want.Row == 0 || want.Row == got.Row) &&
		(want.Column == 0 || want.Column == got.Column) && (want.Part == "" || strings.HasSuffix(got.Part, want.Part)) &&
		(want.Role == "" || strings.Contains(got.Role, want.Role))
}

// workbookOf writes a workbook with another library than the one that reads.
func workbookOf(t *testing.T, n int) made {
	t.Helper()
	r := rand.New(rand.NewPCG(1, uint64(n)))
	f := excelize.NewFile()
	defer f.Close()
	m := made{name: fmt.Sprintf("book%d.xlsx", n)}
	sheet := fmt.Sprintf("利率𠮷%d", n)
	must(t, f.SetSheetName("Sheet1", sheet))
	put := func(sheet, cell string, v any, text string, at source.Location) {
		must(t, f.SetCellValue(sheet, cell, v))
		if at.Cell != "none" {
			at.Sheet, at.Cell = sheet, cmpOr(at.Cell, cell)
			m.facts = append(m.facts, fact{text: text, at: at})
		}
	}
	top := 3
	put(sheet, "A1", "价目表"+value(r, n, 0), "价目表", source.Location{Cell: "A1"})
	for c, name := range []string{"产品", "金额", "起息日", "占比", "备注"} {
		must(t, f.SetCellValue(sheet, cellName(c, top), name))
	}
	date, err := f.NewStyle(&excelize.Style{NumFmt: 14})
	must(t, err)
	own := `yyyy"年"m"月"d"日" hh:mm`
	moment, err := f.NewStyle(&excelize.Style{CustomNumFmt: &own})
	must(t, err)
	share, err := f.NewStyle(&excelize.Style{NumFmt: 10})
	must(t, err)
	for i := range 6 {
		row := top + 1 + i
		v := value(r, n, i+1)
		if n%3 != 0 || i != 1 {
			put(sheet, cellName(0, row), v, v, source.Location{})
		}
		amount := r.IntN(1e9)
		put(sheet, cellName(1, row), amount, fmt.Sprint(amount), source.Location{})
		day := 40000 + r.IntN(9000)
		if i%2 == 0 {
			put(sheet, cellName(2, row), day, serial(day), source.Location{})
			must(t, f.SetCellStyle(sheet, cellName(2, row), cellName(2, row), date))
		} else {
			put(sheet, cellName(2, row), float64(day)+0.5, serial(day)+" 12:00:00", source.Location{})
			must(t, f.SetCellStyle(sheet, cellName(2, row), cellName(2, row), moment))
		}
		put(sheet, cellName(3, row), 0.0125, "1.25%", source.Location{})
		must(t, f.SetCellStyle(sheet, cellName(3, row), cellName(3, row), share))
		put(sheet, cellName(4, row), "注"+value(r, n, i), "注", source.Location{})
	}
	if n%3 == 0 { // the first cell of two rows is merged: it stands in both
		must(t, f.MergeCell(sheet, cellName(0, top+1), cellName(0, top+2)))
		v, err := f.GetCellValue(sheet, cellName(0, top+1))
		must(t, err)
		m.facts = append(m.facts, fact{text: v, at: source.Location{Sheet: sheet, Cell: cellName(0, top+2)}})
	}
	if n%4 == 1 { // another table beside the first
		for i := range 4 {
			put(sheet, cellName(7, top+i), fmt.Sprintf("右%d", i), fmt.Sprintf("右%d", i), source.Location{Cell: noneIf(i == 0)})
			put(sheet, cellName(8, top+i), value(r, n, 50+i), "", source.Location{Cell: noneIf(i == 0)})
		}
	}
	if n%5 == 2 {
		_, err := f.NewSheet("隐藏")
		must(t, err)
		put("隐藏", "C3", "机密"+value(r, n, 90), "机密", source.Location{Role: "hidden"})
		must(t, f.SetSheetVisible("隐藏", false))
	}
	if n%6 == 3 {
		v := "批注" + value(r, n, 91)
		must(t, f.AddComment(sheet, excelize.Comment{Cell: "B5", Author: "审计", Paragraph: []excelize.RichTextRun{{Text: v}}}))
		m.facts = append(m.facts, fact{text: v, at: source.Location{Sheet: sheet, Cell: "B5", Role: "comment"}})
	}
	if n%7 == 4 {
		must(t, f.SetCellRichText(sheet, "A20", []excelize.RichTextRun{{Text: "富𠮷"}, {Text: "文本", Font: &excelize.Font{Bold: true}}}))
		m.facts = append(m.facts, fact{text: "富𠮷文本", at: source.Location{Sheet: sheet, Cell: "A20"}})
	}
	b, err := f.WriteToBuffer()
	must(t, err)
	m.raw = b.Bytes()
	return m
}

func noneIf(b bool) string {
	if b {
		return "none"
	}
	return ""
}

func cmpOr(a, b string) string {
	if a != "" {
		return a
	}
	return b
}

func cellName(col, row int) string { return string(rune('A'+col)) + fmt.Sprint(row) }

func serial(day int) string {
	v, _ := excelize.ExcelDateToTime(float64(day), false)
	return v.Format("2006-01-02")
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// zipped packs members into a file.
func zipped(members map[string]string) []byte {
	var b bytes.Buffer
	z := zip.NewWriter(&b)
	names := make([]string, 0, len(members))
	for n := range members {
		names = append(names, n)
	}
	slices.Sort(names)
	for _, n := range names {
		w, err := z.Create(n)
		if err == nil {
			_, err = w.Write([]byte(members[n]))
		}
		if err != nil {
			panic(err)
		}
	}
	if err := z.Close(); err != nil {
		panic(err)
	}
	return b.Bytes()
}

// tableOf is a csv in one of five charsets, where places are raw bytes.
func tableOf(t *testing.T, n int) made {
	t.Helper()
	r := rand.New(rand.NewPCG(5, uint64(n)))
	charsets := []encoding.Encoding{encoding.Nop, named(t, "gb18030"), named(t, "big5"), unicode.UTF16(unicode.LittleEndian, unicode.UseBOM), unicode.UTF16(unicode.BigEndian, unicode.UseBOM)}
	m := made{name: fmt.Sprintf("table%d.csv", n)}
	text := "編號,開戶行,金額\r\n"
	for i := range 40 {
		v := fmt.Sprintf("臺北分行第%d號的帳戶-%d", i, r.IntN(1e6))
		text += fmt.Sprintf("%d,%s,%d\r\n", i, v, r.IntN(1e8))
		m.facts = append(m.facts, fact{text: v})
	}
	b, err := charsets[n%len(charsets)].NewEncoder().Bytes([]byte(text))
	must(t, err)
	m.raw = b
	return m
}

func named(t *testing.T, charset string) encoding.Encoding {
	t.Helper()
	e, err := htmlindex.Get(charset)
	must(t, err)
	return e
}

// mailOf is a mail in one of seven charsets with a file of before attached.
func mailOf(t *testing.T, n int, files []made) made {
	t.Helper()
	r := rand.New(rand.NewPCG(4, uint64(n)))
	charset := []string{"gb18030", "big5", "iso-2022-jp", "utf-8", "gb2312", "euc-kr", "windows-1252"}[n%7]
	word := map[string]string{"gb18030": "𠮷祥账户", "gb2312": "账户余额", "big5": "帳戶餘額", "iso-2022-jp": "口座残高のお知らせ", "utf-8": "账户𠮷", "euc-kr": "계좌잔액", "windows-1252": "Überziehung"}[charset]
	enc := named(t, charset)
	code := func(s string) string {
		b, err := enc.NewEncoder().String(s)
		must(t, err)
		return base64.StdEncoding.EncodeToString([]byte(b))
	}
	body, quoted := fmt.Sprintf("%s %d-%d", word, n, r.IntN(1e6)), fmt.Sprintf("%s? %d", word, r.IntN(1e6))
	m := made{name: fmt.Sprintf("mail%d.eml", n), facts: []fact{
		{text: body, at: source.Location{Part: "1"}},
		{text: quoted, at: source.Location{Part: "1", Role: "quoted"}},
		{text: "2024-03-15T08:30:00+08:00", at: source.Location{Part: "0", Role: "header"}},
		{text: word, at: source.Location{Part: "0", Role: "header Subject"}},
	}}
	inner := files[r.IntN(90)]
	name := "=?utf-8?B?" + base64.StdEncoding.EncodeToString([]byte("附件"+inner.name)) + "?="
	for _, f := range inner.facts {
		if f.at.Part != "" || f.at.Sheet != "" { // cells stand in the attachment, texts in a part of it
			f.at.Part = strings.TrimSuffix("2/附件"+inner.name+"!"+f.at.Part, "!")
		}
		m.facts = append(m.facts, f)
	}
	m.raw = []byte("From: =?" + charset + "?B?" + code(word) + "?= <a@example.com>\r\nTo: b@example.com\r\nSubject: =?" + charset + "?B?" + code(word) + "?=\r\n" +
		"Date: Fri, 15 Mar 2024 08:30:00 +0800\r\nMIME-Version: 1.0\r\nContent-Type: multipart/mixed; boundary=xx\r\n\r\n" +
		"--xx\r\nContent-Type: text/plain; charset=" + charset + "\r\nContent-Transfer-Encoding: base64\r\n\r\n" + code(body+"\r\n\r\n> "+quoted+"\r\n") + "\r\n" +
		"--xx\r\nContent-Type: application/octet-stream\r\nContent-Disposition: attachment; filename=\"" + name + "\"\r\nContent-Transfer-Encoding: base64\r\n\r\n" +
		base64.StdEncoding.EncodeToString(inner.raw) + "\r\n--xx--\r\n")
	return m
}
