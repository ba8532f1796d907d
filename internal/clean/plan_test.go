package clean

import (
	"strings"
	"testing"

	"github.com/luodi/luodi/internal/source"
	"github.com/luodi/luodi/internal/source/offset"
)

// fakeExtractor takes what is between brackets; its value is its version.
type fakeExtractor int

func (fakeExtractor) Name() string   { return "fake" }
func (f fakeExtractor) Version() int { return int(f) }
func (fakeExtractor) Extract(text string) (string, string, offset.Map) {
	from, to := strings.IndexByte(text, '[')+1, strings.IndexByte(text, ']')
	var b offset.Builder
	b.Drop(from)
	b.Copy(to - from)
	b.Drop(len(text) - to)
	return "Title  of it", text[from:to], b.Map()
}

func TestPlanExtractsDocuments(t *testing.T) {
	plan := NewPlan(map[string]Extractor{"html": fakeExtractor(1)})
	r := source.Record{Class: source.ClassDocument, Format: "html", Path: "a.html", Text: "<p>[１００ ]</p>"}
	c := plan.Clean(r)
	if c.Text != "100" || c.Title != "Title of it" || strings.Join(c.Repairs, ",") != "fake,space keeping indents,width" {
		t.Errorf("%+v", c)
	}
	r.Title = "Own"
	if c := plan.Clean(r); c.Title != "Own" {
		t.Errorf("title %q", c.Title)
	}
	r.Class, r.Format = source.ClassRow, "csv"
	if c := plan.Clean(r); c.Text != "<p>[100 ]</p>" {
		t.Errorf("a row's text is taken for markup: %q", c.Text)
	}
	x, err := plan.Explain(t.Context(), nil, []byte("<p>[１００ ]</p>"), source.File{Format: "html", Charset: "utf-8"}, source.Record{Class: source.ClassDocument, Format: "html", Text: "<p>[１００ ]</p>", End: 19})
	if err != nil {
		t.Fatal(err)
	}
	if from, to := x.Map().Source(0, 1); from != 4 || to != 7 {
		t.Errorf("the first digit is at %d-%d", from, to)
	}
}

func TestLabelsAndTitlesAreOneLine(t *testing.T) {
	c := NewPlan(nil).Clean(source.Record{Class: source.ClassRow, Format: "csv", Text: "x", Title: "第一章\n　总则\u200b", Label: " ｃａｒｄ\t1 "})
	if c.Title != "第一章 总则" || c.Label != "card 1" {
		t.Errorf("title %q, label %q", c.Title, c.Label)
	}
}
