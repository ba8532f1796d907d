package clean_test

import (
	"context"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"golang.org/x/text/encoding/simplifiedchinese"
	"golang.org/x/text/unicode/norm"
	"pgregory.net/rapid"

	"github.com/luodi/luodi/internal/clean"
	"github.com/luodi/luodi/internal/errs"
	"github.com/luodi/luodi/internal/source"
	"github.com/luodi/luodi/internal/source/charset"
	"github.com/luodi/luodi/internal/source/sourcetest"
)

// ingested is a project's folder that was ingested as one source.
type ingested struct {
	store *sourcetest.Store
	blobs *sourcetest.Blobs
}

func ingest(t interface {
	Fatal(...any)
}, dir string, spec source.Spec) ingested {
	in := ingested{&sourcetest.Store{}, &sourcetest.Blobs{}}
	in.again(t, dir, spec)
	return in
}

func (in ingested) again(t interface {
	Fatal(...any)
}, dir string, spec source.Spec) {
	rep, err := source.Ingest(context.Background(), source.Config{Project: dir, Spec: spec, Store: in.store, Blobs: in.blobs})
	if err != nil || len(rep.Failed) > 0 {
		t.Fatal(rep.Failed, err)
	}
}

// records returns every record with its file and the file's bytes.
func (in ingested) records(t interface{ Fatal(...any) }, name string, fn func(source.Record, source.File, []byte)) {
	ctx := context.Background()
	err := in.store.Each(ctx, name, func(r source.Record) error {
		f, err := in.store.File(ctx, r.FileID)
		if err != nil {
			return err
		}
		raw, err := in.blobs.Get(ctx, r.FileHash)
		if err != nil {
			return err
		}
		fn(r, f, raw)
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
}

// TestCleanedTextTracesToTheFile goes the whole way: a GB18030 or UTF-8 table
// or document is ingested and cleaned, and every character of the cleaned text
// is located in the file's raw bytes, which decode to what it was made of.
func TestCleanedTextTracesToTheFile(t *testing.T) {
	dir := t.TempDir()
	plan := clean.NewPlan(nil)
	piece := rapid.SampledFrom([]string{"中", "𠮷", "a", "Ｚ", "１", "0", "％", "，", " ", "　", "\t", "\n", "\u200b", "e\u0301", "①", `"`, ",", "2024"})
	rapid.Check(t, func(t *rapid.T) {
		cells := rapid.SliceOfN(rapid.Custom(func(t *rapid.T) string {
			return strings.Join(rapid.SliceOfN(piece, 0, 8).Draw(t, "cell"), "")
		}), 6, 6).Draw(t, "cells")
		format := rapid.SampledFrom([]string{"csv", "md", "txt"}).Draw(t, "format")
		text := strings.Join(cells, "\n") + "\n"
		if format == "csv" {
			for i, c := range cells {
				cells[i] = `"` + strings.ReplaceAll(c, `"`, `""`) + `"`
			}
			text = "编号,内容,备注\n" + strings.Join(cells[:3], ",") + "\n" + strings.Join(cells[3:], ",") + "\n"
		}
		raw := []byte(text)
		g := charset.Guess{Charset: charset.UTF8}
		if rapid.Bool().Draw(t, "gb18030") {
			g.Charset = charset.GB18030
			var err error
			if raw, err = simplifiedchinese.GB18030.NewEncoder().Bytes(raw); err != nil {
				t.Fatal(err)
			}
		}
		file := filepath.Join(dir, "x."+format)
		if err := os.WriteFile(file, raw, 0o644); err != nil {
			t.Fatal(err)
		}
		defer os.Remove(file)
		spec := source.Spec{Name: "s", Path: "x.*"}
		if format == "csv" && rapid.Bool().Draw(t, "text column") {
			spec.Columns = source.Columns{ID: "编号", Text: "内容"}
		}
		store := &sourcetest.Store{}
		in := ingested{store, &sourcetest.Blobs{}}
		in.again(t, dir, spec)
		in.records(t, "s", func(r source.Record, f source.File, raw []byte) {
			if f.Charset != g.Charset && !ascii(raw) {
				t.Skip("the charset of so short a text was decided otherwise")
			}
			c := plan.Clean(r)
			for i, ch := range c.Text {
				l, err := plan.Locate(t.Context(), nil, raw, f, r, i, string(ch))
				if err != nil {
					t.Fatal(err)
				}
				if l.Start < r.Start || l.End > r.End {
					t.Fatalf("%q of %q is at %d-%d, outside of its record at %d-%d", ch, c.Text, l.Start, l.End, r.Start, r.End)
				}
				b, err := charset.DecodeAs(raw[l.Start:l.End], charset.Guess{Charset: f.Charset})
				if err != nil {
					t.Fatal(err)
				}
				if len(b.Lossy) > 0 || l.End == l.Start && format != "csv" {
					t.Fatalf("%q of %q is at %d-%d: %q", ch, c.Text, l.Start, l.End, b.String)
				}
				if made := b.String + norm.NFC.String(foldWidth(b.String)); !strings.ContainsRune(made, ch) && strings.TrimSpace(string(ch)) != "" {
					inserted := len(l.Cells) == 1 && strings.Contains(c.Text, l.Cells[0]+":")
					if !inserted {
						t.Fatalf("%q of %q is made of %q", ch, c.Text, b.String)
					}
				}
			}
		})
	})
}

func ascii(b []byte) bool {
	for _, c := range b {
		if c >= 0x80 {
			return false
		}
	}
	return true
}

func foldWidth(s string) string {
	return strings.Map(func(r rune) rune {
		if r >= 0xFF01 && r <= 0xFF5E {
			return r - 0xFEE0
		}
		return r
	}, s)
}

func TestLocateAndExplain(t *testing.T) {
	dir := t.TempDir()
	raw, err := simplifiedchinese.GB18030.NewEncoder().String("编号,内容,金额\r\n1,\"客户说：\"\"额度　１００万元\"\"\",５００\r\n")
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(dir, "t.csv"), []byte(raw), 0o644); err != nil {
		t.Fatal(err)
	}
	in := ingest(t, dir, source.Spec{Name: "t", Path: "t.csv", Columns: source.Columns{ID: "编号"}})
	plan := clean.NewPlan(nil)
	in.records(t, "t", func(r source.Record, f source.File, raw []byte) {
		c := plan.Clean(r)
		if want := "内容: 客户说：\"额度 100万元\"\n金额: 500"; c.Text != want {
			t.Fatalf("text %q, want %q", c.Text, want)
		}
		at := func(s string) clean.Location {
			i := strings.Index(c.Text, s)
			l, err := plan.Locate(t.Context(), nil, raw, f, r, i, s)
			if err != nil {
				t.Fatal(err)
			}
			return l
		}
		gb := func(s string) string {
			b, err := simplifiedchinese.GB18030.NewEncoder().String(s)
			if err != nil {
				t.Fatal(err)
			}
			return b
		}
		for _, tt := range []struct{ name, text, raw, cell string }{
			{"a number", "100万元", gb("１００万元"), "内容"},
			{"over a white space", "额度 1", gb("额度　１"), "内容"},
			{"a quote", `"额度`, `""` + gb("额度"), "内容"},
			{"a column's name is located at its cell", "金额: ", gb("５００"), "金额"},
			{"another cell", "500", gb("５００"), "金额"},
		} {
			l := at(tt.text)
			if got := string(raw[l.Start:l.End]); got != tt.raw || len(l.Cells) != 1 || l.Cells[0] != tt.cell || l.Row != 2 || l.Path != "t.csv" {
				t.Errorf("%s: %q is at %+v: % x, want % x", tt.name, tt.text, l, got, tt.raw)
			}
		}
		if l := at("万元\"\n金额: 500"); len(l.Cells) != 2 {
			t.Errorf("a range over two cells is in %v", l.Cells)
		}
		if _, err := plan.Locate(t.Context(), nil, raw, f, r, 0, c.Text+"x"); !errs.Is(err, errs.CodeNotFound) {
			t.Errorf("a quote that is longer than the text: %v", err)
		}
		x, err := plan.Explain(t.Context(), nil, raw, f, r)
		if err != nil {
			t.Fatal(err)
		}
		var changed []string
		for _, s := range x.Steps {
			if s.Changed() {
				changed = append(changed, s.Name)
			}
		}
		if got := strings.Join(changed, ", "); got != "read csv as gb18030, space, width" || x.Steps[len(x.Steps)-1].After != c.Text {
			t.Errorf("changed by %s", got)
		}
		if _, err := plan.Explain(t.Context(), nil, raw[:10], f, r); !errs.Is(err, errs.CodeConflict) {
			t.Errorf("other bytes: %v", err)
		}
	})
}
