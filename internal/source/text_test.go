package source

import (
	"strings"
	"testing"
	"unicode/utf8"

	"golang.org/x/text/encoding"
	"golang.org/x/text/encoding/simplifiedchinese"
	"golang.org/x/text/encoding/traditionalchinese"
	"golang.org/x/text/encoding/unicode"
	"pgregory.net/rapid"

	"github.com/luodi/luodi/internal/errs"
	"github.com/luodi/luodi/internal/source/charset"
)

// TestTextTracesToTheFile draws tables in several charsets and formats, and
// follows every character of every record's text to its bytes in the file.
func TestTextTracesToTheFile(t *testing.T) {
	charsets := map[string]encoding.Encoding{
		charset.UTF8: unicode.UTF8, charset.GB18030: simplifiedchinese.GB18030, charset.Big5: traditionalchinese.Big5,
		charset.UTF16LE: unicode.UTF16(unicode.LittleEndian, unicode.IgnoreBOM),
	}
	value := rapid.StringOf(rapid.SampledFrom([]rune("ab1 中的１,\"\n;")))
	rapid.Check(t, func(t *rapid.T) {
		name := rapid.SampledFrom([]string{charset.UTF8, charset.GB18030, charset.Big5, charset.UTF16LE}).Draw(t, "charset")
		format := rapid.SampledFrom([]string{"csv", "jsonl", "txt"}).Draw(t, "format")
		columns := rapid.SampledFrom([]Columns{{}, {ID: "编"}, {ID: "编", Text: "內容", Label: "l"}}).Draw(t, "columns")
		if name == charset.Big5 {
			columns = Columns{ID: columns.Label} // no simplified names
		}
		header := []string{"编", "內容", "l"}
		if name == charset.Big5 {
			header = []string{"a", "內容", "l"}
		}
		var text strings.Builder
		if format == "csv" {
			text.WriteString(strings.Join(header, ",") + "\r\n")
		}
		for range rapid.IntRange(1, 4).Draw(t, "rows") {
			cells := rapid.SliceOfN(value, 3, 3).Draw(t, "cells")
			switch format {
			case "csv":
				for i, c := range cells {
					cells[i] = `"` + strings.ReplaceAll(c, `"`, `""`) + `"`
				}
				text.WriteString(strings.Join(cells, ",") + "\r\n")
			case "jsonl":
				for i, c := range cells {
					c = strings.NewReplacer(`"`, `\"`, "\n", `\n`, "中", `\u4e2d`).Replace(c)
					cells[i] = `"` + header[i] + `": "` + c + `"`
				}
				text.WriteString("{" + strings.Join(cells, ", ") + "}\n")
			default:
				text.WriteString(strings.Join(cells, "\n"))
			}
		}
		enc := charsets[name]
		raw, err := enc.NewEncoder().Bytes([]byte(text.String()))
		if err != nil {
			t.Fatal(err)
		}
		g := charset.Guess{Charset: name}
		if name == charset.UTF16LE {
			raw, g.BOM = append([]byte{0xff, 0xfe}, raw...), 2
		}
		decoded, err := charset.DecodeAs(raw, g)
		if err != nil {
			t.Fatal(err)
		}
		reader := ReaderOf(nil, format)
		f := File{Path: "x." + format, Format: format, Charset: name, BOM: g.BOM, Columns: columns}
		_, err = reader.Read(t.Context(), Input{Path: f.Path, Text: decoded, Columns: columns}, func(row Row) error {
			r := f.record(row)
			again, err := TextOf(t.Context(), nil, raw, f, r)
			got, m := again.Text, again.Map
			if err != nil || got != r.Text || m.Len() != len(r.Text) || m.InputLen() != len(raw) {
				t.Fatalf("text %q again is %q from %d bytes: %v", r.Text, got, m.InputLen(), err)
			}
			for i, c := range got {
				from, to := m.Source(i, i+utf8.RuneLen(c))
				if from < r.Start || to > r.End {
					t.Fatalf("character %d traces to %d-%d, outside of the row at %d-%d", i, from, to, r.Start, r.End)
				}
				if from == to {
					continue // a name or a separator that linearising put in
				}
				b, err := charset.DecodeAs(raw[from:to], charset.Guess{Charset: name})
				if err != nil {
					t.Fatal(err)
				}
				switch b.String {
				case string(c), `""`, `\"`, `\n`, `\u4e2d`:
				default:
					t.Fatalf("character %q of %q traces to %q", c, got, b.String)
				}
			}
			return nil
		})
		if err != nil {
			t.Fatalf("%q: %v", text.String(), err)
		}
	})
}

func TestTextOfRefusesOtherBytes(t *testing.T) {
	f := File{Path: "a.csv", Format: "csv", Charset: charset.UTF8}
	got, _, err := rows(csvReader{}, "a,b\nx,y\n", Columns{})
	if err != nil {
		t.Fatal(err)
	}
	r := f.record(got[0])
	if _, err := TextOf(t.Context(), nil, []byte("a,b\nx,z\n"), f, r); !errs.Is(err, errs.CodeConflict) {
		t.Errorf("other bytes: %v", err)
	}
	if _, err := TextOf(t.Context(), nil, []byte("a"), f, r); !errs.Is(err, errs.CodeConflict) {
		t.Errorf("fewer bytes: %v", err)
	}
	f.Format = "docx"
	if _, err := TextOf(t.Context(), nil, []byte("a,b\nx,y\n"), f, r); !errs.Is(err, errs.CodeInvalid) {
		t.Errorf("no reader: %v", err)
	}
}

func TestHeading(t *testing.T) {
	for _, tt := range []struct{ name, text, want string }{
		{"a heading first", "# 银行法\n\ntext", "银行法"},
		{"after empty lines", "\n\n# A #\n", "A"},
		{"after front matter", "---\na: b\n---\n\n# A\n", "A"},
		{"text first", "text\n# A\n", ""},
		{"a lower heading", "## A\n", ""},
		{"nothing", "", ""},
	} {
		t.Run(tt.name, func(t *testing.T) {
			if got := heading(tt.text); got != tt.want {
				t.Errorf("heading %q, want %q", got, tt.want)
			}
		})
	}
}
