package app_test

import (
	"archive/zip"
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/xuri/excelize/v2"

	"github.com/luodi/luodi/internal/app"
	"github.com/luodi/luodi/internal/knowledge"
	"github.com/luodi/luodi/internal/lineage"
	"github.com/luodi/luodi/internal/source"
)

// binary writes lines as a file of one of three formats: a paragraph, a row
// or a page each.
func binary(t *testing.T, name string, lines []string) []byte {
	t.Helper()
	var b bytes.Buffer
	switch filepath.Ext(name) {
	case ".docx":
		z := zip.NewWriter(&b)
		for _, m := range [][2]string{
			{"_rels/.rels", `<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships"><Relationship Id="r" Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/officeDocument" Target="word/document.xml"/></Relationships>`},
			{"word/document.xml", document(lines)},
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
	case ".xlsx":
		f := excelize.NewFile()
		defer f.Close()
		for i, l := range append([]string{"Rule"}, lines...) {
			if err := f.SetSheetRow("Sheet1", fmt.Sprint("A", i+1), &[]any{l, fmt.Sprint("col", i)}); err != nil {
				t.Fatal(err)
			}
		}
		if err := f.Write(&b); err != nil {
			t.Fatal(err)
		}
	case ".pdf":
		objects, kids := []string{"<< /Type /Catalog /Pages 2 0 R >>", "", "<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica >>"}, ""
		for _, l := range lines {
			kids += fmt.Sprintf("%d 0 R ", len(objects)+1)
			draw := "BT /F 11 Tf 40 700 Td (" + l + ") Tj ET"
			objects = append(objects, fmt.Sprintf("<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] /Contents %d 0 R /Resources << /Font << /F 3 0 R >> >> >>", len(objects)+2),
				fmt.Sprintf("<< /Length %d >>\nstream\n%s\nendstream", len(draw), draw))
		}
		objects[1] = fmt.Sprintf("<< /Type /Pages /Kids [%s] /Count %d >>", kids, len(lines))
		b.WriteString("%PDF-1.7\n")
		table := fmt.Sprintf("0 %d\n0000000000 65535 f \n", len(objects)+1)
		for i, o := range objects {
			table += fmt.Sprintf("%010d 00000 n \n", b.Len())
			fmt.Fprintf(&b, "%d 0 obj\n%s\nendobj\n", i+1, o)
		}
		fmt.Fprintf(&b, "xref\n%strailer << /Size %d /Root 1 0 R >>\nstartxref\n%d\n%%%%EOF\n", table, len(objects)+1, b.Len())
	}
	return b.Bytes()
}

// document is the part of a Word file with a paragraph for each line.
func document(lines []string) string {
	return `<w:document xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main"><w:body><w:p><w:r><w:t>` +
		strings.Join(lines, "</w:t></w:r></w:p><w:p><w:r><w:t>") + `</w:t></w:r></w:p></w:body></w:document>`
}

// Citations of Word, Excel and PDF files stay what they were through random
// edits: each is at its paragraph, cell or page of the file that it was given
// from, and says so where another version is in use.
func TestCitationsOfOfficeFilesNeverDrift(t *testing.T) {
	edits, every := 60, 6
	if os.Getenv("LUODI_LONG") != "" {
		edits, every = 1000, 20
	}
	ctx, r := context.Background(), rand.New(rand.NewPCG(6, 1))
	dir, n := t.TempDir(), 0
	topics := []string{"loan", "mortgage", "deposit", "transfer"}
	line := func() string {
		n++
		return fmt.Sprintf("Rule R-%05d the %s fee is %d USD for each customer.", n, topics[r.IntN(len(topics))], r.IntN(9000))
	}
	now, versions, used := map[string][]string{}, map[string][]string{}, map[string]string{}
	names := []string{"a.docx", "b.xlsx", "c.pdf"}
	save := func(name string) {
		raw := binary(t, name, now[name])
		sum := lineage.Hash(raw)
		versions[sum], used[name] = slices.Clone(now[name]), sum
		write(t, dir, map[string]string{"docs/" + name: string(raw)})
	}
	write(t, dir, map[string]string{"luodi.yaml": "project: p\ndepartments: [{name: ops}]\nsources: [{name: docs, department: ops, path: \"docs/*\"}]\nknowledge: [{name: kb, sources: [docs], readers: [ops]}]\n"})
	for _, name := range names {
		for range 6 {
			now[name] = append(now[name], line())
		}
		save(name)
	}
	a, err := app.Open(ctx, dir)
	if err != nil {
		t.Fatal(err)
	}
	defer a.Close()
	var kept []string
	ask := func() {
		t.Helper()
		if _, err := a.Up(ctx, ""); err != nil {
			t.Fatal(err)
		}
		for _, topic := range topics {
			for _, name := range names {
				rule := now[name][r.IntN(len(now[name]))]
				res, err := a.Ask(ctx, "kb", "What is the "+topic+" fee of "+rule[5:12]+"?", "")
				if err != nil {
					t.Fatal(err)
				}
				if len(res.Citations) > 0 && !slices.Contains(kept, res.ID) {
					kept = append(kept, res.ID)
				}
			}
		}
	}
	ask()
	for i := range edits {
		name := names[r.IntN(len(names))]
		l := now[name]
		at := r.IntN(len(l))
		switch k := r.IntN(4); {
		case k == 0 && len(l) < 12:
			l = slices.Insert(l, at, line())
		case k == 1 && len(l) > 3:
			l = slices.Delete(l, at, at+1)
		case k == 2:
			to := r.IntN(len(l))
			l[at], l[to] = l[to], l[at]
		default:
			l[at] = line()
		}
		now[name] = l
		save(name)
		if (i+1)%every == 0 {
			ask()
		}
	}
	checks, kinds, wrong := map[knowledge.Check]int{}, map[string]int{}, 0
	for _, id := range kept {
		res, err := a.Trace(ctx, id)
		if err != nil {
			t.Fatal(err)
		}
		b, err := json.Marshal(res.Provenance["citations"])
		if err != nil {
			t.Fatal(err)
		}
		var cs []struct {
			Quote string
			Check knowledge.Check
			Raw   struct {
				Path, SHA256 string
				At           []source.Location
			}
		}
		if err := json.Unmarshal(b, &cs); err != nil {
			t.Fatal(err)
		}
		for _, c := range cs {
			checks[c.Check]++
			name := filepath.Base(c.Raw.Path)
			kinds[filepath.Ext(name)]++
			if why := misplaced(versions[c.Raw.SHA256], c.Quote, c.Raw.At); why != "" {
				wrong++
				t.Errorf("%s of %s, %s: %s: %q at %v", id, name, c.Check, why, c.Quote, c.Raw.At)
			} else if live := used[name] == c.Raw.SHA256; c.Check == knowledge.CheckMismatch || live != (c.Check == knowledge.CheckOK) {
				wrong++
				t.Errorf("%s of %s, in use: %v: %s", id, name, live, c.Check)
			}
		}
	}
	t.Logf("%d edits, %d answers, citations %v of %v, %d wrong", edits, len(kept), checks, kinds, wrong)
	for _, ext := range []string{".docx", ".xlsx", ".pdf"} {
		if kinds[ext] == 0 {
			t.Errorf("no citation of a %s", ext)
		}
	}
}

// misplaced says what is wrong with the places of a quote in a version of lines.
func misplaced(lines []string, quote string, at []source.Location) string {
	if lines == nil {
		return "of no version that was ever there"
	}
	if len(at) == 0 {
		return "without a place"
	}
	for i, l := range lines {
		if !strings.Contains(quote, l[:12]) {
			continue
		}
		if !slices.ContainsFunc(at, func(p source.Location) bool {
			return p.Page == i+1 || p.Sheet == "Sheet1" && strings.HasPrefix(p.Cell, fmt.Sprint("A", i+2)) || strings.HasSuffix(p.Part, "document.xml") && strings.Contains(document(lines)[p.Start:p.End], l)
		}) {
			return fmt.Sprintf("line %d is elsewhere", i+1)
		}
		if !strings.Contains(quote, l) {
			return "quotes other words"
		}
		return ""
	}
	return "quotes no line of it"
}
